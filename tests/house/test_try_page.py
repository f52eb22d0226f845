"""The page that runs simpsh in a browser tab: its parts, and the whole page in a real browser."""

import base64
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
from functools import partial

import pytest

from lessons import CORE
from tests.harness.process import children_of, wait_for_state, wait_until
from tests.harness.sh import run_command
from tests.house.source_tree import ROOT
from tests.house.tries_in_the_tab import attempts
from tests.support import browser
from tests.support.needed_programs import path_of, require
from tools.write_site import TRAIL, lead_to_the_documents, lead_to_the_tab
from tools.write_try import PAGE, Missing, States, entries, look_for_tools


def test_missing_tools_are_reported_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match=r"\Ait needs apt, dpkg, npm, nodejs, zstd: install them"):
        look_for_tools()


def test_the_page_loads_only_files_that_are_written_with_it():
    page = (PAGE / "index.html").read_text()
    written = (ROOT / "tools/write_try.py").read_text()
    for name in re.findall(r'(?:src|href)="([^".][^"]*)"', page):
        assert name in written or (PAGE / name).exists(), name
    assert not re.search(r"https?://", page + (PAGE / "try.js").read_text())


def test_pages_of_core_lessons_lead_to_the_machine_once(tmp_path):
    task = '<section id="step-9"><div class="task"><h3>Your turn</h3></div></section>'
    (tmp_path / "course").mkdir()
    core, other = (tmp_path / f"course/{name}.html" for name in ("orphan", "two-writers"))
    for page in (core, other):
        page.write_text(f"{TRAIL}{task}<h3>Take it on your own machine</h3>")
    (tmp_path / "index.html").write_text("<h1>simpsh</h1>")
    assert not lead_to_the_tab(tmp_path)
    (tmp_path / "try").mkdir()
    (tmp_path / "try/index.html").touch()
    assert [lead_to_the_tab(tmp_path), lead_to_the_tab(tmp_path)] == [True, True]
    lead_to_the_documents(tmp_path)
    door = (tmp_path / "index.html").read_text()
    first = f"try/index.html?lesson={CORE[0]}"
    assert re.findall(r'(?:src|href)="([^"]*)"', door) == [
        "try/index.html?door",
        first,
        "try/index.html",
    ]
    assert core.read_text().count('target="_top"') == 2
    there = "../try/index.html?lesson=orphan"
    links = re.findall(r'href="([^"]*)"', core.read_text() + other.read_text())
    assert links == ["../index.html", f"{there}&amp;from=9", there, "../index.html"]


def test_a_tool_of_the_machines_prompt_is_a_copy_of_it_with_its_variables(start_shell):
    shell = start_shell(program=[sys.executable, f"{PAGE}/prompt.py"])
    shell.wait_prompt()
    end = "tail -c 10 /proc/$PPID/cmdline | tr \\\\0 ."  # The whole path may not fit a line.
    shell.send(f"export SAID=copied; trace sh -c '{end}; echo $SAID'\r")
    shell.wait_raw(rb"prompt\.py\.copied")  # The picture may have scrolled it away.
    shell.wait_prompt()


def test_pictures_of_commands_and_changed_files_go_to_the_page(start_shell, tmp_path, monkeypatch):
    line = tmp_path / "line"
    line.touch()

    def newest():
        return line.read_text().rpartition("<svg")[2]

    monkeypatch.setenv("TAB_FOLDER", str(tmp_path))
    shell = start_shell(program=[sys.executable, f"{PAGE}/prompt.py"])
    shell.wait_prompt()
    shell.send("true | cat\r")
    wait_until(lambda: "true | cat</text>" in newest(), "the picture")
    picture = newest()
    assert [f">{name}<" in picture for name in ("P1", "P2", "P3")] == [True, True, False]
    shell.wait_prompt()
    shell.send("trace sh -c 'true; true; exit 3'\r")
    wait_until(lambda: "exit 3" in newest().partition("</text>")[0], "the picture")
    shell.wait_prompt()
    shell.send("umask 022; echo mine >~/own; chmod 755 ~/own\r")
    wait_until(lambda: re.search(r"keep 5 755 /\S*/own\nmine\n", line.read_text()), "the file")
    shell.wait_prompt()
    shell.send("rm ~/own\r")
    wait_until(lambda: re.search(r"drop 0 644 /\S*/own\n", line.read_text()), "its removal")
    shell.wait_prompt()
    # This process adopts orphans.
    (first,) = set(children_of(os.getpid())) - {shell.pid}
    assert (tmp_path / "drawing").read_text() == f"{first}\n"
    # The process that draws is made again when it has ended.
    os.kill(first, signal.SIGTERM)
    os.waitpid(first, 0)
    shell.send("true | false\r")
    wait_until(lambda: "true | false</text>" in newest(), "the picture")
    shell.wait_prompt()
    (drawing,) = set(children_of(os.getpid())) - {shell.pid}
    shell.send("exit\r")
    wait_for_state(drawing, "Z")
    os.waitpid(drawing, 0)


