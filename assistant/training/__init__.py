"""Making models: data, the trainer's process, metrics, export. The only package that imports ``torch``.

Nothing here is imported by reading a document; every module that needs torch is imported inside the trainer's process.
"""
