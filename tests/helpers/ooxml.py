"""Office documents part by part: what python-docx cannot write, and what no program would.

``python tests/helpers/ooxml.py`` writes the samples in ``tests/data``; their bytes are the same each time.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
}
_STRICT = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/": "http://purl.oclc.org/ooxml/wordprocessingml/",
    "http://schemas.openxmlformats.org/officeDocument/2006/": "http://purl.oclc.org/ooxml/officeDocument/",
    "http://schemas.openxmlformats.org/drawingml/2006/": "http://purl.oclc.org/ooxml/drawingml/",
}
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = NAMESPACES["r"]
_DECLARED = " ".join(f'xmlns:{name}="{address}"' for name, address in NAMESPACES.items())


def root(name: str, inner: str, attributes: str = "") -> str:
    """A part's only element, with all namespaces."""
    return f'<?xml version="1.0" encoding="UTF-8"?><{name} {_DECLARED} {attributes}>{inner}</{name}>'


def relations(targets: Mapping[str, tuple[str, str]]) -> str:
    """``targets`` are kind and part by id; a part with ``://`` is outside."""
    outside = ' TargetMode="External"'
    items = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"{outside * ("://" in target)}/>'
        for key, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_RELATIONS}">{items}</Relationships>'


def write_parts(path: Path, parts: Mapping[str, str | bytes], *, strict: bool = False) -> Path:
    """A container, the same bytes for the same parts."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            if strict and isinstance(content, str):
                for loose, narrow in _STRICT.items():
                    content = content.replace(loose, narrow)
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def p(text: str = "", properties: str = "", *, style: str = "", inner: str = "") -> str:
    """A paragraph of WordprocessingML; ``inner`` are runs after the text."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    settings = f"<w:pPr>{named}{properties}</w:pPr>" if named or properties else ""
    return f"<w:p>{settings}{r(text) if text else ''}{inner}</w:p>"


def r(text: str, properties: str = "") -> str:
    settings = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{settings}<w:t xml:space="preserve">{text}</w:t></w:r>'


def item(text: str, level: int = 0, number: int = 1) -> str:
    """A paragraph of a list."""
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def levels(*formats: tuple[str, str], start: int = 1) -> str:
    return "".join(
        f'<w:lvl w:ilvl="{index}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for index, (form, text) in enumerate(formats)
    )


def numbering(*lists: str) -> str:
    """One abstract list and one list for each of ``lists`` (levels), numbered from 1."""
    abstract = "".join(
        f'<w:abstractNum w:abstractNumId="{index}">{inner}</w:abstractNum>' for index, inner in enumerate(lists, 1)
    )
    used = "".join(
        f'<w:num w:numId="{index}"><w:abstractNumId w:val="{index}"/></w:num>' for index in range(1, len(lists) + 1)
    )
    return root("w:numbering", abstract + used)


def write_docx(
    path: Path,
    body: str,
    parts: Mapping[str, str | bytes] | None = None,
    related: Mapping[str, tuple[str, str]] | None = None,
    *,
    strict: bool = False,
) -> Path:
    """``parts`` are more parts by name; ``related`` are relations of the main part."""
    whole: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations({"rId1": ("officeDocument", "word/document.xml")}),
        "word/document.xml": root("w:document", f"<w:body>{body}</w:body>"),
        "word/_rels/document.xml.rels": relations(related or {}),
        **(parts or {}),
    }
    return write_parts(path, whole, strict=strict)


def shape(
    text: str, x: int = 0, y: int = 0, width: int = 4_000_000, height: int = 500_000, *, kind: str = "", inner: str = ""
) -> str:
    """A shape of a slide; lengths in EMU. ``kind`` makes it a placeholder; ``inner`` are paragraphs instead of text."""
    holder = f'<p:ph type="{kind}"/>' if kind else ""
    place = f'<a:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
    paragraphs = inner or f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x"/><p:cNvSpPr/><p:nvPr>{holder}</p:nvPr></p:nvSpPr>'
        f"<p:spPr>{place}</p:spPr><p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
    )


def slide(*shapes: str, attributes: str = "") -> str:
    return root("p:sld", f"<p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld>", attributes)