def test_a_file_goes_to_the_page_with_its_size_and_name(tmp_path):
    (tmp_path / "line").touch()
    (tmp_path / "given.txt").write_text("one\n")
    (tmp_path / "given.txt").chmod(0o644)
    environment = {**os.environ, "TAB_FOLDER": str(tmp_path)}
    program = [sys.executable, "-ISB", PAGE / "bin/to-page", "edit", tmp_path / "given.txt"]
    subprocess.run(program, env=environment, check=True)
    assert (tmp_path / "line").read_text() == f"edit 4 644 {tmp_path}/given.txt\none\n"


def test_a_saved_state_of_a_lesson_is_its_difference_from_the_base_state(tmp_path):
    node = path_of("node")
    script = tmp_path / "try.mjs"
    script.write_text(DIFFERENCE.replace("FOLDER", PAGE.as_uri()))
    shown = subprocess.run([node, script], capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout) == {"pages": [2, 0, 9], "same": True}


def test_pages_of_files_are_taken_from_the_memory_and_written_again(tmp_path):
    script = tmp_path / "try.mjs"
    script.write_text(LATER.replace("FOLDER", PAGE.as_uri()))
    argv = [path_of("node"), script]
    shown = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout) == {
        "numbers": [1, 3, 5, 6],
        "empty": [1, 3, 4, 5, 6],
        "same": True,
        # Page 1 has changed, so it stays; page 3 is removed again; page 6 was freed.
        "hasFreed": [False, True],
        "emptyAgain": [3, 4, 5, 6],
        "changed": 9,
    }


def test_pages_that_a_program_or_the_kernel_has_used_are_found_in_the_tables(tmp_path):
    script = tmp_path / "try.mjs"
    script.write_text(USE.replace("FOLDER", PAGE.as_uri()))
    shown = subprocess.run([path_of("node"), script], capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout) == {
        "before": {"used": [20, 21], "unusedOfKernel": []},
        "after": {"used": [20], "unusedOfKernel": [31]},
    }


USE = """
import { forgetUse, useOf } from "FOLDER/later_pages.mjs";

// Pages 1 and 2 are the directories of two processes, pages 4 and 5 their tables; page 3 is the
// kernel's table.
const memory = new Uint8Array(64 * 4096);
const words = new Uint32Array(memory.buffer);
const [PRESENT, WRITABLE, ACCESSED] = [1, 2, 0x20];
function enter(table, place, page, bits) {
  words[table * 1024 + place] = (page << 12) | PRESENT | bits;
}
for (const [directory, table] of [[1, 4], [2, 5]]) {
  enter(directory, 768, 3, WRITABLE | ACCESSED * (directory === 1));
  enter(directory, 8, table, WRITABLE);
}
enter(1, 0, 3, WRITABLE | ACCESSED);
enter(4, 7, 20, ACCESSED);
enter(5, 9, 21, ACCESSED);
// The kernel's code in pages 30 and 31, its data in page 32; page 33 is mapped elsewhere, too.
for (const page of [30, 31, 33]) enter(3, page, page, ACCESSED);
enter(3, 32, 32, WRITABLE | ACCESSED);
enter(3, 40, 33, 0);
const use = () => {
  const { used, unusedOfKernel } = useOf(memory, 4096);
  return { used: [...used], unusedOfKernel: [...unusedOfKernel] };
};
const before = use();
forgetUse(memory, 4096);
words[4 * 1024 + 7] |= ACCESSED;
words[3 * 1024 + 30] |= ACCESSED;
console.log(JSON.stringify({ before, after: use() }));
"""


