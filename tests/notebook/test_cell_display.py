"""The folded picture below a cell, in a real browser: with its styles, and without them."""

from __future__ import annotations

import re

import pytest

from simpsh.notebook.cell_display import folded_picture, framed
from tests.support.browser import CHROMIUM, MISSING, Browser, Tab
from tests.view.made_runs import pipeline

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    try:
        yield Tab(browser)
    finally:
        browser.close()


def opened_text(tab, path, html):
    path.write_text(f"<!doctype html><meta charset=utf-8>{html}", encoding="utf-8")
    tab.open(f"file://{path}")
    tab.run("document.querySelector('details').open = true")
    return tab.run("document.body.innerText")


def test_a_notebook_that_is_not_trusted_says_why_its_picture_is_missing(tab, tmp_path):
    html = framed(folded_picture(pipeline()))
    assert "not trusted" not in opened_text(tab, tmp_path / "trusted.html", html)
    # What JupyterLab leaves of a notebook that is not trusted.
    stripped = re.sub(r"<style>.*?</style>|</?svg[^>]*>| (class|style|id)=\"[^\"]*\"", "", html)
    assert "jupyter trust FILE" in opened_text(tab, tmp_path / "untrusted.html", stripped)
