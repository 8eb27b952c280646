"""Training rows of our own: contracts, invoices, minutes, letters, reports, policies and forms, with exact answers.

The public sets are about encyclopaedias; people ask contracts when invoices are due. ``models/recipes/clauses`` holds
wordings of ours for some eighty facts in English and sixty in Chinese: clauses with the answer marked, and questions.
Here they are put together to passages: a few clauses of one document with numbers as alike as can be, table rows as
the program writes them out, and questions that the passage answers or nearly answers (another sum, party or period).

Deterministic by seed. One wording of each fact that has three is never trained on: the split ``dev`` asks for those.
"""

from __future__ import annotations

import hashlib
import random
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from assistant.paths import bundled
from assistant.training.clause_values import Values, values_for
from assistant.training.dataset import AnswerRow

KINDS: Final = ("contract",) * 12 + ("invoice", "minutes", "letter", "report", "policy", "form")
UNANSWERABLE: Final = 0.36
CROSSING: Final = 0.06
"""Share of the questions that are put in the other language."""
TABLES: Final = 0.14
_MARK: Final = re.compile(r"\[\[(.+?)\]\]")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that documents of one kind say, and what it can be taken for (facts of its family)."""

    name: str
    kind: str
    family: str
    clauses: tuple[str, ...]
    questions: tuple[str, ...]
    excluded: frozenset[str]
    """Facts that are told along with it: never asked as unanswerable beside it."""
    swap: str

    def part(self, wordings: Sequence[str], split: str) -> list[str]:
        """The wordings of a split: one of three or more is for ``dev``."""
        if len(wordings) < 3:
            return list(wordings)
        held = int(hashlib.sha256(self.name.encode()).hexdigest()[:8], 16) % len(wordings)
        return [text for number, text in enumerate(wordings) if (number == held) == (split == "dev")]


@lru_cache(maxsize=4)
def facts(lang: str) -> dict[str, Fact]:
    """The facts of a language (``en``, ``zh``) by name."""
    stored: dict[str, Any] = tomllib.loads(wordings_path(lang).read_text(encoding="utf-8"))
    excluded: dict[str, set[str]] = {name: {name, *item.get("not", ())} for name, item in stored.items()}
    for name, others in list(excluded.items()):
        for other in others:
            excluded.setdefault(other, {other}).add(name)
    return {
        name: Fact(
            name, item["kind"], item["family"], tuple(item["c"]), tuple(item["q"]), frozenset(excluded[name]),
            item.get("swap", ""),
        )
        for name, item in stored.items()
    }  # fmt: skip


def wordings_path(lang: str) -> Path:
    return bundled("models") / "recipes" / "clauses" / f"{lang}.toml"


def clause_rows(count: int, seed: int, splits: Sequence[str] = ("train",)) -> list[AnswerRow]:
    """``count`` rows, half of them Chinese, of the splits ``train`` or ``dev``."""
    rows: list[AnswerRow] = []
    number = 0
    while len(rows) < count:
        split = splits[number % len(splits)]
        rng = random.Random(f"clauses/{seed}/{split}/{number}")
        lang = ("en", "zh")[number // len(splits) % 2]
        # Tables have no wordings to hold back.
        maker = _table if split != "dev" and rng.random() < TABLES else _passage
        rows += maker(lang, split, f"clauses-{split}-{number}", rng)
        number += 1
    return rows[:count]


def clause_documents(lang: str, count: int, seed: int, split: str = "dev") -> list[list[AnswerRow]]:
    """The rows of so many whole contracts; the contract is the context of all of its rows.

    A contract tells about two thirds of the facts; the questions for the others have no answer in it.
    """
    documents = []
    for number in range(count):
        rng = random.Random(f"documents/{seed}/{lang}/{split}/{number}")
        pool = [fact for fact in facts(lang).values() if fact.kind == "contract"]
        rng.shuffle(pool)
        told: list[Fact] = []
        for fact in pool[: len(pool) * 2 // 3]:
            if not any(fact.name in other.excluded for other in told):
                told.append(fact)
        values = values_for(lang, rng)
        context, places = _written(told, split, values, rng, "contract", lang, "\n\n")
        rows = []
        for fact in pool:
            answers = (places[fact.name],) if fact.name in places else ()
            if answers or not any(fact.name in other.excluded for other in told):
                question = _question(fact, lang, split, values, rng)
                title = f"contract-{lang}-{number}"
                rows.append(
                    AnswerRow(f"{title}-{fact.name}", split, lang, "clauses", title, context, question, answers)
                )
        documents.append(rows)
    return documents


# --- passages


def _passage(lang: str, split: str, title: str, rng: random.Random) -> list[AnswerRow]:
    everything = facts(lang)
    kind = rng.choice(KINDS)
    pool = [fact for fact in everything.values() if fact.kind == kind]
    told_anew = [fact for fact in pool if split != "dev" or len(fact.clauses) > 2]
    if not told_anew:
        return []
    asked = rng.choice(told_anew)
    # Half of what stands beside a fact could be taken for it.
    alike = [fact for fact in pool if fact.family == asked.family and fact is not asked]
    rest = [fact for fact in pool if fact.family != asked.family]
    size = rng.randint(2, 6)
    near = rng.sample(alike, min(len(alike), rng.randint(1, 3)))
    told = [asked, *near, *rng.sample(rest, min(len(rest), max(0, size - len(near))))]
    kept: list[Fact] = []
    for fact in told:
        if not any(fact.name in other.excluded for other in kept):
            kept.append(fact)
    rng.shuffle(kept)
    values = values_for(lang, rng)
    context, places = _written(kept, split, values, rng, kind, lang)
    silent = [fact for fact in pool if not any(fact.name in other.excluded for other in kept)]
    families = {fact.family for fact in kept}
    rows = []
    for number in range(min(3, len(kept))):
        answers: tuple[tuple[int, str], ...] = ()
        if rng.random() < UNANSWERABLE and silent:
            close = [fact for fact in silent if fact.family in families] or silent
            swapped = [fact for fact in kept if fact.swap]
            question = ""
            if swapped and rng.random() < 0.6:
                question = values.fill(rng.choice(swapped).swap)
            fact = rng.choice(close)
        else:
            fact = asked if number == 0 else rng.choice([item for item in kept if item in told_anew])
            answers, question = (places[fact.name],), ""
        rows.append(
            AnswerRow(
                f"{title}-{number}", split, lang, "clauses", title, context,
                question or _question(fact, lang, split, values, rng), answers,
            )
        )  # fmt: skip
    return list({row.question: row for row in rows}.values())


def _written(
    told: Sequence[Fact], split: str, values: Values, rng: random.Random, kind: str, lang: str, between: str = ""
) -> tuple[str, dict[str, tuple[int, str]]]:
    """The passage and the place of each fact's answer."""
    numbered = rng.choice(NUMBERED[lang]) if kind in ("contract", "policy") else ""
    if kind in ("invoice", "form"):
        between = "\n"
    between = between or rng.choice(("\n\n", "\n\n", "\n", "" if lang == "zh" else " "))
    section = rng.randint(1, 19)
    text = values.heading(kind) if rng.random() < 0.3 else ""
    places: dict[str, tuple[int, str]] = {}
    for number, fact in enumerate(told, rng.randint(1, 6)):
        clause = rng.choice(fact.part(fact.clauses, split))
        if kind == "contract" and rng.random() < 0.16:
            clause = _opened(clause, lang, rng)
        text += between if text else ""
        text += numbered.format(section=section, number=number)
        match = _MARK.search(clause)
        assert match is not None, fact.name
        before, answer, after = values.fill_parts(clause[: match.start()], match[1], clause[match.end() :])
        if not before:
            answer = answer[0].upper() + answer[1:]
        text += before
        places[fact.name] = (len(text), answer)
        text += answer + after
        if kind == "contract" and rng.random() < 0.25:
            text += ("" if lang == "zh" else " ") + values.fill(rng.choice(FILLERS[lang]))
    return text, places


