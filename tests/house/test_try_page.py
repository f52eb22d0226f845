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
from tools.write_site import TRAIL, lead_to_the_documents, lead_to_the_tab
from tools.write_try import PAGE, Missing, _look_for_tools


def test_what_is_missing_is_said_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match=r"\Ait needs apt, dpkg, npm, nodejs, zstd: install them"):
        _look_for_tools()


def test_the_page_names_only_what_is_written_beside_it_and_asks_nobody_else():
    page = (PAGE / "index.html").read_text()
    written = (ROOT / "tools/write_try.py").read_text()
    for name in re.findall(r'(?:src|href)="([^".][^"]*)"', page):
        assert name in written or (PAGE / name).exists(), name
    assert not re.search(r"https?://", page + (PAGE / "try.js").read_text())


def test_pages_of_core_lessons_lead_to_the_machine_once(tmp_path):
    task = '<section id="step-9"><div class="task"><h3>Your turn</h3></div></section>'
    (tmp_path / "course").mkdir()
    core, other = (tmp_path / f"course/{name}.html" for name in ("orphan", "rule-3-parallel"))
    for page in (core, other):
        page.write_text(f"{TRAIL}{task}<h3>Take it on your own machine</h3>")
    assert not lead_to_the_tab(tmp_path)
    (tmp_path / "try").mkdir()
    (tmp_path / "try/index.html").touch()
    assert [lead_to_the_tab(tmp_path), lead_to_the_tab(tmp_path)] == [True, True]
    lead_to_the_documents(tmp_path)
    there = "../try/index.html?lesson=orphan"
    links = re.findall(r'href="([^"]*)"', core.read_text() + other.read_text())
    assert links == ["../index.html", f"{there}&amp;from=9", there, "../index.html"]


def test_a_tool_of_the_machines_prompt_is_a_copy_of_it_with_its_variables(start_shell):
    shell = start_shell(program=[sys.executable, f"{PAGE}/prompt.py"])
    shell.wait_prompt()
    end = "tail -c 10 /proc/$PPID/cmdline | tr \\\\0 ."  # The whole may be longer than a line.
    shell.send(f"export SAID=copied; trace sh -c '{end}; echo $SAID'\r")
    shell.wait(r"^prompt\.py\.copied$")
    shell.wait_prompt()


LINES = {
    "verbose 1": ">> verbose 1",
    "sh -c 'exit 7'": "normal termination: exit status: 7",
    "trace sh -c 'true | true'": "simpsh collects P0: status 0",
    "cc -g -o hello hello.c && trace ./hello": "hello.c:6",
}


@pytest.mark.long("it makes a machine of packages, boots it in an emulator, and opens the page")
@pytest.mark.timeout(2400)
def test_the_machine_answers_in_the_tab(tmp_path):
    if browser.CHROMIUM is None or not shutil.which("node"):
        pytest.skip("it needs Chromium and node")
    place = tmp_path / "try"
    made = subprocess.run([sys.executable, "-m", "tools.write_try", place], cwd=ROOT, check=False)
    assert made.returncode == 0
    assert sum(file.stat().st_size for file in place.iterdir()) < 32e6
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=place)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        chromium = browser.Browser(tmp_path)
        address = f"http://127.0.0.1:{server.server_port}/index.html"
        try:
            tab = browser.Tab(chromium, 1400, 900)
            tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
            tab.open(address)
            tab.click("#begin")
            _has(tab, "simpshTry.atPrompt()")
            network = partial(tab.call, "Network.emulateNetworkConditions", latency=0)
            network(offline=True, downloadThroughput=0, uploadThroughput=0)
            _lines_keys_picture_files_and_reset(tab, tmp_path)
            network(offline=False, downloadThroughput=-1, uploadThroughput=-1)
            tab.open(f"{address}?lesson=rule-1-both-continue&from=9")
            _shows(tab, "does not wait for sleep")
            _types(tab, "sleep 0.2; echo here", "the shell waits for")
            _types(tab, "sleep 0.2 & echo here", "Both continued", "true")
            assert tab.complaints() == []
        finally:
            chromium.close()
            server.shutdown()


def _has(tab, fact):
    wait_until(lambda: tab.run(f"Boolean({fact})"), fact, seconds=120)


def _shows(tab, words, more="true"):
    _has(tab, f"simpshTry.text().includes({json.dumps(words)}) && {more}")


def _types(tab, line, answer, more="simpshTry.atPrompt()"):
    tab.run(f"simpshTry.type({json.dumps(line)})")
    _shows(tab, answer, more)


def _lines_keys_picture_files_and_reset(tab, folder):
    for line, answer in LINES.items():
        _types(tab, line, answer)
    tab.click("[data-draw]")
    _has(tab, "document.querySelector('#picture img')?.naturalWidth > 0")
    _types(tab, "step --plain --schedule 'P1 P1 P0' ./hello", "which are shown as <P1>.", "true")
    _types(tab, "quit", "> quit")
    # A key that is pressed at once waits until the command has the terminal.
    tab.run("simpshTry.type('trace sleep 1000')")
    tab.click("[data-keys='\\\\x1a']")
    _shows(tab, "(SIGTSTP)    trace sleep 1000")
    _types(tab, "sleep 1000", 'cmd "sleep"', "true")
    tab.click("[data-keys='\\\\x1a']")
    _shows(tab, "(SIGTSTP)    sleep 1000")
    _types(tab, "fg", "resumed (SIGCONT)", "true")
    tab.click("[data-keys='\\\\x03']")
    _shows(tab, "(SIGINT)")
    (folder / "given.txt").write_text("one\n")
    root = tab.call("DOM.getDocument")["root"]["nodeId"]
    chooser = tab.call("DOM.querySelector", nodeId=root, selector="#upload")["nodeId"]
    tab.call("DOM.setFileInputFiles", files=[str(folder / "given.txt")], nodeId=chooser)
    _shows(tab, "given.txt")
    _types(tab, "edit given.txt", "edit given.txt", "document.querySelector('#editor').open")
    tab.run("document.querySelector('#editor textarea').value = 'two'")
    tab.click("[data-save]")
    _types(tab, "cat given.txt", "\ntwo")
    _types(tab, "download given.txt", "download given.txt")
    wait_until(lambda: (folder / "given.txt").read_text() == "two", "the file")
    tab.click("#reset")
    _has(tab, "!simpshTry.text().includes('SIGINT') && simpshTry.atPrompt()")
    _types(tab, "sh -c 'exit 8'", "status 8")
