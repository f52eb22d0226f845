"""A submission executes itself, its interpreter and what the task names, and nothing else.

One class of two-children: programs that let another program work, and unusual honest ones.
"""

import csv
import io
import os
import re
import shutil
import stat
import sys
from pathlib import Path

import pytest

from simpsh.grade.assignments.assignment_file import read_assignment
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import judge
from simpsh.grade.sandbox.closed_set import closed_set
from simpsh.grade.sandbox.program_build import program_of
from simpsh.grade.shells.shell_examination import behaviours_of, check_shell, examine
from simpsh.kernel import landlock
from tests.grade.confinement import accepted, grade
from tests.harness.sh import PROJECT

pytestmark = [pytest.mark.needs("ptrace", "compiler"), pytest.mark.long("each program is judged")]

_C = "#define _GNU_SOURCE\n#include <fcntl.h>\n#include <spawn.h>\n#include <stdio.h>\n"
_C += "#include <stdlib.h>\n#include <string.h>\n#include <sys/wait.h>\n#include <unistd.h>\n"
_C += "extern char **environ;\nint main(int c, char **v) {{ (void)c; (void)v; {} }}\n"
_PY = "import os, subprocess, sys, shutil\na = sys.argv[1:]\n{}\n"
_TWO = "(exit $0)& a=$!; (exit $1)& b=$!; wait $a; x=$?; wait $b; echo $a $x; echo $b $?"
_WORDS = _TWO.replace("$1", "$2").replace("$0", "$1")
LOADER = next((str(one) for one in Path("/lib64").glob("ld-linux*")), "/lib/ld-linux-aarch64.so.1")
_EACH = "for (int i = 1; i < 3; i++) if (fork() == 0) {{ {} }}"
_COLLECT = 'for (int s; (c = wait(&s)) > 0;) printf("%d %d\\n", c, WEXITSTATUS(s)); return 0;'


def _each_child(code: str) -> str:
    return _C.format(_EACH.format(code) + _COLLECT)


_FORKS = "import os, sys\nfor code in sys.argv[1:]:\n    if os.fork() == 0:\n        {}\n"
_FORKS += "for _ in sys.argv[1:]:\n    pid, s = os.wait()\n    print(pid, s >> 8)\n"
CHEATS = {
    "execl": _C.format(f'execl("/bin/sh", "sh", "-c", "{_TWO}", v[1], v[2], NULL);'),
    "system": _C.format(
        f'setenv("A", v[1], 1); setenv("B", v[2], 1); return system("sh -c \'{_TWO}\' $A $B");'
    ),
    "children are shells": _each_child('execl("/bin/sh", "sh", "-c", "exit $0", v[i], NULL);'),
    "python: itself -c": _FORKS.format(
        "os.execv(sys.executable, ['python', '-c', f'import os; os._exit({code})'])"
    ),
    "python: a changed copy": _PY.format(
        "open('./mine', 'wb').write(open('/usr/bin/perl', 'rb').read() + b'x')\n"
        "os.chmod('./mine', 0o755); open('work', 'w').write('fork and fork; 1 while wait > 0')\n"
        "os.execv('./mine', ['mine', 'work'])"
    ),
    "the dynamic loader loads a shell": _PY.format(
        "open(os.path.join(sys.path[0], 'work'), 'w').write("
        f"{_WORDS!r})\n"
        f"os.execv({LOADER!r}, ['mine', '/bin/sh', os.path.join(sys.path[0], 'work'), *a])"
    ),
    "a wrapper that works": "#!/bin/sh\n(exit $1)& wait $!; echo $! $?\nexec python3 -c pass\n",
    "memfd": _FORKS.format(
        "fd = os.memfd_create('mine'); os.write(fd, open('/bin/sh', 'rb').read())\n"
        "        os.execve(fd, ['mine', '-c', f'exit {code}'], os.environ)"
    ),
    "an unlinked script": _FORKS.format(
        "open('w', 'w').write(f'#!/bin/sh\\nexit {code}\\n'); os.chmod('w', 0o700)\n"
        "        os.execv('./w', ['w'])"
    ),
    "execveat": _each_child(
        'int f = open("/bin/sh", O_RDONLY); char *w[] = {"mine", "-c", "exit $0", v[i], NULL};'
        " fexecve(f, w, environ);"
    ),
}
_RIGHT = _FORKS.format("os._exit(int(code))")
_START = "import {}\n" + _RIGHT
HONEST = {
    "fork": _RIGHT,
    "find_library": _START.format("ctypes.util; ctypes.util.find_library('m')"),
    "multiprocessing": """import multiprocessing, os, sys
if __name__ == "__main__":
    spawn = multiprocessing.get_context("spawn")
    codes = map(int, sys.argv[1:])
    children = [spawn.Process(target=os._exit, args=(code,)) for code in codes]
    for child in children:
        child.start()
    for child in children:
        child.join()
        print(child.pid, child.exitcode)
""",
    "execs itself by name": _FORKS.format(
        "os.execv(sys.executable, ['python3', __file__, code, 'child'])"
    )
    .replace("for code", "if a[1:] == ['child']:\n    os._exit(int(a[0]))\nfor code", 1)
    .replace("\n", "\na = sys.argv[1:]\n", 1),
    "env -S": "#!/usr/bin/env -S python3 -B\n" + _RIGHT,
    "a script that executes python": "#!/bin/sh\n''':'\nexec python3 \"$0\" \"$@\"\n'''\n" + _RIGHT,
    "a script with a look": (
        "#!/bin/bash\n''':'\np=$(command -v python3)\nexec \"$p\" \"$0\" \"$@\"\n'''\n" + _RIGHT
    ),
    "exec -a": "#!/bin/bash\n''':'\nexec -a mine python3 \"$0\" \"$@\"\n'''\n" + _RIGHT,
    "a bash script": "#!/bin/bash\n(exit $1) & a=$!; (exit $2) & b=$!\n"
    "wait $a; echo $a $?; wait $b; echo $b $?\n",
    "a second file": _FORKS.format(
        "os.execv(sys.executable, ['python3', os.path.join(sys.path[0], 'second.py'), code])"
    ),
    "begins again": "import os, sys\nif 'MINE' not in os.environ:\n    os.environ['MINE'] = '1'\n"
    "    os.execv(sys.executable, ['python3', '-u', *sys.argv])\n" + _RIGHT,
}