def _opened(clause: str, lang: str, rng: random.Random) -> str:
    """The clause with a phrase of the trade before it, where it begins with a word that can stand behind one."""
    if lang == "zh":
        return clause if clause.startswith("[[") else rng.choice(OPENINGS[lang]) + clause
    first = clause.split()[0]
    if first not in ("The", "A", "All", "Any", "Each", "For", "Every", "{A}", "{B}", "{Doc}", "{A}'s", "{B}'s"):
        return clause
    rest = "{doc}" + clause[len("{Doc}") :] if first == "{Doc}" else clause
    if not first.startswith("{"):
        rest = rest[0].lower() + rest[1:]
    return rng.choice(OPENINGS[lang]) + rest


def _question(fact: Fact, lang: str, split: str, values: Values, rng: random.Random) -> str:
    other = "en" if lang == "zh" else "zh"
    if rng.random() < CROSSING and fact.name in facts(other):
        plain = [text for text in facts(other)[fact.name].questions if "{" not in text]
        if plain:
            return rng.choice(plain)
    question = values.fill(rng.choice(fact.part(fact.questions, split)))
    chance = rng.random()
    if chance < 0.08:
        return question.rstrip("?？")
    return question.lower() if chance < 0.14 else question


NUMBERED: Final = {
    "en": ("", "", "{section}.{number} ", "({number}) ", "§ {number} ", "{number}. ", "Article {number}. "),
    "zh": ("", "", "{section}.{number} ", "（{number}）", "{number}、", "第{number}条 "),
}
OPENINGS: Final = {
    "en": (
        "Subject to clause {number}, ",
        "Unless otherwise agreed in writing, ",
        "Notwithstanding anything to the contrary in {doc}, ",
        "Save as provided in Schedule {number}, ",
        "For the avoidance of doubt, ",
        "Having regard to the nature of the goods and the interests of both sides, ",
    ),
    "zh": ("除另有约定外，", "经双方一致同意，", "根据附件的规定，", "在不影响前款的情况下，", "考虑到项目的特殊性，"),
}
FILLERS: Final = {
    "en": (
        "The headings are for convenience only.",
        "Details are set out in Schedule {number}.",
        "{A} informs {B} of anything that may matter.",
        "This does not affect mandatory rights.",
        "Clause {number} remains unaffected.",
        "The parties will talk to each other in good faith.",
        "No oral side agreements exist.",
        "Days are counted from the day after the event.",
    ),
    "zh": (
        "具体内容见附表{number}。",
        "双方应本着善意履行。",
        "{A}应将有关情况告知{B}。",
        "口头约定无效。",
        "上述条款不影响{B}的其他权利。",
        "标题仅为阅读方便。",
    ),
}


