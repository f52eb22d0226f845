"""The page on which simpsh is tried in a tab: its parts, and the whole in a real browser."""

import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from functools import partial

import pytest

from tests.house.source_tree import ROOT
from tests.support import browser
from tests.support.processes import wait_until
from tools.write_try import PAGE, Missing, _look_for_tools


def test_what_is_missing_is_said_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match=r"\Ait needs apt, dpkg, npm, nodejs, zstd: install them"):
        _look_for_tools()


def test_the_page_names_only_what_is_written_beside_it_and_asks_nobody_else():
    page = (PAGE / "index.html").read_text()
    written = (ROOT / "tools/write_try.py").read_text()
    for name in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert name in written or (PAGE / name).exists(), name
    assert not re.search(r"https?://", page + (PAGE / "try.js").read_text())


@pytest.mark.long("it makes a machine of packages, boots it in an emulator, and opens the page")
@pytest.mark.timeout(2400)
def test_the_machine_answers_in_the_tab(tmp_path, monkeypatch):
    if browser.CHROMIUM is None or not shutil.which("node") or not shutil.which("zstd"):
        pytest.skip("it needs Chromium, node and zstd")
    made = subprocess.run(
        [sys.executable, "-m", "tools.write_try", tmp_path / "try"], cwd=ROOT, check=False
    )
    assert made.returncode == 0
    assert (tmp_path / "try/state.zst").stat().st_size < 30e6
    monkeypatch.setattr(browser, "SECONDS", 120.0)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "try")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        chromium = browser.Browser(tmp_path)
        try:
            tab = browser.Tab(chromium, 1400, 900)
            tab.open(f"http://127.0.0.1:{server.server_port}/index.html")
            tab.click("#begin")
            told = "simpshTry.text()"
            wait_until(lambda: tab.run("simpshTry.atPrompt()"), "the prompt", seconds=60)
            for line, answer in (
                ("verbose 1", ">> verbose 1"),
                ("sh -c 'exit 7'", "normal termination: exit status: 7"),
                ("echo a | cat", "status changed: normal termination: exit status: 0"),
                ("trace sh -c 'true | true'", "simpsh collects P0: status 0"),
            ):
                tab.run(f"simpshTry.type({json.dumps(line)})")
                wait_until(lambda text=answer: text in tab.run(told), answer, seconds=60)
            tab.run("simpshTry.type('sleep 1000')")
            wait_until(lambda: 'cmd "sleep"' in tab.run(told), "sleep", seconds=60)
            tab.click("[data-keys='\\\\x03']")
            wait_until(lambda: "(SIGINT)" in tab.run(told), "the end of sleep", seconds=60)
            tab.click("[data-draw]")
            wait_until(lambda: tab.run("!!document.querySelector('#picture img')"), "a picture")
            tab.click("#reset")
            wait_until(lambda: "SIGINT" not in tab.run(told), "a new screen", seconds=60)
            assert tab.complaints() == []
        finally:
            chromium.close()
            server.shutdown()
