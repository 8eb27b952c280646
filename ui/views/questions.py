"""Questions to start with, by the kind of document. They are asked in the document's language."""

from __future__ import annotations

_ANY = {"en": ("What is this document about?", "Who wrote it?"), "zh": ("这份文件讲的是什么？", "谁写的？")}
_BY_TYPE: dict[str, dict[str, tuple[str, ...]]] = {
    "contract": {
        "en": ("Who are the parties?", "How can it be terminated?"),
        "zh": ("合同双方是谁？", "如何解除合同？"),
    },
    "invoice": {"en": ("What is the total amount?", "When is it due?"), "zh": ("总金额是多少？", "何时付款？")},
    "scientific_paper": {
        "en": ("What is the main result?", "Which data were used?"),
        "zh": ("主要结论是什么？", "使用了哪些数据？"),
    },
    "report": {
        "en": ("What are the main findings?", "What is recommended?"),
        "zh": ("主要发现是什么？", "有哪些建议？"),
    },
    "letter": {"en": ("Who is it from?", "What is asked for?"), "zh": ("是谁写的？", "有什么请求？")},
    "email": {"en": ("Who is it from?", "What is asked for?"), "zh": ("是谁发的？", "有什么请求？")},
    "minutes": {"en": ("What was decided?", "Who was present?"), "zh": ("作出了哪些决定？", "谁出席了？")},
    "news": {"en": ("What happened?", "Where did it happen?"), "zh": ("发生了什么？", "发生在哪里？")},
}


def suggestions(label: str | None, language: str) -> tuple[str, ...]:
    """Two questions for a document type (None: any) in ``language``, or in English."""
    table = _BY_TYPE.get(label or "", _ANY)
    return table.get(language, table["en"])
