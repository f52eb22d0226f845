"""The names of files and programs change nothing in an answer but the names.

Each case runs twice, with a hostile name and with a harmless one of the same length. The answers
must be equal after the hostile name, in each of its written forms, is replaced by the harmless one.
Sentences are compared without their order, which depends on the speed.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import subprocess

import pytest

from simpsh.base.events import Read, Write
from simpsh.base.phrases import command_words
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.cli.watch_command import FamilyPicture
from simpsh.course.run.line_orders import perform_line
from simpsh.course.screen.picture_rows import picture_rows
from simpsh.process.process_tree import family
from simpsh.view import run_formats
from simpsh.view.styled_text import plain_block
from tests.harness.process import wait_until, wait_until_at_rest
from tests.harness.recorded import recorded
from tests.harness.sh import PYTHON, run_command, simpsh_command
from tests.support.hostile_names import harmless, neutral

FILES = (
    "<P1>",
    "<w>",
    "a|b",
    " w",
    "x (deleted)",
    "pipe:[1]",
    "socket:[1]",
    "a\nb",
    "\udcff",
    *("ptmx", "a.socket", "my.sorted", "x.so"),
)
FILES += ("P1", "fifo", "inotify", "draft w", "kernel", "[eventfd]", "__pycache__", "libc.so.6")
PROGRAMS = (
    "kernel",
    "init",
    "you",
    "parent",
    "reaper",
    "P1",
    "simpsh",
    "reader",
    "output",
    "outside",
)
PROGRAMS += ("pipe A", "x (deleted)", "\udcff", "python3", "dash", "sleep 2")

TRACED = {
    "write, copy, read": 'echo hi >"$1"; cat <"$1" >copy; cat copy',
    "a FIFO for one": 'mkfifo "$1"; exec 3<>"$1"; echo hi >&3; read x <&3; echo "$x"',
    "a FIFO between two": 'mkfifo "$1"; cat "$1" & echo hi >"$1"; wait',
    "an unlinked file": 'echo hi >"$1"; exec 3<"$1"; rm "$1"; cat <&3',
    "beside a pipe": 'echo hi >"$1"; cat "$1" | wc -c; rm "$1"',
}
RUN = {
    "a child": """cp /bin/sh "$1"; "./$1" -c '/bin/true; :'""",
    "no wait needed": """cp /bin/sh "$1"; "./$1" -c 'trap "" CHLD; /bin/true & wait; :'""",
    "an orphan": """cp /bin/sh "$1"; "./$1" -c '(sleep 1; /bin/true) & exit 0'; wait""",
}


PROMPT = {"write, read": 'echo hi >"$1"; cat <"$1" | wc -c'}
DRAWN = {"a FIFO that stays empty": "mkfifo {0}; cat <>{0}", "write, read": "echo hi >{0}; cat {0}"}
READ = {
    "a FIFO": "mkfifo {0}; cat {0} & echo hi >{0}; wait",
    "a file": "echo hi >{0}; cat {0}",
    "below a directory": "mkdir {0}; echo hi >{0}/x; cat {0}/x",
}
DRAWN_RUN = {
    "a child": "cp /bin/sh {0}; ./{0} -c '/bin/true; :'",
    "no wait needed": "cp /bin/sh {0}; ./{0} -c 'trap \"\" CHLD; /bin/true & wait; :'",
}
_LISTENS = "import socket as s, sys; a = s.socket(s.AF_UNIX); a.bind(sys.argv[1]); a.listen(); "
_CONNECTED = (
    "import socket as s, sys, os; a = s.socket(s.AF_UNIX); a.bind(sys.argv[1]); a.listen(); "
    "b = s.socket(s.AF_UNIX); b.connect(sys.argv[1]); c, _ = a.accept(); "
)
HELD = {
    "reads a FIFO": 'mkfifo "$1"; exec cat <>"$1"',
    "reads an unlinked FIFO": 'mkfifo "$1"; exec 3<>"$1"; rm "$1"; exec cat <&3',
    "has the file open": 'echo hi >"$1"; exec sleep 1000 3<"$1" 4>"$1" | cat',
    "waits for the program": 'cp /bin/sleep "$1"; "./$1" 1000; :',
    "listens at a socket": f"exec {PYTHON} -ISc '{_LISTENS} a.accept()' \"$1\"",
    "reads a connected socket": f"exec {PYTHON} -ISc '{_CONNECTED} c.recv(1)' \"$1\"",
    "connects to a full socket": (
        f"exec {PYTHON} -ISc '{_LISTENS} [s.socket(s.AF_UNIX).connect(sys.argv[1]) or os for os in "
        'range(10**4)]\' "$1"'
    ),
    "waits for a lock": '>"$1"; exec 3<"$1" 4<"$1"; flock 3; exec flock 4',
}


def compared(answer, name):
    """Return the answers about a harmless name and about `name`, in comparable form."""
    answers = [answer(each) for each in (harmless(name), name)]
    assert all(answers), "the harmless program says nothing"
    return [sorted(neutral(line, name) for line in lines) for lines in answers]


def sentences(script, word, directory):
    """Return the sentences about a traced script."""
    found = recorded("/bin/sh", "-c", script, "sh", word, level="io", directory=directory)
    text = "".join(run_formats.render(chronicle_of(found.events, "io"), "plain", with_details=True))
    return settled(text)


def reads_and_writes(line, name):
    """Return the data that a lesson sees a line read and write."""
    seen = perform_line(line.format(command_words((name,))))
    whats = [event.what for event in seen.events if isinstance(event.what, Read | Write)]
    return [f"{type(what).__name__} {what.text.strip()}." for what in whats if what.text]


def settled(text):
    """Return the sentences of a run, except for waits, which depend on the speed."""
    text = re.sub(r"After [\d.]+ milliseconds: | Nothing recorded puts it .*", "", text)
    lines = [re.sub(r"^ *\d+\. ", "", line) for line in text.splitlines()]
    return [line for line in lines if " waits for " not in line and "There were" not in line]


def rows_of_picture(line, name):
    """Return the rows of a lesson's picture of a line."""
    seen = perform_line(line.format(command_words((name,))))
    label = seen.chronicle.label
    return [
        f"{row.kind} {label(row.name)} {row.phrase} ({', '.join(map(label, row.others))})"
        for row in picture_rows(seen)
        # Whether a wait sleeps, or asks in vain, depends on the speed.
        if row.kind not in ("wait", "news") or "reads" in row.phrase
    ]


