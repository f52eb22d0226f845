"""The page that runs simpsh in a browser tab, in Chromium: it is made first, if it has changed."""

import contextlib
import functools
import json
import re
import subprocess
import sys

import pytest

from lessons import CORE
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.text_steps import Try
from tests.harness.process import wait_until
from tests.house.source_tree import ROOT
from tests.support.browser import Browser, Tab, served
from tests.support.needed_programs import require

pytestmark = [
    pytest.mark.long("it makes a machine of packages, boots it in an emulator, and opens the page"),
    pytest.mark.timeout(14400),
]
SECONDS = 600
"""The time limit of one answer, on a busy machine."""


@pytest.fixture(scope="module")
def site():
    """The folder of the site with the page."""
    require("chromium", "node")
    folder = ROOT / "build/site"
    argv = [sys.executable, "-m", "tools.write_try", folder / "try"]
    assert subprocess.run(argv, cwd=ROOT, check=False).returncode == 0
    return folder


@pytest.fixture
def address(site):
    """The address of the page, served on this machine."""
    with served(site) as there:
        yield f"{there}/try/index.html"


@pytest.fixture
def tab(tmp_path):
    """A page of a browser that has not been there before."""
    with contextlib.closing(Browser(tmp_path)) as chromium:
        yield Tab(chromium, 1400, 900)


def test_each_task_of_the_core_lessons_can_be_done(tab, address):
    library = Library()
    steps = [(name, *one) for name in CORE for one in enumerate(library.find(name).steps, 1)]
    tasks = [one for one in steps if isinstance(one[2], Try)]
    assert [
        (name, number)
        for name, number, step in tasks
        if not _judges(tab, address, name, number, step)
    ] == []


def _judges(tab, address, name, number, step):
    """Open the page at a task and type its solution; return whether the answer is right."""
    tab.open("about:blank")
    tab.open(f"{address}?lesson={name}&from={number}")
    asked, right, wrong = (_plain(text)[:24] for text in ([*step.asks][-1], step.note, step.hint))
    wait_until(lambda: asked in _shown(tab), f"the task {name}:{number}", seconds=SECONDS)
    has(tab, "simpshTry.atPrompt()")
    before = len(_shown(tab))
    tab.run(f"simpshTry.type({json.dumps(step.solution)})")

    def answer():
        text = _shown(tab)[before:]
        return [words in text for words in (right, wrong)]

    wait_until(lambda: any(answer()), f"the answer in {name}:{number}", seconds=SECONDS)
    return answer()[0]


def _plain(text):
    """Return a text without marks of emphasis, and with single blanks, as the terminal shows it."""
    return re.sub(r"\s+", " ", re.sub(r"[*`_]|\\(?=[*_`])", "", text)).strip()


def _shown(tab):
    return _plain(str(tab.run("window.simpshTry?.text() ?? ''")))


def test_the_machine_answers_in_the_tab(tab, site, address, tmp_path):
    sizes = [file.stat().st_size for file in (site / "try").iterdir()]
    assert sum(sizes) < 30e6
    tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.open(address)
    # The first key loads the machine, and is not lost.
    has(tab, "window.simpshTry?.text().includes('>>')")
    tab.run("document.querySelector('.xterm-helper-textarea').focus()")
    tab.press(*"echo kept", "Enter")
    has(tab, "simpshTry.text().includes('\\nkept')")
    has(tab, "document.body.dataset.isKept")
    network = functools.partial(tab.call, "Network.emulateNetworkConditions", latency=0)
    network(offline=True, downloadThroughput=0, uploadThroughput=0)
    _lines_keys_picture_files_and_reset(tab, tmp_path)
    _keys_outside_the_terminal(tab)
    _every_width(tab)
    _files_stay_and_reach_a_second_tab(tab, address)
    network(offline=False, downloadThroughput=-1, uploadThroughput=-1)
    _programs_in_links(tab, address)
    assert tab.complaints() == []


def has(tab, fact):
    """Wait until an expression is true in the page."""
    wait_until(lambda: tab.run(f"Boolean({fact})"), fact, seconds=SECONDS)


LINES = {
    "sh -c 'exit 7'": "status 7",
    "trace sh -c 'true | true'": "simpsh collects P0: status 0",
    "cc -g -o hello hello.c && trace ./hello": "hello.c:6",
}


def _types(tab, line, answer, more="simpshTry.atPrompt()"):
    tab.run(f"simpshTry.type({json.dumps(line)})")
    has(tab, f"simpshTry.text().includes({json.dumps(answer)}) && {more}")


