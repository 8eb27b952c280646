"""PDFs made to harm whoever reads them. Each is small on the disk and made when it is asked for."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

_CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
_PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_HELLO = b"BT /F 12 Tf 72 700 Td (Hello world of text) Tj ET"
_MEGABYTE = 1_000_000


def written(objects: Mapping[int, bytes]) -> bytes:
    """A file of these objects, the first one its catalog."""
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    size = max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    out += b"".join(b"%010d 00000 n \n" % places.get(number, 0) for number in range(1, size))
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, table)
    return bytes(out)


def stream(head: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (head, len(data), data)


def bomb(unit: bytes, megabytes: int) -> bytes:
    """``unit`` again and again, deflated to a thousandth. Its checksum is wrong, which no reader of PDF minds."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    # After a full flush nothing refers to what came before, so one piece can be repeated.
    piece = packer.compress(unit * (_MEGABYTE // len(unit))) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\xda" + piece * megabytes + b"\x03\x00" + bytes(4)


def _page(resources: bytes = b"", box: bytes = b"[0 0 612 792]", more: bytes = b"") -> bytes:
    return b"<</Type/Page/Parent 2 0 R/MediaBox%s/Contents 4 0 R/Resources<</Font<</F 5 0 R>>%s>>%s>>" % (
        box,
        resources,
        more,
    )


def _usual(**objects: bytes) -> bytes:
    """One page with a line of text; ``o3=...`` replaces or adds the object of that number."""
    usual = {1: _CATALOG, 2: _PAGES, 3: _page(), 4: stream(b"", _HELLO), 5: _FONT}
    return written({**usual, **{int(name[1:]): body for name, body in objects.items()}})


def _content(data: bytes) -> bytes:
    return _usual(o4=stream(b"/Filter/FlateDecode", data))


def _form(resources: bytes, content: bytes) -> bytes:
    return stream(b"/Type/XObject/Subtype/Form/BBox[0 0 600 700]/Resources<<%s>>" % resources, content)


def _image() -> bytes:
    head = b"/Type/XObject/Subtype/Image/Width 50000/Height 50000/BitsPerComponent 8/ColorSpace/DeviceGray"
    return _usual(
        o3=_page(b"/XObject<</I 6 0 R>>"),
        o4=stream(b"", b"q 600 0 0 700 0 0 cm /I Do Q " + _HELLO),
        o6=stream(head + b"/Filter/FlateDecode", bomb(b"\xff", 2500)),
    )


def _laughs() -> bytes:
    objects = {f"o{number}": _form(b"/XObject<</X %d 0 R>>" % (number + 1), b"/X Do " * 10) for number in range(10, 40)}
    objects["o40"] = _form(b"/Font<</F 5 0 R>>", _HELLO)
    return _usual(o3=_page(b"/XObject<</X 10 0 R>>"), o4=stream(b"", b"/X Do"), **objects)


def _forms_in_a_circle() -> bytes:
    return _usual(
        o3=_page(b"/XObject<</X 6 0 R>>"),
        o4=stream(b"", b"/X Do " + _HELLO),
        o6=_form(b"/XObject<</X 6 0 R/Y 7 0 R>>", b"/X Do /Y Do"),
        o7=_form(b"/XObject<</X 6 0 R>>", b"/X Do"),
    )


def _deep_tree() -> bytes:
    nodes = {
        f"o{number}": b"<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>"
        % (number - 1 if number > 10 else 2, number + 1)
        for number in range(10, 5010)
    }
    return _usual(o2=b"<</Type/Pages/Kids[10 0 R]/Count 1>>", o5010=_page(), **nodes)


def _outline(entries: int, *, deep: bool) -> bytes:
    last = 9 + entries
    items = {}
    for number in range(10, last + 1):
        chain = b"/First %d 0 R/Last %d 0 R" if deep else b"/Next %d 0 R"
        more = b"" if number == last else chain % ((number + 1,) * (2 if deep else 1))
        items[f"o{number}"] = b"<</Title(Entry %d)/Parent 6 0 R/Dest[3 0 R/XYZ 0 700 0]%s>>" % (number, more)
    return _usual(
        o1=b"<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>",
        o6=b"<</First 10 0 R/Last %d 0 R/Count %d>>" % (last, entries),
        **items,
    )


def _outline_in_a_circle() -> bytes:
    return _usual(
        o1=b"<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>",
        o6=b"<</First 7 0 R/Last 8 0 R/Count 2>>",
        o7=b"<</Title(A)/Next 8 0 R/Dest[3 0 R/Fit]/First 8 0 R>>",
        o8=b"<</Title(B)/Next 7 0 R/Dest[3 0 R/Fit]/First 7 0 R>>",
    )


_ARRAYS = b"[" * 200_000 + b"]" * 200_000
_DICTS = b"<</A " * 200_000 + b"1" + b">>" * 200_000

MADE: dict[str, Callable[[], bytes]] = {
    "content of 4 GB of blanks": lambda: _content(bomb(b" ", 4000)),
    "content of 300 MB of words": lambda: _content(bomb(b"BT /F 12 Tf 72 700 Td (Hello) Tj ET\n", 300)),
    "content of 500 MB of states": lambda: _content(bomb(b"q ", 500)),
    "content of 200 MB of paths": lambda: _content(bomb(b"0 0 m 9 9 l 100 3 l f\n", 200)),
    "content deflated twice": lambda: _usual(
        o4=stream(b"/Filter[/FlateDecode/FlateDecode]", zlib.compress(bomb(b"\0", 4000), 9))
    ),
    "predictor with endless columns": lambda: _usual(
        o4=stream(
            b"/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2000000000/Colors 4/BitsPerComponent 8>>",
            bomb(b"\0", 10),
        )
    ),
    "image of 50,000 x 50,000": _image,
    "2 billion pages": lambda: _usual(o2=b"<</Type/Pages/Kids[3 0 R]/Count 2000000000>>"),
    "1 million pages": lambda: _usual(o2=b"<</Type/Pages/Kids[3 0 R]/Count 1000000>>"),
    "-5 pages": lambda: _usual(o2=b"<</Type/Pages/Kids[3 0 R]/Count -5>>"),
    "tree of pages in a circle": lambda: _usual(o2=b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>"),
    "tree of pages 5,000 deep": _deep_tree,
    "media box of 1e9": lambda: _usual(o3=_page(box=b"[0 0 1e9 1e9]")),
    "media box of 150,000": lambda: _usual(o3=_page(box=b"[0 0 150000 150000]")),
    "media box without numbers": lambda: _usual(o3=_page(box=b"[0 0 nan -1e40]")),
    "forms in a circle": _forms_in_a_circle,
    "a billion laughs": _laughs,
    "200,000 arrays in the catalog": lambda: _usual(o1=b"<</Type/Catalog/Pages 2 0 R/X %s>>" % _ARRAYS),
    "200,000 dictionaries in the catalog": lambda: _usual(o1=b"<</Type/Catalog/Pages 2 0 R/X %s>>" % _DICTS),
    "200,000 arrays in a page": lambda: _usual(o3=_page(more=b"/X " + _ARRAYS)),
    "200,000 arrays in the content": lambda: _usual(o4=stream(b"", _ARRAYS + b" TJ " + _HELLO)),
    "outline of 100,000 entries": lambda: _outline(100_000, deep=False),
    "outline 30,000 deep": lambda: _outline(30_000, deep=True),
    "outline in a circle": _outline_in_a_circle,
    "objects in a stream of 500 MB": lambda: _usual(
        o6=stream(b"/Type/ObjStm/N 100000000/First 10/Filter/FlateDecode", bomb(b"1 0 ", 500))
    ),
}
READABLE = {
    "image of 50,000 x 50,000",
    "2 billion pages",
    "1 million pages",
    "-5 pages",
    "tree of pages in a circle",
    "tree of pages 5,000 deep",
    "media box of 1e9",
    "media box of 150,000",
    "media box without numbers",
    "forms in a circle",
    "outline of 100,000 entries",
    "outline 30,000 deep",
    "outline in a circle",
    "objects in a stream of 500 MB",
}
"""Of these the page's line of text has to come through."""


def with_actions(port: int, marker: str) -> bytes:
    """A page that would run scripts and programs and fetch files from a port of this machine."""
    url = b"http://127.0.0.1:%d/" % port
    launch = b"<</S/Launch/F(/usr/bin/touch)/Win<</F(touch)/P(%s)>>>>" % marker.encode()
    return _usual(
        o1=b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.launchURL\\('%s'\\);)>>/AA<</WC %s>>"
        b"/URI<</Base(%s)>>>>" % (url, launch, url),
        o3=_page(
            more=b"/AA<</O<</S/URI/URI(%s)>>>>/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 99 99]/A %s>>"
            b"<</Type/Annot/Subtype/Screen/Rect[0 0 99 99]/A<</S/Rendition/R<</S/MR/C<</S/MCD/D(%s)>>>>>>>>]"
            % (url, launch, url),
            resources=b"/XObject<</X 6 0 R>>",
        ),
        o4=stream(b"", b"/X Do " + _HELLO),
        o6=stream(
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Ref<</F<</FS/URL/F(%s)>>/Page 0>>/F<</FS/URL/F(%s)>>"
            % (url, url),
            b"",
        ),
    )
