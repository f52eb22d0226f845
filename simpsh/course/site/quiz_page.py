"""The questions of a lesson on paper: a sheet to fill in, and on a sheet of its own the key."""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.course.claims.expectation import Result
from simpsh.course.lesson.lesson import Lesson, Question, answer_to, filled
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.screen.answer_lines import LETTERS, SO_IT_WAS
from simpsh.course.site.lesson_page import page_name, site_file, site_style
from simpsh.course.site.step_sections import LessonParts
from simpsh.course.teach.lesson_questions import UNTOLD
from simpsh.view.document import Table, Text, html_of, html_of_line, inline
from simpsh.view.page.page_frame import framed, header
from simpsh.view.picture.svg_elements import plain
from simpsh.view.styled_text import plain as plain_line
from simpsh.view.styled_text import styled

_TOOLS = (
    '<label class="check"><input type="checkbox" id="with-key" checked> With the key</label>'
    '<button type="button" data-print>Print</button>'
)


def quiz_page(lesson: Lesson, results: Mapping[str, Result], glossary: Glossary) -> str:
    """Return the quiz sheet of a lesson, with its key: computed from what the check recorded."""
    parts = LessonParts(lesson, results, {}, glossary)
    questions = [step for step in lesson.steps if isinstance(step, Question)]
    sheet: list[str] = []
    key: list[tuple[Text, ...]] = []
    shown = None
    for place, question in enumerate(questions, 1):
        target = answer_to(lesson, question)
        code = ""
        if target is not None and target is not shown:
            code, shown = parts.code(target.demonstration, with_c=False), target
        choices = "".join(
            f'<li><span class="circle" aria-hidden="true"></span> {LETTERS[number]}) '
            f"{html_of_line(inline(filled(lesson, question, choice.text)))}</li>"
            for number, choice in enumerate(question.choices)
        )
        room = f'<ul class="choices">{choices}</ul>' if choices else '<p class="room">Answer:</p>'
        text = html_of_line(inline(filled(lesson, question, question.question)))
        sheet.append(f'<li value="{place}"><p class="asked">{text}</p>{code}{room}</li>')
        result = results.get(target.id) if target is not None else None
        key.append((str(place), *_answer(lesson, question, result)))
    table = Table(["question", "answer", "because"], key, columns=("", "answer", ""))
    trail = f'<a href="{page_name(lesson.id)}">The lesson</a>'
    body = (
        f'<div class="page-top"><nav class="trail" aria-label="Where this page is">{trail}</nav>'
        f"{header(lesson.title, f'Quiz: {len(questions)} questions', _TOOLS)}</div>"
        '<main id="main" class="quiz"><p class="name-line">Name</p>'
        f'<ol class="sheet-questions">{"".join(sheet)}</ol>'
        f'<section class="key" aria-labelledby="key-title"><h2 id="key-title">Key: '
        f"{plain(lesson.title)}</h2>{html_of([table])}</section></main>"
    )
    script = site_file("quiz.js")
    return framed(f"Quiz: {lesson.title}", body, style=site_style(), script=script)


def _answer(lesson: Lesson, question: Question, result: Result | None) -> tuple[Text, Text]:
    """Return the right answer and its reason."""
    if result is None:
        return "–", "The machine that recorded this sheet could not show it."
    try:
        feedback = list(question.feedback(result, lambda text: filled(lesson, question, text)))
    except UNTOLD:
        return "–", "The run does not tell."
    [(given, right)] = [(given, answers) for given, kind, answers in feedback if kind == "right"]
    letter = f"{LETTERS[int(given)]}) " if question.choices else ""
    words = plain_line(right[0].text).removesuffix(SO_IT_WAS)
    return styled(f"{letter}{words}", "bold"), right[1].text
