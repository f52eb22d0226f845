"""A lesson with buttons: what a click leaves on the page."""

from __future__ import annotations

import os

import pytest

from simpsh.notebook.lesson_client import LessonClient
from simpsh.view.document import html_of_block
from simpsh.view.styled_text import Piece


@pytest.fixture
def lesson():
    client = LessonClient("rule-1-both-continue", os.environ)
    yield client
    client.end()


def buttons(widget):
    return {button.description: button for button in widget._page.children[-1].children}


def test_what_was_clicked_stays_on_the_page_when_the_buttons_go(lesson):
    lesson_widgets = pytest.importorskip("simpsh.notebook.lesson_widgets")
    widget = lesson_widgets.LessonWidget(lesson, is_whole=False)
    widget.take(lambda show: lesson.step(2, show, with_person=True))
    buttons(widget)[":hint"].click()
    assert "your answer" not in "".join(one.value for one in widget._page.children[:-1])
    buttons(widget)["b"].click()
    assert '<p class="answer">your answer: b</p>' in widget._page.children[-1].value


def test_a_sign_that_few_fonts_have_is_as_wide_as_all_others():
    lines = [(Piece("3 "), Piece("∥", "dim"))]
    assert html_of_block(lines) == (
        '<pre>\n3 <span class="s-dim"><span class="s-cell">∥</span></span>\n</pre>'
    )
