"""One lesson as one page: guess, see, why; the handout when printed; slides at a key.

Everything is in the page: it works from a file, without a server. The runs are those of the check
that the lesson has passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.course.lesson.expectation import Result
from simpsh.course.lesson.lesson_outline import QUESTIONS, RUNNING, answer_to
from simpsh.course.lesson.lesson_steps import (
    AnyStep,
    Compare,
    Explore,
    Lesson,
    NotShown,
    Question,
    Running,
    Say,
    Show,
    Try,
)
from simpsh.course.lesson.lesson_texts import terms_until
from simpsh.course.lesson.term_glossary import Entry, Glossary
from simpsh.course.site.markup import TextMarkup, term_id
from simpsh.course.site.step_sections import LessonParts
from simpsh.view.page.page_frame import framed, header
from simpsh.view.picture.svg_elements import DEFINITIONS, plain, svg, tag
from simpsh.view.picture.svg_style import MARKS

_FOLDER = Path(__file__).with_name("assets")
_TOOLS = (
    '<button type="button" data-reveal>Show everything</button>'
    '<button type="button" data-slides title="Slides (s)">Slides</button>'
    '<button type="button" data-print>Print</button>'
)
INDEX, GLOSSARY = "index.html", "glossary.html"


class CourseLinks(Record):
    """Where a lesson's page leads to."""

    course: Mapping[str, str]
    """The titles of the lessons that have a page, by id, in order."""
    exercises: frozenset[str] = frozenset()

    def around(self, lesson: str) -> tuple[str, str]:
        """Return the ids before and after a lesson; empty at the ends."""
        ids = list(self.course)
        place = ids.index(lesson)
        return (ids[place - 1] if place else ""), (ids[place + 1] if place + 1 < len(ids) else "")

    def link(self, lesson: str) -> str:
        """Return a link to a lesson, or its id alone where it has no page."""
        if lesson not in self.course:
            return tag("code", plain(lesson))
        return tag("a", plain(self.course[lesson]), href=page_name(lesson))


def page_name(lesson: str) -> str:
    """Return the file of a lesson's page."""
    return f"{lesson}.html"


def quiz_name(lesson: str) -> str:
    """Return the file of a lesson's quiz sheet."""
    return f"{lesson}-quiz.html"


def site_file(name: str) -> str:
    """Return a style sheet or script of the site."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def parts_of(
    lesson: Lesson, results: Mapping[str, Result], unshown: Mapping[str, str], glossary: Glossary
) -> LessonParts:
    """Return what makes the parts of a lesson's pages."""
    return LessonParts(lesson, results, unshown, TextMarkup(_terms(lesson, glossary)))


def lesson_page(
    lesson: Lesson,
    results: Mapping[str, Result],
    unshown: Mapping[str, str],
    glossary: Glossary,
    links: CourseLinks,
) -> str:
    """Return the page of a lesson.

    Args:
        lesson: which one.
        results: what the check recorded of each run, by its id.
        unshown: why a run could not be recorded, by its id.
        glossary: what terms mean.
        links: the other pages.
    """
    parts = parts_of(lesson, results, unshown, glossary)
    markup = TextMarkup(_terms(lesson, glossary))
    body = "\n".join(
        [
            '<a class="skip" href="#main">To the lesson</a>',
            svg(DEFINITIONS, 0, 0, class_="definitions", aria_hidden="true"),
            f'<div class="page-top">{_place(lesson)}{_header(lesson, links)}</div>',
            f'<main id="main" data-lesson="{lesson.id}">',
            _opening(lesson, links),
            *_sections(lesson, parts, results),
            _end(lesson, markup),
            _meanings(lesson, glossary),
            "</main>",
            _footer(lesson, links),
            '<div id="meaning" popover="auto"><dl></dl><p><a href="glossary.html">All terms</a></p>'
            "</div>",
        ]
    )
    style = MARKS + site_file("site.css") + site_file("site_print.css") + "".join(parts.styles)
    script = "".join(map(site_file, ("progress.js", "run_player.js", "lesson.js", "slides.js")))
    return framed(lesson.title, body, style=style, script=script)


def _place(lesson: Lesson) -> str:
    return (
        f'<nav class="trail" aria-label="Where this page is"><a href="{INDEX}" data-contents>'
        f"The course</a> › {plain(lesson.chapter)}</nav>"
    )


def _header(lesson: Lesson, links: CourseLinks) -> str:
    place = list(links.course).index(lesson.id) + 1
    facts = f"Lesson {place} of {len(links.course)} · {counted(lesson.minutes, 'minute')}"
    quiz = tag("a", "Quiz sheet", class_="button", href=quiz_name(lesson.id))
    has_questions = any(isinstance(step, QUESTIONS) for step in lesson.steps)
    return header(lesson.title, facts, _TOOLS + (quiz if has_questions else ""))


def _opening(lesson: Lesson, links: CourseLinks) -> str:
    first = [links.link(one) for one in lesson.requires]
    told = f"<p>This lesson builds on {' and '.join(first)}.</p>" if first else ""
    return (
        f'<section class="opening slide" aria-label="Begin"><p class="slide-title">'
        f"{plain(lesson.title)}</p>{told}</section>"
    )


# ----------------------------------------------------------------------------------- sections


