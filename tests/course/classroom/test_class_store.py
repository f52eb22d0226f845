"""Files of classes: a damaged one does not affect the others, and each has one leader."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from simpsh.base.record import changed
from simpsh.course.classroom.class_store import ClassStore, Poll, lead, rows_of_classes
from tests.harness.sh import run_command, run_simpsh

POLL = Poll("x/1", "rule-4-copied", 1, "Which?", ("a", "b"), right="1")


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def good_class():
    store = lead(is_new=True)
    store.join("token")
    store.store_poll(POLL)
    store.say(1, "x/1", "1", "1")
    store.close()
    return store.path


def led_path():
    store = lead()
    store.close()
    return store.path


def of_answer(text):
    def make(path):
        good_class().rename(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as base:
            base.execute("UPDATE answer SET text = ?", (text,))

    return make


DAMAGED = {
    "zeros": lambda path: path.write_bytes(bytes(10000)),
    "no database": lambda path: path.write_bytes(b'{"do": "class"}\n'),
    "a vote beyond the choices": of_answer("2"),
    "a vote that is no number": of_answer("x"),
    "a folder": Path.mkdir,
    "a FIFO": os.mkfifo,
    "a link": lambda path: path.symlink_to("none"),
}


@pytest.mark.parametrize("make", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_class_is_skipped_and_named(make):
    good = good_class()
    bad = good.with_name("2026-01-01-0000-otter42.db")
    make(bad)
    complaints = []
    assert [row.answer for row in rows_of_classes(complaints.append)] == ["b"]
    assert len(complaints) == 1
    assert str(bad) in complaints[0]
    done = run_simpsh("lesson", "report", "--class", status=1)
    assert done.stderr.count("\n") == 1
    assert "Which?" in done.stdout


def test_a_class_continues_unless_its_file_is_damaged_or_old():
    path = good_class()
    store = lead()
    assert (store.path, store.student_of("token"), store.student_of("other")) == (path, 1, 0)
    assert store.said_by(1) == {"x/1": {"1": "1"}}
    store.say(1, "x/1", "1", "0")
    store.say(1, "x/1", "why", "so")
    store.store_poll(changed(POLL, right="0"))
    complaints = []
    assert rows_of_classes(complaints.append) == []
    assert complaints == [f"{path}: this class is led now, and is not in the report"]
    store.close()
    [row] = rows_of_classes(complaints.append)
    assert (row.answer, row.is_right, row.why, row.student) == ("a", True, "so", f"{path.stem}/1")
    assert path.stat().st_mode & 0o777 == 0o600
    os.utime(path, (0, 0))
    assert led_path() != path
    for other in path.parent.glob("*.db"):
        other.write_bytes(bytes(10000))
    assert led_path() not in (path, other)


FULL = """
import resource, sys
from simpsh.course.classroom.class_store import lead
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), hard))
try:
    lead()
except OSError as problem:
    print(problem)
"""


@pytest.mark.parametrize("room", [0, 10, 5000])
def test_a_class_without_room_is_an_error_and_the_next_one_works(state, room):
    done = run_command([sys.executable, "-c", FULL, str(room)])
    assert f"{state}/simpsh/classes/" in done.stdout, done.stderr
    store = lead()
    assert store.word
    store.close()


def test_an_answer_is_on_the_disk_when_it_is_stored():
    script = (
        "import os; from simpsh.course.classroom.class_store import lead\n"
        "store = lead(); store.join('t'); store.say(1, 'x/1', '1', '1'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script], check=False)
    store = lead()
    assert store.answers("x/1") == {"1": {1: "1"}}
    store.close()


def test_leaders_that_start_at_the_same_time_get_different_classes():
    script = (
        "import sys; from simpsh.course.classroom.class_store import lead\n"
        "store = lead(); print(store.path, flush=True); sys.stdin.read()"
    )
    leaders = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    paths = {leader.stdout.readline() for leader in leaders}
    for leader in leaders:
        leader.communicate()
    assert len(paths) == 3


def test_a_store_that_is_open_cannot_be_opened_again():
    path = good_class()
    store = ClassStore(path)
    with pytest.raises(BlockingIOError):
        ClassStore(path)
    store.close()
