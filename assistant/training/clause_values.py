"""What :mod:`assistant.training.clauses` fills into its wordings: sums, dates, periods, names, addresses; made up."""

# Lists of words are strings: a word a line would be four hundred lines.
# ruff: noqa: E501, SIM905

from __future__ import annotations

import random
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

_SLOT: Final = re.compile(r"\{(\w+)\}")


class Values(ABC):
    """The values of one document: the parties stay the same, everything else is new each time and never repeats."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used: set[str] = set()
        self._fixed = self.parties()

    @abstractmethod
    def parties(self) -> dict[str, str]:
        """Slots that keep their value."""

    @abstractmethod
    def heading(self, kind: str) -> str:
        """A title for a document of this kind."""

    @abstractmethod
    def items(self, count: int) -> list[str]:
        """So many different goods."""

    @abstractmethod
    def value(self, slot: str) -> str:
        """A fresh value. Raises KeyError for an unknown slot."""

    def fill(self, template: str) -> str:
        return _SLOT.sub(lambda match: self._of(match[1]), template)

    def fill_parts(self, *templates: str) -> tuple[str, ...]:
        """As :meth:`fill`, with a capital at the beginning of the whole."""
        parts = [self.fill(template) for template in templates]
        for number, part in enumerate(parts):
            if part:
                parts[number] = part[0].upper() + part[1:]
                break
        return tuple(parts)

    def _of(self, slot: str) -> str:
        if slot in self._fixed:
            return self._fixed[slot]
        for _ in range(20):
            made = self.value(slot)
            if made not in self._used:
                break
        self._used.add(made)
        return made

    def pick(self, *choices: str) -> str:
        return self._rng.choice(choices)

    def sum(self) -> int:
        """A round amount between 200 and 20 million."""
        digits = self._rng.choice((3, 4, 4, 5, 5, 6, 6, 7))
        step: int = 10 ** max(0, digits - self._rng.choice((2, 2, 3)))
        return self._rng.randrange(10 ** (digits - 1), 2 * 10**digits, step) or step


_DAYS: Final = (5, 7, 8, 10, 12, 14, 15, 20, 21, 25, 28, 30, 40, 45, 60, 75, 90, 100, 120, 180)
_MONTHS: Final = (1, 2, 3, 4, 5, 6, 8, 9, 12, 15, 18, 24, 30, 36, 48, 60)
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_MONTH_NAMES: Final = ("January February March April May June July August September October November December").split()
_COMPANIES: Final = (
    "Alder Brook Harbour Kestrel Lumen Meridian Oakfield Pinewood Quarry Redstone Silverline Thornbury Umbra Vantage "
    "Westmark Yarrow Zenith Bluepeak Corvid Dunmore Elmgate Falcon Granite Hollins Ironbridge Juniper Koralle Larkspur"
).split()
_TRADES: Final = (
    "Foods Systems Textiles Energy Software Motors Pharma Steel Media Optics Timber Freight Medical".split()
)
_FORMS: Final = ("Ltd", "Ltd.", "Inc.", "LLC", "GmbH", "S.A.", "B.V.", "plc", "AG", "Pty Ltd", "Corp.")
_FIRST: Final = "Olivia Liam Emma Noah Ava Lucas Sofia Ethan Mia Leon Clara Hugo Nora Felix Ingrid Omar Priya Kenji Ana Tomas".split()
_LAST: Final = (
    "Harper Bennett Lindqvist Moreau Castellano Novak Fischer Haddad Suzuki Pereira Olsen Doyle Whitfield Brandt Kowalski "
    "Mbeki Rossi Larsen Chandra Petrov"
).split()
_CITIES: Final = (
    "Manchester Rotterdam Lyon Geneva Oslo Madrid Toronto Boston Vienna Dublin Milan Zurich Stockholm Antwerp Denver "
    "Melbourne Helsinki Lisbon Prague Leeds Cologne Chicago"
).split()
_COUNTRIES: Final = ("England and Wales", "France", "the Netherlands", "Switzerland", "Norway", "Spain", "Ontario", "Ireland",
                     "the State of New York", "Austria", "Sweden", "Italy", "Delaware", "Singapore", "New South Wales")  # fmt: skip
_ROLES: Final = (
    ("Seller", "Buyer"), ("Vendor", "Purchaser"), ("Contractor", "Customer"), ("Licensor", "Licensee"), ("Provider", "Customer"),
    ("Landlord", "Tenant"), ("Consultant", "Company"), ("Lender", "Borrower"), ("Agency", "Principal"), ("Supplier", "Customer"),
    ("Manufacturer", "Distributor"), ("Service Provider", "Client"),
)  # fmt: skip
_GOODS: Final = (
    "Steel brackets,Office chairs,Copper cables,Water pumps,LED panels,Paper rolls,Filter cartridges,Hard drives,"
    "Safety helmets,Oak boards,Glass bottles,Label printers,Rubber seals,Solar modules,Air compressors,Desk lamps,"
    "Cotton shirts,Bearings,Lithium batteries,Barcode scanners,Shipping crates,Paint buckets"
).split(",")
_DOCUMENTS: Final = (
    "this Agreement",
    "this contract",
    "the Agreement",
    "the contract",
    "this Agreement",
    "the lease",
    "this deed",
)
_HEADINGS: Final = {
    "contract": ("General conditions", "Supply contract", "Framework agreement", "Special terms", "Payment and term"),
    "invoice": ("INVOICE", "Tax invoice", "Bill"),
    "minutes": ("Minutes", "Minutes of the board", "Record of the meeting"),
    "letter": ("Dear Sir or Madam,", "Dear customer,"),
    "report": ("Annual report", "Management report", "Key figures"),
    "policy": ("Travel policy", "Company rules", "Security policy"),
    "form": ("Application form", "Claim form", "Personal data"),
}


def in_words(number: int) -> str:
    """A number below a thousand in English words."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    rest = number % 100
    return f"{_ONES[number // 100]} hundred" + (f" and {in_words(rest)}" if rest else "")


