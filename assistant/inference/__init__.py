"""Running models: the tokenizer, the shared vocabulary table, ONNX Runtime sessions and the catalog of models.

The only package that imports ``onnxruntime``.
"""
