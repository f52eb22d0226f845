"""Colours of the SVG timeline, light and dark, as CSS variables; picture.css holds the rules."""

from __future__ import annotations

from pathlib import Path

_LIGHT = (
    "--bg:#fbfbfd;--fg:#1b1f27;--muted:#5d6675;--line:#d9dee7;--card:#fff;--run:#2f6fde;"
    "--run-text:#fff;--wait:#8aa4cf;--stop:#f2b632;--stop-2:#8a5a00;--zombie:#e3e4e8;"
    "--zombie-2:#8b90a0;--fork:#1f8a4c;--reap:#0e7c86;--signal:#cf2f3c;--exec:#8436c4;"
    "--adoption:#b4530a;--cursor:#ffe9a8;--bad:#cf2f3c;--ok:#1f8a4c;"
)
_DARK = (
    "--bg:#12151b;--fg:#e7eaf0;--muted:#9aa4b5;--line:#2c3340;--card:#191e27;--run:#4d8df6;"
    "--run-text:#071226;--wait:#5a78ab;--stop:#f2b632;--stop-2:#6b4500;--zombie:#30353f;"
    "--zombie-2:#767d8d;--fork:#4cc27e;--reap:#35c0cc;--signal:#ff6b75;--exec:#c48bff;"
    "--adoption:#ff9d54;--cursor:#3b3720;--bad:#ff6b75;--ok:#4cc27e;"
)
THEME = (
    f":root{{color-scheme:light dark;{_LIGHT}}}"
    f"@media(prefers-color-scheme:dark){{:root:not([data-theme=light]){{{_DARK}}}}}"
    f":root[data-theme=dark]{{color-scheme:dark;{_DARK}}}"
    f":root[data-theme=light]{{color-scheme:light;{_LIGHT}}}"
)
"""The variables: light, dark where the reader's system is, and either one on demand."""

MARKS = Path(__file__).with_name("picture.css").read_text(encoding="utf-8")
"""The rules, in terms of the variables."""


def _with_values(rules: str) -> str:
    """Put the light colours in: what opens a lone SVG may not know CSS variables."""
    for pair in _LIGHT.split(";")[:-1]:
        name, value = pair.split(":")
        rules = rules.replace(f"var({name})", value)
    return rules


STYLE = _with_values(MARKS)
"""For an SVG that stands alone."""