class _English(Values):
    def parties(self) -> dict[str, str]:
        a, b = self._rng.choice(_ROLES)
        document = self._rng.choice(_DOCUMENTS)
        fixed = {"Aname": self._company(), "Bname": self._company()}
        named = self._rng.random() < 0.25
        for letter, role in (("A", a), ("B", b)):
            fixed[letter] = fixed[f"{letter}name"] if named else f"the {role}"
            fixed[letter.lower()] = fixed[letter] if named else f"the {role.lower()}"
            fixed[f"{letter}role"], fixed[f"{letter.lower()}_role"] = f"the {role}", f"the {role.lower()}"
        asked = self.pick("the agreement", "the contract", "this contract") if "lease" not in document else "the lease"
        return fixed | {"Doc": document[0].upper() + document[1:], "doc": self.pick(document, asked)}

    def heading(self, kind: str) -> str:
        return self._rng.choice(_HEADINGS[kind])

    def items(self, count: int) -> list[str]:
        return self._rng.sample(_GOODS, count)

    def value(self, slot: str) -> str:
        return _ENGLISH[slot](self)

    def _company(self) -> str:
        return f"{self._rng.choice(_COMPANIES)} {self._rng.choice(_TRADES)} {self._rng.choice(_FORMS)}"

    def period(self, number: int, unit: str) -> str:
        many = unit if number == 1 else f"{unit}s"
        forms = [
            f"{number} {many}",
            f"{number} {many}",
            f"{in_words(number)} {many}",
            f"{in_words(number)} ({number}) {many}",
        ]
        if unit == "day":
            forms += [f"{number} {self.pick('calendar', 'business', 'working')} {many}"]
        return self._rng.choice(forms)

    def money(self) -> str:
        amount = self.sum()
        code, sign, name = self._rng.choice(
            (("EUR", "€", "euros"), ("USD", "$", "US dollars"), ("GBP", "£", "pounds"), ("CHF", "CHF ", "francs"))
        )
        forms = [
            f"{code} {amount:,}",
            f"{code} {amount:,}.00",
            f"{sign}{amount:,}",
            f"{sign}{amount:,}.00",
            f"{amount:,} {name}",
        ]
        if amount >= 1_000_000:
            forms += [f"{sign}{amount / 1e6:.1f} million", f"{code} {amount / 1e6:.1f} million"]
        if amount < 1000:
            forms += [f"{code} {amount} ({in_words(amount)} {name})"]
        return self._rng.choice(forms)

    def date(self) -> str:
        day, month, year = self._rng.randint(1, 28), self._rng.randrange(12), self._rng.randint(2015, 2032)
        name = _MONTH_NAMES[month]
        return self.pick(
            f"{day} {name} {year}", f"{day} {name} {year}", f"{name} {day}, {year}", f"{year}-{month + 1:02}-{day:02}",
            f"{day:02}/{month + 1:02}/{year}",
        )  # fmt: skip

    def address(self) -> str:
        street = f"{self._rng.choice(_LAST)} {self.pick('Street', 'Road', 'Lane', 'Avenue', 'Square')}"
        return f"{self._rng.randint(1, 240)} {street}, {self._rng.choice(_CITIES)}"

    def person(self) -> str:
        title = self.pick("", "", "", "Ms ", "Mr ", "Dr ")
        return f"{title}{self._rng.choice(_FIRST)} {self._rng.choice(_LAST)}"


