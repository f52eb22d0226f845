"""Recordings, pictures, lessons and answers about live processes obey the law of names."""

import os
import re

import pytest

from simpsh.base.events import Read, Write
from simpsh.base.phrases import command_words
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.course.run.typed_line import perform_line
from simpsh.course.screen.picture_rows import picture_rows
from simpsh.process.process_tree import family
from simpsh.view import run_formats
from tests.harness.process import collect_adopted, sh, started, wait_until, wait_until_at_rest
from tests.harness.recorded import recorded
from tests.harness.sh import PYTHON, run_simpsh
from tests.laws.names import FILES, PROGRAMS, differences

pytestmark = pytest.mark.needs("ptrace")


def sentences(script, word):
    """Return the sentences about a traced script."""
    found = recorded(*sh(script, word), level="io")
    collect_adopted()
    text = "".join(run_formats.render(chronicle_of(found.events, "io"), "plain", with_details=True))
    return settled(text)


def settled(text):
    """Return the sentences of a run, except for waits, which depend on the speed."""
    text = re.sub(r"After [\d.]+ milliseconds: | Nothing recorded puts it .*", "", text)
    lines = [re.sub(r"^ *\d+\. ", "", line) for line in text.splitlines()]
    return [line for line in lines if " waits for " not in line and "There were" not in line]


def simpsh(*words, **keywords):
    """Run simpsh, whose output may not be text; return both of its streams."""
    done = run_simpsh(*words, errors="surrogateescape", **keywords)
    return done.stderr + done.stdout


def shown_again(script, word):
    """Return what `trace show` says about a recording that `trace` has written."""
    simpsh("trace", "--level", "io", "-o", "r.jsonl", *sh(script, word))
    return settled(simpsh("trace", "show", "r.jsonl", "--plain", "--all"))


def timeline(script, word):
    """Return what the prompt's timeline says about a line."""
    line = script.replace('"$1"', command_words((word,)))
    shown = simpsh("-i", "--no-rc", input=f"{line}\ntimeline\n")
    rows = shown.partition("steps\n")[2].splitlines()
    # The lanes, and the order of processes that run at once, depend on the speed.
    steps = [row[row.index("P", 9) :] for row in rows if re.match(r" +[\d.]+ .*P", row)]
    return [row for row in steps if "waits for" not in row]


def in_lesson(script, word):
    """Return the data that a lesson sees a line read and write, and the rows of its picture."""
    seen = perform_line(script.replace('"$1"', command_words((word,))))
    label = seen.chronicle.label
    whats = [event.what for event in seen.events if isinstance(event.what, Read | Write)]
    return [
        *(f"{type(what).__name__} {what.text.strip()}." for what in whats if what.text),
        *(
            f"{row.kind} {label(row.name)} {row.phrase} ({', '.join(map(label, row.others))})"
            for row in picture_rows(seen)
            # Whether a wait sleeps, or asks in vain, depends on the speed.
            if row.kind not in ("wait", "news") or "reads" in row.phrase
        ),
    ]


def held(script, word):
    """Return what fds, family and diagnose say about a process that waits."""
    with started(sh(script, word)) as it:
        wait_until(lambda: family(it.pid)[-1].process.comm != "sh", "it runs its program")
        wait_until_at_rest()
        told = simpsh("-c", f"fds {it.pid}; family {it.pid}; diagnose {it.pid}")
    return [line for line in told.splitlines() if "tables may not be read" not in line]