def shown_again(script, word, directory):
    """Return what `trace show` says about a recording that `trace` has written."""
    argv = ["trace", "--level", "io", "-o", "r.jsonl", "/bin/sh", "-c", script, "sh", word]
    run_command([*simpsh_command(), *argv], cwd=directory)
    argv = ["trace", "show", "r.jsonl", "--plain", "--all"]
    return settled(run_command([*simpsh_command(), *argv], cwd=directory).stdout)


def timeline_of(script, word, directory):
    """Return what the prompt's timeline says about a line."""
    line = script.replace('"$1"', command_words((word,)))
    argv = [*simpsh_command(), "-i"]
    typed = f"{line}\ntimeline\n".encode(errors="surrogateescape")
    shown = subprocess.run(argv, cwd=directory, input=typed, capture_output=True, check=False)
    rows = os.fsdecode(shown.stderr + shown.stdout).partition("steps\n")[2].splitlines()
    # The lanes, and the order of processes that run at once, depend on the speed.
    sentences = [row[row.index("P", 9) :] for row in rows if re.match(r" +[\d.]+ .*P", row)]
    assert sentences, shown
    return [row for row in sentences if "waits for" not in row]


def runs_its_program(pid):
    return family(pid)[-1].process.comm != "sh"


def held_answers(script, word, directory):
    """Return what fds, family, diagnose and watch say about a process that waits."""
    argv = ["/bin/sh", "-c", script, "sh", word]
    with subprocess.Popen(
        argv,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as it:
        try:
            wait_until(lambda: runs_its_program(it.pid), "the last process runs its program")
            wait_until_at_rest()
            asked = f"fds {it.pid}; family {it.pid}; diagnose {it.pid}"
            told = run_command([*simpsh_command(), "-c", asked], cwd=directory).stdout
            drawn = plain_block(FamilyPicture(it.pid).rows(family(it.pid), 200, 50))
        finally:
            os.killpg(it.pid, 9)
    lines = [*told.splitlines(), *drawn.splitlines()]
    return [line for line in lines if "tables may not be read" not in line]


def cases():
    """Return every case: the kind of answer, its title, its script and the name."""
    yield from ((sentences, *each) for each in crossed(TRACED, FILES))
    yield from ((sentences, *each) for each in crossed(RUN, PROGRAMS))
    yield from ((shown_again, *each) for each in crossed(TRACED, FILES))
    yield from ((timeline_of, *each) for each in crossed(PROMPT, FILES))
    yield from ((rows_of_picture, *each) for each in crossed(DRAWN, FILES))
    yield from ((reads_and_writes, *each) for each in crossed(READ, FILES))
    yield from ((rows_of_picture, *each) for each in crossed(DRAWN_RUN, PROGRAMS))
    yield from ((held_answers, *each) for each in crossed(HELD, FILES))


def crossed(scripts, names):
    return [(title, script, name) for title, script in scripts.items() for name in names]


def refuted(chosen, tmp_path):
    """Return the cases whose answers differ, with both answers."""
    wrong, numbers = [], itertools.count()

    def answer(kind, script, word):
        if kind in (rows_of_picture, reads_and_writes):
            return kind(script, word)
        directory = tmp_path / f"{next(numbers):04}"
        directory.mkdir()
        return kind(script, word, str(directory))

    for kind, title, script, name in chosen:
        calm, wild = compared(lambda word, a=(kind, script): answer(*a, word), name)
        if calm != wild:
            differences = [*set(calm) - set(wild), "---", *set(wild) - set(calm)]
            wrong.append((kind.__name__, title, name, differences))
    return wrong


def test_files_in_a_folder_called_pycache_are_read_and_written_in_a_picture():
    line = "mkdir __pycache__; echo hi >__pycache__/x; cat __pycache__/x"
    assert reads_and_writes(line, "")[-2:] == ["Read hi.", "Write hi."]


def test_a_few_hostile_names_change_nothing_but_the_names(tmp_path):
    chosen = random.Random(0).sample([*cases()], 6)
    assert refuted(chosen, tmp_path) == []


@pytest.mark.long("every name in every program: about 300 pairs of runs")
def test_no_hostile_name_changes_anything_but_the_names(tmp_path):
    assert refuted(cases(), tmp_path) == []
