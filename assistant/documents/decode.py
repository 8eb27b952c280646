"""Bytes of a text file to text: marks, UTF-8, UTF-16 without a mark, East Asian encodings, the rest by statistics."""

from __future__ import annotations

import codecs
import re

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_TAGS = re.compile(
    r"<(?:html|head|body|title|p|div|table|h[1-6]|ul|ol|a|br|span|img|script|meta|link|section|article|dl|strong|em|b|i)"
    r"(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_FIELD = re.compile(rb"([A-Za-z][A-Za-z0-9_-]{1,60})[ \t]*:")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]+)""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_:.-]+)""")
# Control characters that no text file has; form feed, tab, line ends and escape occur.
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 262_144
_ISO_2022_JP = (b"\x1b$B", b"\x1b$@", b"\x1b(J", b"\x1b(I")


# Names that senders use for the smaller sets of which they write the larger ones.
_ALIASES = {
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "cp936", "windows-936", "chinese", "iso-ir-58"), "gb18030"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "ansi", "iso8859-1"), "cp1252"),
    **dict.fromkeys(("ks-c-5601-1987", "euc-kr", "ks-c-5601", "ksc5601", "korean", "windows-949"), "cp949"),
    **dict.fromkeys(("shift-jis", "sjis", "x-sjis", "windows-31j", "windows-932"), "cp932"),
    **dict.fromkeys(("big5", "big-5", "x-x-big5", "windows-950", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("iso-2022-jp", "csiso2022jp"), "iso2022_jp_ext"),
    **dict.fromkeys(("unicode-1-1-utf-8", "x-unknown", "unknown-8bit", "utf8mb4"), "utf-8"),
}
_WIDE = frozenset({"utf-8", "gb18030", "big5hkscs", "cp932", "cp949", "euc_jp"})
_NEVER = frozenset({"punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem", "utf-7"})


def quick(data: bytes) -> str | None:
    """The beginning of a file as text, or None where it is no text. ``data`` may end inside a character."""
    encoding = guess(data, partial=True)
    if encoding is None:
        return None
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data)
    return text if text and is_text(text) else None


def text_of(data: bytes, declared: str | None = None) -> str | None:
    """All of a file as text; None where it is no text. Line ends become ``\\n``."""
    encoding = None
    if declared is not None and not any(data.startswith(bom) for bom, _ in _BOMS):
        encoding = _usable(declared, data)
    encoding = encoding or guess(data)
    if encoding is None:
        return None
    text = data.decode(encoding, "replace")
    if not is_text(text[:_SAMPLE]):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def declared_charset(data: bytes) -> str | None:
    """The character set that an HTML file names in its first bytes."""
    match = _META_CHARSET.search(data[:8192]) or _XML_ENCODING.search(data[:1024])
    return match.group(1).decode("ascii") if match else None


def header_names(data: bytes) -> frozenset[bytes]:
    """Lower-case names of the header fields that a message or saved page begins with; empty where it does not."""
    found = set()
    for number, line in enumerate(data.lstrip(b"\xef\xbb\xbf\r\n\t ").splitlines()[:400]):
        if not line.strip():
            break
        match = _FIELD.match(line)
        if match:
            found.add(match.group(1).lower())
        elif not (line[:1] in b" \t" or (number == 0 and line.startswith((b"From ", b">From ")))):
            # A line that belongs to no field; before any is found it is no message.
            if len(found) < 2:
                return frozenset()
            break
    return frozenset(found)


def is_text(text: str) -> bool:
    """Whether decoded text reads as text: hardly any control or replacement characters."""
    bad = len(_BINARY.findall(text)) + text.count("\ufffd")
    return bad * 50 <= len(text)


def looks_like_html(text: str) -> bool:
    start = text.lstrip("\ufeff \t\r\n")[:1024].lower()
    if start.startswith(("<!doctype html", "<html")):
        return True
    if start.startswith(("<?xml", "<!--")):
        return "<html" in text[:8192].lower()
    return start.startswith("<") and len(_TAGS.findall(text[:16384])) >= 2