def _identifier(values: Values) -> str:
    rng = values._rng
    letters = "".join(rng.choice("ABCDEFGHKLMNPRSTVWX") for _ in range(rng.randint(1, 3)))
    return rng.choice(
        (
            f"{letters}-{rng.randint(100, 99999)}",
            f"{rng.randint(10000, 9999999)}",
            f"{letters}{rng.randint(10, 999)}/{rng.randint(15, 31)}",
        )
    )


def _percent(values: Values) -> str:
    rng = values._rng
    number = rng.choice((rng.randint(1, 30), rng.randint(1, 12), rng.randint(1, 80) / 4, rng.randint(1, 99) / 10))
    return f"{number:g}%" if rng.random() < 0.8 or isinstance(values, _Chinese) else f"{number:g} per cent"


_ENGLISH: Final[dict[str, Callable[[_English], str]]] = {
    "days": lambda v: v.period(v._rng.choice(_DAYS), "day"),
    "weeks": lambda v: v.period(v._rng.randint(2, 16), "week"),
    "months": lambda v: v.period(v._rng.choice(_MONTHS), "month"),
    "years": lambda v: v.period(v._rng.randint(1, 12), "year"),
    "hours": lambda v: v.period(v._rng.choice((1, 2, 3, 4, 6, 8, 12, 24, 36, 48, 72)), "hour"),
    "money": lambda v: v.money(),
    "smallmoney": lambda v: v.pick("EUR ", "$", "£", "CHF ") + f"{v._rng.randint(4, 1200) / v._rng.choice((1, 4)):.2f}",
    "bareprice": lambda v: f"{v._rng.randint(2, 4000):,}.{v._rng.choice(('00', '50', '90'))}",
    "bareamount": lambda v: f"{v.sum():,}",
    "percent": _percent,
    "percent9": lambda v: f"{99 + v._rng.randint(0, 99) / 100:g}%" if v._rng.random() < 0.6 else f"{v._rng.randint(90, 98)}%",
    "date": lambda v: v.date(),
    "month": lambda v: v._rng.choice(_MONTH_NAMES),
    "year": lambda v: str(v._rng.randint(2012, 2031)),
    "city": lambda v: v._rng.choice(_CITIES),
    "country": lambda v: v._rng.choice(_COUNTRIES),
    "address": lambda v: v.address(),
    "person": lambda v: v.person(),
    "org": lambda v: v._company(),
    "email": lambda v: f"{v.pick('office', 'billing', 'legal', 'info')}@{v._rng.choice(_COMPANIES).lower()}.example",
    "iban": lambda v: v.pick("GB", "FR", "NL", "CH") + " ".join(str(v._rng.randint(1000, 9999)) for _ in range(5))[2:],
    "id": _identifier,
    "number": lambda v: in_words(v._rng.randint(2, 9)),
    "number2": lambda v: str(v._rng.randint(10, 48)),
    "count": lambda v: f"{v._rng.randint(2, 20000):,}",
    "weight": lambda v: f"{v._rng.randint(2, 900)} kg",
    "language": lambda v: v.pick("English", "German", "French", "Spanish", "Italian"),
    "court": lambda v: f"the {v.pick('District', 'High', 'Commercial', 'Regional')} Court of {v._rng.choice(_CITIES)}",
    "arb": lambda v: f"the {v._rng.choice(_CITIES)} {v.pick('Chamber of Commerce', 'Court of Arbitration', 'Arbitration Centre')}",
    "incoterm": lambda v: v.pick("DAP", "FCA", "CIF", "DDP", "FOB", "EXW"),
    "thing": lambda v: v.pick("new roof", "forklift", "website", "server room", "delivery van", "training course", "coffee machine"),
}  # fmt: skip

