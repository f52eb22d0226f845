"""A shell that lets an installed shell do the work gets nothing, by the record alone.

In the sandbox it cannot execute one: tests/grade/test_closed_set.py and sandbox/attacks.py.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.shells.shell_examination import check_shell
from tests.grade.sandbox.attacks import LOOP
from tests.grade.shells.honest_shells import SOURCES, examined
from tests.harness.sh import write_program
from tests.support.needed_programs import path_of

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.long("each test examines a shell")]

DASH = os.path.realpath("/bin/sh")
LOADER = next((str(one) for one in Path("/lib64").glob("ld-linux*")), "")
STARTS = f"{LOOP}    if line.strip() and os.fork() == 0:\n        name = line.split()[0]\n        "
EVALUATES = 'while read -r line; do eval "$line"; done\n'
WAYS = {
    "execv": "import os\nos.execv('/bin/sh', ['sh'])\n",
    "memory": (
        "import os\nfd = os.memfd_create('x')\n"
        "os.write(fd, open('/bin/sh', 'rb').read())\nos.execv(f'/proc/self/fd/{fd}', ['x'])\n"
    ),
    "loader with a line": (
        f"import os\n{STARTS}os.execv({LOADER!r}, ['ld', '/bin/sh', '-c', 'exec ' + line])\n"
        "    os.wait()\n"
    ),
    "script of an installed shell": f"#!/bin/sh\n{EVALUATES}",
    "system": f"import os\n{LOOP}    os.system(line)\n",
    "another interpreter": (
        f"import subprocess\n{LOOP}"
        "    asked = 'open(F, \"-|\", @ARGV); print while <F>; sleep 1'\n"
        "    subprocess.run(['perl', '-e', asked, *line.split()])\n"
    ),
}


def tried_text(tmp_path, text: str, behaviour="run"):
    path = write_program(tmp_path / "mine", text)
    interpreter = () if text.startswith("#!") else (sys.executable,)
    return examined((*interpreter, str(path)), behaviour)


@pytest.mark.usual("system")
@pytest.mark.parametrize("way", [way for way in WAYS if LOADER or "loader" not in way])
def test_a_shell_gets_no_points_if_another_shell_does_the_work(tmp_path, way):
    mark = tried_text(tmp_path, WAYS[way])
    assert mark.points == 0
    assert mark.disqualified.startswith(("your program executed ", "another program, ", "P1, a "))
    assert {check.instead for check in mark.checks} == {mark.disqualified}


@pytest.mark.usual
def test_a_copy_of_an_installed_shell_gets_no_points(tmp_path):
    shutil.copy("/bin/sh", tmp_path / "mine")
    mark = examined((str(tmp_path / "mine"),), "run")
    assert mark.disqualified == f"the program that is judged is {DASH}"
    (tmp_path / "link").symlink_to("/bin/sh")
    assert examined((str(tmp_path / "link"),), "run").disqualified == mark.disqualified


PRINTER = """
import os, re
def answer(line):
    match line.split():
        case ["expr", first, "+", second, *_]:
            return int(first) + int(second)
        case ["cat", "<", name] if os.path.exists(name):
            return open(name).read().strip()
        case ["ls", name, *_]:
            return f"ls: {name}: not there"
        case ["sh", "-c", *_]:
            out, error = re.findall(r"echo (\\w+)", line)
            return out if line.index("2>&1") < line.rindex(">") - 3 else f"{out}\\n{error}"
        case _:
            return "?"
while line := os.read(0, 4096).decode().strip():
    if ">" in line:
        *_, name = line.replace("2>&1", "").replace(">", " ").split()
        with open(name, "a" if ">>" in line else "w") as file:
            print(answer(line), file=file)
    print(answer(line))
"""


@pytest.mark.usual("output")
@pytest.mark.parametrize("behaviour", ["output", "input", "errors"])
def test_printing_the_expected_output_without_the_programs_gets_no_points(tmp_path, behaviour):
    mark = tried_text(tmp_path, PRINTER, behaviour)
    got = {check.key for check in mark.checks if check.is_passed}
    # The terminal indeed lacks the output of a program that did not run.
    assert got <= {"screen"}


def test_a_shell_that_prints_each_line_has_not_said_that_a_program_is_missing(tmp_path):
    mark = tried_text(tmp_path, "while True:\n    print(input('$ '))\n", "not-found")
    assert not any(check.is_passed for check in mark.checks)


def test_processes_before_the_script_are_not_its_work(tmp_path, monkeypatch):
    """With pyenv, the interpreter is a bash script that executes the right one."""
    bash = path_of("bash")
    (tmp_path / "finder").write_text("uname\n")
    shim = write_program(
        tmp_path / "bin" / "python3",
        f"#!{bash}\nversion=$({bash} {tmp_path}/finder)\n"
        f'exec {bash} -c \'exec "$0" "$@"\' {sys.executable} "$@"\n',
    )
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    code = (SOURCES / "small_shell.py").read_text()
    shell = write_program(tmp_path / "mine" / "shell.py", f"#!/usr/bin/env python3\n{code}")
    for argv in ((str(shell),), tuple(check_shell(["python3", str(shell)]))):
        for behaviour in ("run", "pipe"):
            mark = examined(argv, behaviour)
            assert (mark.disqualified, mark.is_full) == ("", True)


SOLUTION = ExerciseCatalogue().folder("shell-1").file("solution.py")


@pytest.mark.usual
def test_a_script_that_executes_the_shells_own_program_is_no_cheat(tmp_path):
    shutil.copy(SOLUTION, tmp_path / "main.py")
    script = f'#!/bin/sh\nexec {sys.executable} "$(dirname "$0")/main.py"\n'
    mark = tried_text(tmp_path, script)
    assert mark.disqualified == ""
    # The script's own subshell was made before any line was typed.
    assert {check.key for check in mark.checks if not check.is_passed} <= {"alone"}
