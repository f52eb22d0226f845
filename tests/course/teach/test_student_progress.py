"""Progress and guesses are one file, replaced atomically; damage does not stop a lesson."""

import json
import os
import subprocess
import sys

import pytest

from simpsh.course.teach.student_progress import (
    FORMAT,
    GuessRecord,
    LessonPosition,
    StudentProgress,
    Surprise,
)

RIGHT = GuessRecord("fork", 2, "How many?", "two", is_right=True, why="each runs on")
WRONG = GuessRecord("fork", 5, "Who is first?", "the parent", is_right=False)
FIRST, SECOND = Surprise("fork", "How many?"), Surprise("wait", "Who?")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "simpsh" / "progress.json"


def opened(file, complaints=None):
    return StudentProgress(file, complain=(complaints.append if complaints is not None else None))


def test_stored_progress_is_found_by_its_student_alone(file):
    progress = opened(file)
    progress.store_position("rule-4-copied", 4)
    progress.finish("zombie")
    progress.store_position("zombie", 2)
    for surprise in (FIRST, SECOND, FIRST):
        progress.remember_surprise(surprise)
    again = opened(file)
    assert again.position("rule-4-copied") == LessonPosition(4)
    # A finished lesson stays finished when it is begun again.
    assert again.position("zombie") == LessonPosition(2, is_done=True, is_ended=True)
    assert again.record.last == "zombie"
    assert again.record.surprises == [FIRST, SECOND]
    again.postpone(FIRST, 1)
    later = Surprise("fork", "How many?", after=3, round=1)
    assert opened(file).record.surprises == [SECOND, later]
    for lesson in ("fork", "exec", "wait", "fork"):
        again.release_surprises(lesson)
    assert [one.after for one in opened(file).record.surprises] == [-2, 1]
    again.settle(SECOND)
    again.postpone(FIRST, 3)
    assert opened(file).record.surprises == []
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in file.parent.iterdir()) == [".lock", "progress.json"]


def test_guesses_settle_their_questions_and_the_oldest_are_dropped(file, monkeypatch):
    progress = opened(file)
    progress.begin("fork")
    guesses = [RIGHT, WRONG, RIGHT, GuessRecord("fork", 7, "Unknown?", "?", is_right=None)]
    for guess in guesses:
        progress.note_guess(guess)
    progress.store_position("fork", 6)
    progress.finish("fork")
    progress.begin("fork")
    assert opened(file).position("fork") == LessonPosition(
        0, is_done=True, is_ended=True, settled=("How many?", "Who is first?", "Unknown?")
    )
    assert opened(file).record.guesses == guesses
    # Beyond a limit the oldest are dropped.
    monkeypatch.setattr("simpsh.course.teach.student_progress._MOST_RECORDS", 2)
    progress.note_guess(WRONG)
    assert progress.record.guesses == [guesses[-1], WRONG]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"lessons": 3, "format": 1}',
        b'{"lessons": {"a": 7}, "format": 1}',
        b"{}",
        b'{"format": 2, "lessons": {}}',
        b"\0",
        b"\xff\xfe\x00",
        *(
            b'{"format": 1, "lessons": {}, "guesses": [{"lesson": "a", "question": "b", '
            b'"answer": "c", "is_right": null, "step": %s}]}' % step
            for step in (b'"two"', b"true", b"null")
        ),
    ],
)
def test_a_damaged_file_is_reported_in_one_line_and_renamed(file, content):
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    complaints = []
    progress = opened(file, complaints)
    assert progress.position("zombie") == LessonPosition()
    assert progress.record.guesses == []
    # Reading does not rename a damaged file, because another reader may be about to do so.
    assert complaints == [f"{file} is damaged: continuing without it"]
    assert file.read_bytes() == content
    progress.finish("zombie")
    assert complaints[1:] == [f"{file} is damaged: kept as progress.damaged, starting again"]
    assert file.with_suffix(".damaged").read_bytes() == content
    assert opened(file).position("zombie").is_done


def test_unknown_fields_are_ignored(file):
    file.parent.mkdir(parents=True)
    file.write_text('{"format": 1, "colour": 3, "lessons": {"zombie": {"step": 2, "mood": 1}}}')
    assert opened(file).position("zombie") == LessonPosition(2)


