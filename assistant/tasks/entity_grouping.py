"""Which mentions name the same thing: grouping of mentions into entities, and names found again over the document."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from assistant.types import ENTITY_LABELS, Entity, Mention, Span

VALUED: Final = frozenset({"DATE", "MONEY", "PERCENT", "EMAIL", "URL", "PHONE", "IDENTIFIER"})
"""Labels whose mentions are one entity where their normalized values are equal."""

_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_TITLE: Final = re.compile(
    r"(?:(?:mr|mrs|ms|mx|dr|prof|sir|dame|lord|lady|hon|rev|president|prime minister|minister|senator|judge|justice|"
    r"chancellor|captain|herr|frau|hr|fr|monsieur|madame|mme|mlle|m|señor|señora|sr|sra|srta|sig|signor|signora|don|doña|"
    r"dhr|mevr)\b\.?\s+)+",
    re.IGNORECASE,
)
_TITLE_AFTER: Final = re.compile(r"(?:先生|女士|小姐|博士|教授|律师|法官|主席|总统|總統|さん|様|氏)\Z")
_SUFFIX: Final = re.compile(
    r"[\s,]+(?:limited liability company|incorporated|corporation|limited|company|gesellschaft mbh|"
    r"l\.?l\.?c|l\.?l\.?p|ltd|inc|corp|co|plc|gmbh(?:\s*&\s*co\.?\s*kg)?|ag|kg|kgaa|ug|ohg|se|s\.?a\.?s?|s\.?a\.?r\.?l|"
    r"s\.?r\.?l|s\.?p\.?a|s\.?l|b\.?v|n\.?v|a/s|ab|oy|pty|pte|e\.?\s?v)\.?\Z",
    re.IGNORECASE,
)
_HAN_SUFFIX: Final = re.compile(
    r"(?:股份有限公司|有限责任公司|有限責任公司|集团有限公司|有限公司|株式会社|集团|公司)\Z"
)
_ACRONYM: Final = re.compile(r"\s{0,2}[(（][\"“'‘]?(?P<short>[A-ZÄÖÜ][A-Za-z0-9&.-]{1,9})[\"”'’]?[)）]")
_SMALL: Final = frozenset(
    (
        "of",
        "the",
        "and",
        "for",
        "in",
        "on",
        "de",
        "la",
        "le",
        "du",
        "des",
        "der",
        "die",
        "das",
        "und",
        "et",
        "y",
        "e",
        "di",
    )
)


def has_company_form(name: str) -> bool:
    """Whether ``name`` ends with a company's legal form ("Ltd", "GmbH")."""
    return _SUFFIX.search(name) is not None


def is_title(name: str) -> bool:
    """Whether ``name`` is nothing but titles ("Dr.", "Mrs")."""
    return _TITLE.fullmatch(name.strip() + " ") is not None


def group(mentions: Sequence[Mention], text: str) -> tuple[Entity, ...]:
    """Entities, sorted by label (in the order of :data:`ENTITY_LABELS`), number of mentions, and first place."""
    buckets: dict[tuple[str, str], list[Mention]] = defaultdict(list)
    for mention in mentions:
        buckets[mention.label, key_of(mention)].append(mention)
    for old, new in _aliases(buckets, mentions, text).items():
        target = new
        if target in buckets and old in buckets and target != old:
            buckets[target].extend(buckets.pop(old))
    entities = [_entity(label, sorted(items, key=lambda item: item.span)) for (label, _), items in buckets.items()]
    order = {label: index for index, label in enumerate(ENTITY_LABELS)}
    entities.sort(key=lambda item: (order.get(item.label, len(order)), -len(item.mentions), item.mentions[0].span))
    return tuple(entities)


