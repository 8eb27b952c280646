"""Labels: what people say of documents, kept for good, found again, exchanged with other tools, and used at once."""

from assistant.labelling.labels import Labels

__all__ = ["Labels"]
