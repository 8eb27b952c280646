"""Sentences, passages and language of a text, with exact offsets. Pure functions: no MuPDF, no model, any thread."""

from assistant.documents.segment.boundaries import split_text
from assistant.documents.segment.language import detect_language
from assistant.documents.segment.passages import passages, sentences

__all__ = ["detect_language", "passages", "sentences", "split_text"]
