"""Which sentences can stand in a summary. Rules of form only: they know nothing of a document's subject."""

from __future__ import annotations

import regex

from assistant.types import BlockKind

_CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
_LETTER = regex.compile(r"\p{L}")
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*|\p{N}+(?:[.,]\p{N}+)*")
_END = regex.compile(r"[.!?…。！？；;:：][\"'”’»」』)\]）】]*\s*$")
_FINAL = regex.compile(r"[.!?…。！？][\"'”’»」』)\]）】]*\s*$")
_LEADERS = regex.compile(r"(?:\.\s?){4,}|…{2,}|·{4,}|_{3,}|-{5,}")
# "eBay" and "iOS" open sentences; "(b) deliver the goods" and the end of a line that was cut do not.
_MIDDLE = regex.compile(r"[^\p{L}\p{N}]*(?:\(?(?:\p{N}+(?:\.\p{N}+)*|\p{L}|[ivxlIVXL]+)[.)]+\s*)?+\p{Ll}(?!\p{Lu})")
_SMALL = regex.compile(r"\p{Ll}")

_BOILERPLATE = regex.compile(
    r"""
      ^\W*(?:page|seite|p[aá]gina|s\.)\s*\d+(?:\s*(?:of|/|von|de)\s*\d+)?\W*$
    | ^\W*第\s*\d+\s*页
    | \ball\s+rights\s+reserved\b | ^\W*(?:copyright|©|\(c\))\b | 版权所有 | 保留所有权利
    | ^\W*(?:table\s+of\s+contents|contents|目\s*录|references|bibliography|参考文献|acknowledge?ments?|致谢)\W*$
    | ^\W*(?:fig(?:ure)?|table|abb(?:ildung)?|tab(?:elle)?)\.?\s*\d+ | ^\W*[图表]\s*\d+
    | ^\W*(?:signed|signature|by|name|title|date|witness|signed\s+for\s+and\s+on\s+behalf\s+of)\s*:
    | \bin\s+witness\s+whereof\b | ^\W*(?:甲方|乙方|丙方)?\s*[（(]?\s*(?:盖章|签字|签章|签名|法定代表人)
    | ^\W*(?:kind|best|warm)\s+regards\b | ^\W*yours\s+(?:sincerely|faithfully|truly)\b | ^\W*dear\s+\p{Lu}
    | ^\W*此致\W*$
    | ^\W*\[\d+\]\s+\p{Lu} | \bdoi\s*:\s*10\. | \barxiv\s*:\s*\d | \bpp\.\s*\d+\s*[-–]\s*\d+
    | \bet\s+al\.,?\s+\d{4}[a-z]?\.\s*$
    | \bin\s+proceedings\s+of\b .*\b(?:19|20)\d\d\b | \bISBN\b | \bISSN\b
    | ^\W*for\s+other\s+uses,\s+see\b | ://\S | ^\W*\d*\W*\^\s
    | \barchived\b.{0,200}\bfrom\s+the\s+original\b | \bretrieved\s+(?:on\s+)?\d
    | \bcreative\s+commons\b.*\blicen[cs]e\b | \bmove\s+to\s+sidebar\b | \bby\s+using\s+this\s+(?:web)?site\b
    | \bfree\s+of\s+(?:known\s+)?copyright\s+restrictions\b | \bproject\s+gutenberg\b | \bstandard\s+ebooks\b
    | \b(?:privacy|cookie)\s+policy\s+and\s+terms\b | \bthe\s+free\s+encyclopedia\b
    | \b(?:downloaded\s+from|terms\s+of\s+use|click\s+here|cookie\s+policy|this\s+page\s+intentionally)\b
    """,
    regex.VERBOSE | regex.IGNORECASE | regex.V1,
)

# An unresolved opening leans on the sentence before it; in a summary that one is usually missing.
_DANGLING = regex.compile(
    r"^\W*(?:(?:however|therefore|thus|hence|moreover|furthermore|in\s+addition|for\s+example|for\s+instance|this\s+is|"
    r"these\s+are|it\s+is|they|he|she|such|that\s+is|on\s+the\s+other\s+hand|as\s+a\s+result|consequently|also|but|and|"
    r"or|so|yet)\b|但是|然而|因此|所以|此外|另外|例如|比如|同时|而且|其中|这|该(?!协议|合同))",
    regex.IGNORECASE,
)

# A pronoun that stands for something said before. "This agreement" and "It is agreed that" stand for themselves.
_PRONOUN = regex.compile(
    r"""^\W*(?:
      (?:and|but|so|or|also|however|therefore|thus|then|moreover|furthermore|in\ addition|as\ a\ result),?\s+
    )?(?:
      (?:they|he|she|his|her|hers|him|their|theirs|them|its)\b
    | it\b(?!\s+(?:is|was|has\ been|will\ be|may\ be|should\ be)\s+(?:\p{L}+\s+){1,3}(?:that|to|for|whether|if|by)\b)
    | (?:this|these|that|those|both|such)(?:,|\s+(?:
        is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|shall|does|do|did|being|been|also|not|
        means?|meant|shows?|showed|makes?|made|includes?|included|allows?|allowed|leads?|led|causes?|caused|requires?|
        required|provides?|provided|gives?|gave|helps?|helped|happens?|happened|occurs?|occurred|enables?|enabled|
        applies|apply|suggests?|suggested|indicates?|indicated|demonstrates?|demonstrated|results?|resulted|ensures?|
        ensured|explains?|explained|becomes?|became|remains?|remained|brings?|brought|takes?|took|comes?|came|goes|
        went|seems?|seemed|appears?|appeared|creates?|created|depends?|involves?|involved|in\ turn)\b)
    )
    | ^(?:这(?:是|就|也|意味|表明|说明|样|些)|它们?|他们?|她们?|其(?!他|它|次|实|余))
    """,
    regex.VERBOSE | regex.IGNORECASE,
)