LATER = """
import { putPages, removePages, takePages, unusedPages } from "FOLDER/later_pages.mjs";

// Page 4 is empty, pages 1 and 6 hold a file of a page and a half, page 3 another file; page 5 is
// the kernel's code.
const memory = new Uint8Array(8 * 4096);
for (let page = 0; page < 8; page++) memory.fill(page + 1, page * 4096, (page + 1) * 4096);
memory.fill(0, 4 * 4096, 5 * 4096);
memory.fill(0, 6.5 * 4096, 7 * 4096);
const long = new Uint8Array(1.5 * 4096).fill(2);
long.fill(7, 4096);
const other = new Uint8Array(4096).fill(4);
const empty = new Uint8Array(4096);
const used = new Uint8Array(4096).fill(1);
const before = Buffer.from(memory);
const use = { used: new Set([0, 2]), unusedOfKernel: new Set([2, 4, 5]) };
const numbers = unusedPages(memory, [long, other, empty, used], use);
const taken = takePages(memory, numbers);
const pageAt = (number) => memory.subarray(number * 4096, (number + 1) * 4096);
const isEmpty = (number) => pageAt(number).every((byte) => byte === 0);
const emptyPages = () => [0, 1, 2, 3, 4, 5, 6, 7].filter(isEmpty);
const left = emptyPages();
putPages(memory, taken);
const same = before.equals(memory);
pageAt(1)[5] = 9;
const hasFreed = [removePages(memory, taken)];
const emptyAgain = emptyPages();
putPages(memory, taken);
const changed = pageAt(1)[5];
pageAt(6).fill(0);
hasFreed.push(removePages(memory, taken));
console.log(JSON.stringify({ numbers, empty: left, same, hasFreed, emptyAgain, changed }));
"""


DIFFERENCE = """
import { applyDifference, baseOf, takeDifference } from "FOLDER/state_difference.mjs";

// A machine of 64 pages: its state holds pages by number, each full of one value.
function stateOf(pages) {
  const map = new Uint8Array(8);
  for (const number in pages) map[number >> 3] |= 1 << (number & 7);
  const memory = new Uint8Array(4096 * Object.keys(pages).length);
  Object.values(pages).forEach((value, index) => {
    memory.fill(value, index * 4096, (index + 1) * 4096);
  });
  const buffers = [{ offset: 0, length: 8 }, { offset: 8, length: memory.length }];
  const description = new TextEncoder().encode(JSON.stringify({ buffer_infos: buffers }));
  const start = (16 + description.length + 3) & ~3;
  const state = new ArrayBuffer(start + 8 + memory.length);
  new Int32Array(state, 0, 4)[3] = description.length;
  new Uint8Array(state).set(description, 16);
  new Uint8Array(state).set(map, start);
  new Uint8Array(state).set(memory, start + 8);
  return state;
}

// A page that is the same, one that a fork has copied, one that is written anew, one that is new.
const base = stateOf({ 1: 1, 3: 7, 8: 4, 40: 6 });
const whole = stateOf({ 0: 2, 3: 7, 8: 6, 63: 9 });
const parts = takeDifference(baseOf(base, 64 * 4096), whole, 64 * 4096);
const pages = parts.slice(2, -2).map((page) => page[0] & 255);
const bytes = parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));
const difference = new Uint8Array([0, 0, 0, 0, ...Buffer.concat(bytes)]).buffer;
const again = Buffer.from(applyDifference(base, difference, 4, 64 * 4096));
const same = again.equals(Buffer.from(whole));
console.log(JSON.stringify({ pages, same }));
"""


def test_core_lessons_and_their_first_tasks_have_saved_states():
    places = entries()
    assert "rule-1-both-continue" in places
    assert "rule-1-both-continue:9" in places


def test_states_of_lessons_are_saved_by_a_process_for_each_processor(tmp_path, monkeypatch):
    node = tmp_path / "bin/node"
    node.parent.mkdir()
    # It saves what it is asked for, but the end of the last lesson's state is its own end.
    saving = 'while read -r name file; do echo "$name" >"$file"; '
    node.write_text(
        f'#!/bin/sh\necho >>{tmp_path}/started\n{saving}[ -z "$FAIL" ] || exit 3; echo; done'
    )
    node.chmod(0o755)
    monkeypatch.setenv("PATH", f"{node.parent}:{os.environ['PATH']}")
    saved = {name: tmp_path / f"{name}.gz" for name in ("one", "two", "three")}
    states = States(tmp_path, tmp_path, tmp_path, tmp_path)
    states.save_lessons(tmp_path / "state", saved)
    assert [path.read_text() for path in saved.values()] == ["one\n", "two\n", "three\n"]
    assert len((tmp_path / "started").read_text()) == min(3, os.cpu_count())
    saved["three"].unlink()
    monkeypatch.setenv("FAIL", "yes")
    with pytest.raises(subprocess.CalledProcessError, match="exit status 3"):
        states.save_lessons(tmp_path / "state", saved)
    assert not saved["three"].exists()


