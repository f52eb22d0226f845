"""Progress, guesses and votes: one small file, replaced as a whole; damage costs no lesson."""

from __future__ import annotations

import csv
import io
import json

import pytest

from simpsh.course.teach.student_progress import (
    COLUMNS,
    GuessRecord,
    LessonPlace,
    StudentProgress,
    Surprise,
    VoteRecord,
    csv_of,
)

RIGHT = GuessRecord("fork", 2, "How many?", "two", is_right=True, why="each runs on")
WRONG = GuessRecord("fork", 5, "Who is first?", "the parent", is_right=False)
VOTE = VoteRecord("fork", 2, "How many?", ("one", "two"), 1, (9, 3), (1, 11))
FIRST, SECOND = Surprise("fork", "How many?"), Surprise("wait", "Who?")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "simpsh" / "progress.json"


def opened(file, complaints=None):
    return StudentProgress(file, complain=(complaints.append if complaints is not None else None))


def test_what_is_kept_is_found_again_by_its_student_alone(file):
    progress = opened(file)
    progress.come_to("rule-4-copied", 4, "What does the parent print?")
    progress.finish("zombie")
    progress.come_to("zombie", 2)
    progress.note_vote(VOTE)
    progress.ask_why(is_on=False)
    for surprise in (FIRST, SECOND, FIRST):
        progress.remember_surprise(surprise)
    again = opened(file)
    assert again.place("rule-4-copied") == LessonPlace(4, False, "What does the parent print?")
    # What is done stays done when it is begun again.
    assert again.place("zombie") == LessonPlace(2, True, "")
    assert (again.record.last, again.record.votes, again.record.asks_why) == (
        "zombie",
        [VOTE],
        False,
    )
    assert again.record.surprises == [FIRST, SECOND]
    again.postpone(FIRST)
    assert opened(file).record.surprises == [SECOND, FIRST]
    again.settle(SECOND)
    assert opened(file).record.surprises == [FIRST]
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["progress.json"]


def test_a_lesson_counts_the_last_guess_of_each_question_until_it_is_begun_again(file, monkeypatch):
    progress = opened(file)
    progress.begin("fork")
    guesses = [RIGHT, WRONG, RIGHT, GuessRecord("fork", 7, "Unknown?", "?", is_right=None)]
    for guess in guesses:
        progress.note_guess(guess)
    progress.come_to("fork", 6, "Who ends?")
    progress.finish("fork")
    counted = {"How many?": True, "Who is first?": False}
    assert opened(file).place("fork").guessed == counted
    progress.begin("fork")
    assert opened(file).place("fork") == LessonPlace(0, is_done=True)
    assert opened(file).record.guesses == guesses
    # Of very many the oldest go.
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
def test_a_damaged_file_costs_one_line_and_is_kept(file, content):
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    complaints = []
    progress = opened(file, complaints)
    assert progress.place("zombie") == LessonPlace()
    assert progress.record.guesses == []
    assert complaints == [f"{file} is damaged: kept as progress.damaged, starting anew"]
    assert file.with_suffix(".damaged").read_bytes() == content
    progress.finish("zombie")
    assert opened(file).place("zombie").is_done


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


def test_reset_forgets_one_lesson_with_its_answers_or_all(file):
    progress = opened(file)
    progress.finish("wait")
    progress.note_guess(RIGHT)
    progress.note_vote(VOTE)
    progress.note_guess(GuessRecord("wait", 1, "Who?", "it", is_right=True))
    progress.remember_surprise(FIRST)
    progress.reset("fork")
    again = opened(file).record
    assert again.lessons.keys() == {"wait"}
    assert [guess.lesson for guess in again.guesses] == ["wait"]
    assert (again.votes, again.surprises) == ([], [])
    progress.reset()
    text = """{"format": 1, "last": "", "asks_why": true, "lessons": {}, "surprises": [],
        "guesses": [], "votes": []}"""
    assert json.loads(file.read_text()) == json.loads(text)


def rows(*given):
    return list(csv.reader(io.StringIO(csv_of(*given))))


def test_the_table_has_a_row_for_each_guess_and_for_each_choice_of_a_vote():
    assert rows([RIGHT, WRONG], [VOTE]) == [
        [*COLUMNS],
        ["fork", "2", "How many?", "two", "yes", "", "", "each runs on"],
        ["fork", "5", "Who is first?", "the parent", "no", "", "", ""],
        ["fork", "2", "How many?", "one", "no", "9", "1", ""],
        ["fork", "2", "How many?", "two", "yes", "3", "11", ""],
    ]
    # One vote alone, and a run that could not tell, leave cells empty.
    vote = VoteRecord("fork", 2, "How many?", ("one", "two"), None, (9, 3))
    guess = GuessRecord("fork", 2, "How many?", "one", is_right=None)
    assert [row[3:] for row in rows([guess], [vote])[1:]] == [
        ["one", "", "", "", ""],
        ["one", "", "9", "", ""],
        ["two", "", "3", "", ""],
    ]
    assert [row[0] for row in rows([RIGHT], [VOTE], "ada")] == ["name", "ada", "ada", "ada"]
    # Quotes and several lines stay in their cell; no cell is a formula.
    odd = GuessRecord("fork", 2, 'What is ","?', "a\nb", is_right=True, why='so "it" is')
    assert rows([odd], [])[1][2:] == ['What is ","?', "a\nb", "yes", "", "", 'so "it" is']
    for why in ("=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\rx"):
        guess = GuessRecord("fork", 2, why, why, is_right=True, why=why)
        row = rows([guess], [], why)[1]
        assert [row[place] for place in (0, 3, 4, 8)] == [f"'{why}"] * 4
