"""Hints below a message about a command that could not be run: mistakes that beginners make."""

from __future__ import annotations

import os
import shlex
import subprocess

import pytest

from simpsh.base.complaint import Failure
from simpsh.repl.command_names import ProgramNames
from simpsh.repl.hints import hint_for
from simpsh.shell.state import State
from tests.harness.sh import simpsh_command

PROGRAMS = (
    *("ls", "cat", "grep", "git", "python3", "clear", "mkdir", "rmdir", "rm", "cp", "mv", "man"),
    *("ps", "ss", "ip", "less", "head", "tail", "sort", "touch", "chmod", "sudo", "vim", "sleep"),
    *("sed", "find", "nano", "ssh", "which", "whoami", "date", "gcc", "make", "tar", "wc", "sh"),
)
"""The programs of the directory in PATH, so that no row depends on this machine."""

NOTHING = ""
TABLE = {
    # A prompt was copied with the line.
    "$ ls -l": "ls -l",
    "$ git status": "git status",
    "% make all": "make all",
    "# rm x": "rm x",
    ">>> date": "date",
    "ana@box:~$ ls": "ls",
    "root@host:/etc# cat f": "cat f",
    "me@mac% whoami": "whoami",
    ":wq!": "exit",
    "logout": NOTHING,
    # Capitals.
    "LS": "ls",
    "Ls -l": "ls -l",
    "CD docs": "cd docs",
    "Cat f": "cat f",
    "Echo hi": "echo hi",
    "GIT status": "git status",
    "Sudo ls": "sudo ls",
    "PWD": "pwd",
    # Letters that are swapped, doubled, missing or too many.
    "sl": "ls",
    "gti status": "git status",
    "gerp x f": "grep x f",
    "grpe x f": "grep x f",
    "grap x": "grep x",
    "ehco hi": "echo hi",
    "eho hi": "echo hi",
    "echp hi": "echo hi",
    "mkidr d": "mkdir d",
    "mkdri d": "mkdir d",
    "mdkir d": "mkdir d",
    "cta f": "cat f",
    "caat f": "cat f",
    "pyton3 f": "python3 f",
    "pythno3 f": "python3 f",
    "sudp ls": "sudo ls",
    "suod ls": "sudo ls",
    "toch f": "touch f",
    "tuoch f": "touch f",
    "chmdo +x f": "chmod +x f",
    "whcih ls": "which ls",
    "claer": "clear",
    "clera": "clear",
    "clesr": "clear",
    "exti": "exit",
    "exot": "exit",
    "eixt": "exit",
    "exprot A=1": "export A=1",
    "exort A=1": "export A=1",
    "alais a=b": "alias a=b",
    "histroy": "history",
    "hisotry": "history",
    "sotr f": "sort f",
    "haed f": "head f",
    "tial f": "tail f",
    "lesss f": "less f",
    "sleeep 1": "sleep 1",
    "killl 5": "kill 5",
    "jbos": "jobs",
    "wiat": "wait",
    "finf . x": "find . x",
    "mna ls": "man ls",
    "maek": "make",
    "gc x.c": "gcc x.c",
    "whomai": "whoami",
    "daet": "date",
    # A blank is missing, or there is one too many.
    "cd..": "cd ..",
    "cd../..": "cd ../..",
    "cd/tmp": "cd /tmp",
    "cd~": "cd ~",
    "ls-l": "ls -l",
    "ls-la": "ls -la",
    "ls/etc": "ls /etc",
    "rm-rf d": "rm -rf d",
    "ps-ef": "ps -ef",
    "git--version": "git --version",
    "mkdir-p a/b": "mkdir -p a/b",
    "grep-i x f": "grep -i x f",
    "'ls -l'": "ls -l",
    "'cat f' g": "cat f g",
    "'git status'": "git status",
    "[1 -eq 1]": "[ 1 -eq 1 ]",
    "[1 = 1 ]": "[ 1 = 1 ]",
    "[-f x ]": "[ -f x ]",
    "[-f x]": "[ -f x ]",
    "[-n '' ]": "[ -n '' ]",
    "[[1 = 1]]": "[[ 1 = 1 ]]",
    # Other systems, and aliases that this shell does not have.
    "ll": "ls -l",
    "ll docs": "ls -l docs",
    "la": "ls -A",
    "l": "ls -CF",
    "cls": "clear",
    "del f": "rm f",
    "erase f": "rm f",
    "copy a b": "cp a b",
    "move a b": "mv a b",
    "ren a b": "mv a b",
    "md d": "mkdir d",
    "rd d": "rmdir d",
    "chdir docs": "cd docs",
    "findstr x f": "grep x f",
    "tasklist": "ps -e",
    "ipconfig": "ip addr",
    "ifconfig": "ip addr",
    "netstat": "ss",
    "python x.py": "python3 x.py",
    "vi f": "vim f",
    "..": "cd ..",
    "...": "cd ../..",
    "where ls": "type ls",
    "taskkill 5": "kill 5",
    "gs": "git status",
    # Files and directories that are here.
    "docs": "cd docs",
    "run": "./run",
    "run now": "./run now",
    "s.sh": "sh s.sh",
    "s.sh 1": "sh s.sh 1",
    "p.py": "python3 p.py",
    "'my dir'": "cd 'my dir'",
    # Expressions.
    "5+3": "echo $((5+3))",
    "2*3": "echo $((2*3))",
    "10 / 2": "echo $((10/2))",
    "7-2": "echo $((7-2))",
    # Assignments, counting and declarations of other languages.
    "x = 5": "x=5",
    "x =5": "x=5",
    "x = 'a b'": "x='a b'",
    "x =": "x=",
    "'x=5'": "x=5",
    "i+=1": 'i="${i}"1',
    "i++": "i=$((i + 1))",
    "i--": "i=$((i - 1))",
    "++i": "i=$((i + 1))",
    "let x=1+2": "x=$((1+2))",
    "let i++": "i=$((i + 1))",
    "int x = 5": "x=5",
    "char c='a b'": "c='a b'",
    "declare n=3": "n=3",
    "declare -i n=3": "n=3",
    "declare -x N=3": "export N=3",
    "typeset n='a b'": "n='a b'",
    "pushd docs": "cd docs",
    # Comparisons without [.
    "1 = 1": "[ 1 = 1 ]",
    "5 -gt 3": "[ 5 -gt 3 ]",
    "x == 5": '[ "$x" = 5 ]',
    # Braces, quotes of a printed text, a program's path.
    "{ls}": "{ ls; }",
    "{date}": "{ date; }",
    "{ls -l }": "{ ls -l; }",
    "\u201cls\u201d": "ls",
    "\u201cls -l\u201d": "ls -l",
    "./rum now": "./run now",
    # No line is known: only words, or nothing.
    **dict.fromkeys(
        (
            *(
                "mapfile a",
                "readarray a",
                "compgen -c",
                "dirs",
                "caller",
                "notes.txt",
                "%1",
                "%vim",
                "//comment",
                "x = 5 6",
                "my-var=5",
                "1A=b",
                "end",
                "elseif",
                "import os",
                "=5",
                "a[0]=1",
                "declare -A m",
                "popd",
                "shopt -s x",
                "!ls",
                "^a^b",
            ),
            *("zzzzzzzz", "x", "qwertyuiop", "./nosuch", "/no/such", "hello world", "unknown-tool"),
            *("foo", "my_function", "npm install", "kubectl get", "a.out"),
            *("apt install x", "systemctl start x", "rustc x.rs", "javac X.java", "conda list"),
            *("prettyprint", "quux -v", "~", "-l", "--help", "1", "2024", "@", "=", "é"),
        ),
        NOTHING,
    ),
}