# Stands for node: it counts its calls, and writes what each mode of save_state.mjs writes.
NODE = """#!/bin/sh
echo "$2" >>"$STARTED"
if [ "$2" = base ]; then
    echo state >"$6"
    echo >"$7"
    exit
elif [ "$2" = split ]; then
    for ending in .first .later; do echo state >"$6$ending"; done
    exit
fi
while read -r name file; do cp "$7" "$file"; echo "$name" >>"$STARTED"; echo; done
"""


def test_after_a_change_of_one_lesson_only_its_states_are_saved_anew(tmp_path, monkeypatch):
    require("zstd")
    node, started = tmp_path / "bin/node", tmp_path / "started"
    node.parent.mkdir()
    node.write_text(NODE)
    node.chmod(0o755)
    monkeypatch.setenv("PATH", f"{node.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("STARTED", f"{started}")
    root, kernel = tmp_path / "root", tmp_path / "kernel"
    lesson = root / "usr/lib/simpsh/lessons/shell/shell-loop/lesson.py"
    lesson.parent.mkdir(parents=True)
    claims = root / "usr/lib/simpsh/lessons/glossary.py"
    for path in (kernel, lesson, claims):
        path.write_text("before")

    def made(name):
        started.write_text("")
        site = tmp_path / name
        site.mkdir()
        States(tmp_path, tmp_path, tmp_path / "kept", site).save(kernel, kernel, root)
        modes = started.read_text().split()
        return (
            site,
            modes.count("base"),
            {one for one in modes if one not in ("base", "split", "lessons")},
        )

    assert made("one")[1:] == (1, set(entries()))
    assert made("same")[1:] == (0, set())
    lesson.write_text("after")
    site, bases, saved = made("changed")
    assert (bases, saved) == (0, {"shell-loop", "shell-loop:6"})
    updates = json.loads((site / "updates.json").read_text())
    texts = {one["name"]: base64.b64decode(one["data"]).decode() for one in updates}
    path = "/usr/lib/simpsh/lessons/shell/shell-loop/lesson.py"
    assert texts == {path: "after", "/run/tab/renewed": path}
    assert made("again")[1:] == (0, set())
    # What several lessons use is a part of the machine.
    claims.write_text("after")
    site, *work = made("new")
    assert work == [1, set(entries())]
    assert json.loads((site / "updates.json").read_text()) == []


def printed(code, **variables):
    """Return what code prints that has the names of the machine's prompt in `own`."""
    code = f"import runpy; own = runpy.run_path({f'{PAGE}/prompt.py'!r}); {code}"
    done = run_command([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **variables})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_module_whose_file_has_been_put_is_imported_again(tmp_path):
    (tmp_path / "renewed").write_text(f"{ROOT}/lessons/plans.py\n")
    names = ("lessons.plans", "lessons.glossary")
    code = f"import {', '.join(names)}, sys; own['_forget_renewed']();"
    code += f"print([name in sys.modules for name in {names}])"
    assert printed(code, TAB_FOLDER=f"{tmp_path}") == "[False, True]\n"


def test_the_machines_prompt_has_observed_what_wrong_lines_are_compared_with():
    code = "own['observe_nothing'](own['Library']()); seen = own['seen_of_nothing'];"
    code += "print(seen(frozenset()).names, seen.cache_info().hits, seen.cache_info().misses)"
    assert printed(code) == "('shell',) 1 2\n"


def test_an_observation_that_took_too_long_is_not_kept():
    code = (
        "perform = own['seen_of_nothing'].__wrapped__.__globals__; seen = perform['Observation'];"
    )
    code += "perform['perform_line'] = lambda line, calls: seen(problem='late');"
    code += "own['observe_nothing'](own['Library']());"
    code += "print(own['seen_of_nothing'].cache_info().currsize)"
    assert printed(code) == "0\n"


def test_the_line_editors_of_the_machine_share_the_keys_of_the_library():
    code = "own['share_keys'](); load = own['application'].load_key_bindings;"
    assert printed(f"{code} print(load() is load())") == "True\n"


LINES = {
    "sh -c 'exit 7'": "normal termination: exit status: 7",
    "trace sh -c 'true | true'": "simpsh collects P0: status 0",
    "cc -g -o hello hello.c && trace ./hello": "hello.c:6",
}


@pytest.mark.long("it makes a machine of packages, boots it in an emulator, and opens the page")
@pytest.mark.timeout(2400)
def test_the_machine_answers_in_the_tab(tmp_path):
    require("chromium", "node")
    folder = tmp_path / "try"
    made = subprocess.run([sys.executable, "-m", "tools.write_try", folder], cwd=ROOT, check=False)
    assert made.returncode == 0
    sizes = {file.name: file.stat().st_size for file in folder.iterdir() if file.is_file()}
    assert sum(sizes.values()) - sizes["later.zst"] < 15e6
    assert sum(sizes.values()) < 34e6
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        chromium = browser.Browser(tmp_path)
        address = f"http://127.0.0.1:{server.server_port}/index.html"
        try:
            tab = browser.Tab(chromium, 1400, 900)
            tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
            _the_front_page_begins_with_the_prompt(tab, address, folder)
            tab.open(address)
            tab.click("#begin")
            _has(tab, "simpshTry.atPrompt()")
            _has(tab, "document.body.dataset.whole")
            network = partial(tab.call, "Network.emulateNetworkConditions", latency=0)
            network(offline=True, downloadThroughput=0, uploadThroughput=0)
            _lines_keys_picture_files_and_reset(tab, tmp_path)
            _keys_outside_the_terminal(tab)
            _every_width(tab)
            _files_stay(tab, address)
            network(offline=False, downloadThroughput=-1, uploadThroughput=-1)
            _programs_in_links(tab, address)
            _lines_of_a_document(tab, address, folder)
            tab.open(f"{address}?lesson=rule-1-both-continue&from=9")
            _shows(tab, "neither waits for the other")
            _types(tab, "sleep 0.2; echo here", "the shell waits for")
            _types(tab, "sleep 0.2 & echo here", "which becomes", "true")
            assert tab.complaints() == []
        finally:
            chromium.close()
            server.shutdown()


@pytest.mark.long("it types the solutions of all tasks of the core lessons into the tab")
@pytest.mark.timeout(14400)
def test_each_task_can_be_done_in_the_tab(tmp_path):
    require("chromium", "node")
    folder = tmp_path / "site/try"
    made = subprocess.run([sys.executable, "-m", "tools.write_try", folder], cwd=ROOT, check=False)
    assert made.returncode == 0
    rows = list(attempts(folder.parent, tmp_path))
    assert [(row.lesson, row.step, row.shown) for row in rows if not row.is_right] == []


def _has(tab, fact):
    wait_until(lambda: tab.run(f"Boolean({fact})"), fact, seconds=120)


def _shows(tab, words, more="true"):
    _has(tab, f"simpshTry.text().includes({json.dumps(words)}) && {more}")


def _types(tab, line, answer, more="simpshTry.atPrompt()"):
    tab.run(f"simpshTry.type({json.dumps(line)})")
    _shows(tab, answer, more)


def _press(tab, key, code, text=""):
    for kind in ("keyDown", "keyUp"):
        words = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        tab.call("Input.dispatchKeyEvent", type=kind, **words, **({"text": text} if text else {}))


def _the_front_page_begins_with_the_prompt(tab, address, folder):
    """Its terminal loads the machine with the first key, which is not lost; Tab walks past it."""
    front = folder / "front.html"
    front.write_text('<!doctype html><iframe src="index.html?door" title="shell"></iframe>')
    tab.open(address.replace("index.html", front.name))
    inside = "document.querySelector('iframe').contentWindow"
    _has(tab, f"{inside}.simpshTry?.text().includes('>>')")
    assert tab.run("document.querySelector('iframe').clientHeight") > 300
    tab.run(f"{inside}.document.querySelector('.xterm-helper-textarea').focus()")
    _press(tab, "Tab", 9)
    assert tab.run(f"{inside}.document.body.dataset.started ?? ''") == ""
    assert tab.run(f"{inside}.document.querySelector('#begin').disabled") is False
    tab.run(f"{inside}.document.querySelector('.xterm-helper-textarea').focus()")
    for key in "echo kept":
        _press(tab, key, ord(key.upper()), key)
    _press(tab, "Enter", 13, "\r")
    _has(tab, f"{inside}.simpshTry.text().includes('\\nkept')")


def _keys_outside_the_terminal(tab):
    tab.run("document.querySelector('.xterm-helper-textarea').focus()")
    _press(tab, "Tab", 9)
    assert tab.run("document.activeElement.className") == "xterm-helper-textarea"
    _press(tab, "Escape", 27)
    _press(tab, "Tab", 9)
    assert tab.run("document.activeElement.textContent") == "^C"
    assert tab.run("document.querySelector('[role=log]').ariaLabel") == "new lines in the terminal"
    tab.run("document.querySelectorAll('#lines button')[1].focus()")
    _press(tab, "Tab", 9)
    assert tab.run("document.activeElement.textContent") == "sh -c 'kill -TERM $$'"
    _press(tab, "Enter", 13, "\r")
    _shows(tab, "Terminated (SIGTERM)", "simpshTry.atPrompt()")
    _types(tab, "edit keys.txt", "edit keys.txt", "document.querySelector('#editor').open")
    tab.call("Input.insertText", text="by keys")
    _press(tab, "Tab", 9)
    _press(tab, " ", 32, " ")
    _types(tab, "cat keys.txt", "\nby keys")


def _every_width(tab):
    """A running machine survives each width, and its terminal has the columns that fit."""
    columns = []
    for width in (683, 360, 1400):
        tab.resize(width, 800, is_phone=width < 400)
        _has(tab, f"simpshTry.size()[0] {'<' if width < 400 else '=='} {60 if width < 400 else 80}")
        _has(tab, "document.documentElement.scrollWidth <= window.innerWidth")
        fitting = tab.run("simpshTry.size().toReversed().join(' ')")
        # The machine learns of it a moment later.
        learns = f'until [ "$(stty size)" = "{fitting}" ]; do sleep 0.1; done'
        _types(tab, f"{learns}; echo fits {width}", f"\nfits {width}\n")
        columns.append(tab.run("simpshTry.size()[0]"))
    assert columns[1] >= 40


def _files_stay(tab, address):
    _types(tab, "echo mine >own.txt; cc -g -o own hello.c", "own hello.c")
    _has(tab, "document.querySelector('#kept').innerText.includes('own.txt')")
    tab.open(address)
    tab.click("#begin")
    _has(tab, "simpshTry.atPrompt()")
    _has(tab, "simpshTry.isIdle()")
    _types(tab, "clear; cat own.txt; ./own", "mine")
    tab.click("#forget")
    _has(tab, "document.querySelector('#kept').hidden && simpshTry.atPrompt()")
    _types(tab, "cat own.txt", "No such file")


def _programs_in_links(tab, address):
    tab.run("document.querySelector('#program').value = 'print(6 * 7)  # ü'")
    tab.run("document.querySelector('#language').value = 'py'")
    tab.click("#share")
    _has(tab, "document.querySelector('#link a')")
    link = tab.run("document.querySelector('#link a').href")
    assert link.startswith(f"{address}#py=")
    tab.open("about:blank")
    tab.open(link)
    _has(tab, "document.querySelector('#program').value == 'print(6 * 7)  # ü'")
    tab.click("[data-own=trace]")
    _shows(tab, "\n42")


def _lines_of_a_document(tab, address, folder):
    """A document is read beside the machine, and its prompts type their lines."""
    prompt = '<span class="gp">&gt;&gt; </span>'
    session = f"{prompt}echo $((6 * 7))\n42\n{prompt}sh -c <span>'exit 3'</span>\n"
    page = f'<!doctype html><div class="highlight-simpsh"><pre>{session}</pre></div>'
    (folder / "tutorial.html").write_text(page)
    tab.open(f"{address}?read=tutorial")
    _has(tab, "simpshTry.atPrompt()")
    button = "document.querySelector('iframe').contentDocument.querySelectorAll('button')[1]"
    tab.run(f"{button}.click()")
    _shows(tab, "exit status: 3", "simpshTry.atPrompt()")


def _lines_keys_picture_files_and_reset(tab, folder):
    for line, answer in LINES.items():
        _types(tab, line, answer)
    _has(tab, "document.querySelector('#picture img')?.naturalWidth > 0")
    _types(tab, "step --plain --schedule 'P1 P1 P0' ./hello", "which are shown as <P1>.", "true")
    _types(tab, "quit", "> quit")
    # A key that is pressed at once waits until the command has the terminal.
    tab.run("simpshTry.type('trace sleep 1000')")
    tab.click("[data-keys='^Z']")
    _shows(tab, "(SIGTSTP)    trace sleep 1000")
    _types(tab, "sleep 1000", 'cmd "sleep"', "true")
    tab.click("[data-keys='^Z']")
    _shows(tab, "(SIGTSTP)    sleep 1000")
    _types(tab, "fg", "resumed (SIGCONT)", "true")
    tab.click("[data-keys='^C']")
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
    _types(tab, "sleep 0.2; sh -c 'exit 8'", "status 8")
