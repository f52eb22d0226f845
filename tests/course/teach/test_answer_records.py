"""Guesses with their reasons, and votes: kept, counted, and given away as a table."""

from __future__ import annotations

import csv
import io

import pytest

from simpsh.course.teach.student_progress import (
    COLUMNS,
    GuessRecord,
    LessonPlace,
    StudentProgress,
    VoteRecord,
    csv_of,
)

RIGHT = GuessRecord("fork", 2, "How many?", "two", is_right=True, why="each runs on")
WRONG = GuessRecord("fork", 5, "Who is first?", "the parent", is_right=False)
VOTE = VoteRecord("fork", 2, "How many?", ("one", "two"), 1, (9, 3), (1, 11))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "progress.json"


def test_guesses_and_votes_are_found_again(file):
    progress = StudentProgress(file)
    progress.note_guess(RIGHT)
    progress.note_guess(WRONG)
    progress.note_vote(VOTE)
    again = StudentProgress(file).record
    assert again.guesses == [RIGHT, WRONG]
    assert again.votes == [VOTE]


def test_a_lesson_counts_the_last_guess_of_each_question_until_it_is_begun_again(file):
    progress = StudentProgress(file)
    progress.begin("fork")
    for guess in (RIGHT, WRONG, RIGHT):
        progress.note_guess(guess)
    progress.note_guess(GuessRecord("fork", 7, "Unknown?", "?", is_right=None))
    progress.come_to("fork", 6, "Who ends?")
    progress.finish("fork")
    assert StudentProgress(file).place("fork").guessed == {
        "How many?": True,
        "Who is first?": False,
    }
    progress.begin("fork")
    assert StudentProgress(file).place("fork") == LessonPlace(0, is_done=True)
    assert len(StudentProgress(file).record.guesses) == 4


def test_reasons_are_asked_for_until_that_is_switched_off(file):
    assert StudentProgress(file).record.asks_why
    StudentProgress(file).ask_why(is_on=False)
    assert not StudentProgress(file).record.asks_why
    StudentProgress(file).ask_why(is_on=True)
    assert StudentProgress(file).record.asks_why


def test_what_is_imported_twice_is_there_once(file, tmp_path):
    here, there = StudentProgress(file), StudentProgress(tmp_path / "other.json")
    here.note_guess(RIGHT)
    there.note_guess(WRONG)
    there.note_vote(VOTE)
    for _ in range(2):
        here.import_text(there.exported())
    assert here.record.guesses == [RIGHT, WRONG]
    assert here.record.votes == [VOTE]


def test_a_lesson_that_is_forgotten_is_forgotten_with_its_answers(file):
    progress = StudentProgress(file)
    progress.note_guess(RIGHT)
    progress.note_vote(VOTE)
    progress.note_guess(GuessRecord("wait", 1, "Who?", "it", is_right=True))
    progress.reset("fork")
    again = StudentProgress(file).record
    assert [one.lesson for one in again.guesses] == ["wait"]
    assert again.votes == []


def test_the_oldest_go_when_there_are_very_many(file, monkeypatch):
    monkeypatch.setattr("simpsh.course.teach.student_progress._MOST_RECORDS", 2)
    progress = StudentProgress(file)
    for guess in (RIGHT, WRONG, RIGHT):
        progress.note_guess(guess)
    assert progress.record.guesses == [WRONG, RIGHT]


@pytest.mark.parametrize("damage", ['"step": "two"', '"step": true', '"step": null'])
def test_a_damaged_record_is_told_and_the_file_is_kept(file, damage):
    StudentProgress(file).note_guess(RIGHT)
    file.write_text(file.read_text().replace('"step": 2', damage))
    said = []
    assert StudentProgress(file, said.append).record.guesses == []
    assert said == [f"{file} is damaged: kept as progress.damaged, starting anew"]


# -- the table ------------------------------------------------------------------------------------


def rows(text):
    return list(csv.reader(io.StringIO(text)))


def test_the_table_has_a_row_for_each_guess_and_for_each_choice_of_a_vote():
    assert rows(csv_of([RIGHT, WRONG], [VOTE])) == [
        [*COLUMNS],
        ["fork", "2", "How many?", "two", "yes", "", "", "each runs on"],
        ["fork", "5", "Who is first?", "the parent", "no", "", "", ""],
        ["fork", "2", "How many?", "one", "no", "9", "1", ""],
        ["fork", "2", "How many?", "two", "yes", "3", "11", ""],
    ]


def test_one_vote_alone_and_a_run_that_could_not_tell_leave_cells_empty():
    vote = VoteRecord("fork", 2, "How many?", ("one", "two"), None, (9, 3))
    guess = GuessRecord("fork", 2, "How many?", "one", is_right=None)
    assert [row[3:] for row in rows(csv_of([guess], [vote]))[1:]] == [
        ["one", "", "", "", ""],
        ["one", "", "9", "", ""],
        ["two", "", "3", "", ""],
    ]


def test_a_name_is_in_the_first_column_of_each_row():
    found = rows(csv_of([RIGHT], [VOTE], "ada"))
    assert [row[0] for row in found] == ["name", "ada", "ada", "ada"]


@pytest.mark.parametrize("why", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\rx"])
def test_no_cell_is_a_formula(why):
    guess = GuessRecord("fork", 2, why, why, is_right=True, why=why)
    row = rows(csv_of([guess], [], why))[1]
    assert [row[place] for place in (0, 3, 4, 8)] == [f"'{why}"] * 4


def test_quotes_and_several_lines_stay_in_their_cell():
    guess = GuessRecord("fork", 2, 'What is ","?', "a\nb", is_right=True, why='so "it" is')
    assert rows(csv_of([guess], []))[1][2:] == ['What is ","?', "a\nb", "yes", "", "", 'so "it" is']
