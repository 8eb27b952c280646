"""Hatchling's build hook: models and resources go into the wheel as ``assistant/_bundled/{models,resources}``.

An editable install reads them from the checkout (see ``assistant/paths.py``) and gets no copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("models", "resources")
LEFT_OUT = frozenset({"recipes", "__pycache__"})
"""Recipes make models; a reader has no use for them."""


def bundled_files(root: Path) -> Iterator[tuple[Path, str]]:
    """(file, path inside the wheel), in a fixed order."""
    # What is new, for the start page.
    yield root / "CHANGELOG.md", "assistant/_bundled/CHANGELOG.md"
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            if path.is_file() and not any(part in LEFT_OUT or part.startswith(".") for part in parts):
                yield path, "/".join(("assistant/_bundled", *parts))


class BundleHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        build_data["force_include"].update({str(path): inside for path, inside in bundled_files(Path(self.root))})
