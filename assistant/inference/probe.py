"""Does an execution provider truly work here? Run as a child process, so that a broken driver takes only itself down.

``python -m assistant.inference.probe CUDAExecutionProvider`` multiplies two matrices on the provider and exits 0 if the
result is right and the session really ran there; otherwise it prints why and exits 1.
"""

from __future__ import annotations

import sys

import numpy as np
import onnxruntime

# A graph of one MatMul (x @ w, 8 x 8), serialized by hand so that the probe needs no `onnx` package.
_SIDE = 8


def probe_graph() -> bytes:
    """``ModelProto`` with one ``MatMul`` node from inputs ``a`` and ``b`` to output ``c``, all float32 8 x 8."""

    def field(number: int, payload: bytes) -> bytes:
        return bytes([number << 3 | 2, len(payload)]) + payload

    def integer(number: int, value: int) -> bytes:
        return bytes([number << 3, value])

    dimension = field(1, integer(1, _SIDE))
    tensor_type = field(1, integer(1, 1) + field(2, dimension + dimension))

    def value(name: str) -> bytes:
        return field(1, name.encode()) + field(2, tensor_type)

    node = field(1, b"a") + field(1, b"b") + field(2, b"c") + field(4, b"MatMul")
    graph = field(1, node) + field(2, b"probe") + field(11, value("a")) + field(11, value("b")) + field(12, value("c"))
    return integer(1, 8) + field(7, graph) + field(8, integer(2, 13))


def run(provider: str) -> str | None:
    """None if ``provider`` multiplies rightly, otherwise why it does not."""
    if provider not in onnxruntime.get_available_providers():
        return "this build of ONNX Runtime does not have it"
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(probe_graph(), options, providers=[provider, "CPUExecutionProvider"])
    if session.get_providers()[0] != provider:
        return "it could not be started (no driver or no device)"
    matrix = np.arange(_SIDE * _SIDE, dtype=np.float32).reshape(_SIDE, _SIDE)
    (product,) = session.run(None, {"a": matrix, "b": matrix})
    return None if np.allclose(product, matrix @ matrix) else "it computes wrongly"


def main() -> int:
    problem = run(sys.argv[1])
    if problem is None:
        return 0
    sys.stdout.write(problem)
    return 1


if __name__ == "__main__":
    sys.exit(main())