def guess(data: bytes, *, partial: bool = False) -> str | None:
    """Name of the encoding, or None for binary data."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return name
    wide = _utf16(data)
    if wide is not None:
        return wide
    if b"\x00" in data:
        return None
    if _decodes(data, "utf-8", partial):
        # Seven bits with shifts, from before Unicode; else they would be text full of dollar signs.
        japanese = any(shift in data for shift in _ISO_2022_JP) and _decodes(data, "iso2022_jp_ext", partial)
        return "iso2022_jp_ext" if japanese else "utf-8"
    return _statistical(data[:_SAMPLE], partial or len(data) > _SAMPLE)


def _utf16(data: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of its spaces and line ends is zero."""
    sample = data[: min(len(data), 8192) // 2 * 2]
    if len(sample) < 4:
        return None
    for name, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        low = sample[0::2] if name == "utf-16-le" else sample[1::2]
        zeros = high.count(0)
        spaces = sum(1 for h, c in zip(high, low, strict=True) if h == 0 and c in b" \n\r\t")
        if low.count(0) == 0 and (zeros * 10 >= len(high) * 6 or (spaces and zeros * 50 >= len(high))):
            decoded = sample.decode(name, "replace")
            if is_text(decoded):
                return name
    return None


def _statistical(data: bytes, partial: bool) -> str | None:
    """East Asian encodings by strict decoding and the share of common characters; the rest by charset-normalizer."""
    best, best_score = None, 0.0
    for name in ("gb18030", "big5", "shift_jis", "euc_kr"):
        if not _decodes(data, name, partial):
            continue
        text = codecs.getincrementaldecoder(name)("replace").decode(data)
        score = _east_asian(text, name)
        if score > best_score:
            best, best_score = name, score
    if best is not None and best_score >= 0.5:
        return best
    from charset_normalizer import from_bytes

    match = from_bytes(data).best()
    if match is not None:
        # DOS code pages decode anything; what reads as letters in the Windows one is hardly ever from DOS.
        return "cp1252" if match.encoding.startswith(("cp4", "cp7", "cp8")) and _western(data) else match.encoding
    return best or ("cp1252" if is_text(data.decode("cp1252", "replace")) else None)


def _western(data: bytes) -> bool:
    """Whether the bytes beyond ASCII are nearly all letters or quotation marks and dashes in cp1252."""
    high = [char for char in data.decode("cp1252", "replace") if char > "\x7f"]
    good = sum(1 for char in high if char.isalpha() or char in "‘’“”„–—…«»€§°")
    return good * 10 >= len(high) * 9


_COMMON = {
    "gb18030": frozenset(
        "的一是不了在人有我他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从协议合同本双甲乙"
    ),
    "big5": frozenset(
        "的一是不了在人有我他這為之大來以個中上們到說國和地也子時道出而要於就下得可你年生自會那後能對著事其裡所去行過家十用發天如然作方成者多日都三小軍二無同麼經法當起與好看學進種將還分此心前面又定見只主沒公從協議合同本雙甲乙"
    ),
    "shift_jis": frozenset(
        "のにはをたがでてとしれさいるなもこかすらりあっうまきくんよだ。、ーンスルトイリアラクシ日本"
    ),
    "euc_kr": frozenset("이다는의에을를한가고하지은로사도기인자그리나어시아서정대일해수있것들"),
}


def _east_asian(text: str, name: str) -> float:
    """Share of common characters among the letters beyond ASCII, scaled so that running text scores above 1."""
    wide = [c for c in text if c > "\x7f"]
    if not wide:
        return 0.0
    common = _COMMON[name]
    hits = sum(1 for c in wide if c in common)
    punctuation = sum(1 for c in wide if c in "，。、；：（）《》“”！？「」")
    return (hits + punctuation) / len(wide) * 4


def _decodes(data: bytes, encoding: str, partial: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(data, final=not partial)
    except UnicodeDecodeError:
        return False
    return True


def forgiving(data: bytes, declared: str) -> str:
    """Bytes that are text for certain, in the encoding that they are said to be in or else by guess."""
    encoding = _usable(declared, data) or guess(data) or _named(declared) or "cp1252"
    return data.decode(encoding, "replace")


def _named(name: str) -> str | None:
    """Python's name of a character set; None for what is none (``zip``, ``rot13``) or has no bounds (``punycode``)."""
    key = name.strip().lower().replace("_", "-")
    try:
        info = codecs.lookup(_ALIASES.get(key, key))
    except (LookupError, ValueError):
        return None
    usable = getattr(info, "_is_text_encoding", True) and info.name not in _NEVER
    return info.name if usable else None


def _usable(name: str, data: bytes) -> str | None:
    """The encoding of that name if the data can be in it (pages lie about their character set)."""
    encoding = _named(name)
    if encoding is None:
        return None
    if not data.decode(encoding, "replace").strip():
        return None
    if encoding != "utf-8" and _decodes(data, "utf-8", False) and any(b > 127 for b in data[:_SAMPLE]):
        # Bytes beyond ASCII that are valid UTF-8 are hardly ever anything else.
        return "utf-8"
    # A few broken characters are no reason to take it for something else.
    lenient = encoding in _WIDE and data[:_SAMPLE].decode(encoding, "replace").count("\ufffd") * 200 <= len(
        data[:_SAMPLE]
    )
    return encoding if lenient or _decodes(data, encoding, False) else None
