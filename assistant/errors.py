"""The errors of the engine.

    DocentError                 everything below; ``code`` + ``params``
    |-- UserError               something that the user can understand and act on; never a bug
    |   |-- DocumentError       a document cannot be read (exit code 3 of the command line)
    |   |   |-- PasswordRequired    it opens with a password only
    |   |-- ModelError          a model is missing, damaged or does not fit
    |   |-- UsageError          a request that cannot be carried out as put (exit code 2)
    |-- Cancelled               the work was told to stop; not a failure

Anything else that reaches the top is a bug and is shown as one. A message is its ``code`` and ``params``: the window
translates them, :func:`message` gives the English sentence (what is wrong, and what to do).
"""

from __future__ import annotations

from collections.abc import Mapping

Param = str | int

MESSAGES: dict[str, str] = {
    # documents
    "file_not_found": "There is no file at {path}. It may have been moved or renamed.",
    "is_directory": "{path} is a folder. Choose a document inside it.",
    "not_a_file": "{path} is not a document but a device or a connection.",
    "permission_denied": "You do not have permission to read {path}.",
    "empty_file": "{path} is empty: the file has no content.",
    "unsupported_format": "{path} is not a document that Docent can read yet. It reads {formats}.",
    "wrong_extension": "{path} is not {expected} file, whatever its name says; its content is {found}.",
    "damaged_document": "{path} is damaged and cannot be opened. Try to get a fresh copy of it.",
    "no_pages": "{path} is damaged: it has no readable pages. Try to get a fresh copy of it.",
    "password_required": "{path} is protected by a password.",
    "password_wrong": "That password does not open {path}.",
    "office_encrypted": "{path} is encrypted in a way that Docent cannot open yet. Save a copy without the password.",
    "office_missing": "{path} is a binary file of Office 97 to 2003. Install LibreOffice to read it here, or save it "
    "in a newer format.",
    "printed_no_office": "LibreOffice is not installed. Install it to see office documents as they are printed.",
    "printed_has_pages": "This document is shown on its own pages already.",
    "printed_locked": "This document was opened with a password, and is not handed to another program.",
    "printed_unavailable": "{path} cannot be shown as it is printed.",
    "archive": "{path} is a ZIP archive, not a document. Unpack it and open the documents inside.",
    "attachment_missing": "The attachment is not in {path}, or it is damaged.",
    "too_large": "{path} is too large to read: {size} MB of {kind}, and the limit is {limit} MB. Split it into parts.",
    "image_too_large": "{path} is too large to read: {size} million pixels or more, and the limit is {limit} million. "
    "Save it at a lower resolution.",
    "unpacks_too_large": "{path} was refused: it unpacks to more than {limit} MB, which no document of this kind does.",
    "too_many_parts": "{path} was refused: it consists of more than {limit} parts.",
    "too_deep": "{path} was refused: its elements are nested more than {limit} deep, which no program writes.",
    "too_complex": "{path} is too large to read: it has more than {limit} elements. Split it into parts.",
    "document_process_died": "The document process stopped while reading {path}. It was started again.",
    "too_many_pages": "{path} would take more than {limit} pages. Split it into parts.",
    "document_unsafe": "{path} was refused: it refers to entities or files outside of itself, which no document of "
    "this kind does.",
    "document_process_restarted": "The document process stopped and was started again. The documents are open again.",
    "document_process_failed": "The document process cannot be started. Install Docent again.",
    "document_memory": "{path} needs more than {limit} MB of memory and was given up.",
    "document_changed": "{path} was changed or removed while it was open. Open it again.",
    "document_timeout": "{path} took longer than {seconds} s to read and was given up.",
    "page_timeout": "Page {page} took longer than {seconds} s and was left out.",
    "page_failed": "Page {page} is damaged and was left out.",
    "pages_missing": "{count} of {total} pages could not be read.",
    "no_text_layer": "This document has no text layer, and no words were found in the pictures of its pages.",
    "pages_without_text": "{count} of {total} pages have no text layer, and no words were found on them.",
    "scans_waiting": "{count} of {total} pages have no text layer of use. Their text is being recognised.",
    "pictures_waiting": "Pictures on {count} of {total} pages may have text on them. It is being recognised.",
    "scans_not_read": "{count} of {total} pages have no text layer of use, and reading scans is switched off in "
    "the settings.",
    "scans_failed": "The text of {count} of {total} pages could not be recognised. Try a scan of better quality.",
    "ocr_failed": "The text of page {page} could not be recognised.",
    "xfa_form": "This form is made of XFA, which only Adobe's programs draw. Docent shows the pages in the file.",
    "portfolio": "This PDF is a cover for {count} files inside it. Docent shows the cover.",
    "parts_damaged": "{count} parts of the document are damaged and were left out: {names}.",
    "pictures_left_out": "{count} pictures are too large to be shown and were left out.",
    "paragraphs_left_out": "Only the first {limit} paragraphs are shown.",
    "shapes_left_out": "Only the first {limit} shapes are shown.",
    "cells_left_out": "Only the first {limit} cells of the tables are shown.",
    "no_text": "This document has no text, only pictures or empty pages.",
    "rows_left_out": "The document is too long to be shown as a whole: what comes after the first {limit} {unit} is "
    "left out.",
    "part_damaged": "The document is damaged: a part of {name} could not be read and is left out.",
    "book_protected": "{path} is protected by digital rights management. Open it with the program it was bought for.",
    "text_truncated": "Only the first {limit} MB of the text are shown.",
    # models
    "model_missing": "The model for {task} is not installed at {path}. Run the installation again.",
    "model_damaged": "The model file {path} is damaged or was changed: its hash does not match. Install it again.",
    "model_unsafe": "The model at {path} was refused: {why}.",
    "model_incompatible": "The model at {path} does not fit this task: {why}.",
    # training
    "training_unavailable": "Training needs more packages. Install them with: pip install 'docent[train]'",
    "data_invalid": "{path}, line {line}: {why}",
    "data_missing": "There is no data file at {path}.",
    "data_changed": "{path} is not the recipe's file: its SHA-256 is {found}, not {expected}. Get that file or correct "
    "the recipe.",
    "training_no_goal": "Choose first what is to be trained.",
    "training_not_prepared": "The labels have not been looked at yet. Go to the step Data first.",
    "training_not_finished": "The training has not ended yet. Wait for it, or stop it and keep the best until now.",
    "training_data_ready": "The labels are ready to be trained on.",
    "training_left_out": "{count} labels are left out of this training, as you asked. They stay where they are.",
    "training_no_labels": "There are no labels to learn from. Label some documents first.",
    "training_one_document": "All labels are in one document (or in copies of it), so the model could not be tested on "
    "another. Label a second document.",
    "training_one_class": "All documents are of one type, {label}. Label documents of another type too, or there is "
    "nothing to tell apart.",
    "training_no_test": "No labelled document is held out for testing, and an untested model is not trained. Divide "
    "the documents anew, or label more of them.",
    "training_no_rows": "All labelled documents are held out, so there is nothing to learn from. Divide the documents "
    "anew, or label more of them.",
    "training_locked": "The text of {count} documents is not kept because they open with a password. Their labels "
    "count while they are open.",
    "training_class_once": "{labels} was labelled only once, from which nothing can be learned. Label more, or leave "
    "it out.",
    "training_class_untrained": "{labels} stands in held-out documents only, so it cannot be learned. Divide the "
    "documents anew, or label it in more documents.",
    "training_class_untested": "{labels} stands in no held-out document, so how well it is found cannot be said. "
    "Divide the documents anew, or label it in more documents.",
    "training_few": "Fewer than {needed} labels of {labels}. More labels make a better model.",
    "training_no_absent": "No question is labelled “not in this document”. Label a few, or the model may answer "
    "more often than it should.",
    "training_lopsided": "{most} has {many} labels and {least} only {few}. Weigh the classes, or label more of the "
    "rare one.",
    "training_no_validation": "There are too few documents to check the training on while it runs. Label at least "
    "three.",
    "training_duplicates": "{count} documents are nearly the same as others. They stay on the same side; leave them "
    "out if they are copies.",
    "training_leakage": "{count} sentences to learn from stand in held-out documents word for word, which flatters the "
    "test. Leave them out of the training.",
    "training_contradictions": "{count} labels contradict each other. Look at them and decide; until then the newest "
    "counts.",
    "training_span_long": "{count} labels are longer than a model can read at once and are left out. Trim them.",
    "training_lost": "{count} labels are not found in their documents any more and are left out. Place them again.",
    "parameter_out_of_range": "{name} must be between {lowest} and {highest}.",
    "run_missing": "There is no training run {run}.",
    "run_damaged": "The files of the training run {run} are damaged. Start it anew; the labels are kept.",
    "run_active": "The training run {run} is still running. Pause or cancel it first.",
    "model_worse": "{model} is worse than {current}, so it is installed but not active.",
    "version_missing": "There is no model {model}. See the list with: docent models",
    "version_active": "{model} is in use. Activate another version before you delete it.",
    "version_shipped": "{model} came with Docent and stays as it is.",
    "no_version_before": "No version of {task} was active before, so there is nothing to go back to.",
    "version_taken": "There is a model {model} already. Delete it first.",
    "model_pickle": "{path} was refused: {name} is a pickle, which can run any program. Save the model as safetensors.",
    "model_vocabulary": "{path} does not fit: its vocabulary has {found} pieces and Docent's has {expected}.",
    "model_tokenizer": "{path} does not fit together: its tokenizer knows {found} pieces and its model {expected}. Get "
    "both from the same place.",
    "folder_missing": "There is no folder {path}. Choose the folder that the model lies in.",
    "base_entities_only": "Only entities can be trained on another encoder. Choose one of the models of the list.",
    "network_off": "{name} would have to be downloaded, and the network is off. Choose a folder on this computer, or "
    "allow downloads of models in Preferences.",
    "download_failed": "{name} could not be downloaded: {why}. Check the name and the connection, and try again.",
    "trainer_died": "The training process stopped (exit code {status}). What it had saved is kept in {path}.",
    # labels
    "label_empty": "There is nothing to label. Select the words first.",
    "label_unplaced": "This label needs a place in the document. Select the words first.",
    "label_too_long": "The selection is too long for a label: {length} characters, and the limit is {limit}. Select "
    "only the words that are meant.",
    "database_damaged": "{path} is damaged. Nothing was changed in it. Try again: a copy is kept, and what can be read "
    "is taken over.",
    "label_gone": "The label is not there any more. It may have been removed in another window.",
    "label_type_empty": "A type needs a name with at least one letter or digit.",
    "label_type_long": "The name of a type may have at most {limit} characters.",
    "label_type_exists": "There is a type {title} already. Choose another name.",
    "label_type_missing": "There is no type {title} of your own.",
    "label_type_used": "{count} labels are of the type {title}. Relabel or remove them first.",
    "label_shortcut_taken": "The key {key} belongs to {title}. Choose another one.",
    "label_shortcut_wrong": "{key} cannot be the key of a type. Choose a digit.",
    "file_exists": "There is a file at {path} already. Choose another name, or say that it is to be replaced.",
    "folder_not_empty": "{path} is not an empty folder. Choose a new one, so that nothing in it is lost.",
    "mark_empty": "There are no words in this selection. Select some to highlight them.",
    "mark_no_page": "There is no page {page} in this document.",
    "mark_gone": "This note or highlight was removed in the meantime.",
    "mark_color": "{color} is not a colour for highlights.",
    "mark_long": "A note has up to {limit} characters. Shorten it, or make two of it.",
    "export_interrupted": "The document process stopped while {path} was being exported. Try again.",
    "export_over_source": "{path} is the document itself. Choose another name, or confirm that it is to be replaced.",
    "export_failed": "{path} could not be written as a PDF. Its pages are damaged, or are of an unusual kind.",
    "print_failed": "Printing was not possible: {why}. Check the printer, or print to a PDF file.",
    "label_color_wrong": "{color} is not a colour. Write it like #1F77B4.",
    # requests
    "usage": "{why}",
    "question_empty": "Type a question first.",
    "find_pattern_wrong": "This is not a regular expression: {why}, near “{near}”. Correct it, or search for it as "
    "text.",
    "find_pattern_slow": "This regular expression takes too long in this document and was given up; hits may be "
    "missing. Make it simpler, for example without a repetition inside a repetition.",
    "find_pattern_long": "This regular expression is longer than {limit} characters. Make it shorter.",
    "disk_full": "There is no space left on the disk at {path}.",
    # the profile and the program itself
    "cannot_write": "Docent cannot write to {path}: {why}. Check its permissions and the free space on the disk.",
    "profile_newer": "{path} was written by a newer version of Docent. Update Docent to use it.",
    "profile_damaged": "{path} is damaged. A copy was kept as {copy}, and what could be read from it was taken over.",
    "profile_busy": "{path} is in use by another program. Close other windows of Docent and try again.",
    "profile_name": "{name} cannot be the name of a profile. Take up to 40 letters, digits, spaces, dots or dashes.",
    "settings_damaged": "The settings were damaged and start afresh. The old file was kept as {copy}.",
    "window_missing": "The window needs PySide6, which is not installed. Install it with: pip install docent",
    "window_failed": "The window cannot be shown here: {why}.",
    "desktop_other_system": "Only Linux keeps programs in menus by such files. On this system the installer does it.",
    "internal": "Docent made a mistake ({why}). The details are in the log: {log}",
}