def key_of(mention: Mention) -> str:
    """What two mentions of one thing share: the value where there is one, else the name in its plainest form."""
    if mention.label in VALUED and mention.value is not None:
        return "=" + mention.value
    name = plain_name(mention.text)
    if mention.label == "PERSON":
        name = _TITLE_AFTER.sub("", _TITLE.sub("", name, count=1)) or name
    elif mention.label == "ORGANIZATION":
        bare = _HAN_SUFFIX.sub("", _SUFFIX.sub("", name))
        # "Company" or "有限公司" alone is no suffix of anything.
        name = bare if len(bare) >= 2 else name
    return name.strip(" .,")


def plain_name(text: str) -> str:
    """Case-folded, compatibility forms unified (NFKC), white space single; none between Chinese characters."""
    name = " ".join(unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split())
    return re.sub(r"(?<=[\u3040-\u9fff])\s(?=[\u3040-\u9fff])", "", name)


def _aliases(
    buckets: dict[tuple[str, str], list[Mention]], mentions: Sequence[Mention], text: str
) -> dict[tuple[str, str], tuple[str, str]]:
    """Groups that another, fuller one should take up: surnames and acronyms, where only one reading is possible."""
    aliases: dict[tuple[str, str], tuple[str, str]] = {}
    surnames: dict[str, set[str]] = defaultdict(set)
    people = [key for label, key in buckets if label == "PERSON"]
    for key in people:
        words = key.split()
        if len(words) > 1:
            surnames[words[-1]].add(key)
    for key in people:
        full = surnames.get(key, set())
        # "J. Smith" and "Jane Smith" are counted as one reading only if the initial fits; otherwise it is ambiguous.
        if " " not in key and len(full) == 1:
            aliases["PERSON", key] = ("PERSON", next(iter(full)))
    for mention, short in acronyms(mentions, text):
        old = (mention.label, plain_name(short.of(text)).strip(" .,"))
        aliases.setdefault(old, (mention.label, key_of(mention)))
    return aliases


def acronyms(mentions: Iterable[Mention], text: str) -> Iterator[tuple[Mention, Span]]:
    """Mentions followed by their own acronym in brackets, ``European Central Bank (ECB)``, and the acronym's place."""
    for mention in mentions:
        if mention.label in VALUED or mention.label == "PERSON":
            continue
        found = _ACRONYM.match(text, mention.span.end)
        if found is not None and _abbreviates(found["short"], mention.text):
            yield mention, Span(*found.span("short"))


def _abbreviates(short: str, name: str) -> bool:
    """Whether the capitals of ``short`` are initials of ``name``'s words, in order.

    A simple form of Schwartz & Hearst, "A simple algorithm for identifying abbreviation definitions", PSB 2003.
    """
    letters = [character.lower() for character in short if character.isalpha()]
    if _CJK.search(name):
        # A Chinese name and its Latin acronym share no letters; the brackets are the evidence.
        return short.isupper() and len(letters) >= 2
    words = re.findall(r"[^\W\d_]+", name.lower())
    initials = [word[0] for word in words if word not in _SMALL or word[0] in letters]
    position = 0
    for letter in letters:
        try:
            position = initials.index(letter, position) + 1
        except ValueError:
            return False
    return len(letters) >= 2 and len(words) >= 2


def _entity(label: str, mentions: list[Mention]) -> Entity:
    forms = Counter(" ".join(mention.text.split()) for mention in mentions)
    if label in VALUED:
        name = forms.most_common(1)[0][0]
    else:
        # The fullest form, titles not counted; of equally full ones the most frequent.
        def fullness(form: str) -> tuple[int, int]:
            bare = _TITLE.sub("", form, count=1) if label == "PERSON" else form
            return len(bare.split()) * 100 + min(len(bare), 99), forms[form]

        name = max(forms, key=fullness)
        if label == "PERSON":
            name = _TITLE.sub("", name, count=1) or name
    values = {mention.value for mention in mentions}
    value = next(iter(values)) if len(values) == 1 else None
    return Entity(label, name, tuple(mentions), max(mention.score for mention in mentions), value)
