"""What surrounds the document in front and follows it: panels, tool bar, status line, which actions can be run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, Qt

from assistant import settings as keys
from assistant.settings import Settings
from ui.actions import Actions, tooltip
from ui.i18n import tr
from ui.view_actions import Call, switches, view_available
from ui.views.document_view import DocumentView
from ui.views.stage import Stage
from ui.views.status_bar import StatusBar
from ui.views.toolbar import Toolbar
from ui.views.widgets import Look
from ui.views.window_labels import WindowLabels


@dataclass(frozen=True, slots=True)
class Parts:
    """The widgets that are made anew with the language."""

    actions: Actions
    toolbar: Toolbar
    status: StatusBar
    stage: Stage


class WindowFront:
    """One for the window. :meth:`attach` comes before everything else, and again when the widgets are made anew.
    Main thread only."""

    def __init__(
        self,
        look: Look,
        settings: Settings,
        labels: WindowLabels,
        views: Callable[[], Sequence[DocumentView]],
        front: Callable[[], DocumentView | None],
        tabs: Callable[[], Mapping[str, bool]],
    ) -> None:
        """``views``: all documents; ``front``: the one in front; ``tabs``: what its tabs add to what actions need."""
        self._look = look
        self._settings = settings
        self._labels = labels
        self._views = views
        self._front = front
        self._tabs = tabs
        self._parts: Parts | None = None
        self._left_wanted: bool = settings.get(keys.LEFT_PANEL)
        self._right_wanted: bool = settings.get(keys.RIGHT_PANEL)

    def attach(self, parts: Parts) -> None:
        self._parts = parts
        parts.toolbar.page_chosen.connect(lambda page: self.with_view(lambda view: view.pane.go_to_page(page)))
        parts.toolbar.zoom_chosen.connect(lambda zoom: self.with_view(lambda view: view.pane.set_zoom(zoom)))
        self.show_theme()

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The functions of the table of actions that change what surrounds the document."""
        return {
            "ask": self._ask,
            "highlights": self._toggle_highlights,
            "theme": self._toggle_theme,
            "left_panel": self._toggle_left,
            "right_panel": self._toggle_right,
        }

    @property
    def parts(self) -> Parts:
        if self._parts is None:
            raise RuntimeError("attach comes first")
        return self._parts

    @property
    def panels(self) -> tuple[bool, bool]:
        """Whether the left and the right one are wanted."""
        return self._left_wanted, self._right_wanted

    def with_view(self, call: Call) -> None:
        view = self._front()
        if view is not None:
            call(view)

    # --- following -------------------------------------------------------------------------------------------

    def on_state(self, view: DocumentView | None) -> None:
        """Show the state of the document in front (None: the start page); that of another changes nothing."""
        if view is not self._front():
            return
        parts = self.parts
        opened = view is not None and view.is_open
        document = view.session.document if view is not None else None
        pages = view.pane if view is not None else None
        # From the beginning, so that the pages are laid out, and asked for, once.
        self.show_panels(shown=view is not None and (opened or view.is_opening))
        parts.toolbar.set_document(
            view.page_count if view is not None else 0, view.page_labels if view is not None else ()
        )
        parts.status.set_recognised(False)
        if view is not None and pages is not None:
            self.on_page(view, pages.page)
            parts.toolbar.set_zoom(pages.zoom)
        parts.status.set_language(document.language if document is not None else None)
        parts.actions["highlights"].setChecked(pages is not None and pages.layers.show_entities)
        parts.actions.enable(
            {
                "document": opened,
                "text": document is not None,
                **view_available(view, parts.actions),
                **self._labels.available(view),
                **self._tabs(),
            }
        )
        parts.actions.check(switches(view))

    def on_page(self, view: DocumentView, page: int) -> None:
        if view is self._front():
            self.parts.toolbar.page.set_page(page)
            self.parts.status.set_recognised(view.is_recognised(page))

    def on_zoom(self, view: DocumentView, zoom: float) -> None:
        if view is self._front():
            self.parts.toolbar.set_zoom(zoom)

    def on_labelling(self, active: bool) -> None:
        actions = self.parts.actions
        actions["labelling"].setChecked(active)
        self.parts.toolbar.set_labelling(active)
        if active and not actions["highlights"].isChecked():
            actions["highlights"].trigger()

    def say_done(self, view: DocumentView | None) -> None:
        """In the status line: how the analyses of a document went. What was said of another one is taken away."""
        if view is None or (view.session.analysis_seconds is None and not view.session.errors):
            self.parts.status.say("")
        elif view.session.errors:
            self.parts.status.say(tr("Some analyses could not be done"))
        elif view.session.analysis_seconds is not None:
            self.parts.status.set_done(view.session.analysis_seconds)

    def on_idle(self) -> None:
        """What the last job said of itself stays."""
        if not self.parts.status.said:
            self.with_view(self.say_done)

    # --- panels ----------------------------------------------------------------------------------------------

    def show_panels(self, *, shown: bool) -> None:
        stage = self.parts.stage
        stage.show_panels(left=shown and self._left_wanted, right=shown and self._right_wanted)
        # At once, so that pages which are about to be laid out know their room.
        QCoreApplication.sendPostedEvents(stage, QEvent.Type.LayoutRequest)

    def want_panels(self, left: bool, right: bool) -> None:
        """Show or hide both."""
        self._left_wanted, self._right_wanted = left, right
        self.on_state(self._front())

    def show_part(self, side: str, key: str) -> None:
        """Open a panel ("left", "right") at one of its parts."""
        if side == "left":
            self._left_wanted = True
        else:
            self._right_wanted = True
        self.on_state(self._front())
        self.with_view(lambda view: getattr(view, f"{side}_switch").set_current(key))

    def ask_question(self, view: DocumentView, question: str) -> None:
        self.show_part("right", "ask")
        view.ask_question(question)

    def _ask(self) -> None:
        self.show_part("right", "ask")
        self.with_view(lambda view: view.ask.setFocus(Qt.FocusReason.ShortcutFocusReason))

    def _toggle_left(self) -> None:
        self._left_wanted = not self._left_wanted
        self.on_state(self._front())

    def _toggle_right(self) -> None:
        self._right_wanted = not self._right_wanted
        self.on_state(self._front())

    # --- looks -----------------------------------------------------------------------------------------------

    def show_theme(self) -> None:
        dark = self._look.theme.is_dark
        action = self.parts.actions["theme"]
        self._look.icons.attach(action, "theme_light" if dark else "theme_dark")
        text = tr("Light theme") if dark else tr("Dark theme")
        action.setText(text)
        action.setToolTip(tooltip(text, ("Ctrl+T",)))

    def show_highlights(self, shown: bool) -> None:
        self.parts.actions["highlights"].setChecked(shown)
        for view in self._views():
            view.pages.layers.show_entities = shown
            view.pages.refresh()

    def _toggle_highlights(self) -> None:
        self._settings.set(keys.HIGHLIGHT_ENTITIES, self.parts.actions["highlights"].isChecked())

    def _toggle_theme(self) -> None:
        self._look.theme.toggle()
        self._settings.set(keys.THEME, self._look.theme.mode)
