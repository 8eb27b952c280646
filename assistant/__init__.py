"""The engine of Docent: documents, models, tasks, store, training. Imports no Qt."""

__version__ = "0.1.0"
