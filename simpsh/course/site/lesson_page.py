"""One lesson as one page: guess, see, why; the handout when printed; slides at a key.

Everything is in the page: it works from a file, without a server. The runs are those of the check
that the lesson has passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.course.claims.expectation import Result
from simpsh.course.lesson.lesson import Lesson, Question, Running, Step, answer_to, terms_until
from simpsh.course.lesson.term_glossary import Entry, Glossary
from simpsh.course.site.step_sections import LessonParts, TextMarkup, term_id
from simpsh.view.page.page_frame import framed, header
from simpsh.view.picture.svg_elements import DEFINITIONS, MARKS, plain, svg, tag

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


def site_style() -> str:
    """Return the style sheets of every page."""
    return site_file("site.css") + site_file("site_print.css")


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
    """Return the page of a lesson."""
    parts = parts_of(lesson, results, unshown, glossary)
    terms = _terms(lesson, glossary)
    place = list(links.course).index(lesson.id) + 1
    facts = f"Lesson {place} of {len(links.course)} · {counted(lesson.minutes, 'minute')}"
    has_questions = any(isinstance(step, Question) for step in lesson.steps)
    quiz = tag("a", "Quiz sheet", class_="button", href=quiz_name(lesson.id))
    first = " and ".join(links.link(name) for name in lesson.requires)
    before, after = links.around(lesson.id)
    entries = [glossary.find(name) for name in sorted(set(terms.values()), key=str.casefold)]
    body = "\n".join(
        [
            '<a class="skip" href="#main">To the lesson</a>',
            svg(DEFINITIONS, 0, 0, class_="definitions", aria_hidden="true"),
            '<div class="page-top"><nav class="trail" aria-label="Where this page is">'
            f'<a href="{INDEX}" data-contents>The course</a> › {plain(lesson.chapter)}</nav>'
            f"{header(lesson.title, facts, _TOOLS + (quiz if has_questions else ''))}</div>",
            f'<main id="main" data-lesson="{lesson.id}">',
            '<section class="opening slide" aria-label="Begin"><p class="slide-title">'
            f"{plain(lesson.title)}</p>"
            f"{f'<p>This lesson builds on {first}.</p>' if first else ''}</section>",
            *_sections(lesson, parts, results),
            _end(lesson, TextMarkup(terms)),
            '<section class="terms" aria-labelledby="terms-title"><h2 id="terms-title">Terms</h2>'
            f"<dl>{''.join(map(meaning, entries))}</dl></section>"
            if entries
            else "",
            "</main>",
            '<nav class="around" aria-label="Other lessons">'
            + (f'<span class="before">← {links.link(before)}</span>' if before else "<span></span>")
            + (f'<span class="after">{links.link(after)} →</span>' if after else "<span></span>")
            + "</nav>",
            '<div id="meaning" popover="auto"><dl></dl><p><a href="glossary.html">All terms</a></p>'
            "</div>",
        ]
    )
    style = MARKS + site_style() + "".join(parts.styles)
    script = "".join(map(site_file, ("progress.js", "run_player.js", "lesson.js", "slides.js")))
    return framed(lesson.title, body, style=style, script=script)


def _sections(lesson: Lesson, parts: LessonParts, results: Mapping[str, Result]) -> Iterator[str]:
    """Yield the steps, each together with the questions that it answers."""
    asked: list[Question] = []
    for number, step in enumerate(lesson.steps, 1):
        if isinstance(step, Question) and number < len(lesson.steps):
            asked.append(step)
            continue
        first = number - len(asked)
        where = {0: f"Step {first}", 1: f"Steps {first} and {number}"}.get(
            len(asked), f"Steps {first} to {number}"
        )
        heading, body = _section(lesson, parts, results, asked, step, first)
        heading = f'<h2>{heading} <span class="where">{where} of {len(lesson.steps)}</span></h2>'
        asks = " asks" if asked or isinstance(step, Question) else ""
        yield f'<section class="scene slide{asks}" id="step-{first}">{heading}{body}</section>'
        asked = []


def _section(
    lesson: Lesson,
    parts: LessonParts,
    results: Mapping[str, Result],
    asked: Sequence[Question],
    step: Step,
    number: int,
) -> tuple[str, str]:
    """Return the heading and the body of a section: its questions, then what answers them."""
    forms = ""
    for place, question in enumerate(asked, number):
        target = answer_to(lesson, question)
        forms += parts.question(place, question, results.get(target.id) if target else None)
    code = ""
    if isinstance(step, Running):
        code = parts.code(step.demonstration)
    elif asked:
        # A look at the run that is right above needs no second listing.
        target = answer_to(lesson, asked[0])
        if target is not None and not parts.is_shown(target):
            code = parts.code(target.demonstration)
    heading, shown = step.section(parts)
    if isinstance(step, Running) and asked:
        heading = "Guess, then see"
    if not code and not forms:
        return heading, shown
    ask = f'<div class="ask">{forms}</div>' if forms else ""
    alone = "together" if code and forms else "together alone"
    return heading, f'<div class="{alone}">{code}{ask}</div><div class="result">{shown}</div>'


# ------------------------------------------------------------------------------------ the end


def _end(lesson: Lesson, markup: TextMarkup) -> str:
    parts = []
    if lesson.good_for:
        parts.append(f"<h3>What it is good for</h3><p>{markup.inline(lesson.good_for)}</p>")
    parts.append(f'<h3>Remember</h3><p class="remember">{markup.inline(lesson.remember)}</p>')
    if lesson.read_on:
        parts.append(f"<h3>Read on</h3><p>{plain(' · '.join(lesson.read_on))}</p>")
    if lesson.exercise:
        command = f"simpsh lesson exercise start {lesson.exercise}"
        parts.append(f'<h3>Exercise</h3><pre class="typed" tabindex="0">{plain(command)}</pre>')
    live = f"simpsh lesson run {lesson.id}"
    parts.append(
        f'<h3>Take it on your own machine</h3><pre class="typed" tabindex="0">{plain(live)}</pre>'
    )
    return (
        f'<section class="end slide" id="end"><h2>The end</h2><p class="guessed" '
        f'aria-live="polite"></p>{"".join(parts)}</section>'
    )


def _terms(lesson: Lesson, glossary: Glossary) -> dict[str, str]:
    """Return the terms that the lesson's texts mark, in their forms, and each one's own name."""
    marked = terms_until(lesson, len(lesson.steps))
    return {form: glossary.find(form).term for form in marked if form in glossary}


def meaning(entry: Entry, more: str = "") -> str:
    """Return an entry of the glossary as a term and its description."""
    text = TextMarkup({}).inline(entry.text)
    return (
        f'<div class="entry" id="{term_id(entry.term)}"><dt>{plain(entry.term)}</dt>'
        f"<dd>{text}{more}</dd></div>"
    )