OWN_LANGUAGE = "python: itself -c"
"""Its own interpreter is a program that it may execute."""
OWN_CHILDREN = ("memfd", "an unlinked script")
"""These make and collect their children themselves; only the statuses are not theirs."""
FURTHER_CHILDREN = ("find_library", "multiprocessing", "a script with a look")
"""Honest programs with children that the task forbids."""
USUAL = ("system", "memfd", "the dynamic loader loads a shell", "fork", "env -S", "a bash script")


def _judged(tmp_path: Path, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Judge programs as a class in the sandbox; return the rows of its table by name."""
    programs = CHEATS | HONEST
    for name in names:
        folder, text = tmp_path / "handed" / name, programs[name]
        folder.mkdir(parents=True)
        ending = "" if text.startswith("#!") else ".c" if "int main" in text else ".py"
        path = folder / f"two-children{ending}"
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        (folder / "second.py").write_text("import os, sys\nos._exit(int(sys.argv[1]))\n")
    words = ("--exercise", "two-children", "--format", "csv", "handed")
    done = grade(*words, cwd=tmp_path, timeout=900)
    rows = csv.DictReader(io.StringIO(done.stdout))
    return {row["submission"]: row for row in rows}


@pytest.mark.usual("usual")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("names", [USUAL, (*CHEATS, *HONEST)], ids=["usual", "all"])
def test_each_cheat_loses_what_it_did_not_earn_and_honest_programs_lose_nothing(tmp_path, names):
    if accepted() or not landlock.version():
        pytest.skip("no namespaces, or no Landlock")
    wrong = {}
    for name, row in _judged(tmp_path, names).items():
        lost = {key for key, got in row.items() if key.startswith("two-children.") and got == "0"}
        if name in HONEST or name == OWN_LANGUAGE:
            is_right = row["points"] == "7" or name in FURTHER_CHILDREN
        elif name in OWN_CHILDREN:
            is_right = "two-children.codes" in lost
        else:
            is_right = row["points"] == "0"
        if not is_right:
            wrong[name] = row
    assert wrong == {}


@pytest.mark.usual("system", "memfd")
@pytest.mark.parametrize("name", ["system", "memfd", "execveat"])
def test_without_landlock_the_record_names_the_program_that_did_the_work(tmp_path, name):
    text = CHEATS[name]
    path = tmp_path / f"two-children{'.c' if 'int main' in text else '.py'}"
    path.write_text(text)
    mark = judge(ExerciseCatalogue().find("two-children"), program_of(str(path)))
    assert mark.points == 0
    assert re.match(r"P\d, a child, executed /", mark.disqualified)


@pytest.mark.usual
def test_a_script_of_a_shell_does_its_own_work_unless_it_runs_what_the_task_names(tmp_path):
    script = tmp_path / "shell-1"
    script.write_text("#!/bin/sh\nwhile read -r line; do $line; done\n")
    script.chmod(0o755)
    mark = judge(ExerciseCatalogue().find("shell-1"), program_of(str(script)))
    assert not any(check.is_passed for check in mark.checks)
    assert mark.disqualified.startswith("another program, /")
    copy = tmp_path / "copy"
    shutil.copy("/bin/sh", copy)
    mark = judge(ExerciseCatalogue().find("shell-1"), program_of(str(copy)))
    assert not any(check.is_passed for check in mark.checks)
    assert mark.disqualified.startswith("the program that is judged is /")


@pytest.mark.usual
def test_a_program_that_a_shell_of_the_task_starts_is_watched_from_its_own_start(tmp_path):
    """A shell with children becomes the program; whoever has children lets another shell work."""
    borrows = (
        "import os\ntry:\n    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)\n"
        "except ChildProcessError:\n    pass\n"
        'else:\n    os.execl("/bin/sh", "sh", "-c", "true & wait")\n'
    )
    exercise = ExerciseCatalogue().find("make-zombie")
    path = tmp_path / "make-zombie.py"
    folder = Path(PROJECT, "lessons/orphans_and_zombies/exercises/make-zombie")
    solution = (folder / "solution.py").read_text()
    path.write_text(solution)
    assert judge(exercise, program_of(str(path))).disqualified == ""
    path.write_text(borrows + solution)
    assert "the task does not name it" in judge(exercise, program_of(str(path))).disqualified


def test_a_word_of_the_task_names_programs_and_no_script_of_a_shell(tmp_path):
    script = tmp_path / "zgrep"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    mine = closed_set(("/bin/true",), "", ["sort -r 'x; sleep 3'", str(script), "no-such 57"])
    names = {os.path.basename(path) for path in mine.named}
    assert {"sort", "sleep"} <= names
    assert "zgrep" not in names
    assert not {"sh", "dash", "bash"} & names


_CONDITION = """
title = "Run the second only if the first succeeded"
program = "cond"
[behaviour.both]
steps = [
    { start = ["true", "date"] },
    { ends = 0, asks = "it ends with the status of the second" },
    { executed = "true", count = 1, asks = "the first was executed once" },
    { executed = "date", count = 1, asks = "the second was executed once" },
]
[points]
both = 3
"""
_AND = 'char b[300]; snprintf(b, 300, "%s && %s", v[1], v[2]); '
_BOTH = """import os, sys
for word in sys.argv[1:]:
    if os.fork() == 0:
        os.execlp(word, word)
    status = os.wait()[1]
    if status:
        sys.exit(42)
"""
_STARTED = {
    "system": (_C.format(_AND + "return system(b);"), False),
    "a shell script": ("#!/bin/sh\n$1 && $2\n", False),
    "another program with relative words": (_PY.format("os.execvp('env', ['env', *a])"), False),
    "python": (_BOTH, True),
    "C": (
        _C.format(
            "for (int s, i = 1; i < 3; i++) { if (fork() == 0) execlp(v[i], v[i], NULL); wait(&s);"
            " if (s) return 42; }".replace("{", "{{")
            .replace("}", "}}")
            .format()
        ),
        True,
    ),
    "a wrapper like pyenv": ("#!/usr/bin/env python3\n" + _BOTH, True),
}


@pytest.mark.usual("python")
@pytest.mark.parametrize("name", _STARTED)
def test_a_program_that_is_only_started_is_judged_like_one_that_is_typed_to(
    tmp_path, name, monkeypatch
):
    text, is_own = _STARTED[name]
    (tmp_path / "shims").mkdir()
    shim = tmp_path / "shims" / "python3"
    real = shutil.which("python3")
    shim.write_text(f'#!/bin/bash\nname="$(basename "$0")"\nexec "$(echo {real})" "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    (tmp_path / "cond.toml").write_text(_CONDITION)
    assignment = read_assignment(str(tmp_path / "cond.toml"))
    (tmp_path / "handed").mkdir()
    path = tmp_path / "handed" / f"cond{'.c' if 'int main' in text else ''}"
    path.write_text(text)
    path.chmod(0o755)
    argv = (
        program_of(str(path))
        if path.suffix or text.startswith("#!")
        else (sys.executable, str(path))
    )
    (behaviour,) = behaviours_of(assignment)
    mark = examine(check_shell(argv), behaviour, assignment)
    assert (mark.is_full, bool(mark.disqualified)) == (is_own, not is_own), mark