_ZH_CITIES: Final = "杭州 成都 武汉 南京 青岛 厦门 天津 重庆 西安 长沙 郑州 宁波 大连 合肥 昆明 无锡 佛山 济南".split()
_ZH_STREETS: Final = "人民路 中山大道 建设街 解放路 和平大道 东湖路 长江路 学院街 滨河路 创新大道".split()
_ZH_AREAS: Final = "高新区 江北区 经济开发区 新城区 东城区 滨江区 保税区".split()
_ZH_PLACES: Final = ("三号仓库", "A座9层", "2号楼", "物流中心", "一号车间", "", "", "")
_ZH_NAMES: Final = "华宇 瑞丰 恒达 中诚 博远 金鼎 海川 天合 新源 安泰 鼎盛 启明 鸿运 众和 东辰 佳禾".split()
_ZH_TRADES: Final = "机械 电子 建材 贸易 物流 食品 医药 软件 能源 纺织 化工 文化传媒".split()
_ZH_FORMS: Final = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司")
_ZH_SURNAMES: Final = "王李张刘陈杨赵黄吴徐孙马朱胡郭何高罗郑梁谢宋唐韩冯"
_ZH_GIVEN: Final = (
    "伟 芳 娜 敏 静 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 志强 建国 晓东 雨桐 子涵 海燕 文博 思远 嘉欣".split()
)
_ZH_ROLES: Final = (
    ("甲方", "乙方"), ("乙方", "甲方"), ("卖方", "买方"), ("供方", "需方"), ("出租方", "承租方"), ("承包人", "发包人"),
    ("受托方", "委托方"), ("许可方", "被许可方"), ("贷款人", "借款人"), ("服务方", "客户"), ("乙方", "甲方"), ("供应商", "采购方"),
)  # fmt: skip
_ZH_GOODS: Final = (
    "钢管,办公桌,铜电缆,水泵,显示屏,打印纸,滤芯,硬盘,安全帽,木板,玻璃瓶,标签机,密封圈,太阳能板,空压机,台灯,工作服,轴承,锂电池,"
    "扫码枪,包装箱,油漆"
).split(",")
_ZH_HEADINGS: Final = {
    "contract": ("供货协议", "租赁合同", "服务合同", "付款与交付", "一般条款"),
    "invoice": ("增值税发票", "账单"),
    "minutes": ("会议纪要", "例会记录"),
    "letter": ("尊敬的客户：",),
    "report": ("年度报告", "经营情况"),
    "policy": ("差旅制度", "管理办法"),
    "form": ("申请表", "登记表"),
}
_ZH_DIGITS: Final = "零一二三四五六七八九"
_ZH_FORMAL: Final = "零壹贰叁肆伍陆柒捌玖"


