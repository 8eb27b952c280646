"""Entities that are told by their form, not by a model: dates, amounts, addresses, identifiers.

Each family is one module with a generator of :class:`RuleMatch`; :data:`FAMILIES` is the table of all. To add a rule,
add a row. Every pattern is bounded, so the time is linear in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.tasks.rules import contact, dates, east_asian_dates, identifiers, money, percent
from assistant.tasks.rules.base import RuleMatch
from assistant.tasks.rules.dates import Order, numeric_order
from assistant.types import Span

__all__ = ["FAMILIES", "Family", "Order", "RuleMatch", "numeric_order", "rule_mentions"]


@dataclass(frozen=True, slots=True)
class Family:
    """One row: ``find(text, language, order)``. Where two overlap, the smaller ``rank`` wins, then the longer."""

    name: str
    rank: int
    find: Callable[[str, str, Order | None], Iterator[RuleMatch]]


FAMILIES: tuple[Family, ...] = (
    Family("url", 0, lambda text, language, order: contact.find_urls(text)),
    Family("email", 0, lambda text, language, order: contact.find_emails(text)),
    Family("verified identifier", 1, lambda text, language, order: identifiers.find_verified(text)),
    Family("announced number", 2, lambda text, language, order: identifiers.find_announced(text)),
    Family("money", 3, lambda text, language, order: money.find(text, language)),
    Family("percent", 3, lambda text, language, order: percent.find(text, language)),
    Family("date", 4, lambda text, language, order: dates.find(text, language, order)),
    Family("East Asian date", 4, lambda text, language, order: east_asian_dates.find(text)),
    Family("phone", 5, lambda text, language, order: contact.find_phones(text, language)),
)


def rule_mentions(text: str, language: str = "und", *, order: Order | None = None) -> list[RuleMatch]:
    """All that the rules find, in text order and without overlaps.

    ``language`` (ISO 639-1) settles decimal signs, short names of months and telephone regions; ``order`` how days and
    months follow each other in ``3/4/2024`` (None: judged from this text). Never raises for any text.
    """
    ranked = [
        (family.rank, trimmed) for family in FAMILIES for found in family.find(text, language, order)
        if (trimmed := _trimmed(text, found)) is not None
    ]  # fmt: skip
    ranked.sort(key=lambda item: (item[0], -len(item[1].span), -item[1].score, item[1].span.start))
    taken = bytearray(len(text))
    kept: list[RuleMatch] = []
    for _, found in ranked:
        start, end = found.span.start, found.span.end
        if not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            kept.append(found)
    kept.sort(key=lambda found: found.span)
    return kept


def _trimmed(text: str, found: RuleMatch) -> RuleMatch | None:
    """Without white space at either end; None if nothing is left."""
    piece = found.span.of(text)
    start = found.span.start + len(piece) - len(piece.lstrip())
    end = found.span.start + len(piece.rstrip())
    if start >= end:
        return None
    if (start, end) == (found.span.start, found.span.end):
        return found
    return RuleMatch(Span(start, end), found.label, found.score, found.source, found.value)
