"""The style of the SVG timeline: the rules are picture.css, the colours those of all pages."""

from __future__ import annotations

from pathlib import Path

from simpsh.view.design.design_tokens import with_values

MARKS = Path(__file__).with_name("picture.css").read_text(encoding="utf-8")
"""The rules, in terms of the design's custom properties."""

STYLE = with_values(MARKS)
"""For an SVG that stands alone: light, in plain values."""