# --- tables


def _table(lang: str, split: str, title: str, rng: random.Random) -> list[AnswerRow]:
    """A table with tabs between its cells, or one of its rows written out with the headings."""
    values = values_for(lang, rng)
    columns = rng.sample(range(len(COLUMNS[lang])), rng.randint(2, 4))
    heads = [COLUMNS[lang][number] for number in columns]
    first = rng.choice(FIRST[lang])
    items = values.items(rng.randint(3, 6))
    cells = [[values.fill("{" + slot + "}") for _, slot, _ in heads] for _ in items]
    row, column = rng.randrange(len(items)), rng.randrange(len(heads))
    absent = [number for number in range(len(COLUMNS[lang])) if number not in columns]
    written = rng.random() < 0.5
    if written:
        parts = [f"{first}: {items[row]}. "]
        for (name, _, _), cell in zip(heads, cells[row], strict=True):
            parts += [f"{name}: ", cell, ". "]
        at = sum(map(len, parts[: 2 + 3 * column]))
        context = "".join(parts).rstrip()
    else:
        intro = values.fill(rng.choice(INTROS[lang])) + "\n\n" if rng.random() < 0.5 else ""
        context = intro + "\t".join([first, *(name for name, _, _ in heads)])
        at = 0
        for number, item in enumerate(items):
            context += f"\n\n{item}"
            for place, cell in enumerate(cells[number]):
                context += "\t"
                if (number, place) == (row, column):
                    at = len(context)
                context += cell
    rows = []
    for number in range(2):
        answers: tuple[tuple[int, str], ...] = ((at, cells[row][column]),)
        item, asked = items[row], rng.choice(heads[column][2])
        if number:
            answers = ()
            if absent and rng.random() < 0.5:
                asked = rng.choice(COLUMNS[lang][rng.choice(absent)][2])
            else:
                item = items[(row + 1) % len(items)] if written else values.items(1)[0]
        shown = item if lang == "zh" else item[0].lower() + item[1:]
        rows.append(
            AnswerRow(
                f"{title}-{number}", split, lang, "clauses", title, context, asked.replace("{item}", shown), answers
            )
        )
    return rows


FIRST: Final = {"en": ("Item", "Description", "Product", "Position"), "zh": ("名称", "货物名称", "项目", "产品")}
INTROS: Final = {
    "en": ("{A} supplies the following:", "Prices and quantities are listed here.", "Table {number}. Overview"),
    "zh": ("货物清单如下：", "价格和数量见下。", "表{number} 明细"),
}
COLUMNS: Final[dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]]] = {
    "en": (
        ("Quantity", "count", ("How many {item} are ordered?", "What is the quantity of {item}?")),
        ("Unit price", "bareprice", ("What is the unit price of {item}?", "How much does one of the {item} cost?")),
        ("Amount", "bareamount", ("What is the amount for {item}?", "How much do {item} cost in total?")),
        ("Delivery", "date", ("When are {item} delivered?", "What is the delivery date of {item}?")),
        ("Warranty", "months", ("How long is the warranty on {item}?",)),
        ("Article no.", "id", ("What is the article number of {item}?",)),
        ("Weight", "weight", ("How heavy are {item}?", "What is the weight of {item}?")),
        ("Responsible", "person", ("Who is responsible for {item}?",)),
    ),
    "zh": (
        ("数量", "quantity", ("{item}的数量是多少？", "订购了多少{item}？")),
        ("单价", "bareprice", ("{item}的单价是多少？", "{item}单价多少钱？")),
        ("总额", "bareamount", ("{item}的总额是多少？", "{item}一共多少钱？")),
        ("到货日期", "date", ("{item}什么时候到货？",)),
        ("保修", "months", ("{item}保修多久？",)),
        ("规格", "id", ("{item}的规格是什么？", "{item}是什么规格？")),
        ("负责人", "person", ("{item}由谁负责？",)),
    ),
}
