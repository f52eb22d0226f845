"""Journals of classes are created atomically; a damaged one does not affect the others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simpsh.base.file_store import state_path
from simpsh.course.classroom.class_journal import ClassJournal, lead, load_classes
from tests.harness.sh import run_command, run_simpsh

POLL = {
    "do": "poll",
    "key": "x/1",
    "lesson": "rule-4-copied",
    "step": 1,
    "question": "Which?",
    "choices": ["a", "b"],
    "is_task": False,
    "right": "1",
}
VOTE = {"do": "say", "key": "x/1", "student": 1, "slot": "1", "text": "1"}


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def good_class():
    journal = lead(is_new=True)
    journal.append(POLL, VOTE)
    journal.close()
    return journal.path


def led_path():
    journal = lead()
    journal.close()
    return journal.path


WORD = b'{"do": "class", "word": "otter42"}\n'
ASKED = WORD + b'{"do": "poll", "key": "x/1", "lesson": "l", "step": 1, "question": "q", %s}\n'
CHOICES = b'"choices": ["a", "b"], "right": "1"'
SAID = b'{"do": "say", "key": "x/1", "student": 1, "slot": "1", "text": "%s"}\n'
DAMAGED = {
    "empty": b"",
    "no word": b'{"do": "class", "word": ""}\n',
    "zeros": bytes(100),
    "a line of zeros": WORD + bytes(100) + b"\n",
    "cut": WORD[:-9],
    "cut in the first line": WORD[: len(WORD) // 2],
    "no UTF-8": WORD.replace(b"otter", b"\xff\xfe"),
    "another type": b"[]\n",
    "a number": b"7\n",
    "a word that is a list": b'{"do": "show", "now": []}\n',
    "nested": b"[" * 5000 + b"\n",
    "unknown": WORD + b'{"do": "dance"}\n',
    "a vote beyond the choices": ASKED % CHOICES + SAID % b"2",
    "a vote before the choices": ASKED % CHOICES + SAID % b"-1",
    "a vote that is no number": ASKED % CHOICES + SAID % b"x",
    "choices that are no list": ASKED % b'"choices": 3, "right": null' + SAID % b"0",
    "a step that is no number": ASKED.replace(b'"step": 1', b'"step": "x"') % CHOICES + SAID % b"0",
    "no choices": ASKED % b'"right": null' + SAID % b"0",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_journal_is_skipped_and_named_and_never_led(content):
    good = good_class()
    bad = good.with_name("2026-01-01-0000-otter42.jsonl")
    bad.write_bytes(content)
    complaints = []
    assert [*load_classes(complaints.append)] == [good]
    assert len(complaints) == 1
    assert str(bad) in complaints[0]
    done = run_simpsh("lesson", "report", "--class", status=1)
    assert done.stderr.count("\n") == 1
    assert str(bad) in done.stderr
    assert "Which?" in done.stdout
    # Now it is the class that was led last.
    os.utime(bad)
    assert led_path() == good
    assert bad.read_bytes() == content


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda bad: bad.symlink_to("none")])
def test_non_files_are_skipped_and_named(make):
    good = good_class()
    bad = good.with_name("2026-01-01-0000-otter42.jsonl")
    make(bad)
    complaints = []
    assert [*load_classes(complaints.append)] == [good]
    assert len(complaints) == 1
    assert str(bad) in complaints[0]
    assert led_path() == good


def test_an_incomplete_last_line_is_removed_when_the_class_continues():
    path = good_class()
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"do": "say", "key"')
    journal = ClassJournal(path)
    journal.append(VOTE | {"text": "0"})
    journal.close()
    assert path.read_bytes().startswith(whole + b'{"do": "say", "key": "x/1"')
    assert [row.answer for row in load_classes()[path].rows("c")] == ["a"]


FULL = """
import resource, sys
from simpsh.course.classroom.class_journal import lead
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), hard))
try:
    lead()
except OSError as problem:
    print(problem.errno, problem.filename)
"""


@pytest.mark.parametrize("room", [0, 1, 10, 30])
def test_a_class_without_room_for_its_first_line_leaves_no_file(state, room):
    done = run_command([sys.executable, "-c", FULL, str(room)])
    assert done.stdout.startswith(f"27 {state}/simpsh/classes/")
    assert done.stdout.endswith(".jsonl\n")
    assert os.listdir(state_path("classes")) == [".lock"]
    journal = lead()
    journal.close()
    assert journal.state.word
    assert load_classes()[journal.path].word == journal.state.word


def test_leaders_that_start_at_the_same_time_get_different_classes():
    script = (
        "import sys; from simpsh.course.classroom.class_journal import lead\n"
        "print(lead().path, flush=True); sys.stdin.read()"
    )
    leaders = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    paths = {leader.stdout.readline() for leader in leaders}
    for leader in leaders:
        leader.communicate()
    assert len(paths) == 4
    assert len(load_classes()) == 4