def weight(text: str) -> int:
    """Length as read: a CJK character counts three Latin ones."""
    return len(text) + 2 * len(_CJK.findall(text))


def words(text: str) -> int:
    """How many words; two CJK characters count as one."""
    plain = _CJK.sub(" ", text)
    return len(_WORD.findall(plain)) + (len(_CJK.findall(text)) + 1) // 2


def is_boilerplate(text: str) -> bool:
    """Page numbers, contents, captions, signatures, salutations, references, notices."""
    return bool(_BOILERPLATE.search(text) or _LEADERS.search(text))


def is_dangling(text: str) -> bool:
    """Whether the sentence opens by leaning on the one before it."""
    return bool(_DANGLING.match(text))


def is_unresolved(text: str) -> bool:
    """Whether the sentence opens with a pronoun for something that was said before it ("It was", "This means")."""
    return bool(_PRONOUN.match(text))


def is_fragment(text: str) -> bool:
    """Whether the text opens in the middle of a sentence: with a small letter, after its number or bullet."""
    return bool(_MIDDLE.match(text))


def is_whole(text: str) -> bool:
    """Whether the text opens and ends as a sentence does."""
    return bool(_FINAL.search(text)) and not is_fragment(text)


def is_summary_sentence(text: str, kind: BlockKind) -> bool:
    """Whether a sentence may stand in a summary: whole prose of a fitting length.

    Headings, table rows, running heads, page numbers and footnotes may not; a list item may where it is a sentence.
    """
    if kind in ("heading", "table_row", "running_head", "page_number", "footnote"):
        return False
    text = text.strip()
    size = weight(text)
    if not 40 <= size <= 700 or words(text) < 6:
        return False
    letters = len(_LETTER.findall(text))
    if letters < 0.5 * sum(not char.isspace() for char in text):
        return False
    if is_boilerplate(text) or text.endswith(("?", "？")):
        return False
    # What ends with a colon announces what follows it, and that is not there.
    if not _END.search(text) or text.endswith((":", "：")):
        return False
    if kind == "list_item" and not _FINAL.search(text) and words(text) < 10:
        return False
    # "NOTICE OF MEETING OF THE SHAREHOLDERS." is a title, whatever the layout says.
    return bool(_SMALL.search(text) or _CJK.search(text))


_SOURCES = regex.compile(
    r"""\W*(?:\p{N}+(?:\.\p{N}+)*\.?\s+|[A-Z]\.?\s+)?(?:
      (?:selected\ )?references(?:\ and\ (?:notes|further\ reading))? | bibliography | works\ cited | literature\ cited
    | (?:end|foot)?notes(?:\ and\ references)? | citations | (?:general\ )?sources | further\ reading | see\ also
    | external\ links | literatur(?:verzeichnis)? | einzelnachweise | weblinks | quellen(?:verzeichnis)? | bibliographie
    | bibliograf[íi]a | referencias | références | 参考文献 | 参考资料 | 外部链接
    )\W*""",
    regex.VERBOSE | regex.IGNORECASE,
)


def is_sources_title(text: str) -> bool:
    """Whether the text is no more than the title of a list of sources ("References", "7 Bibliography")."""
    return len(text) <= 60 and bool(_SOURCES.fullmatch(text.strip()))


_SITE = regex.compile(r"\s+[-–—|·]\s+.*$")
_ARTICLE = regex.compile(r"^\W*(?:(?:an?|the)\s+)?")
_COPULA = regex.compile(
    r"(?:\W[^.!?]{0,160})?\b(?:is|are|was|were|refers\s+to|means)\b|.{0,60}?(?:是|指)", regex.IGNORECASE
)


def is_definition(text: str, title: str) -> bool:
    """Whether the sentence says what the document's subject is: it opens with the title and goes on "is", "was"."""
    subject = _ARTICLE.sub("", _SITE.sub("", title.strip()).casefold())
    if weight(subject) < 3:
        return False
    opening = _ARTICLE.sub("", text.casefold())
    return opening.startswith(subject) and bool(_COPULA.match(opening, len(subject)))


_FIGURE = regex.compile(r"\p{N}[\p{N}.,]*\s?%?|[$€£¥%‰]")
_NAME = regex.compile(r"(?<=[\p{Ll},;)]\s)\p{Lu}[\p{L}.-]+")
_DEFINED = regex.compile(r"[“\"《「『][^”\"》」』]{2,60}[”\"》」』]")


def exactness(text: str) -> float:
    """0 to 1: figures, names and quoted terms in a sentence, seven of them or more being 1."""
    body = regex.sub(r"^\W*\p{N}+(?:\.\p{N}+)*[.)]?\s", "", text)
    count = len(_FIGURE.findall(body)) + len(_NAME.findall(body)) + len(_DEFINED.findall(body))
    return min(1.0, count / 7)
