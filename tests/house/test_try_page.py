"""The page that runs simpsh in a browser tab: its parts. See test_machine_in_the_tab.py."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from lessons import CORE
from tests.harness.process import children_of, wait_for_state, wait_until
from tests.harness.sh import run_command
from tests.house.source_tree import ROOT
from tests.support.needed_programs import require
from tools.write_site import TRAIL, lead_to_the_documents, lead_to_the_tab
from tools.write_try import PAGE, Missing, look_for_tools, save_state


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
    assert re.findall(r'href="([^"]*)"', door) == [first, "try/index.html"]
    there = "../try/index.html?lesson=orphan"
    links = re.findall(r'href="([^"]*)"', core.read_text() + other.read_text())
    assert links == ["../index.html", f"{there}&amp;from=9", there, "../index.html"]


def test_the_machine_is_booted_again_unless_only_lessons_have_changed(tmp_path, monkeypatch):
    require("zstd")
    node, booted = tmp_path / "bin/node", tmp_path / "booted"
    node.parent.mkdir()
    node.write_text('#!/bin/sh\necho >>"$BOOTED"; echo state >"$7"; echo screen >"$8"\n')
    node.chmod(0o755)
    monkeypatch.setenv("PATH", f"{node.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("BOOTED", f"{booted}")
    root, kernel = tmp_path / "root", tmp_path / "kernel"
    lesson = root / "usr/lib/simpsh/lessons/shell/shell-loop/lesson.py"
    lesson.parent.mkdir(parents=True)
    shared = root / "usr/lib/simpsh/lessons/glossary.py"
    for path in (kernel, lesson, shared):
        path.write_text("before")

    def made():
        """Return how often the machine was booted, and the files that the page renews."""
        booted.write_text("")
        (tmp_path / "site").mkdir(exist_ok=True)
        machine = (tmp_path, tmp_path, 192, kernel)
        save_state(tmp_path / "kept", machine, root, tmp_path / "site")
        assert (tmp_path / "site/state.zst").stat().st_size > 0
        updates = json.loads((tmp_path / "site/updates.json").read_text())
        return len(booted.read_text()), [update["name"] for update in updates]

    assert made() == (1, [])
    assert made() == (0, [])
    lesson.write_text("after")
    assert made() == (0, ["/usr/lib/simpsh/lessons/shell/shell-loop/lesson.py"])
    shared.write_text("after")
    assert made() == (1, [])
    (lesson.parent / "new.c").touch()
    assert made() == (1, [])


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
    assert [f">{name}<" in newest() for name in ("P1", "P2", "P3")] == [True, True, False]
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
    assert (tmp_path / "drawing.pid").read_text() == f"{first}\n"
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


def test_a_lesson_that_the_page_has_replaced_is_imported_again():
    code = f"import runpy; own = runpy.run_path({f'{PAGE}/prompt.py'!r});"
    code += "import lessons.glossary, os, sys; os.utime(lessons.__file__, (0, 0));"
    code += "own['forget_changed_lessons'](); print('lessons.glossary' in sys.modules)"
    done = run_command([sys.executable, "-c", code], cwd=ROOT)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_a_file_goes_to_the_page_with_its_size_and_name(tmp_path):
    (tmp_path / "line").touch()
    (tmp_path / "given.txt").write_text("one\n")
    (tmp_path / "given.txt").chmod(0o644)
    environment = {**os.environ, "TAB_FOLDER": str(tmp_path)}
    program = [sys.executable, "-ISB", PAGE / "bin/to-page", "edit", tmp_path / "given.txt"]
    subprocess.run(program, env=environment, check=True)
    assert (tmp_path / "line").read_text() == f"edit 4 644 {tmp_path}/given.txt\none\n"