@pytest.fixture(autouse=True)
def standard_path(place, monkeypatch):
    """Work in the place; no program of this machine is in the standard directories."""
    monkeypatch.chdir(place)
    monkeypatch.setattr("simpsh.repl.hints.STANDARD_PATH", f"{place}/bin")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("place")
    (place / "bin").mkdir()
    for name in PROGRAMS:
        (place / "bin" / name).write_text("#!/bin/sh\n")
        (place / "bin" / name).chmod(0o755)
    for name in ("docs", "my dir"):
        (place / name).mkdir()
    for name, mode in (("run", 0o755), ("s.sh", 0o644), ("p.py", 0o644), ("notes.txt", 0o644)):
        (place / name).write_text("#!/bin/sh\n")
        (place / name).chmod(mode)
    return place


def hint_of(argv, state, status=127):
    return hint_for(Failure(tuple(argv), status), state, ProgramNames())


def test_each_mistake_has_the_hint_that_helps_or_none(place):
    state = State({"PATH": f"{place}/bin", "HOME": f"{place}"}, is_interactive=True)
    found = {}
    for typed in TABLE:
        hint = hint_of(shlex.split(typed), state)
        found[typed] = hint.line if hint is not None else NOTHING
    assert found == TABLE
    assert len(TABLE) >= 150


