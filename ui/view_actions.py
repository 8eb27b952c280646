"""What the actions do that concern nothing but the document in front, or the row of tabs."""

from __future__ import annotations

from collections.abc import Callable

from ui.views.document_view import DocumentView
from ui.views.tab_bar import DocumentTabs

Call = Callable[[DocumentView], object]

_CALLS: dict[str, Call] = {
    "copy": lambda view: view.pages.copy(),
    "select_all": lambda view: view.pages.select_all(),
    "find": lambda view: view.open_find(),
    "find_next": lambda view: view.find_bar.step(1),
    "find_previous": lambda view: view.find_bar.step(-1),
    "back": lambda view: view.pages.back(),
    "forward": lambda view: view.pages.forward(),
    "zoom_in": lambda view: view.pages.zoom_step(1),
    "zoom_out": lambda view: view.pages.zoom_step(-1),
    "zoom_actual": lambda view: view.pages.set_zoom(1.0),
    "fit_width": lambda view: view.pages.fit_width(),
    "fit_page": lambda view: view.pages.fit_page(),
}

_PARTS = {"pages": "left", "outline": "left", "entities": "left", "summary": "right", "type": "right"}


def view_handlers(
    with_view: Callable[[Call], None], show_part: Callable[[str, str], None]
) -> dict[str, Callable[[], None]]:
    """The functions of these actions: ``with_view`` calls with the view in front, ``show_part`` opens a panel."""

    def on_view(call: Call) -> Callable[[], None]:
        return lambda: with_view(call)

    def part(side: str, key: str) -> Callable[[], None]:
        return lambda: show_part(side, key)

    return {
        **{name: on_view(call) for name, call in _CALLS.items()},
        **{name: part(side, name) for name, side in _PARTS.items()},
    }


def tab_handlers(tabs: Callable[[], DocumentTabs]) -> dict[str, Callable[[], None]]:
    """The functions of the actions that go along the tabs; ``tabs`` gives the row that is shown now."""

    def step(by: int) -> None:
        row = tabs()
        if row.count():
            row.setCurrentIndex((row.currentIndex() + by) % row.count())

    return {"next_tab": lambda: step(1), "previous_tab": lambda: step(-1)}