class DocentError(Exception):
    """Root of the tree. ``code`` is a key of :data:`MESSAGES`."""

    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: Mapping[str, Param] = params

    def __str__(self) -> str:
        return message(self.code, self.params)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.code, dict(self.params))


class UserError(DocentError):
    """What went wrong is in the user's world: a file, a password, a disk, a request."""


class DocumentError(UserError):
    """A document cannot be read."""


class PasswordRequired(DocumentError):
    """The document opens with a password only; ``password_required`` or ``password_wrong``."""


class ModelError(UserError):
    """A model is missing, damaged, unsafe or does not fit."""


class UsageError(UserError):
    """The request itself does not make sense."""


class Cancelled(DocentError):
    """Raised by :meth:`assistant.jobs.JobContext.check` in work that was told to stop."""

    def __init__(self) -> None:
        super().__init__("cancelled")

    def __str__(self) -> str:
        return "cancelled"

    def __reduce__(self) -> tuple[object, ...]:
        return Cancelled, ()


def _rebuild(kind: type[DocentError], code: str, params: dict[str, Param]) -> DocentError:
    return kind(code, **params)


def message(code: str, params: Mapping[str, Param]) -> str:
    """The English sentence for a code. An unknown code or a missing parameter shows as itself, never raises."""
    template = MESSAGES.get(code)
    if template is None:
        return code
    return template.format_map(_Forgiving(params))


class _Forgiving(dict[str, Param]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
