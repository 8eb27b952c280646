"""Numbers as lists write them: the number formats of ECMA-376 (``ST_NumberFormat``, ``ST_TextAutonumberScheme``)."""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_LEGAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_LEGAL_DIGITS_TRADITIONAL = "零壹貳參肆伍陸柒捌玖"
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc")),
    *((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_LARGEST = 32_767


def _roman(number: int) -> str:
    out = []
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        out.append(letters * count)
    return "".join(out)


def _letters(number: int) -> str:
    # Word goes on with aa, bb, cc after z.
    count, index = divmod(number - 1, 26)
    return chr(ord("a") + index) * (min(count, 20) + 1)


def _counting(number: int, digits: str, units: str) -> str:
    """Chinese numerals: 21 is 二十一, 105 is 一百零五."""
    out = ""
    pending_zero = False
    for power in range(4, -1, -1):
        digit, number = divmod(number, 10**power)
        if digit == 0:
            pending_zero = bool(out) and number > 0
            continue
        zero = "零" if digits[0] == "〇" else digits[0]
        out += (zero if pending_zero else "") + digits[digit] + units[power].strip()
        pending_zero = False
    if out.startswith("一十") and digits[0] == "〇":
        out = out[1:]
    return out or digits[0]


def _cycle(signs: str) -> Callable[[int], str]:
    return lambda number: signs[(number - 1) % len(signs)]


def _enclosed(number: int) -> str:
    if number <= 20:
        return chr(0x2460 + number - 1)
    return chr(0x3251 + number - 21) if number <= 35 else chr(0x32B1 + number - 36) if number <= 50 else str(number)


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


def _each_digit(digits: str) -> Callable[[int], str]:
    return lambda number: "".join(digits[int(char)] for char in str(number))


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02d}",
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerRoman": _roman,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerLetter": _letters,
    "ordinal": _ordinal,
    "chineseCounting": lambda number: _counting(number, _DIGITS, " 十百千万"),
    "chineseCountingThousand": lambda number: _counting(number, _DIGITS, " 十百千万"),
    "taiwaneseCounting": lambda number: _counting(number, _DIGITS, " 十百千萬"),
    "taiwaneseCountingThousand": lambda number: _counting(number, _DIGITS, " 十百千萬"),
    "japaneseCounting": lambda number: _counting(number, _DIGITS, " 十百千万"),
    "chineseLegalSimplified": lambda number: _counting(number, _LEGAL_DIGITS, " 拾佰仟万"),
    "ideographLegalTraditional": lambda number: _counting(number, _LEGAL_DIGITS_TRADITIONAL, " 拾佰仟萬"),
    "ideographDigital": _each_digit(_DIGITS),
    "taiwaneseDigital": _each_digit(_DIGITS),
    "japaneseDigitalTenThousand": _each_digit(_DIGITS),
    "koreanDigital": _each_digit("영일이삼사오육칠팔구"),
    "decimalFullWidth": _each_digit("０１２３４５６７８９"),
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "decimalEnclosedCircle": _enclosed,
    "decimalEnclosedCircleChinese": _enclosed,
    "aiueo": _cycle("アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"),
    "aiueoFullWidth": _cycle(
        "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
    ),
    "iroha": _cycle("イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"),
    "irohaFullWidth": _cycle(
        "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
    ),
    "ganada": _cycle("가나다라마바사아자차카타파하"),
    "chosung": _cycle("ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"),
    "russianLower": _cycle("абвгдежзиклмнопрстуфхцчшщыэюя"),
    "russianUpper": _cycle("АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЫЭЮЯ"),
    "hebrew1": _cycle("אבגדהוזחטיכלמנסעפצקרשת"),
    "hebrew2": _cycle("אבגדהוזחטיכלמנסעפצקרשת"),
    "arabicAlpha": _cycle("أبتثجحخدذرزسشصضطظعغفقكلمنهوي"),
    "arabicAbjad": _cycle("أبجدهوزحطيكلمنسعفصقرشتثخذضظغ"),
    "none": lambda number: "",
}


def number_text(number: int, form: str) -> str:
    """The number (from 0) in a format of WordprocessingML; unknown ones are decimal."""
    if not 0 < number <= _LARGEST and form != "none":
        return str(number)
    make = _FORMATS.get(form)
    return str(number) if make is None else make(number)


_SCHEMES = (
    *(("alphaLc", "lowerLetter"), ("alphaUc", "upperLetter"), ("romanLc", "lowerRoman"), ("romanUc", "upperRoman")),
    *(("arabicDb", "decimalFullWidth"), ("circleNum", "decimalEnclosedCircle"), ("ea1Chs", "chineseCounting")),
    *(("ea1Cht", "taiwaneseCounting"), ("ea1Jpn", "japaneseCounting"), ("hebrew2", "hebrew1"), ("arabic", "decimal")),
)


def scheme_text(number: int, scheme: str) -> str:
    """The number as an automatic number of DrawingML: ``alphaLcParenBoth`` makes ``(a)``."""
    form = next((form for start, form in _SCHEMES if scheme.startswith(start)), "decimal")
    text = number_text(number, form)
    if scheme.endswith("ParenBoth"):
        return f"({text})"
    if scheme.endswith("ParenR"):
        return f"{text})"
    if scheme.endswith("Plain") or form == "decimalEnclosedCircle":
        return text
    return f"{text}、" if form.endswith("Counting") else f"{text}."
