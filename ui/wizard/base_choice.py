"""Which model a training starts from: one of the list, a folder of Transformers, or a name of the hub."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from ui.i18n import tr

FOLDER, HUB = "folder…", "hub…"
"""Rows of the list that ask for more."""
BASE_PROBLEMS = frozenset({
    "model_damaged", "model_incompatible", "model_missing", "model_pickle", "model_tokenizer", "model_unsafe",
    "model_vocabulary", "folder_missing", "base_entities_only", "network_off", "download_failed", "version_missing",
    "disk_full", "cannot_write",
})  # fmt: skip
"""What may be wrong with a base model; the page says it, and the choice of before stays."""


def base_rows(starts: tuple[str, ...], chosen: str) -> list[tuple[str, str]]:
    """Value and words of each row: what there is, what was chosen beside it, and the two that ask."""
    rows = [(start, start) for start in starts]
    if chosen and chosen not in starts:
        name = chosen.removeprefix("hub:") if chosen.startswith("hub:") else PurePath(chosen).name or chosen
        rows.append((chosen, name))
    return [*rows, (FOLDER, tr("A folder…")), (HUB, tr("From the hub…"))]


def asked_base(parent: QWidget, value: str) -> str | None:
    """What the user wants to start from; None: they gave it up."""
    if value == FOLDER:
        return QFileDialog.getExistingDirectory(parent, tr("Folder of a Transformers encoder")) or None
    if value == HUB:
        words = tr("Name of a BERT- or RoBERTa-like encoder on the Hugging Face hub, such as owner/model:")
        name, done = QInputDialog.getText(parent, tr("Base model from the hub"), words)
        name = name.strip().removeprefix("https://huggingface.co/").strip("/")
        return f"hub:{name}" if done and name else None
    return value
