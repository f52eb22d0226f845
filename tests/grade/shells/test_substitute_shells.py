"""A shell that lets an installed shell do the work gets nothing, whatever the trick.

The kernel's events decide: the program of the shell's own process, the code in it, and the
programs that its descendants executed.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.shells.shell_examination import check_shell
from simpsh.grade.shells.substitute_shell import installed_shell, is_called_as_shell
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
    "loader with a line": (
        f"import os\n{STARTS}os.execv({LOADER!r}, ['ld', '/bin/sh', '-c', 'exec ' + line])\n"
        "    os.wait()\n",
        "another shell did its work: P1, a child, executed ",
    ),
    "execv": ("import os\nos.execv('/bin/sh', ['sh'])\n", "executed another shell, "),
    "changed copy": (
        "import os, shutil\nshutil.copy('/bin/sh', 'copy')\n"
        "open('copy', 'ab').write(b'x')\nos.execv('./copy', ['copy'])\n",
        "executed another shell, ",
    ),
    "memory": (
        "import os\nfd = os.memfd_create('x')\n"
        "os.write(fd, open('/bin/sh', 'rb').read())\nos.execv(f'/proc/self/fd/{fd}', ['x'])\n",
        "executed another shell, ",
    ),
    "memory of its own": (
        "import mmap\ncode = open('/bin/sh', 'rb').read()\n"
        "held = mmap.mmap(-1, len(code), prot=7)\nheld.write(code)\n"
        f"{LOOP}    pass\n",
        "the code of another shell ran",
    ),
    "another interpreter": (
        f"import subprocess\n{LOOP}"
        "    asked = 'open(F, \"-|\", @ARGV); print while <F>; sleep 1'\n"
        "    subprocess.run(['perl', '-e', asked, *line.split()])\n",
        "another program did its work: P",
    ),
    "script of an installed shell": (
        f"#!/bin/sh\n{EVALUATES}",
        f"an installed shell runs what is judged: {DASH}",
    ),
    "script of the loader": (
        f"#!{LOADER} /bin/sh\n{EVALUATES}",
        f"an installed shell runs what is judged: {DASH}",
    ),
    "loader": (
        f"import os\nos.execv({LOADER!r}, ['ld.so', '/bin/sh'])\n",
        "executed another shell, ",
    ),
    "system": (f"import os\n{LOOP}    os.system(line)\n", "did its work: P"),
    "variable": (
        f"import os, subprocess\n{LOOP}"
        "    subprocess.run(['sh', '-c', 'eval \"$LINE\"'], env={**os.environ, 'LINE': line})\n",
        "did its work: P",
    ),
    "pipe": (
        f"import subprocess\n{LOOP}    subprocess.run(['sh'], input=line, text=True)\n",
        "did its work: P",
    ),
}


def tried_text(tmp_path, text: str, behaviour="run"):
    path = write_program(tmp_path / "mine", text)
    interpreter = () if text.startswith("#!") else (sys.executable,)
    return examined((*interpreter, str(path)), behaviour)


@pytest.mark.usual("system")
@pytest.mark.parametrize("way", [way for way in WAYS if LOADER or "loader" not in way])
def test_a_shell_gets_no_points_if_another_shell_does_the_work(tmp_path, way):
    text, sentence = WAYS[way]
    mark = tried_text(tmp_path, text)
    assert mark.points == 0
    assert sentence in mark.disqualified
    assert {check.instead for check in mark.checks} == {mark.disqualified}


@pytest.mark.parametrize("behaviour", ["early-reader", "errors"])
def test_a_shell_under_the_name_of_a_typed_word_is_another_shell(tmp_path, behaviour):
    code = "words = [w for w in line.split() if w.isalpha() and not shutil.which(w)] or ['x']\n"
    code += "    into, out = os.pipe()\n    os.write(out, line.encode())\n    os.close(out)"
    starts = "\n    if os.fork() == 0:\n        os.dup2(into, 0)\n"
    starts += "        os.execv('/bin/sh', words[-1:])\n    os.close(into)\n    os.wait()\n"
    mark = tried_text(tmp_path, f"import os, shutil\n{LOOP}    {code}{starts}", behaviour)
    assert mark.points == 0
    assert "another shell did its work" in mark.disqualified


@pytest.mark.usual
def test_a_copy_of_an_installed_shell_gets_no_points(tmp_path):
    shutil.copy("/bin/sh", tmp_path / "mine")
    mark = examined((str(tmp_path / "mine"),), "run")
    assert mark.disqualified == f"the program that is judged is {DASH}, or a copy of it"
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


SOLUTION = ExerciseCatalogue().folder("shell-2").file("solution.py")


def test_a_shell_that_executes_itself_once_is_itself(tmp_path):
    once = "import os, sys\nif 'AGAIN' not in os.environ:\n    os.environ['AGAIN'] = '1'\n"
    once += "    os.execv(sys.executable, [sys.executable, *sys.argv])\n"
    mark = tried_text(tmp_path, once + Path(SOLUTION).read_text())
    assert mark.is_full, mark


@pytest.mark.usual
def test_a_script_that_executes_the_shells_own_program_is_no_cheat(tmp_path):
    shutil.copy(SOLUTION, tmp_path / "main.py")
    script = f'#!/bin/sh\nexec {sys.executable} "$(dirname "$0")/main.py"\n'
    mark = tried_text(tmp_path, script)
    assert mark.disqualified == ""
    # The script's own subshell was made before any line was typed.
    assert {check.key for check in mark.checks if not check.is_passed} <= {"alone"}


def test_an_interpreter_that_a_script_starts_may_load_code_of_the_submission(tmp_path):
    """As the scripts that courses give for shells in Python."""
    (tmp_path / "app").mkdir()
    shutil.copy(SOLUTION, tmp_path / "app" / "main.py")
    start = 'PYTHONPATH="$(dirname "$0"){}" exec python3 -m app.main\n'
    mark = tried_text(tmp_path, f"#!/bin/sh\n{start.format('')}")
    assert mark.disqualified == ""
    lost = {check.key: check.instead for check in mark.checks if not check.is_passed}
    assert {**lost, "alone": ""} == {"alone": ""}
    # Code from elsewhere may be somebody else's.
    mark = tried_text(tmp_path, f"#!/bin/sh\n{start.format(':/srv')}")
    assert mark.disqualified.endswith(("code outside the system's folders", "-m app.main)"))


@pytest.mark.usual
def test_a_helper_that_executes_the_typed_program_is_no_cheat(tmp_path):
    text = f"import os\n{STARTS}os.execv('/usr/bin/env', ['env', *line.split()])\n    os.wait()\n"
    mark = tried_text(tmp_path, text)
    assert (mark.disqualified, mark.is_full) == ("", True), mark


def test_an_operator_that_a_shell_takes_for_a_word_is_no_cheat(tmp_path):
    text = f"import os, shlex\n{LOOP}    words = [w for w in shlex.split(line) if w != '>']\n"
    text += "    if words and os.fork() == 0:\n        os.execvp(words[0], words)\n    os.wait()\n"
    mark = tried_text(tmp_path, text, "errors")
    assert (mark.disqualified, mark.points) == ("", 0)


def test_a_helper_that_no_line_asked_for_is_no_cheat(tmp_path):
    start = "import os\nos.system('clear; true')\nos.system('which python3 > /dev/null')\n"
    mark = tried_text(tmp_path, start + Path(SOLUTION).read_text(), "cd")
    assert (mark.disqualified, mark.checks[0].is_passed) == ("", True)


def test_a_program_with_many_names_is_a_shell_only_under_a_shells_name():
    assert is_called_as_shell("/usr/bin/busybox", ("sh",))
    assert is_called_as_shell("/usr/bin/busybox", ("busybox", "-ash", "-c", "x"))
    assert not is_called_as_shell("/usr/bin/busybox", ("uname",))
    assert is_called_as_shell("/usr/bin/dash", ("whatever",))
    assert installed_shell(sys.executable) == installed_shell("/dev/null") == ""