def in_characters(number: int, digits: str = _ZH_DIGITS, units: str = "十百千") -> str:
    """A number below a hundred million in Chinese characters."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        zero = digits[0] if 0 < low < 1000 else ""
        return in_characters(high, digits, units) + "万" + (zero + in_characters(low, digits, units) if low else "")
    made, gap = "", False
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit:
            made += (digits[0] if gap and made else "") + digits[digit] + (units[power - 1] if power else "")
        gap = not digit
    if digits is _ZH_DIGITS and made.startswith("一十"):
        made = made[1:]
    return made or digits[0]


class _Chinese(Values):
    def parties(self) -> dict[str, str]:
        a, b = self._rng.choice(_ZH_ROLES)
        fixed = {"Aname": self._company(), "Bname": self._company()}
        for big, role in (("A", a), ("B", b)):
            small = big.lower()
            fixed |= {big: role, small: role, f"{big}role": role, f"{small}_role": role}
        return fixed

    def heading(self, kind: str) -> str:
        return self._rng.choice(_ZH_HEADINGS[kind])

    def items(self, count: int) -> list[str]:
        return self._rng.sample(_ZH_GOODS, count)

    def value(self, slot: str) -> str:
        return _CHINESE[slot](self)

    def _company(self) -> str:
        return (
            self._rng.choice(_ZH_CITIES)
            + self._rng.choice(_ZH_NAMES)
            + self._rng.choice(_ZH_TRADES)
            + self._rng.choice(_ZH_FORMS)
        )

    def period(self, number: int, *units: str) -> str:
        unit = self._rng.choice(units)
        return self.pick(
            f"{number}{unit}",
            f"{in_characters(number)}{unit}",
            f"{in_characters(number)}（{number}）{unit}",
            f"{number}{unit}",
        )

    def money(self) -> str:
        amount = self.sum()
        formal = in_characters(amount, _ZH_FORMAL, "拾佰仟") + "元整"
        forms = [
            f"{amount:,}元", f"人民币{amount:,}元", f"¥{amount:,}.00", f"人民币{formal}（¥{amount:,}.00）", f"人民币{formal}",
            f"人民币{amount}元（大写：{formal}）",
        ]  # fmt: skip
        if amount >= 10_000:
            forms += [f"{amount / 1e4:g}万元", f"人民币{amount / 1e4:g}万元"]
        return self._rng.choice(forms)

    def date(self) -> str:
        day, month, year = self._rng.randint(1, 28), self._rng.randint(1, 12), self._rng.randint(2015, 2032)
        return self.pick(
            f"{year}年{month}月{day}日",
            f"{year}年{month}月{day}日",
            f"{year}-{month:02}-{day:02}",
            f"{year}.{month}.{day}",
        )

    def address(self) -> str:
        rng = self._rng
        return f"{rng.choice(_ZH_CITIES)}市{rng.choice(_ZH_AREAS)}{rng.choice(_ZH_STREETS)}{rng.randint(1, 400)}号{rng.choice(_ZH_PLACES)}"

    def person(self) -> str:
        return self._rng.choice(_ZH_SURNAMES) + self._rng.choice(_ZH_GIVEN)


_CHINESE: Final[dict[str, Callable[[_Chinese], str]]] = {
    "days": lambda v: v.period(v._rng.choice(_DAYS), "日", "天", "个工作日", "日"),
    "months": lambda v: v.period(v._rng.choice(_MONTHS), "个月"),
    "years": lambda v: v.period(v._rng.randint(1, 12), "年"),
    "hours": lambda v: v.period(v._rng.choice((1, 2, 3, 4, 6, 8, 12, 24, 36, 48, 72)), "小时"),
    "money": lambda v: v.money(),
    "smallmoney": lambda v: f"{v._rng.randint(20, 1500)}元",
    "bareprice": lambda v: f"{v._rng.randint(2, 9000):,}",
    "bareamount": lambda v: f"{v.sum():,}",
    "percent": lambda v: v.pick(_percent(v), _percent(v), "百分之" + in_characters(v._rng.randint(1, 40))),
    "percent110": lambda v: f"{v._rng.randint(101, 130)}%",
    "permille": lambda v: v.pick(f"{v._rng.randint(1, 9)}‰", f"0.{v._rng.randint(1, 9)}‰", f"千分之{v._rng.choice(_ZH_DIGITS[1:])}", f"万分之{v._rng.choice(_ZH_DIGITS[1:])}", f"0.0{v._rng.randint(1, 9)}%"),
    "date": lambda v: v.date(),
    "year": lambda v: str(v._rng.randint(2012, 2031)),
    "city": lambda v: v._rng.choice(_ZH_CITIES) + v.pick("", "市"),
    "country": lambda v: v.pick("中国", "中华人民共和国", "新加坡", "香港特别行政区", "德国", "英国"),
    "address": lambda v: v.address(),
    "person": lambda v: v.person(),
    "org": lambda v: v._company(),
    "bank": lambda v: v.pick("和信", "通汇", "远丰", "江海") + "银行" + v._rng.choice(_ZH_CITIES) + v.pick("分行", "支行"),
    "email": lambda v: f"{v.pick('caiwu', 'office', 'hetong')}@{v._rng.choice(_COMPANIES).lower()}.example",
    "account": lambda v: " ".join(str(v._rng.randint(1000, 9999)) for _ in range(v._rng.randint(3, 5))),
    "id": _identifier,
    "number": lambda v: v._rng.choice("贰叁肆伍陆捌二三四五六八"),
    "number2": lambda v: v.pick(str(v._rng.randint(5, 40)), in_characters(v._rng.randint(5, 40))),
    "count": lambda v: f"{v._rng.randint(12, 20000)}",
    "quantity": lambda v: f"{v._rng.randint(2, 900)}{v.pick('台', '件', '套', '个', '箱')}",
    "court": lambda v: f"{v._rng.choice(_ZH_CITIES)}市{v.pick('江北区', '高新区', '东城区', '', '')}{v.pick('人民法院', '中级人民法院')}",
    "arb": lambda v: v.pick(f"{v._rng.choice(_ZH_CITIES)}仲裁委员会", f"{v._rng.choice(_ZH_CITIES)}国际仲裁中心", "中国国际经济贸易仲裁委员会"),
    "thing": lambda v: v.pick("新厂房", "叉车", "网站改版", "机房", "货车", "员工培训"),
}  # fmt: skip


def values_for(lang: str, rng: random.Random) -> Values:
    """Of ``en`` or ``zh``."""
    return _Chinese(rng) if lang == "zh" else _English(rng)