def write_pptx(
    path: Path,
    slides: Sequence[str],
    parts: Mapping[str, str | bytes] | None = None,
    related: Mapping[int, Mapping[str, tuple[str, str]]] | None = None,
    *,
    order: Sequence[int] | None = None,
) -> Path:
    """``related`` are relations of slides (from 1; 0 is the presentation itself), ``order`` that of the slides."""
    numbers = range(1, len(slides) + 1)
    listed = "".join(
        f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' for number in (order if order is not None else numbers)
    )
    known = related or {}
    whole: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations({"rId1": ("officeDocument", "ppt/presentation.xml")}),
        "ppt/presentation.xml": root(
            "p:presentation", f'<p:sldIdLst>{listed}</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/>'
        ),
        "ppt/_rels/presentation.xml.rels": relations(
            {f"rId{number}": ("slide", f"slides/slide{number}.xml") for number in numbers} | dict(known.get(0, {}))
        ),
    }
    for number, content in enumerate(slides, 1):
        whole[f"ppt/slides/slide{number}.xml"] = content
        whole[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(known.get(number, {}))
    return write_parts(path, whole | dict(parts or {}))


def png(width: int, height: int) -> bytes:
    """A grey picture; a large one is small in the file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(b"\0" + b"\x80" * width) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


STYLES = root(
    "w:styles",
    '<w:style w:type="paragraph" w:default="1" w:styleId="Standard"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/>'
    "</w:pPr></w:style>"
    '<w:style w:type="paragraph" w:styleId="Kapitel"><w:name w:val="Kapitel"/>'
    '<w:basedOn w:val="berschrift1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="a3"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="character" w:styleId="Geheim"><w:name w:val="Geheim"/><w:rPr><w:vanish/></w:rPr></w:style>',
)

CONTRACT_LISTS = (
    levels(("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)"), ("lowerRoman", "%4.")),
    levels(("chineseCounting", "第%1条")),
    levels(("bullet", "\uf0b7")),
)


def lease(path: Path, *, strict: bool = False) -> Path:
    """A short lease in which every kind of content occurs once."""
    table = (
        "<w:tbl><w:tblGrid><w:gridCol/><w:gridCol/><w:gridCol/></w:tblGrid>"
        '<w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>'
        f"{p('Room and floor')}</w:tc><w:tc>{p('Rent')}</w:tc></w:tr>"
        f'<w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>{p("Office")}</w:tc><w:tc>{p("First")}</w:tc>'
        f"<w:tc>{p('900 EUR')}</w:tc></w:tr>"
        f"<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr>{p()}</w:tc><w:tc>{p('Second')}</w:tc>"
        f"<w:tc>{p('800 EUR')}</w:tc></w:tr>"
        "</w:tbl>"
    )
    box = (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor>'
        '<wp:extent cx="1000000" cy="500000"/>'
        "<a:graphic><a:graphicData><wps:wsp><wps:txbx><w:txbxContent>"
        f"{p('Boxed remark.')}</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox><w:txbxContent>{p('Boxed remark.')}</w:txbxContent>"
        "</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    picture = (
        '<w:r><w:drawing><wp:inline><wp:extent cx="1270000" cy="635000"/><wp:docPr id="1" name="x" descr="Floor plan"/>'
        '<a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip r:embed="rId8"/></pic:blipFill></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )
    formula = (
        "<m:oMath><m:r><m:t>x=</m:t></m:r><m:f><m:num><m:r><m:t>-b±</m:t></m:r><m:rad><m:radPr><m:degHide/>"
        "</m:radPr><m:e>"
        "<m:sSup><m:e><m:r><m:t>b</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup><m:r><m:t>-4ac</m:t>"
        "</m:r></m:e></m:rad></m:num><m:den><m:r><m:t>2a</m:t></m:r></m:den></m:f></m:oMath>"
    )
    body = "".join(
        (
            p("Lease of an office", style="Titel"),
            p("Parties", style="berschrift1"),
            p(
                "The landlord lets the office",
                inner='<w:r><w:footnoteReference w:id="2"/></w:r>' + r(" to the tenant for five years."),
            ),
            p("Inherited heading", style="Kapitel"),
            item("Term"),
            item("It begins in March.", 1),
            item("It ends in", 1),
            item("five years, or", 2),
            item("on notice.", 2),
            item("Rent"),
            item("It is due monthly.", 1),
            p("租赁", style="a3"),
            item("甲方出租房屋。", number=2),
            item("乙方支付租金。", number=2),
            item("Keys", number=3),
            table,
            p(
                inner=r("Tracked: ")
                + f"<w:ins>{r('added ')}</w:ins><w:del><w:r><w:delText>removed </w:delText></w:r></w:del>"
                + f"<w:moveFrom>{r('moved away ')}</w:moveFrom>{r('kept.')}"
            ),
            p(
                inner=r("Visible")
                + r(" hidden", "<w:vanish/>")
                + r(" secret", '<w:rStyle w:val="Geheim"/>')
                + r(" words.")
            ),
            p("A box is anchored here", inner=box + r(" in this sentence.")),
            p(
                inner='<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> REF _Ref1 </w:instrText></w:r>'
                '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
                + r("Clause 7")
                + '<w:r><w:fldChar w:fldCharType="end"/>'
                "</w:r>" + r(" applies.")
            ),
            p(inner=formula),
            p(
                inner="<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val='1'/></w14:checkbox></w:sdtPr><w:sdtContent/>"
                "</w:sdt>" + r(" furnished ") + '<w:r><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>' + r(" empty")
            ),
            p(inner=picture),
            p("חוזה שכירות", "<w:bidi/>"),
            p(
                inner='<w:commentRangeStart w:id="5"/>' + r("The deposit is high.") + '<w:commentRangeEnd w:id="5"/>'
                '<w:r><w:commentReference w:id="5"/></w:r>'
            ),
            (
                '<w:sectPr><w:headerReference w:type="default" r:id="rId5"/>'
                '<w:footerReference w:type="default" r:id="rId6"/>'
                "</w:sectPr>"
            ),
        )
    )
    page = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>3</w:t></w:r></w:fldSimple>'
    parts: dict[str, str | bytes] = {
        "word/styles.xml": STYLES,
        "word/numbering.xml": numbering(*CONTRACT_LISTS),
        "word/footnotes.xml": root(
            "w:footnotes",
            f'<w:footnote w:id="0" w:type="separator">{p("no note")}</w:footnote>'
            f'<w:footnote w:id="2">{p("On the first floor.")}</w:footnote>',
        ),
        "word/comments.xml": root(
            "w:comments",
            '<w:comment w:id="5" w:author="Ada Lang" w:date="2026-02-03T10:00:00Z">'
            + p("Three months at most?")
            + "</w:comment>",
        ),
        "word/header1.xml": root("w:hdr", p("Harbour Estates Ltd")),
        "word/footer1.xml": root("w:ftr", p("Page ", inner=page)),
        "word/media/plan.png": png(200, 100),
        "docProps/core.xml": '<cp:coreProperties xmlns:cp="urn:x" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>Lease of an office</dc:title></cp:coreProperties>",
    }
    related = {
        "rId1": ("styles", "styles.xml"),
        "rId2": ("numbering", "numbering.xml"),
        "rId3": ("footnotes", "footnotes.xml"),
        "rId4": ("comments", "comments.xml"),
        "rId5": ("header", "header1.xml"),
        "rId6": ("footer", "footer1.xml"),
        "rId8": ("image", "media/plan.png"),
    }
    return write_docx(path, body, parts, related, strict=strict)


def deck(path: Path) -> Path:
    """Three slides, the second of which is hidden and stands last in the container."""
    bullets = (
        '<a:p><a:pPr><a:buChar char="•"/></a:pPr><a:r><a:t>Ships</a:t></a:r></a:p>'
        '<a:p><a:pPr lvl="1"><a:buAutoNum type="alphaLcParenR"/></a:pPr><a:r><a:t>large</a:t></a:r></a:p>'
        '<a:p><a:pPr lvl="1"><a:buAutoNum type="alphaLcParenR"/></a:pPr><a:r><a:t>small</a:t></a:r></a:p>'
    )
    group = (
        '<p:grpSp><p:nvGrpSpPr><p:cNvPr id="2" name="g"/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off x="0" y="1500000"/>'
        '<a:ext cx="4000000" cy="500000"/><a:chOff x="0" y="0"/><a:chExt cx="400" cy="50"/></a:xfrm></p:grpSpPr>'
        + shape("Grouped right", 210, 0, 190, 50)
        + shape("Grouped left", 0, 0, 190, 50)
        + "</p:grpSp>"
    )
    table = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="3" name="t"/></p:nvGraphicFramePr><p:xfrm>'
        '<a:off x="0" y="2500000"/>'
        '<a:ext cx="4000000" cy="500000"/></p:xfrm><a:graphic><a:graphicData><a:tbl><a:tblPr firstRow="1"/>'
        + "".join(
            "<a:tr>"
            + "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>" for text in row)
            + "</a:tr>"
            for row in (("Port", "Tons"), ("Harrowmouth", "120"), ("Elmhaven", "80"))
        )
        + "</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    chart = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="c"/></p:nvGraphicFramePr><p:xfrm>'
        '<a:off x="0" y="3500000"/>'
        '<a:ext cx="4000000" cy="500000"/></p:xfrm><a:graphic><a:graphicData><c:chart r:id="rId2"/></a:graphicData>'
        "</a:graphic></p:graphicFrame>"
    )
    diagram = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="5" name="d"/></p:nvGraphicFramePr><p:xfrm>'
        '<a:off x="0" y="4500000"/>'
        '<a:ext cx="4000000" cy="500000"/></p:xfrm><a:graphic><a:graphicData><dgm:relIds r:dm="rId3"/></a:graphicData>'
        "</a:graphic></p:graphicFrame>"
    )
    slides = (
        slide(
            shape("Below", 0, 5_800_000),
            diagram,
            chart,
            table,
            group,
            shape("", 0, 800_000, inner=bullets),
            shape("Traffic in the harbour", 0, 0, kind="title"),
            shape("7", 8_000_000, 6_500_000, kind="sldNum"),
            shape("Harrowmouth Port Authority", 0, 6_500_000, kind="ftr"),
        ),
        slide(shape("Last words", 0, 0, kind="title"), shape("Harrowmouth Port Authority", 0, 6_500_000, kind="ftr")),
        slide(shape("Hidden figures", 0, 0, kind="title"), attributes='show="0"'),
    )
    series = (
        "<c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>Ships</c:v></c:pt></c:strCache></c:strRef></c:tx>"
        "<c:cat><c:strRef><c:strCache><c:pt idx='0'><c:v>2024</c:v></c:pt><c:pt idx='1'><c:v>2025</c:v>"
        "</c:pt></c:strCache>"
        "</c:strRef></c:cat><c:val><c:numRef><c:numCache><c:formatCode>0.0%</c:formatCode><c:pt idx='0'>"
        "<c:v>0.25</c:v></c:pt>"
        "<c:pt idx='1'><c:v>0.75</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser>"
    )
    title = "<c:title><c:tx><c:rich><a:p><a:r><a:t>Share of traffic</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    points = "".join(
        f'<dgm:pt modelId="{key}" type="{kind}"><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>'
        for key, kind, text in ((0, "doc", ""), (1, "node", "Pilot"), (2, "node", "Tug"), (3, "pres", "never shown"))
    )
    links = "".join(
        f'<dgm:cxn modelId="{10 + below}" srcId="{above}" destId="{below}" srcOrd="0"/>'
        for above, below in ((0, 1), (1, 2))
    )
    parts: dict[str, str | bytes] = {
        "ppt/charts/chart1.xml": root(
            "c:chartSpace",
            (
                f"<c:chart>{title}<c:plotArea><c:barChart><c:barDir val='col'/>{series}</c:barChart></c:plotArea>"
                f"</c:chart>"
            ),
        ),
        "ppt/diagrams/data1.xml": root(
            "dgm:dataModel", f"<dgm:ptLst>{points}</dgm:ptLst><dgm:cxnLst>{links}</dgm:cxnLst>"
        ),
        "ppt/notesSlides/notesSlide1.xml": root(
            "p:notes",
            "<p:cSld><p:spTree>"
            + shape("Speak slowly.", kind="body")
            + shape("1", kind="sldNum")
            + "</p:spTree></p:cSld>",
        ),
        "ppt/comments/comment1.xml": root(
            "p:cmLst", '<p:cm authorId="0" dt="2026-02-03T10:00:00"><p:text>Check these figures.</p:text></p:cm>'
        ),
        "ppt/commentAuthors.xml": root("p:cmAuthorLst", '<p:cmAuthor id="0" name="Ada Lang" initials="AL"/>'),
    }
    related = {
        0: {"rId9": ("commentAuthors", "commentAuthors.xml")},
        1: {
            "rId2": ("chart", "../charts/chart1.xml"),
            "rId3": ("diagramData", "../diagrams/data1.xml"),
            "rId4": ("notesSlide", "../notesSlides/notesSlide1.xml"),
            "rId5": ("comments", "../comments/comment1.xml"),
        },
    }
    return write_pptx(path, slides, parts, related, order=(1, 3, 2))


def main() -> None:
    data = Path(__file__).parents[1] / "data"
    lease(data / "lease.docx")
    lease(data / "lease-strict.docx", strict=True)
    deck(data / "harbour.pptx")


if __name__ == "__main__":
    main()
