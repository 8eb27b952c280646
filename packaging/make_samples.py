"""Writes the sample documents from the Markdown texts in ``packaging/samples``.

    python packaging/make_samples.py [--out DIR]

Needs the development packages (``fonttools``, ``python-docx``) and Debian's fonts-noto-core and fonts-noto-cjk. The
same texts, fonts and package versions give the same files, byte for byte.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from samples.pdf import CHINESE, LATIN, Layout, Typesetter  # noqa: E402
from samples.plain import write_variants  # noqa: E402
from samples.source import parse  # noqa: E402
from samples.word import write_docx  # noqa: E402

LAYOUTS = {
    "services-agreement": Layout(
        title="Services Agreement between Northwind Analytics Ltd and Contoso Logistics GmbH",
        head=("Services Agreement NA-CL-2024-0117", "Northwind Analytics Ltd / Contoso Logistics GmbH"),
        foot="Page {page} of {pages}",
        author="Northwind Analytics Ltd",
        subject="Demand forecasting and route planning",
        language="en",
        fonts=LATIN,
    ),
    "purchase-contract-zh": Layout(
        title="采购合同 QLH-CG-2024-0386",
        head=("采购合同", "合同编号：QLH-CG-2024-0386"),
        foot="第 {page} 页 共 {pages} 页",
        author="青岚河智能装备有限公司",
        subject="在线视觉检测系统、三坐标测量机采购",
        language="zh",
        fonts=CHINESE,
        chinese=True,
        size=10.5,
        leading=1.58,
        margin=78,
        heading_font="Sans",
    ),
    "annual-report": Layout(
        title="Harrowmouth Port Authority: Annual Report 2024",
        head=("Harrowmouth Port Authority", "Annual Report 2024"),
        foot="{page}",
        author="Harrowmouth Port Authority",
        subject="Annual report for the year that ended on 31 December 2024",
        language="en",
        fonts=LATIN,
        size=10,
        leading=1.48,
        margin=74,
        top=80,
        bottom=76,
        heading_font="Sans",
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=HERE.parent / "resources" / "samples")
    parser.add_argument("--variants", type=Path, default=HERE.parent / "tests" / "data")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    options.variants.mkdir(parents=True, exist_ok=True)
    texts = {name: (HERE / "samples" / f"{name}.md").read_text(encoding="utf-8") for name in LAYOUTS}
    for name, layout in LAYOUTS.items():
        Typesetter(layout, parse(texts[name])).write(options.out / f"{name}.pdf")
    write_docx(LAYOUTS["annual-report"], parse(texts["annual-report"]), options.out / "annual-report.docx")
    write_variants(texts, options.variants)


if __name__ == "__main__":
    main()