def test_a_built_in_that_returns_127_was_found(start_shell):
    terminal = start_shell()
    terminal.run("trace ./missing-tool")
    terminal.shows("P0 exits with status 127")
    assert "hint" not in terminal.screen()
    terminal.run("trcae")
    terminal.shows("hint: did you mean trace?")


def test_a_proposed_line_does_not_fail_in_the_same_way(place):
    """Run all proposed lines in the state of the failure, each in a copy of the shell."""
    lines = [line for line in TABLE.values() if line and "[[" not in line and line != "exit"]
    script = "".join(f"({line}); echo $?:{shlex.quote(line)}\n" for line in dict.fromkeys(lines))
    done = subprocess.run(
        [*simpsh_command(), "-c", script],
        env={**os.environ, "PATH": f"{place}/bin", "HOME": f"{place}"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    statuses = [line for line in done.stdout.splitlines() if line.startswith(("126:", "127:"))]
    assert statuses == [], done.stderr
    assert done.stdout.count(":") >= len(set(lines))


def test_a_hint_agrees_with_the_state(place):
    state = State({"PATH": f"{place}/bin", "HOME": f"{place}"}, is_interactive=True)
    defines = "did you mean ls -l? alias ll='ls -l' defines it from the next line on"
    assert hint_of(["ll"], state).text == defines
    # The alias was defined in this line: it does not hold in it.
    state.aliases["ll"] = "ls -lh"
    assert hint_of(["ll", "x"], state).text.startswith("ll is an alias: it holds from the next")
    # There is no job.
    assert hint_of(["%1"], state).text == "%1 names a job, but there is none"
    # A file of the directory is nearer than a similar program.
    assert hint_of(["s.sh"], state).line == "sh s.sh"
    # PATH was lost.
    state.assign("PATH", "/wrong")
    assert "but PATH is '/wrong'" in hint_of(["cat"], state).text
    # Nothing that is not there is proposed.
    assert hint_of(["cls"], state) is None
    # Functions and built-ins are found without PATH.
    assert hint_of(["exprot"], state).line == "export"


def test_no_hint_proposes_a_script_that_runs_the_missing_program(tmp_path):
    state = State({"PATH": f"{tmp_path}", "HOME": f"{tmp_path}"}, is_interactive=True)
    script = tmp_path / "zshower"
    script.write_text('#!/bin/sh\nexec shower "$@"\n')
    script.chmod(0o755)
    assert hint_of(["shower", "f"], state) is None
    script.write_text("#!/bin/sh\nexec my-shower --shower-x\n")
    assert hint_of(["shower", "f"], state).line == "zshower f"


def test_a_failed_built_in_has_the_hint_that_helps_or_none(place):
    state = State({"PATH": f"{place}/bin", "HOME": f"{place}"}, is_interactive=True)
    lines = {
        ("cd my dir", 2): "cd 'my dir'",
        ("cd dosc", 1): "cd docs",
        ("cd DOCS", 1): "cd docs",
        ("cd nowhere", 1): None,
        ("cd a b", 2): None,
        ("cat -n my dir x", 1): "cat -n 'my dir' x",
        ("cd notes.txt", 1): "",
        ("export A = b", 2): "export A=b",
        ("export A b", 1): None,
        ("alias ll = 'ls -l'", 1): "alias ll='ls -l'",
        (f"readonly A = {'x' * 100}", 2): "",
        ("[ 1 -eq 1]", 2): "[ 1 -eq 1 ]",
        ("[ 1 = 1", 2): "[ 1 = 1 ]",
        ("[ = x ]", 2): "",
        ("[ 1 = 2 ]", 1): None,
        ("ls \u2013l", 2): "ls -l",
        ("ls \u2014all", 2): "ls --all",
        ("grep \u201ca b\u201d f", 1): 'grep "a b" f',
        ("ls a\u2013b", 2): None,
    }
    for (typed, status), line in lines.items():
        hint = hint_of(shlex.split(typed), state, status)
        assert (None if hint is None else hint.line) == line, typed


def test_an_assignment_before_a_value_has_a_hint(place):
    state = State({"PATH": f"{place}/bin"}, is_interactive=True)
    failure = Failure(("5",), 127, (("x", ""),))
    assert hint_for(failure, state, ProgramNames()).line == "x=5"


def test_a_script_has_only_hints_about_its_words(place):
    state = State({"PATH": f"{place}/bin"})
    assert hint_of(["x", "=", "5"], state).line == "x=5"
    assert hint_of(["gerp"], state) is None
    assert hint_of(["cd", "dosc"], state, 1) is None


def test_a_pattern_that_became_directories_is_no_wish_to_go_there(place):
    state = State({"PATH": f"{place}/bin"}, is_interactive=True)
    assert hint_of(["docs", "my dir"], state, 126) is None


def test_what_was_found_but_not_executed_has_a_hint(place):
    state = State({"PATH": f"{place}/bin"}, is_interactive=True)
    assert hint_of(["./docs"], state, 126).line == "cd ./docs"
    (place / "own").write_text("echo")
    (place / "own").chmod(0o600)
    assert hint_of(["./own"], state, 126).line == "chmod +x ./own"
    assert hint_of(["./own"], state, 126).text.endswith("by sh: it has no #! line")
    assert hint_of(["./p.py"], state, 126).text == "chmod +x ./p.py permits its execution"
    for name, line in {
        "main.c": "gcc ./main.c -o ./main",
        "main.py": "python3 ./main.py 1",
        "main.sh": "sh ./main.sh 1",
    }.items():
        (place / name).write_text("#include <stdio.h>\n")
        (place / name).chmod(0o600)
        assert hint_of([f"./{name}", "1"], state, 126).line == line
        (place / name).chmod(0o700)
        failed = hint_of([f"./{name}", "1"], state, 2)
        assert (failed and failed.line) == (None if name == "main.sh" else line)


def test_a_hint_claims_nothing_of_a_file_that_cannot_be_read(place, monkeypatch):
    state = State({"PATH": f"{place}/bin"}, is_interactive=True)
    (place / "secret.py").write_text("exit 2\n")
    (place / "secret.py").chmod(0o111)
    # Root may read any file.
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.R_OK and access(path, mode))
    assert hint_of(["./secret.py"], state, 2) is None
    (place / "secret.py").chmod(0)
    assert hint_of(["./secret.py"], state, 126).text == "chmod +x ./secret.py permits its execution"
    assert hint_of(["ls"], state, 126) is None
