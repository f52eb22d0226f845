"""The page of an exploration in a browser: by click, by key, on a phone, without a script."""

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.exploration_page import exploration_page
from tests.support.browser import Browser, Tab

pytestmark = pytest.mark.needs("chromium")
SHOWN = "[...document.querySelectorAll('.witness')].filter(e => e.offsetParent).map(e => e.id)"


@pytest.fixture
def page(compiled, tmp_path):
    (tmp_path / "empty").mkdir()
    program = program_of((compiled("programs/fork_fork.c"),), directory=str(tmp_path / "empty"))
    found = explore(program, ExplorationLimits(natives=0, budget_seconds=30))
    file = tmp_path / "page.html"
    file.write_text(exploration_page(found, "./<b>race</b>"), encoding="utf-8")
    return f"file://{file}"


def test_one_outcome_is_chosen_and_its_order_is_drawn(page, tmp_path):
    browser = Browser(tmp_path)
    try:
        tab = Tab(browser, 1400, 900)
        tab.open(page)
        assert tab.text("h1") == "./<b>race</b>"
        assert "EVERY ORDER OF THE MODEL" in tab.text(".verdict")
        assert "(14 outputs" in tab.text(".verdict")
        assert tab.run(SHOWN) == ["outcome-1"]
        tab.press("ArrowDown")
        assert tab.run(SHOWN) == ["outcome-2"]
        # The slider steps through all orders, and handles its own keys.
        tab.run("document.getElementById('order').focus()")
        tab.press("ArrowRight")
        assert tab.run(SHOWN) == ["outcome-3"]
        assert "order 3 of 14" in tab.text(".orders output")
        assert tab.run("document.querySelectorAll('#outcome-3 circle').length") > 8
        tab.click("#outcomes li:nth-child(5) a")
        assert tab.run(SHOWN) == ["outcome-5"]
        assert "writes “h” to the output" in tab.text("#outcome-5")
        tab.resize(360, 740, is_phone=True)
        tab.settle()
        assert tab.run("document.documentElement.scrollWidth") == 360
        assert tab.complaints() == []
        tab.reset(scripts=False)
        tab.open(page)
        tab.call("Emulation.setScriptExecutionDisabled", value=False)
        assert len(tab.run(SHOWN)) == 14, "without a script, all is there"
    finally:
        browser.close()
