"""The style sheets and the script for all pages, and the colours as plain values."""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = Path(__file__).parent
TOKENS = (_FOLDER / "tokens.css").read_text(encoding="utf-8")
"""Colours, spacing, type and radius as custom properties."""
COMPONENTS = (_FOLDER / "components.css").read_text(encoding="utf-8")
"""Rules for all pages: text, header, buttons, tables, panels, listings, picture frames."""
THEME = (_FOLDER / "theme.js").read_text(encoding="utf-8")
"""The script in every page's head: dark or light, stored in the browser."""

_PAIR = re.compile(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);")
_SINGLE = re.compile(r"--([\w-]+): ((?!light-dark)[^;]+);")


def colours(*, is_dark: bool = False) -> dict[str, str]:
    """Return the colours by name, as `#rrggbb`."""
    return {name: dark if is_dark else light for name, light, dark in _PAIR.findall(TOKENS)}


def with_values(rules: str) -> str:
    """Return rules with names replaced by values: some programs know no custom properties."""
    values = dict(_SINGLE.findall(TOKENS)) | colours()
    return re.sub(r"var\(--([\w-]+)\)", lambda match: values[match[1]], rules)
