"""What reading says of held-out documents' types, with a trained model and without one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assistant.inference.catalog import Catalog
from assistant.jobs import Context, JobContext
from assistant.tasks.classify import TypeEmbedder, classify
from assistant.tasks.document_types import load_types, plain_type
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import plain_document
from assistant.training.comparing import Held


def said_of_types(
    examples: Sequence[Held], labels: Sequence[str], catalog: Catalog, folder: Path | None, ctx: JobContext
) -> list[tuple[str, float]]:
    """``(type, score)`` of each document, as it is read with the model in ``folder`` or, where None, zero-shot.

    ``labels`` are types of the user's own that are chosen from beside the known ones.
    """
    encoder = catalog.encoder()
    model = None if folder is None else catalog.load_classes(folder)
    types = list(load_types())
    known = {item.id for item in types}
    types += [plain_type(label, label) for label in labels if label not in known]
    embedder = TypeEmbedder()
    said = []
    for example in examples:
        ctx.check()
        document = plain_document(example.text)
        index = DocumentIndex.build(document, encoder, Context())
        best = classify(document, index, encoder, types, Context(), embedder, trained=model).scores[0]
        said.append((best.label, best.score))
    return said
