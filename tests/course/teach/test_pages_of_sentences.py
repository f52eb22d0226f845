"""In the form of sentences, a terminal shows a window at a time, and waits for Enter."""

from __future__ import annotations

from itertools import chain

import pytest

from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.teaching_stage import TeachingStage
from simpsh.view.styled_text import line, plain_block


class Window:
    """A terminal of ten lines; `shown` has what was shown between two prompts."""

    width, height = 80, 10

    def __init__(self):
        self.shown = [[]]

    def show(self, block):
        self.shown[-1] += plain_block(block).splitlines()

    def ask(self, prompt):
        self.shown.append([])
        return ""


def sentences(first, count):
    return [line(f"{number}") for number in range(first, first + count)]


@pytest.fixture
def window():
    return Window()


def staged(window, form, **options):
    return TeachingStage(window, form, window.ask, lambda _: None, lambda _: "", **options)


def test_more_than_a_window_is_divided_and_nothing_is_lost(window):
    staged(window, ScreenForm(is_plain=True), turns_pages=True).show(sentences(1, 25))
    assert [len(page) for page in window.shown] == [9, 9, 7]
    assert list(chain(*window.shown)) == [str(number) for number in range(1, 26)]


def test_a_page_is_kept_whole_and_counting_restarts_at_a_stop(window):
    stage = staged(window, ScreenForm(is_plain=True), turns_pages=True)
    stage.show(sentences(1, 5), sentences(6, 6))
    assert [len(page) for page in window.shown] == [5, 6]
    stage.answer("your guess")
    stage.show(sentences(12, 9))
    assert [len(page) for page in window.shown] == [5, 6, 9]


def test_no_page_is_turned_without_a_terminal_or_in_a_form_that_fits_it(window):
    staged(window, ScreenForm(is_plain=True)).show(sentences(1, 25))
    staged(window, ScreenForm(), turns_pages=True).show(sentences(1, 25))
    assert [len(page) for page in window.shown] == [50]
