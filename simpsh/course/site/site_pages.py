"""The pages of the site: one for each lesson, one with the contents, one with all terms.

The page of a lesson asks for guesses, shows runs, and gives reasons; printed it is a handout. Pages
work without a server. Their runs were recorded by the check that the lesson has passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from simpsh.base.phrases import counted
from simpsh.course.claims.claim import Result
from simpsh.course.lesson.lesson import Lesson, Question, Running, answer_to
from simpsh.course.lesson.lesson_library import LessonHead, in_chapters, in_hours
from simpsh.course.lesson.run_steps import Repair
from simpsh.course.lesson.term_glossary import Entry, Glossary
from simpsh.course.lesson.text_steps import Try
from simpsh.course.site.step_sections import LessonParts, term_id
from simpsh.view.document import html_of_line, inline
from simpsh.view.page.page_frame import frame_page, header
from simpsh.view.picture.svg_elements import DEFINITIONS, MARKS, plain, svg, tag

_FOLDER = Path(__file__).with_name("assets")
_TOOLS = '<button type="button" data-reveal>Show everything</button>'
INDEX, GLOSSARY = "index.html", "glossary.html"


def lesson_link(lesson: str, titles: Mapping[str, str]) -> str:
    """Return a link to a lesson, or just its id if `titles` lacks it."""
    if lesson not in titles:
        return tag("code", plain(lesson))
    return tag("a", plain(titles[lesson]), href=page_name(lesson))


def page_name(lesson: str) -> str:
    """Return the file name of a lesson's page."""
    return f"{lesson}.html"