def _sections(lesson: Lesson, parts: LessonParts, results: Mapping[str, Result]) -> Iterator[str]:
    """Yield the steps, those that belong together as one section."""
    for number, steps in _scenes(lesson):
        first, last = number, number + len(steps) - 1
        where = f"Step {first}" if first == last else f"Steps {first} and {last}"
        if last - first > 1:
            where = f"Steps {first} to {last}"
        kind, body = _scene(lesson, parts, results, steps, number)
        heading = f'<h2>{kind} <span class="where">{where} of {len(lesson.steps)}</span></h2>'
        asks = " asks" if any(isinstance(step, QUESTIONS) for step in steps) else ""
        yield f'<section class="scene slide{asks}" id="step-{number}">{heading}{body}</section>'


def _scenes(lesson: Lesson) -> Iterator[tuple[int, list[AnyStep]]]:
    """Yield what is one section: questions with what answers them, and every other step."""
    number, waiting = 1, list[AnyStep]()
    for step in lesson.steps:
        waiting.append(step)
        if not isinstance(step, QUESTIONS):
            yield number, waiting
            number, waiting = number + len(waiting), []
    if waiting:
        yield number, waiting


def _scene(
    lesson: Lesson,
    parts: LessonParts,
    results: Mapping[str, Result],
    steps: Sequence[AnyStep],
    number: int,
) -> tuple[str, str]:
    """Return the heading and the body of a section."""
    *asked, last = steps
    forms = "".join(
        parts.question(place, one, _answering(lesson, one, results))
        for place, one in enumerate(asked, number)
        if isinstance(one, QUESTIONS)
    )
    if isinstance(last, RUNNING):
        code = parts.code(last)
        kind, shown = _heading(last, has_question=bool(forms)), parts.result(last)
    else:
        target = answer_to(lesson, asked[0]) if asked and isinstance(asked[0], QUESTIONS) else None
        # A look at the run that stands right above needs no second listing.
        code = "" if target is None or parts.is_shown(target) else parts.code(target)
        kind, shown = _single(parts, last)
    if not code and not forms:
        return kind, shown
    ask = f'<div class="ask">{forms}</div>' if forms else ""
    alone = "together" if code and forms else "together alone"
    return kind, f'<div class="{alone}">{code}{ask}</div><div class="result">{shown}</div>'


def _answering(lesson: Lesson, question: Question, results: Mapping[str, Result]) -> Result | None:
    target = answer_to(lesson, question)
    return results.get(target.id) if target is not None else None


def _heading(step: Running, *, has_question: bool) -> str:
    if has_question:
        return "Guess, then see"
    if isinstance(step, Compare):
        return "Compare"
    return "Every order" if isinstance(step, Explore) else "Watch"


def _single(parts: LessonParts, step: AnyStep) -> tuple[str, str]:
    """Return the heading of a step that runs nothing, and the step."""
    match step:
        case Say():
            return "Read", parts.say(step)
        case Show():
            return "Look again", parts.show(step)
        case Try():
            return "Your turn", parts.task(step)
        case NotShown():
            return "Read", parts.not_shown(step)
        case _:
            return "Read", ""


# ------------------------------------------------------------------------------------ the end


def _end(lesson: Lesson, markup: TextMarkup) -> str:
    found = []
    if lesson.good_for:
        found.append(f"<h3>What it is good for</h3><p>{markup.inline(lesson.good_for)}</p>")
    found.append(f'<h3>Remember</h3><p class="remember">{markup.inline(lesson.remember)}</p>')
    if lesson.read_on:
        found.append(f"<h3>Read on</h3><p>{plain(' · '.join(lesson.read_on))}</p>")
    if lesson.exercise:
        command = f"simpsh lesson exercise start {lesson.exercise}"
        found.append(f'<h3>Exercise</h3><pre class="typed" tabindex="0">{plain(command)}</pre>')
    live = f"simpsh lesson run {lesson.id}"
    found.append(
        f'<h3>Take it on your own machine</h3><pre class="typed" tabindex="0">{plain(live)}</pre>'
    )
    return (
        f'<section class="end slide" id="end"><h2>The end</h2><p class="guessed" '
        f'aria-live="polite"></p>{"".join(found)}</section>'
    )


def _footer(lesson: Lesson, links: CourseLinks) -> str:
    before, after = links.around(lesson.id)
    left = f'<span class="before">← {links.link(before)}</span>' if before else "<span></span>"
    right = f'<span class="after">{links.link(after)} →</span>' if after else "<span></span>"
    return f'<nav class="around" aria-label="Other lessons">{left}{right}</nav>'


# ---------------------------------------------------------------------------------- its terms


def _terms(lesson: Lesson, glossary: Glossary) -> dict[str, str]:
    """Return the terms that the lesson's texts mark, in their forms, and each one's own name."""
    marked = terms_until(lesson, len(lesson.steps))
    return {form: glossary.find(form).term for form in marked if form in glossary}


def _meanings(lesson: Lesson, glossary: Glossary) -> str:
    names = sorted(set(_terms(lesson, glossary).values()), key=str.casefold)
    if not names:
        return ""
    items = "".join(meaning(glossary.find(name)) for name in names)
    return (
        f'<section class="terms" aria-labelledby="terms-title"><h2 id="terms-title">Terms</h2>'
        f"<dl>{items}</dl></section>"
    )


def meaning(entry: Entry, more: str = "") -> str:
    """Return an entry of the glossary as a term and its description.

    Args:
        entry: the entry.
        more: markup after its text.
    """
    text = TextMarkup({}).inline(entry.text)
    return (
        f'<div class="entry" id="{term_id(entry.term)}"><dt>{plain(entry.term)}</dt>'
        f"<dd>{text}{more}</dd></div>"
    )