_LISTENS = "import socket as s, sys; a = s.socket(s.AF_UNIX); a.bind(sys.argv[1]); a.listen(); "
_CONNECTED = f"{_LISTENS}b = s.socket(s.AF_UNIX); b.connect(sys.argv[1]); c, _ = a.accept(); "
QUESTIONS = {
    sentences: {
        FILES: (
            'echo hi >"$1"; cat <"$1" >copy; cat copy',
            'mkfifo "$1"; exec 3<>"$1"; echo hi >&3; read x <&3; echo "$x"',
            'mkfifo "$1"; cat "$1" & echo hi >"$1"; wait',
            'echo hi >"$1"; exec 3<"$1"; rm "$1"; cat <&3',
            'echo hi >"$1"; cat "$1" | wc -c; rm "$1"',
        ),
        PROGRAMS: (
            """cp /bin/sh "$1"; "./$1" -c '/bin/true; :'""",
            """cp /bin/sh "$1"; "./$1" -c 'trap "" CHLD; /bin/true & wait; :'""",
            """cp /bin/sh "$1"; "./$1" -c '(sleep 1; /bin/true) & exit 0'; wait""",
        ),
    },
    shown_again: {FILES: ('echo hi >"$1"; cat <"$1" >copy; rm "$1"',)},
    timeline: {FILES: ('echo hi >"$1"; cat <"$1" | wc -c',)},
    in_lesson: {
        FILES: (
            'echo hi >"$1"; cat "$1"',
            'mkfifo "$1"; cat <>"$1"',
            'mkfifo "$1"; cat "$1" & echo hi >"$1"; wait',
            'mkdir "$1"; echo hi >"$1"/x; cat "$1"/x',
        ),
        PROGRAMS: (
            """cp /bin/sh "$1"; ./"$1" -c '/bin/true; :'""",
            """cp /bin/sh "$1"; ./"$1" -c 'trap "" CHLD; /bin/true & wait; :'""",
        ),
    },
    held: {
        FILES: (
            'mkfifo "$1"; exec cat <>"$1"',
            'mkfifo "$1"; exec 3<>"$1"; rm "$1"; exec cat <&3',
            'echo hi >"$1"; exec sleep 1000 3<"$1" 4>"$1" | cat',
            'cp /bin/sleep "$1"; "./$1" 1000; :',
            f"exec {PYTHON} -ISc '{_LISTENS} a.accept()' \"$1\"",
            f"exec {PYTHON} -ISc '{_CONNECTED} c.recv(1)' \"$1\"",
            f"exec {PYTHON} -ISc '{_LISTENS} [s.socket(s.AF_UNIX).connect(sys.argv[1]) or os "
            'for os in range(10**4)]\' "$1"',
            '>"$1"; exec 3<"$1" 4<"$1"; flock 3; exec flock 4',
        )
    },
}
"""By question: scripts that use the name of a file, and scripts that use the name of a program."""

CASES = [
    (question, script, names)
    for question, scripts_of in QUESTIONS.items()
    for names, scripts in scripts_of.items()
    for script in scripts
]
FIRST = [
    (question, scripts[0], names)
    for question, scripts_of in QUESTIONS.items()
    for names, scripts in scripts_of.items()
]


def broken(question, script, names, directory, monkeypatch):
    """Return the differences between the answers, by name; each run has a directory of its own."""

    def answer(word):
        # The number has as many digits as neutral() removes.
        own = directory / f"{len(os.listdir(directory)):04}"
        own.mkdir()
        monkeypatch.chdir(own)
        return question(script, word)

    found = {name: differences(answer, name) for name in names}
    return {name: lines for name, lines in found.items() if lines}


@pytest.mark.parametrize(("question", "script", "names"), FIRST)
def test_a_hostile_name_changes_nothing_but_the_name(
    question, script, names, tmp_path, monkeypatch
):
    assert broken(question, script, names[:1], tmp_path, monkeypatch) == {}


@pytest.mark.long("each name in each script: about 400 pairs of runs")
@pytest.mark.parametrize(("question", "script", "names"), CASES)
def test_no_hostile_name_changes_anything_but_the_name(
    question, script, names, tmp_path, monkeypatch
):
    assert broken(question, script, names, tmp_path, monkeypatch) == {}


def test_files_in_a_folder_called_pycache_are_read_and_written_in_a_lesson():
    line = "mkdir __pycache__; echo hi >__pycache__/x; cat __pycache__/x"
    assert [one for one in in_lesson(line, "") if one.endswith(" hi.")][-2:] == [
        "Read hi.",
        "Write hi.",
    ]
