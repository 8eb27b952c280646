"""What the actions do that concern nothing but the document in front, or the row of tabs."""

from __future__ import annotations

from collections.abc import Callable

from ui.actions import Actions
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
    "printed": lambda view: view.printed.toggle(),
    "fit_page": lambda view: view.pages.fit_page(),
}

_PARTS = {"pages": "left", "outline": "left", "entities": "left", "summary": "right", "type": "right"}


def view_available(view: DocumentView | None, actions: Actions) -> dict[str, bool]:
    """What these actions need; also says how things stand with the printed pages."""
    reason = view.printed.reason() if view is not None else ""
    actions["printed"].setChecked(view is not None and (view.printed.active or view.printed.is_making))
    actions.explain("printed", reason)
    return {
        "selection": view is not None and bool(view.pages.selected_text()),
        "history_back": view is not None and view.pages.history.can_go_back,
        "history_forward": view is not None and view.pages.history.can_go_forward,
        "hits": view is not None and bool(view.find_bar.hits),
        "printed": view is not None and not reason and not view.printed.is_making,
    }


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