def _lines_keys_picture_files_and_reset(tab, folder):
    for line, answer in LINES.items():
        _types(tab, line, answer)
    has(tab, "document.querySelector('#picture img')?.naturalWidth > 0")
    _types(tab, "step --plain --schedule 'P1 P1 P0' ./hello", "which are shown as <P1>.", "true")
    _types(tab, "quit", "> quit")
    for line in ("trace sleep 1000", "sleep 1000"):
        _types(tab, line, line, "!simpshTry.atPrompt()")
        stopped = f"simpshTry.text().includes('(SIGTSTP)    {line}')"
        _presses(tab, "^Z", f"{stopped} && simpshTry.atPrompt()")
    _types(tab, "fg", "was stopped", "true")
    _presses(tab, "^C", "simpshTry.text().includes('(SIGINT)')")
    (folder / "given.txt").write_text("one\n")
    root = tab.call("DOM.getDocument")["root"]["nodeId"]
    chooser = tab.call("DOM.querySelector", nodeId=root, selector="#upload")["nodeId"]
    tab.call("DOM.setFileInputFiles", files=[str(folder / "given.txt")], nodeId=chooser)
    has(tab, "simpshTry.text().includes('given.txt')")
    _types(tab, "edit given.txt", "edit given.txt", "document.querySelector('#editor').open")
    tab.run("document.querySelector('#editor textarea').value = 'two'")
    tab.click("[data-save]")
    _types(tab, "cat given.txt", "\ntwo")
    _types(tab, "download given.txt", "download given.txt")
    wait_until(lambda: (folder / "given.txt").read_text() == "two", "the file")
    tab.click("#reset")
    has(tab, "!simpshTry.text().includes('SIGINT') && simpshTry.atPrompt()")
    _types(tab, "sleep 0.2; sh -c 'exit 8'", "status 8")


def _presses(tab, key, fact):
    """Press a key until it works: one that comes before the command has the terminal is lost."""

    def works():
        tab.click(f"[data-keys='{key}']")
        return tab.run(f"new Promise(done => setTimeout(() => done({fact}), 2000))")

    wait_until(works, fact, seconds=SECONDS)


def _keys_outside_the_terminal(tab):
    tab.run("document.querySelector('.xterm-helper-textarea').focus()")
    tab.press("Tab")
    assert tab.run("document.activeElement.className") == "xterm-helper-textarea"
    tab.press("Escape", "Tab")
    assert tab.run("document.activeElement.textContent") == "^C"
    assert tab.run("document.querySelector('[role=log]').ariaLabel") == "new lines in the terminal"
    tab.run("document.querySelectorAll('#lines button')[1].focus()")
    tab.press("Tab", "Enter")
    has(tab, "simpshTry.text().includes('SIGTERM') && simpshTry.atPrompt()")


def _every_width(tab):
    """A running machine survives each width, and its terminal has the columns that fit."""
    for width in (683, 360, 1400):
        tab.resize(width, 800, is_phone=width < 400)
        has(tab, f"simpshTry.size()[0] {'<' if width < 400 else '=='} {60 if width < 400 else 80}")
        has(tab, "document.documentElement.scrollWidth <= window.innerWidth")
        rows_and_columns = tab.run("simpshTry.size().toReversed().join(' ')")
        # The machine learns of it a moment later.
        learns = f'until [ "$(stty size)" = "{rows_and_columns}" ]; do sleep 0.1; done'
        _types(tab, f"{learns}; echo fits {width}", f"\nfits {width}\n")


def _files_stay_and_reach_a_second_tab(tab, address):
    _types(tab, "echo mine >own.txt; cc -g -o own hello.c", "own hello.c")
    has(tab, "document.querySelector('#kept').innerText.includes('own.txt')")
    for again in (Tab(tab.browser, 1400, 900), tab):
        again.open(address)
        again.click("#begin")
        has(again, "simpshTry.atPrompt() && simpshTry.isIdle()")
        _types(again, "clear; cat own.txt; ./own", "mine")
    tab.click("#forget")
    has(tab, "document.querySelector('#kept').hidden && simpshTry.atPrompt()")
    _types(tab, "cat own.txt", "No such file")


def _programs_in_links(tab, address):
    program = "document.querySelector('#program')"
    tab.run(f"{program}.value = 'int main;  // ü'")
    tab.click("#share")
    has(tab, "document.querySelector('#link a')")
    link = tab.run("document.querySelector('#link a').href")
    assert link.startswith(f"{address}#c=")
    tab.open("about:blank")
    tab.open(link)
    has(tab, f"{program}.value === 'int main;  // ü'")
    tab.run(f"{program}.value = 'print(6 * 7)'; document.querySelector('#language').value = 'py'")
    tab.click("[data-own=trace]")
    has(tab, "simpshTry.text().includes('\\n42')")
