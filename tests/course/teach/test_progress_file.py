"""Progress: one small file, replaced as a whole; what is damaged costs nobody a lesson."""

from __future__ import annotations

import json

import pytest

from simpsh.base.private_state import state_path
from simpsh.course.teach.student_progress import (
    LessonPlace,
    ProgressProblem,
    StudentProgress,
    Surprise,
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "simpsh" / "progress.json"


def opened(file, complaints=None):
    return StudentProgress(file, complain=(complaints.append if complaints is not None else None))


def test_a_place_is_found_again_by_its_student_alone(file):
    opened(file).come_to("rule-4-copied", 4, "What does the parent print?")
    place = LessonPlace(4, False, "What does the parent print?")
    assert opened(file).place("rule-4-copied") == place
    assert opened(file).record.last == "rule-4-copied"
    # What is done stays done when it is begun again.
    progress = opened(file)
    progress.finish("zombie")
    progress.come_to("zombie", 2)
    assert opened(file).place("zombie") == LessonPlace(2, True, "")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["progress.json"]


def test_surprises_come_in_order_and_are_settled(file):
    one, two = Surprise("fork", "How many?"), Surprise("wait", "Who?")
    progress = opened(file)
    progress.remember_surprise(one)
    progress.remember_surprise(two)
    progress.remember_surprise(one)
    assert opened(file).record.surprises == [one, two]
    progress.postpone(one)
    assert opened(file).record.surprises == [two, one]
    progress.settle(two)
    assert opened(file).record.surprises == [one]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"lessons": 3, "format": 1}',
        b'{"lessons": {"a": 7}, "format": 1}',
        b"{}",
        b"\0",
        b"\xff\xfe\x00",
    ],
)
def test_a_damaged_file_costs_one_line_and_is_kept(file, content):
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    complaints = []
    progress = opened(file, complaints)
    assert progress.place("zombie") == LessonPlace()
    assert complaints == [f"{file} is damaged: kept as progress.damaged, starting anew"]
    assert file.with_suffix(".damaged").read_bytes() == content
    progress.finish("zombie")
    assert opened(file).place("zombie").is_done


def test_a_later_version_is_neither_read_nor_changed(file):
    file.parent.mkdir(parents=True)
    text = '{"format": 2, "lessons": {}}'
    file.write_text(text)
    complaints = []
    progress = opened(file, complaints)
    progress.finish("zombie")
    assert complaints == [f"{file} was written by a later simpsh: it is neither read nor changed"]
    assert file.read_text() == text


def test_unknown_fields_are_passed_over(file):
    file.parent.mkdir(parents=True)
    file.write_text('{"format": 1, "colour": 3, "lessons": {"zombie": {"step": 2, "mood": 1}}}')
    assert opened(file).place("zombie") == LessonPlace(2)


def test_where_nothing_can_be_written_the_lesson_goes_on(file):
    file.parent.parent.mkdir(parents=True)
    file.parent.write_text("a file in the way")
    complaints = []
    progress = opened(file, complaints)
    progress.come_to("zombie", 1)
    progress.come_to("zombie", 2)
    assert complaints == [
        f"{file} cannot be read (Not a directory): going on without it",
        f"progress cannot be saved in {file} (File exists)",
    ]
    assert progress.place("zombie").step == 2


def test_what_was_exported_is_joined_with_what_is_there(file, tmp_path):
    here, there = opened(file), opened(tmp_path / "other.json")
    here.come_to("fork", 2)
    here.finish("zombie")
    there.come_to("fork", 5, "Who?")
    there.come_to("zombie", 1)
    there.remember_surprise(Surprise("fork", "How many?"))
    here.import_text(there.exported())
    assert opened(file).place("fork") == LessonPlace(5, False, "Who?")
    assert opened(file).place("zombie").is_done
    assert opened(file).record.surprises == [Surprise("fork", "How many?")]


@pytest.mark.parametrize("text", ["", "{}", '{"format": 9, "lessons": {}}', "[1, 2]"])
def test_what_is_no_export_changes_nothing(file, text):
    progress = opened(file)
    progress.finish("zombie")
    before = file.read_bytes()
    with pytest.raises(ProgressProblem, match="this is not an exported progress"):
        progress.import_text(text)
    assert file.read_bytes() == before


def test_reset_forgets_one_lesson_or_all(file):
    progress = opened(file)
    progress.finish("zombie")
    progress.finish("fork")
    progress.remember_surprise(Surprise("zombie", "What is left?"))
    progress.reset("zombie")
    assert opened(file).record.lessons.keys() == {"fork"}
    assert opened(file).record.surprises == []
    progress.reset()
    assert json.loads(file.read_text()) == {
        "format": 1,
        "last": "",
        "asks_why": True,
        "lessons": {},
        "surprises": [],
        "guesses": [],
        "votes": [],
    }


def test_it_is_kept_where_state_belongs():
    for home, place in (("/s", "/s"), ("relative", "/h/.local/state"), ("", "/h/.local/state")):
        path = state_path("progress.json", {"XDG_STATE_HOME": home, "HOME": "/h"})
        assert path == f"{place}/simpsh/progress.json"
