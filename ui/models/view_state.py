"""How the reader has one document shown, beside the place and the zoom: kept with them as a line of text."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, slots=True)
class ViewState:
    """Words of the views, as they are; ``from_text`` leaves what it does not know at its default."""

    mode: str = "continuous"
    rotation: int = 0
    fit: str = ""
    """``page`` where the zoom follows the view's height."""
    x: float = 0.0
    """Points from the left of the page (as in the file), where it is turned; the place has the others."""
    left: str = ""
    """The part of the left panel that was in front; likewise ``right``."""
    right: str = ""
    split: str = ""
    """``beside`` or ``below`` where there are two panes; then ``second_page``, ``second_y`` (points), ``second_zoom``
    (0: as wide as the pane), ``second_mode`` and ``second_rotation`` are of the second one."""
    second_page: int = 1
    second_y: float = 0.0
    second_zoom: float = 0.0
    second_mode: str = "continuous"
    second_rotation: int = 0

    def to_text(self) -> str:
        """Empty where nothing differs from the defaults."""
        plain = asdict(ViewState())
        changed = {key: value for key, value in asdict(self).items() if value != plain[key]}
        return json.dumps(changed, separators=(",", ":")) if changed else ""

    @classmethod
    def from_text(cls, text: str) -> ViewState:
        try:
            stored = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            stored = {}
        if not isinstance(stored, dict):
            stored = {}
        plain = asdict(cls())
        taken: dict[str, object] = {}
        for field in fields(cls):
            value, default = stored.get(field.name), plain[field.name]
            if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)
            if type(value) is type(default):
                taken[field.name] = value
        return cls(**taken)  # type: ignore[arg-type]
