"""The kinds of files that the window offers to open."""

from __future__ import annotations

from ui.i18n import _

FORMATS = (
    "PDF",
    "DOCX",
    "PPTX",
    "XLSX",
    "CSV",
    "ODT",
    "ODS",
    "ODP",
    "RTF",
    "EPUB",
    "FB2",
    "TXT",
    "Markdown",
    "HTML",
    "EML",
    "MSG",
    "MHTML",
    "DOC",
    "XLS",
    "PPT",
    _("Pictures"),
)
PATTERNS = (
    "*.pdf *.docx *.docm *.dotx *.dotm *.pptx *.pptm *.ppsx *.ppsm *.potx *.potm *.txt *.md *.markdown *.html *.htm "
    "*.xlsx *.xlsm *.xltx *.xltm *.csv *.tsv *.odt *.ods *.odp *.odg *.ott *.ots *.otp *.fodt *.fods *.fodp "
    "*.rtf *.epub *.fb2 *.eml *.msg *.mht *.mhtml *.doc *.xls *.ppt "
    "*.png *.jpg *.jpeg *.tif *.tiff *.webp *.bmp *.gif *.heic *.heif *.avif"
)
