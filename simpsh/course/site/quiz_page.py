"""The questions of a lesson on paper: a sheet to fill in, and on a sheet of its own the key."""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.course.lesson.expectation import Result
from simpsh.course.lesson.lesson_outline import QUESTIONS, answer_to, filled
from simpsh.course.lesson.lesson_steps import Lesson, Predict, Question
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.screen.answer_lines import LETTERS
from simpsh.course.site.lesson_page import page_name, parts_of, site_file
from simpsh.course.site.markup import TextMarkup
from simpsh.course.site.step_sections import UNTOLD
from simpsh.view.page.page_frame import framed, header
from simpsh.view.picture.svg_elements import plain, tag
from simpsh.view.styled_text import plain as plain_line

_TOOLS = (
    '<label class="check"><input type="checkbox" id="with-key" checked> With the key</label>'
    '<button type="button" data-print>Print</button>'
)
_NO_TERMS = TextMarkup({})


def quiz_page(lesson: Lesson, results: Mapping[str, Result], glossary: Glossary) -> str:
    """Return the quiz sheet of a lesson, with its key.

    Args:
        lesson: which one.
        results: what the check recorded of each run, by its id: the key is computed from it.
        glossary: what terms mean.
    """
    parts = parts_of(lesson, results, {}, glossary)
    asked = [
        (number, step) for number, step in enumerate(lesson.steps, 1) if isinstance(step, QUESTIONS)
    ]
    sheet = []
    shown = None
    for place, (_, step) in enumerate(asked, 1):
        target = answer_to(lesson, step)
        code = ""
        if target is not None and target is not shown:
            code, shown = parts.code(target, with_c=False), target
        sheet.append(_asked(lesson, place, step, code))
    key = "".join(
        _key_row(lesson, place, step, results) for place, (_, step) in enumerate(asked, 1)
    )
    trail = f'<a href="{page_name(lesson.id)}">The lesson</a>'
    body = (
        f'<div class="page-top"><nav class="trail" aria-label="Where this page is">{trail}</nav>'
        f"{header(lesson.title, f'Quiz: {len(asked)} questions', _TOOLS)}</div>"
        '<main id="main" class="quiz"><p class="name-line">Name</p>'
        f'<ol class="sheet-questions">{"".join(sheet)}</ol>'
        f'<section class="key" aria-labelledby="key-title"><h2 id="key-title">Key: '
        f'{plain(lesson.title)}</h2><table class="data"><thead><tr><th scope="col">question</th>'
        '<th scope="col">answer</th><th scope="col">because</th></tr></thead>'
        f"<tbody>{key}</tbody></table></section></main>"
    )
    style = site_file("site.css") + site_file("site_print.css")
    return framed(f"Quiz: {lesson.title}", body, style=style, script=site_file("quiz.js"))


def _asked(lesson: Lesson, place: int, step: Question, code: str) -> str:
    text = _NO_TERMS.inline(filled(lesson, step, step.question))
    if isinstance(step, Predict):
        choices = "".join(
            f'<li><span class="circle" aria-hidden="true"></span> {LETTERS[number]}) '
            f"{_NO_TERMS.inline(filled(lesson, step, choice.text))}</li>"
            for number, choice in enumerate(step.choices)
        )
        room = f'<ul class="choices">{choices}</ul>'
    else:
        room = '<p class="room">Answer:</p>'
    return f'<li value="{place}"><p class="asked">{text}</p>{code}{room}</li>'


def _key_row(lesson: Lesson, place: int, step: Question, results: Mapping[str, Result]) -> str:
    answer, because = _answer(lesson, step, results)
    return (
        f'<tr><th scope="row">{place}</th><td class="answer">{answer}</td><td>{because}</td></tr>'
    )


def _answer(lesson: Lesson, step: Question, results: Mapping[str, Result]) -> tuple[str, str]:
    """Return the right answer and its reason, as markup."""
    target = answer_to(lesson, step)
    result = results.get(target.id) if target is not None else None
    if result is None:
        return "–", "The machine that recorded this sheet could not show it."
    parts = parts_of(lesson, results, {}, Glossary({}))
    try:
        answers = list(parts.answers(step, result))
    except UNTOLD:
        return "–", "The run does not tell."
    [right] = [said for _, kind, said in answers if kind == "right"]
    letter = ""
    if isinstance(step, Predict):
        [given] = [given for given, kind, _ in answers if kind == "right"]
        letter = f"{LETTERS[int(given)]}) "
    words = plain_line(right[0].text).removesuffix(" – and so it was.")
    reason = _NO_TERMS.line(right[1].text)
    return tag("strong", plain(f"{letter}{words}")), reason
