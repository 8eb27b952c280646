"""What the user does with the list of entities: sort, group, hide, merge, split, who appears with whom, export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from assistant.errors import UserError
from assistant.types import Document, Entities, Entity, Mention
from ui.i18n import _, error_message, number_text, tr
from ui.jobs import Job
from ui.models.entities_model import EntitySort, group_title
from ui.models.session import Session
from ui.views.companions_card import CompanionsCard
from ui.views.notice_bar import NoticeBar
from ui.views.page_view import PageView
from ui.views.side_panels import SidePanels

if TYPE_CHECKING:
    from assistant.engine import Arrangement, Companion, Engine
    from assistant.jobs import JobContext

_MERGE_CHOICES = 30
"""Entities that the menu offers to merge with; those that share words first."""
_SORTS: tuple[tuple[EntitySort, str], ...] = (
    ("count", _("By number of mentions")),
    ("place", _("By first place in the document")),
    ("name", _("By name")),
)
Call = Callable[["Engine", Document, "JobContext"], object]


class EntityDesk(QObject):
    """Lays the user's changes over the entities and shows them. Main thread only.

    :meth:`wire` once the panels are there, :meth:`set_document` with each reading, :meth:`set_entities` with each
    result. A change is on the disk before it is shown.
    """

    arranged = Signal(object)
    """:class:`Entities` as they are shown."""
    bug = Signal(object)
    """An exception that is not the user's."""
    why_requested = Signal(object, QRect)
    """:class:`Mention` and a place on the screen."""

    def __init__(
        self, session: Session, pages: PageView, panels: SidePanels, notices: NoticeBar, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._pages = pages
        self._panels = panels
        self._notices = notices
        self._found: Entities | None = None
        self._shown: Entities | None = None
        self._arrangement: Arrangement | None = None
        self._by_person = False
        self.companions = CompanionsCard(pages.look, pages)
        self.companions.place_activated.connect(lambda span: pages.show_span(span, flash=True))

    def wire(self) -> None:
        panel = self._panels.entities
        panel.tools_requested.connect(self._open_tools)
        panel.menu_requested.connect(self._open_menu)
        panel.undo_requested.connect(lambda back: self.step(back=back))
        panel.hidden_cleared.connect(lambda: self.set_hidden(()))

    @property
    def shown(self) -> Entities | None:
        """The entities with the user's changes; None before there are any."""
        return self._shown

    def set_document(self, document: Document) -> None:
        """Take up what was changed on an earlier day."""
        self._found = self._shown = self._arrangement = None
        self._change(lambda engine, doc, _: engine.notebook.arrangement(doc))

    def set_entities(self, found: Entities) -> None:
        self._found = found
        self._show()

    # --- merging and splitting -----------------------------------------------------------------------------------

    def merge(self, *entities: Entity) -> None:
        """Make one of them; the first gives the name."""
        self._change(lambda engine, document, _: engine.notebook.merge(document, entities))

    def split(self, entity: Entity, words: str) -> None:
        """Make what is written like this an entity of its own."""
        self._change(lambda engine, document, _: engine.notebook.split(document, entity, words))

    def step(self, *, back: bool) -> None:
        """Undo the last change, or make it again."""
        self._change(lambda engine, document, _: engine.notebook.step(document, back=back))

    def _change(self, call: Call) -> None:
        document = self._session.document
        job = self._run("", call, quiet=True)
        if job is not None:
            job.succeeded.connect(lambda made: self._on_arrangement(document, made))

    def _on_arrangement(self, document: Document | None, made: Arrangement) -> None:
        if self._session.document is document:
            self._arrangement = made
            self._show()

    def _show(self) -> None:
        if self._found is None:
            return
        edits = self._arrangement.edits if self._arrangement is not None else ()
        shown = self._session.arranged(self._found, edits)
        self._shown = shown
        panel = self._panels.entities
        panel.set_entities(shown)
        last = edits[-1] if edits else None
        if last is None:
            panel.changes.say("")
        elif last.kind == "merge":
            panel.changes.say(tr("Merged into {name}.", name=last.name))
        else:
            panel.changes.say(tr("{name} is an entity of its own.", name=last.name))
        if self._by_person:
            self._group_by_person()
        self.arranged.emit(shown)

    # --- the list ------------------------------------------------------------------------------------------------

    def set_grouping(self, *, by_person: bool) -> None:
        self._by_person = by_person
        if by_person:
            self._group_by_person()
        else:
            self._panels.entities.set_people(None)

    def _group_by_person(self) -> None:
        shown = self._shown
        if shown is None:
            return
        job = self._run(tr("Grouping by person"), lambda engine, doc, ctx: engine.people(doc, shown, ctx))
        if job is not None:
            job.succeeded.connect(self._on_people)

    def _on_people(self, found: tuple[tuple[Entity, tuple[Companion, ...]], ...]) -> None:
        if not self._by_person or self._shown is None:
            return
        known = {(entity.label, entity.name): entity for entity in self._shown.entities}
        rows = [
            (person, [known[item.label, item.name] for item in others if (item.label, item.name) in known])
            for person, others in found
        ]
        self._panels.entities.set_people(rows)

    def set_hidden(self, keys: tuple[str, ...]) -> None:
        """Types, by the key of their group, that are neither in the list nor marked on the pages."""
        panel = self._panels.entities
        panel.set_hidden(keys)
        hidden = {label for group, _ in panel.model.known_groups() if group.key in keys for label in group.labels}
        self._pages.layers.set_hidden(frozenset(hidden))
        self._pages.refresh()

    def show_companions(self, entity: Entity, place: QRect) -> None:
        """Who, and what, is named in the same sentences."""
        shown = self._shown
        if shown is None:
            return
        job = self._run("", lambda engine, doc, ctx: engine.companions(doc, shown, entity, ctx), quiet=True)
        if job is not None:
            job.succeeded.connect(lambda found: self.companions.show_companions(entity.name, found, place))

    # --- menus ---------------------------------------------------------------------------------------------------

    def tools_menu(self, parent: QWidget) -> QMenu:
        """Sorting, grouping, types, undo, export."""
        panel, menu = self._panels.entities, QMenu(parent)
        menu.addSection(tr("Sort"))
        for sort, title in _SORTS:
            action = menu.addAction(tr(title))
            action.setCheckable(True)
            action.setChecked(panel.model.sorting == sort)
            action.triggered.connect(lambda _=False, sort=sort: panel.set_sort(sort))
        menu.addSection(tr("Group"))
        for by_person, title in ((False, tr("By type")), (True, tr("By person"))):
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(self._by_person == by_person)
            action.triggered.connect(lambda _=False, by_person=by_person: self.set_grouping(by_person=by_person))
        menu.addSeparator()
        types = menu.addMenu(tr("Show types"))
        for group, number in panel.model.known_groups():
            action = types.addAction(f"{group_title(group)} ({number_text(number)})")
            action.setCheckable(True)
            action.setChecked(group.key not in panel.model.hidden)
            action.triggered.connect(lambda _=False, key=group.key: self._toggle_type(key))
        types.setEnabled(not types.isEmpty())
        menu.addSeparator()
        arrangement = self._arrangement
        undo = menu.addAction(tr("Undo merging or splitting"))
        undo.setEnabled(arrangement is not None and bool(arrangement.edits))
        undo.triggered.connect(lambda _=False: self.step(back=True))
        redo = menu.addAction(tr("Redo merging or splitting"))
        redo.setEnabled(arrangement is not None and bool(arrangement.undone))
        redo.triggered.connect(lambda _=False: self.step(back=False))
        menu.addSeparator()
        for title, suffix in ((tr("Export as CSV…"), "csv"), (tr("Export as JSON…"), "json")):
            action = menu.addAction(title)
            action.setEnabled(self._shown is not None and bool(self._shown.entities))
            action.triggered.connect(lambda _=False, suffix=suffix: self._choose_file(suffix))
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def row_menu(self, entity: Entity, place: QPoint, parent: QWidget) -> QMenu:
        """What can be done with one entity."""
        menu, where = QMenu(parent), QRect(place, place)
        named = menu.addAction(tr("Who is named with it?"))
        named.triggered.connect(lambda _=False: self.show_companions(entity, where))
        why = menu.addAction(tr("Why is it an entity?"))
        why.triggered.connect(lambda _=False: self.why_requested.emit(entity.mentions[0], where))
        menu.addSeparator()
        merge = menu.addMenu(tr("Merge into"))
        for other in self._alike(entity):
            merge.addAction(other.name).triggered.connect(lambda _=False, other=other: self.merge(other, entity))
        merge.setEnabled(not merge.isEmpty())
        split = menu.addMenu(tr("Split off"))
        words = _variants(entity)
        for each in words if len(words) > 1 else []:
            split.addAction(each).triggered.connect(lambda _=False, each=each: self.split(entity, each))
        split.setEnabled(not split.isEmpty())
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _open_tools(self, button: QWidget) -> None:
        self.tools_menu(button).popup(button.mapToGlobal(QPoint(0, button.height())))

    def _open_menu(self, entity: Entity, place: QPoint) -> None:
        self.row_menu(entity, place, self._panels.entities).popup(place)

    def _toggle_type(self, key: str) -> None:
        hidden = set(self._panels.entities.model.hidden)
        self.set_hidden(tuple(hidden ^ {key}))

    def _alike(self, entity: Entity) -> list[Entity]:
        """Others of its type: those that share words or characters with it first, then the most frequent."""
        own = set(entity.name.casefold().split()) | set(entity.name)
        others = [
            each
            for each in (self._shown.entities if self._shown is not None else ())
            if each.label == entity.label and each.name != entity.name
        ]

        def likeness(other: Entity) -> tuple[int, float, int]:
            words = len(set(other.name.casefold().split()) & set(entity.name.casefold().split()))
            letters = len(own & set(other.name)) / max(1, len(set(other.name)))
            return -words, -letters, -len(other.mentions)

        return sorted(others, key=likeness)[:_MERGE_CHOICES]

    # --- files -----------------------------------------------------------------------------------------------------

    def _choose_file(self, suffix: str) -> None:
        panel, path = self._panels.entities, self._session.path
        kinds = {"csv": tr("Comma-separated values (*.csv)"), "json": tr("JSON (*.json)")}
        proposed = path.with_name(f"{path.stem} - {tr('Entities')}.{suffix}")
        name, _ = QFileDialog.getSaveFileName(panel, tr("Export the entities"), str(proposed), kinds[suffix])
        if name:
            self.export(Path(name), suffix)

    def export(self, path: Path, suffix: str) -> Job | None:
        """Write what is in the list, without hidden types, as ``csv`` or ``json``; a notice tells the end."""
        shown = self._shown
        if shown is None:
            return None
        hidden = {
            name
            for group, _ in self._panels.entities.model.known_groups()
            if group.key in self._panels.entities.model.hidden
            for name in group.labels
        }
        chosen = Entities(
            tuple(entity for entity in shown.entities if entity.label not in hidden),
            tuple(mention for mention in shown.mentions if mention.label not in hidden),
            shown.model,
            shown.complete,
        )
        job = self._run(
            tr("Writing {name}", name=path.name),
            lambda engine, doc, _: engine.write_entities(path, suffix, doc, chosen),
        )
        if job is not None:
            job.succeeded.connect(lambda _: self._notices.say(tr("{name} was written.", name=path.name)))
        return job

    def _run(self, title: str, call: Call, *, quiet: bool = False) -> Job | None:
        job = self._session.work(title, call, quiet=quiet)
        if job is not None:
            job.failed.connect(self._on_failed)
            # The session, and with it the job, may outlive the widgets: in another language they are made anew.
            self.destroyed.connect(job.silence)
        return job

    def _on_failed(self, error: BaseException) -> None:
        self._notices.say(error_message(error))
        if not isinstance(error, UserError):
            self.bug.emit(error)


def _variants(entity: Entity) -> list[str]:
    """The ways in which the document writes an entity, in order."""
    return list(dict.fromkeys(_words(mention) for mention in entity.mentions))


def _words(mention: Mention) -> str:
    return " ".join(mention.text.split())
