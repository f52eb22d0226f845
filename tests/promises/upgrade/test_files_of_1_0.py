"""The files of a user of 1.0 are read, or refused in one line, and never renamed or overwritten.

`home` is the home of such a user. Release 1.0 wrote its files, as `MADE` says, or a person did, for
1.0. Each row of ROWS is a command in a copy of it. If simpsh no longer reads a file, its row says
how it is refused: `refuses` in place of `reads`, and the status. The file itself stays as it is.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from simpsh.base.record import Record
from tests.grade.confinement import accepted
from tests.harness.sh import run_command, simpsh_words
from tests.house.source_tree import ROOT

HOME = ROOT / "tests/promises/upgrade/home"
MADE = {
    ".local/state/simpsh/history": "typed at the prompt",
    ".local/state/simpsh/progress.json": (
        "lesson run fork-can-fail, to its end; cost-of-writing, a lesson that 2.0 merges, to its "
        "end; signals-coalesce, stopped at the first step; trap, a lesson that leaves, and "
        "rule-3-parallel, both without their tasks; shell-loop --live, with votes; lesson test; "
        "lesson exercise check two-children and shell-2"
    ),
    ".local/state/simpsh/classes": "lesson run cost-of-writing --class --ids, with two phones",
    ".config/simpsh/rc": "written by a person, like those in `settings` and `assignments`",
    "recordings/shell.jsonl": "simpsh --trace FILE -c LINE",
    "recordings/trace.jsonl": "simpsh trace --record FILE COMMAND",
    "recordings/trace-io.jsonl": "simpsh trace --level io -o FILE COMMAND",
    "recordings/first-*.jsonl": "the same, by 1.0 of 24 November, which wrote the first schema",
    "lab0": "grade --check python3 handed, by 1.0 of 24 November",
    "lab1": "class open, and class judge --part 1/2, so that one submission has no result",
    "fork_course": "docs/example-course, the lesson and the exercise of another author",
}


class Row(Record):
    """A command, and what shows that it has read the files of 1.0, or how it refuses them."""

    line: str
    reads: tuple[str, ...] = ()
    """Texts from the files, in its output."""
    refuses: str = ""
    """A pattern of its one line of errors, which says what to do."""
    status: int = 0
    needs: tuple[str, ...] = ()


def _settings(name: str, refuses: str = "") -> Row:
    line = f"XDG_CONFIG_HOME=$HOME/{name}; export XDG_CONFIG_HOME; simpsh -i -c 'echo mark=$mark'"
    return Row(line, ("mark=read",), refuses=refuses)


def _recording(name: str, *reads: str) -> Row:
    return Row(f"simpsh trace show recordings/{name}.jsonl", reads)


def _recording_of_the_shell(name: str) -> Row:
    line = f"simpsh trace show recordings/{name}.jsonl"
    return Row(
        line, refuses=r"recorded its own calls: read the recording with simpsh 1\.0$", status=1
    )


def _assignment(name: str, *reads: str, left: str = "") -> Row:
    line = f"simpsh grade shell --list --assignment assignments/{name}.toml"
    if not left:
        return Row(line, reads)
    return Row(line, refuses=rf"{name}\.toml: .*{left}", status=2)


OF_COURSE = "--path fork_course"
SOLUTION = "fork_course/exercises/one-child/solution.py"
ROWS = {
    "history": Row("echo history | simpsh -i", ("diff <(echo a) <(echo b)", "       echo $i")),
    "progress": Row(
        "simpsh lesson progress",
        (
            "fork-can-fail,1,,done",
            "copy-on-write,1,,seen",
            "sigchld-handler,1,,seen",
            "trap,1,,seen",
            "rule-3-parallel,1,,seen",
            "because it is so,guess",
            "every claim holds,yes,,repair",
        ),
    ),
    "map": Row("simpsh lesson", ("1 with open parts",)),
    "exercises": Row("simpsh lesson exercise list", ("✓ two-children", "shell-1")),
    "class of phones": Row(
        "simpsh lesson report --class",
        refuses="a class of release 1.0, which reports it; then remove this file$",
        status=1,
    ),
    "rc": _settings(".config"),
    "set -o visible": _settings("settings/visible"),
    "set -o typed": _settings("settings/typed"),
    "verbose names": _settings(
        "settings/names", refuses="verbose: names: there is one level; .* records them$"
    ),
    "timeline --calls": _settings("settings/calls"),
    "recording of the shell": _recording_of_the_shell("shell"),
    "recording of trace": _recording("trace", "exits with status 3"),
    "recording of trace, all data": _recording("trace-io", "exits with status 3"),
    "first schema, of the shell": _recording_of_the_shell("first-shell"),
    "first schema, of trace": Row(
        "simpsh trace show recordings/first-trace.jsonl",
        refuses=r"this version reads simpsh\.trace/2: record the command again$",
        status=1,
    ),
    "counts-once": _assignment("counts-once", left="counts-once has left .*; delete this line"),
    "verbs": _assignment("verbs", "own-jobs.zombies", "own-output.processes", "own-batch.file"),
    "verb directory": _assignment("directory", left="directory has left .*: type ls or pwd"),
    "verb order": _assignment("order", left="order has left .*: "),
    "verb called": _assignment("called", left="called has left .*: write executed"),
    "verb words": _assignment("words", left="words has left .*: write executed"),
    "verb redirected": _assignment("redirected", left="redirected has left .*: write executed"),
    "verb descriptors": _assignment("descriptors", left="descriptors has left .*: write executed"),
    "detail output-to": _assignment("output-to", left="output-to has left .*: check what"),
    "verb sent": _assignment("sent", left="sent has left .*: check"),
    "verb wait-returned": _assignment("wait-returned", left="wait-returned has left .*: write"),
    "limits of a start": _assignment("limits", left=r"limits has left .*: write \[limits\]"),
    "lesson of another author, listed": Row(
        f"simpsh lesson list {OF_COURSE}",
        ("rule-4-copied",),
        refuses=r"status_of_a_child\.py: it was written for simpsh 1; .*, see writing-lessons\.md$",
        status=1,
    ),
    "lesson of another author": Row(
        f"simpsh lesson show status-of-a-child {OF_COURSE}",
        refuses=r"status_of_a_child\.py: it was written for simpsh 1; .*, see writing-lessons\.md$",
        status=1,
    ),
    "exercise of another author": Row(
        f"simpsh grade --exercise fork_course/exercises/one-child {{accepted}} {SOLUTION}",
        refuses=r"exercise\.py, line 5: .* must be expressions, see writing-lessons\.md$",
        status=1,
    ),
    "results, resumed": Row(
        "cd lab1; simpsh class judge",
        refuses="there is no subcommand class; instead: simpsh grade WHAT EXPORT$",
        status=2,
    ),
    "results of a class": Row(
        "cd lab1; simpsh grade --exercise two-children {accepted} class",
        refuses="release 1.0 opened; grade class/submissions, with -o DIR$",
        status=2,
        needs=("ptrace",),
    ),
    "results, judged again": Row(
        "cd lab1/class; simpsh grade --exercise two-children {accepted} submissions",
        refuses=r"results/alice\.json: another version of simpsh .*, with -o DIR$",
        status=1,
        needs=("ptrace",),
    ),
    "results, merged": Row(
        "simpsh grade merge lab1/class/results", refuses="grade: merge has left", status=2
    ),
    "results of 24 November": Row(
        "cd lab0; simpsh grade --check python3 {accepted} handed",
        refuses=r"results/ann\.py\.json: another version of simpsh .*, with -o DIR$",
        status=1,
        needs=("ptrace",),
    ),
}


@pytest.fixture
def home(tmp_path):
    """A copy of the home, readable only by its owner, whatever the mask of a checkout was."""
    copied = tmp_path / "home"
    shutil.copytree(HOME, copied)
    for path in (copied, *copied.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return copied


def files_in(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()
    }


def typed(line: str, home: Path):
    """Type a line at a POSIX shell in this home."""
    variables = {name: value for name, value in os.environ.items() if name[:4] != "XDG_"}
    text = f'simpsh() {{ {simpsh_words()} "$@"; }}\n{line}'
    return run_command(["sh", "-c", text], cwd=home, env=variables | {"HOME": str(home)})


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=name, marks=pytest.mark.needs(*row.needs)) for name, row in ROWS.items()],
)
def test_each_file_is_read_or_refused_in_one_line_and_stays(row, home):
    before = files_in(home)
    options = " ".join(accepted()) if "{accepted}" in row.line else ""
    done = typed(row.line.replace("{accepted}", options), home)
    outputs = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == row.status, outputs
    if row.refuses:
        [line] = done.stderr.splitlines()
        assert line.startswith("simpsh: "), line
        assert re.search(row.refuses, line), line
    else:
        assert [text for text in row.reads if text not in outputs] == [], outputs
        assert "simpsh: " not in done.stderr, outputs
    after = files_in(home)
    # A file that simpsh appends to may only grow.
    changed = [name for name, old in before.items() if not after.get(name, b"").startswith(old)]
    assert changed == []


def test_each_file_of_the_home_is_read_by_a_row_or_listed():
    lines = " ".join(row.line for row in ROWS.values())
    assert [name for name in MADE if not [*HOME.glob(name)]] == []
    unread = [
        path.name
        for folder in ("recordings", "assignments", "settings")
        for path in (HOME / folder).iterdir()
        if f"{folder}/{path.name}" not in lines
    ]
    assert unread == []
