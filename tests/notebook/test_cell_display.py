"""What stands below a cell, in a real browser: trusted and not, on a screen and on paper."""

from __future__ import annotations

import re

from simpsh.notebook.cell_display import display_of
from tests.view.made_runs import pipeline


def shown_text(tab, path, html):
    path.write_text(f"<!doctype html><meta charset=utf-8>{html}", encoding="utf-8")
    tab.open(f"file://{path}")
    image = "document.querySelector('img')"
    tab.run(f"{image}.decode()")
    # It is drawn, and stands in view.
    assert tab.run(f"{image}.naturalWidth") > 400
    assert tab.run(f"{image}.getBoundingClientRect().height") > 100
    return tab.run("document.body.innerText")


def test_the_picture_is_small_and_needs_neither_trust_nor_a_style_sheet(one_tab, tmp_path):
    data = display_of(pipeline(), 1, ["a <remark>"])
    html = data["text/html"]
    assert len(html) < 11_000
    assert "exit status 1" in shown_text(one_tab, tmp_path / "trusted.html", html)
    # What JupyterLab leaves of a notebook that is not trusted.
    stripped = re.sub(r" (class|style|id)=\"[^\"]*\"", "", html)
    assert "a <remark>" in shown_text(one_tab, tmp_path / "untrusted.html", stripped)
    assert display_of(None, 2, []) == {"text/plain": "exit status 2"}