def test_the_lesson_continues_if_nothing_can_be_written(file):
    file.parent.parent.mkdir(parents=True)
    file.parent.write_text("a file in the way")
    complaints = []
    progress = opened(file, complaints)
    progress.store_position("zombie", 1)
    progress.store_position("zombie", 2)
    assert complaints == [
        f"{file.parent}: Not a directory: continuing without it",
        f"progress cannot be saved: {file.parent}: Not a directory",
    ]
    assert progress.position("zombie").step == 2
    # Unsaved progress is saved as soon as that is possible.
    file.parent.unlink()
    progress.note_try("first", is_done=False)
    assert opened(file).position("zombie").step == 2


def test_reset_forgets_one_lesson_with_its_answers_or_all(file):
    progress = opened(file)
    progress.finish("wait")
    progress.note_guess(RIGHT)
    progress.note_guess(GuessRecord("wait", 1, "Who?", "it", is_right=True))
    progress.remember_surprise(FIRST)
    progress.reset("fork")
    again = opened(file).record
    assert again.lessons.keys() == {"wait"}
    assert [guess.lesson for guess in again.guesses] == ["wait"]
    assert again.surprises == []
    progress.reset()
    text = """{"format": 1, "last": "", "lessons": {}, "surprises": [],
        "guesses": [], "votes": [], "exercises": {}, "test": {}}"""
    assert json.loads(file.read_text()) == json.loads(text)


SESSION = """
import sys
from simpsh.course.teach.student_progress import GuessRecord, StudentProgress
file, name, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
progress = StudentProgress(file)
for number in range(rounds):
    progress.note_guess(GuessRecord(name, number, f"q{number}", "a", is_right=True))
    progress.note_try("shared", is_done=name == "one" and number == 3)
"""


def test_simultaneous_writers_lose_nothing_and_readers_see_whole_files(file):
    rounds, complaints = 60, []
    progress = opened(file)
    progress.store_position("open", 3)
    argv = [sys.executable, "-c", SESSION, str(file)]
    writers = [subprocess.Popen([*argv, name, str(rounds)]) for name in ("one", "two")]
    while any(writer.poll() is None for writer in writers):
        opened(file, complaints).record  # noqa: B018 - a reader
        progress.store_position("open", 4)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert complaints == []
    record = opened(file).record
    for name in ("one", "two"):
        assert [guess.step for guess in record.guesses if guess.lesson == name] == [*range(rounds)]
        assert len(record.lessons[name].settled) == rounds
    assert record.exercises["shared"].tries == 2 * rounds
    assert record.exercises["shared"].is_done
    assert record.lessons["open"].step == 4


@pytest.mark.parametrize("make", ["folder", "fifo", "writable"])
def test_a_file_that_others_can_change_is_reported_and_not_used(file, make):
    file.parent.mkdir(parents=True)
    if make == "folder":
        file.mkdir()
    elif make == "fifo":
        os.mkfifo(file)
    else:
        file.write_text('{"format": 1, "lessons": {"zombie": {"step": 2}}}')
        file.chmod(0o666)
    complaints = []
    progress = opened(file, complaints)
    assert progress.position("zombie") == LessonPosition()
    progress.finish("zombie")
    assert progress.position("zombie").is_done
    assert len(complaints) == 1
    assert complaints[0].startswith(f"{file}: ")
    assert file.exists()


def test_answers_in_merged_lessons_count_for_the_lesson_but_their_end_is_not_its_end(file):
    guess = {"step": 2, "question": "Whose pid?", "answer": "fork's", "is_right": False}
    whole = {
        "format": FORMAT,
        "last": "pid-file-lock",
        "lessons": {
            "ready": {"settled": ["Which status?"]},
            "ready-pipe": {"is_done": True, "is_ended": True, "settled": ["Who waits?"]},
            "pid-file": {"step": 1, "question": "How many?"},
            "pid-file-lock": {"step": 3, "question": "How long?"},
        },
        "guesses": [{**guess, "lesson": "ready-pid"}],
        "surprises": [{"lesson": "ready-pid", "question": "Whose pid?"}],
    }
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(whole))
    record = opened(file).record
    ready = LessonPosition(settled=("Which status?", "Who waits?"))
    # The lesson continues where the student was last.
    continued = LessonPosition(3)
    assert (record.last, record.lessons) == ("pid-file", {"ready": ready, "pid-file": continued})
    assert [entry.lesson for entry in (*record.guesses, *record.surprises)] == ["ready"] * 2
