"""The folded picture below a cell, in a real browser: with its styles, and without them."""

from __future__ import annotations

import re

from simpsh.notebook.cell_display import folded_picture, framed
from tests.view.made_runs import pipeline


def opened_text(tab, path, html):
    path.write_text(f"<!doctype html><meta charset=utf-8>{html}", encoding="utf-8")
    tab.open(f"file://{path}")
    tab.run("document.querySelector('details').open = true")
    return tab.run("document.body.innerText")


def test_a_notebook_that_is_not_trusted_says_why_its_picture_is_missing(one_tab, tmp_path):
    html = framed(folded_picture(pipeline()))
    assert "not trusted" not in opened_text(one_tab, tmp_path / "trusted.html", html)
    # What JupyterLab leaves of a notebook that is not trusted.
    stripped = re.sub(r"<style>.*?</style>|</?svg[^>]*>| (class|style|id)=\"[^\"]*\"", "", html)
    assert "jupyter trust FILE" in opened_text(one_tab, tmp_path / "untrusted.html", stripped)
