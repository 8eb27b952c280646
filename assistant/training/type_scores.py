"""What a model of document types says of held-out documents, or reading as it is without one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.inference.catalog import Catalog
from assistant.jobs import Context, JobContext
from assistant.tasks.classify import classify
from assistant.tasks.document_types import load_types
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import plain_document
from assistant.training.comparing import Held


def said_of_types(
    examples: Sequence[Held], catalog: Catalog, folder: Path | None, ctx: JobContext
) -> list[tuple[str, float]]:
    """``(type, score)`` of each document, by the model in ``folder`` or, where None, zero-shot over all types."""
    encoder = catalog.encoder()
    model = None if folder is None else catalog.load_classes(folder)
    types = load_types()
    said = []
    for example in examples:
        ctx.check()
        document = plain_document(example.text)
        index = DocumentIndex.build(document, encoder, Context())
        if model is not None:
            chances = model.probabilities(index.passage_vectors)
            said.append((model.labels[int(np.argmax(chances))], float(chances.max())))
        else:
            best = classify(document, index, encoder, types, Context()).scores[0]
            said.append((best.label, best.score))
    return said
