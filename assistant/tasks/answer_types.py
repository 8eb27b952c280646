"""What a question asks for, and whether an answer looks like it. Rules over the question's words.

Question words ask for kinds of answers (Li & Roth 2002, "Learning question classifiers"): "who" for a name, "when" for
a time, "how much" for a number. A span that is no such thing counts less; nothing is ruled out. A question that wants
a yes or a no is answered by the sentence that tells it, so it is told apart here too.
"""

from __future__ import annotations

import re
from typing import Final

_POLITE: Final = re.compile(
    r"^\W*(?:(?:can|could|would|will) you (?:please )?(?:tell|show|find|give|explain)(?: to)?(?: me| us)?|"
    r"do you know|(?:please )?tell (?:me|us)|i(?: would|'d) like to know|i want to know|"
    r"(?:können|kannst) (?:sie|du) (?:mir|uns) (?:bitte )?sagen,?|weißt du,?|wissen sie,?|"
    r"(?:puede|podría)s? decirme|sabes?|请问|请告诉我|告诉我|我想知道|请?你?能告诉我)[,，:：]?\s*(?=\S)",
    re.IGNORECASE,
)

_ASKS: Final = {
    "name": re.compile(
        r"^\W*(?:who|whom|whose|wer|wem|wen|wessen|qui|chi)\b|^\W*(?:a |de |con )?qui[eé]n(?:es)?\b|"
        r"\bwh(?:ich|at) (?:person|company|party|parties|court|bank)\b|\bwelche[rsmn]? (?:person|firma|bank|gericht)\b|"
        r"谁|誰|哪家|哪位|哪些?(?:人|公司|方)",
        re.IGNORECASE,
    ),
    "time": re.compile(
        r"^\W*(?:(?:since |until |by |from )?when|(?:seit |bis )?wann|(?:desde |hasta )?cu[aá]ndo|quand)\b|"
        r"\b(?:which|what) (?:date|day|year|month|century|decade)\b|\bin welchem (?:jahr|monat)\b|"
        r"\ben qu[eé] (?:año|mes|fecha|día)\b|"
        r"什么时候|什麼時候|何时|何時|哪[一]?(?:天|年|月|日)|几(?:年|月|号|日)|日期",
        re.IGNORECASE,
    ),
    "number": re.compile(
        r"\bhow (?:much|many|long|often|large|high|old|far|big|tall|soon)\b|\bwhat (?:percentage|percent|number|"
        r"fraction|proportion)\b|^\W*(?:wie ?viele?|wie (?:oft|lange|hoch|groß|alt|weit))\b|\bcu[aá]nt[oa]s?\b|"
        r"\bcombien\b|"
        r"多少|多久|多长|多長|多高|多大|多远|几[个個天次位种層层]|幾",
        re.IGNORECASE,
    ),
}

_PRONOUNS: Final = (
    "a an the this that these those it its he she they them we you i who which what neither either both each every all "
    "any none one other such there here and or not no yes"
)
_EMPTY: Final = frozenset(_PRONOUNS.split())
_CAPITAL: Final = re.compile(r"[^\W\d_a-zà-ÿ]\w|[\u3400-\u9fff]{2}")
_NUMBER: Final = re.compile(
    r"\d|[〇零一二两兩三四五六七八九十百千万萬亿億壹贰叁肆伍陆柒捌玖拾]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|"
    r"twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|"
    r"double|daily|weekly|monthly|quarterly|annual(?:ly)?|yearly|once|twice|several|few|eine?n?|zwei|drei|vier|fünf|sechs|"
    r"sieben|acht|neun|zehn|elf|zwölf|hundert|tausend|millionen|uno?|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|"
    r"once|doce|cien(?:to)?|mil|millones)\b",
    re.I,
)
_TIME: Final = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|"
    r"thursday|friday|saturday|sunday|day|week|month|quarter|year|spring|summer|autumn|winter|morning|evening|night|today|"
    r"century|decade|immediately|daily|weekly|monthly|quarterly|annually|receipt|signature|after|before|upon|during|"
    r"jahr|jahrhundert|tag|monat|woche|januar|februar|märz|mai|juni|juli|oktober|dezember|nach|vor|während|"
    r"año|siglo|mes|día|semana|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|"
    r"después|antes|durante)(?:s|es|en|e)?\b|[年月日天周季初末前后後内內]|时期|朝|世纪|世紀",
    re.I,
)
_LOOKS: Final = {"name": _CAPITAL, "time": _TIME, "number": _NUMBER}

_YES_NO: Final = re.compile(
    r"^\W*(?:is|are|was|were|am|do|does|did|can|could|may|might|must|shall|should|will|would|has|have|had|isn't|aren't|"
    r"doesn't|don't|can't)\b(?!\s*\d)|"
    r"^\W*(?:ist|sind|war|waren|hat|haben|hatte|kann|können|darf|dürfen|muss|müssen|soll|sollen|sollte|wird|werden|"
    r"wurde|wurden|gibt|gilt|gelten)\b|"
    r"^\W*(?:es|son|está|están|era|fue|fueron|hay|ha|han|(?:se )?pueden?|deben?|tienen?|existen?)\b|"
    r"^\W*(?:est-ce|est-il|est-elle|sont-ils|y a-t-il|peut-on|doit-on|existe-t-il)\b|"
    r"(?:吗|嗎|么)\W*$|是否|有没有|有沒有|是不是|能不能|可不可以|会不会|會不會|可否|能否",
    re.IGNORECASE,
)
_ASKS_WHAT: Final = re.compile(r"什么|什麼|怎么|怎麼|怎样|如何|谁|誰|哪|多少|多久|几|为何|为什么|何时", re.IGNORECASE)

_CHOICE: Final = re.compile(r"\b(?:or|oder|ou|which of)\b|\so\s|还是|還是|哪", re.IGNORECASE)

UNLIKE: Final = 0.5
"""What a span is worth that is not of the kind asked for."""
EMPTY: Final = 0.25
"""What a span of pronouns and articles, or of the question's own words, is worth."""


def bare_question(question: str) -> str:
    """Without the politeness around it: "Can you tell me when it ends?" asks when it ends."""
    rest = _POLITE.sub("", question, count=1)
    return rest if any(char.isalnum() for char in rest) else question


def wants_yes_or_no(question: str) -> bool:
    """Whether yes or no would do as an answer; the sentence that tells it is then shown."""
    asked = bare_question(question)
    return _YES_NO.search(asked) is not None and _ASKS_WHAT.search(asked) is None


def asked_kind(question: str) -> str | None:
    """``name``, ``time`` or ``number``, where the question says that it wants one."""
    asked = bare_question(question)
    return next((kind for kind, pattern in _ASKS.items() if pattern.search(asked)), None)


def likeness(question: str, answer: str) -> float:
    """Factor in (0, 1] for the answer's probability."""
    words = re.findall(r"\w+", answer.casefold())
    if words and all(word in _EMPTY for word in words):
        return EMPTY
    if words and _CHOICE.search(question) is None:
        asked = question.casefold()
        known = set(re.findall(r"\w+", asked)) | _EMPTY
        if all(word in known for word in words) or (len(words) == 1 and words[0] > "\u3400" and words[0] in asked):
            return EMPTY
    kind = asked_kind(question)
    if kind is None:
        return 1.0
    # A capital at the sentence's start is no name: "The client" is none, "The Hague" is one.
    bare = re.sub(r"^(?:the|a|an|each|any|no|such|either|neither|both)\s+", "", answer.strip(), flags=re.I)
    return 1.0 if _LOOKS[kind].search(bare) else UNLIKE
