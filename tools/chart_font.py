"""Makes the font of the chart's PNG: Noto Sans SC with only the characters that a chart can hold.

    pip download --no-deps pylopdf-fonts-zh-cn==0.1.1 && unzip pylopdf_fonts_zh_cn-0.1.1-py3-none-any.whl
    .venv/bin/python -m tools.chart_font pylopdf_fonts_zh_cn/NotoSansSC-Regular.otf

Run it again when the chart's words change (a test says so). The font stays under the SIL Open Font License beside it; it gets
a name of its own, so that nobody takes it for the whole one. fontTools comes with Rasa's matplotlib.
"""

from __future__ import annotations

import ast
import string
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from kefu.billing.chart.drawing import FONT
from kefu.billing.chart.picture import FONT_FILE
from kefu.billing.pricing.lines import UNITS

ROOT = Path(__file__).resolve().parent.parent
WORDS = ("chart/data.py", "chart/scale.py", "chart/drawing.py", "chart/words.py", "history.py")
# Units that a company's bills may be in besides those we name.
MORE_UNITS = "吉焦兆瓦时千升吨公斤立方米³²℃"


def characters() -> set[str]:
    """Printable ASCII, units, and every other character of a string in the modules that word a chart."""
    found = set(string.printable.strip() + " " + MORE_UNITS + "".join(UNITS.values()))
    for name in WORDS:
        tree = ast.parse((ROOT / "kefu" / "billing" / name).read_text(encoding="utf-8"))
        strings = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        found |= {c for text in strings if isinstance(text, str) for c in text if c.isprintable()}
    return found


def main(source: Path) -> int:
    font = TTFont(source)
    options = Options(
        layout_features=["kern"], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True, hinting=False
    )
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(characters())))
    subsetter.subset(font)
    for identifier, name in ((1, FONT), (3, f"{FONT} from Noto Sans SC"), (4, FONT), (6, FONT.replace(" ", ""))):
        font["name"].setName(name, identifier, 3, 1, 0x409)
    font["CFF "].cff.fontNames = [FONT.replace(" ", "")]
    FONT_FILE.parent.mkdir(exist_ok=True)
    font.save(FONT_FILE)
    missing = characters() - {chr(code) for code in TTFont(FONT_FILE).getBestCmap()}
    print(
        f"{FONT_FILE.relative_to(ROOT)}: {FONT_FILE.stat().st_size // 1024} KB; not in {source.name}: {sorted(missing)}"
    )
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