def site_file(name: str) -> str:
    """Return a style sheet or script of the site."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def site_style() -> str:
    """Return the style sheets of every page."""
    return site_file("site.css") + site_file("site_print.css")


def lesson_page(
    lesson: Lesson,
    results: Mapping[str, Result],
    unshown: Mapping[str, str],
    glossary: Glossary,
    titles: Mapping[str, str],
) -> str:
    """Return the page of a lesson; `titles` has all lessons with a page, in order."""
    parts = LessonParts(lesson, results, unshown, glossary)
    course = list(titles)
    position = course.index(lesson.id)
    facts = f"Lesson {position + 1} of {len(course)} · {counted(lesson.minutes, 'minute')}"
    first = " and ".join(lesson_link(name, titles) for name in lesson.requires)
    before = after = ""
    if position:
        before = f'<span class="before">← {lesson_link(course[position - 1], titles)}</span>'
    if position + 1 < len(course):
        after = f'<span class="after">{lesson_link(course[position + 1], titles)} →</span>'
    terms = sorted(set(parts.terms.values()), key=str.casefold)
    entries = "".join(meaning(glossary.find(name)) for name in terms)
    body = "\n".join(
        [
            '<a class="skip" href="#main">To the lesson</a>',
            svg(DEFINITIONS, 0, 0, class_="definitions", aria_hidden="true"),
            '<div class="page-top"><nav class="trail" aria-label="Where this page is">'
            f'<a href="{INDEX}" data-contents>The course</a> › {plain(lesson.chapter)}</nav>'
            f"{header(lesson.title, facts, _TOOLS)}</div>",
            f'<main id="main" data-lesson="{lesson.id}">',
            '<section class="opening" aria-label="Begin">'
            f"{f'<p>This lesson builds on {first}.</p>' if first else ''}</section>",
            *_sections(parts),
            _end(parts),
            '<section class="terms" aria-labelledby="terms-title"><h2 id="terms-title">Terms</h2>'
            f"<dl>{entries}</dl></section>"
            if entries
            else "",
            "</main>",
            '<nav class="around" aria-label="Other lessons">'
            f"{before or '<span></span>'}{after or '<span></span>'}</nav>",
            '<div id="meaning" popover="auto"><dl></dl><p><a href="glossary.html">All terms</a></p>'
            "</div>",
        ]
    )
    style = MARKS + site_style() + "".join(parts.styles)
    script = site_file("progress.js") + site_file("lesson.js")
    return frame_page(lesson.title, body, style=style, script=script)


def _sections(parts: LessonParts) -> Iterator[str]:
    """Yield the steps, each together with the questions that it answers."""
    lesson = parts.lesson
    asked: list[Question] = []
    for number, step in enumerate(lesson.steps, 1):
        if isinstance(step, Question) and number < len(lesson.steps):
            asked.append(step)
            continue
        first = number - len(asked)
        where = {0: f"Step {first}", 1: f"Steps {first} and {number}"}.get(
            len(asked), f"Steps {first} to {number}"
        )
        forms = "".join(parts.question(index, q) for index, q in enumerate(asked, first))
        code = ""
        if isinstance(step, Running):
            code = parts.code(step.demonstration)
        elif asked:
            # A Show of the run directly above does not need a second listing.
            target = answer_to(lesson, asked[0])
            if target is not None and not parts.is_shown(target):
                code = parts.code(target.demonstration)
        heading, shown = parts.section(step)  # type: ignore[arg-type]  # a kind
        if isinstance(step, Running) and asked:
            heading = "Guess, then see"
        if code or forms:
            ask = f'<div class="ask">{forms}</div>' if forms else ""
            alone = "together" if code and forms else "together alone"
            shown = f'<div class="{alone}">{code}{ask}</div><div class="result">{shown}</div>'
        heading = f'<h2>{heading} <span class="where">{where} of {len(lesson.steps)}</span></h2>'
        asks = " asks" if asked or isinstance(step, Question) else ""
        yield f'<section class="scene{asks}" id="step-{first}">{heading}{shown}</section>'
        asked = []


def _end(parts: LessonParts) -> str:
    lesson = parts.lesson
    typed = '<pre class="typed" tabindex="0">{}</pre>'.format
    exercise = f"simpsh lesson exercise start {lesson.exercise}" if lesson.exercise else ""
    good_for, remember = (parts.line(inline(text)) for text in (lesson.good_for, lesson.remember))
    contents = {
        "What it is good for": tag("p", good_for) if good_for else "",
        "Remember": f'<p class="remember">{remember}</p>',
        "Read on": tag("p", plain(" · ".join(lesson.read_on))) if lesson.read_on else "",
        "Exercise": typed(plain(exercise)) if exercise else "",
        "Take it on your own machine": typed(plain(f"simpsh lesson run {lesson.id}")),
    }
    shown = "".join(f"<h3>{head}</h3>{part}" for head, part in contents.items() if part)
    return (
        f'<section class="end" id="end"><h2>The end</h2><p class="guessed" '
        f'aria-live="polite"></p>{shown}</section>'
    )


def meaning(entry: Entry) -> str:
    """Return an entry of the glossary as a term and its description."""
    text = html_of_line(inline(entry.text))
    return (
        f'<div class="entry" id="{term_id(entry.term)}"><dt>{plain(entry.term)}</dt>'
        f"<dd>{text}</dd></div>"
    )


_FORGET = '<button type="button" data-forget>Forget my progress</button>'


def index_page(lessons: Sequence[Lesson], heads: Sequence[LessonHead]) -> str:
    """Return the contents page: the units with their core; other lessons are folded."""
    core = [head for head in heads if head.kind == "core"]
    time = in_hours(sum(head.minutes for head in core))
    facts = f"{counted(len(heads), 'lesson')} · {len(core)} of the core: {time}"
    parts = {
        lesson.id: sum(isinstance(step, Question | Try | Repair) for step in lesson.steps)
        for lesson in lessons
    }
    chapters = []
    for name, unit in in_chapters(heads).items():
        shown, folded = list[str](), list[str]()
        for head in unit:
            kind = "" if head.kind == "core" else f"{head.kind} · "
            (shown if head.kind == "core" else folded).append(
                f'<li data-lesson="{head.id}" data-parts="{parts[head.id]}"'
                f' data-kind="{head.kind}" data-minutes="{head.minutes}">'
                f'<span class="state" role="img" aria-label="not begun"></span>'
                f'<a href="{page_name(head.id)}">{plain(head.title)}</a>'
                f'<span class="where">{kind}{head.minutes} min</span></li>'
            )
        lists = f'<ul class="lessons">{"".join(shown)}</ul>' if shown else ""
        if folded:
            lists += (
                f'<details class="more"><summary>{counted(len(folded), "more lesson")}</summary>'
                f'<ul class="lessons">{"".join(folded)}</ul></details>'
            )
        title = f"{name[:1].upper()}{name[1:]}"
        chapters.append(
            f'<section class="chapter"><h2>{plain(title)} <span class="where">'
            f"{counted(len(shown), 'core lesson')}</span></h2>{lists}</section>"
        )
    body = "\n".join(
        [
            '<a class="skip" href="#main">To the lessons</a>',
            f'<div class="page-top">{header("Processes on Unix", facts, _FORGET)}</div>',
            '<main id="main" class="contents">',
            site_file("contents_opening.html").replace("{{first}}", page_name(heads[0].id)),
            *chapters,
            "</main>",
        ]
    )
    script = site_file("progress.js") + site_file("contents.js")
    return frame_page("Processes on Unix: the course", body, style=site_style(), script=script)


def former_page(name: str, part_of: str, titles: Mapping[str, str]) -> str:
    """Return the page of a lesson that has left, or that is part of another one now."""
    where = f"This lesson is a part of {lesson_link(part_of, titles)} now."
    words = where if part_of else "This lesson has left the course."
    course = f'<a href="{INDEX}">The course</a>'
    body = f"{header(name)}<main><p>{words}</p><p>{course}</p></main>"
    return frame_page(name, body, style=site_style())


def glossary_page(glossary: Glossary) -> str:
    """Return the page of all terms."""
    items = map(meaning, glossary.entries())
    search = (
        '<label class="spoken" for="find">Find a term</label>'
        '<input id="find" type="search" placeholder="Find a term" autocomplete="off">'
    )
    facts = counted(len(glossary.entries()), "term")
    trail = f'<a href="{INDEX}">The course</a>'
    body = (
        f'<div class="page-top"><nav class="trail" aria-label="Where this page is">{trail}</nav>'
        f"{header('Glossary', facts, search)}</div>"
        f'<main id="main" class="glossary"><dl>{"".join(items)}</dl></main>'
    )
    return frame_page("Glossary", body, style=site_style(), script=site_file("glossary.js"))
