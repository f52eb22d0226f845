"""The contents page of the site, with plans and progress, and the page of all terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simpsh.base.phrases import counted
from simpsh.course.lesson.lesson import Lesson, Plan, Question, terms_until
from simpsh.course.lesson.lesson_library import LessonHead, in_chapters, in_hours
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.site.lesson_page import (
    INDEX,
    lesson_link,
    meaning,
    page_name,
    site_file,
    site_style,
)
from simpsh.view.document import html_of_line, inline
from simpsh.view.page.page_frame import framed, header
from simpsh.view.picture.svg_elements import plain, tag

_FORGET = '<button type="button" data-forget>Forget my progress</button>'


def index_page(
    lessons: Sequence[Lesson], heads: Sequence[LessonHead], plans: Sequence[Plan]
) -> str:
    """Return the contents page: the units with their core; other lessons are folded."""
    core = [head for head in heads if head.kind == "core"]
    time = in_hours(sum(head.minutes for head in core))
    facts = f"{counted(len(heads), 'lesson')} · {len(core)} of the core: {time}"
    pages = {lesson.id: lesson.title for lesson in lessons}
    questions = {
        lesson.id: sum(isinstance(step, Question) for step in lesson.steps) for lesson in lessons
    }
    chapters = []
    for name, unit in in_chapters(heads).items():
        shown, folded = list[str](), list[str]()
        for head in unit:
            kind = "" if head.kind == "core" else f"{head.kind} · "
            (shown if head.kind == "core" else folded).append(
                f'<li data-lesson="{head.id}" data-questions="{questions[head.id]}"'
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
    planned = "".join(_plan(plan, pages) for plan in plans)
    body = "\n".join(
        [
            '<a class="skip" href="#main">To the lessons</a>',
            f'<div class="page-top">{header("Processes on Unix", facts, _FORGET)}</div>',
            '<main id="main" class="contents">',
            site_file("contents_opening.html").replace("{{first}}", page_name(heads[0].id)),
            f'<section class="plans" aria-label="Plans">{planned}</section>' if planned else "",
            *chapters,
            "</main>",
        ]
    )
    script = site_file("progress.js") + site_file("contents.js")
    return framed("Processes on Unix: the course", body, style=site_style(), script=script)


def _plan(plan: Plan, pages: Mapping[str, str]) -> str:
    rows = []
    for part in plan.parts:
        links = []
        for name in part.lessons:
            link = lesson_link(name, pages)
            links.append(f'<span data-lesson="{name}">{link}</span>' if name in pages else link)
        remark = html_of_line(inline(part.remark)) if part.remark else ""
        if part.exercises:
            remark = f"Exercises: {plain(', '.join(part.exercises))}"
        below = tag("p", remark, class_="remark") if remark else ""
        rows.append(
            f'<tr><th scope="row">{plain(part.when)}</th><td>{" · ".join(links)}{below}</td></tr>'
        )
    return (
        f'<details class="plan panel"><summary>A plan for {plain(plan.title.lower())}</summary>'
        f'<table class="data"><tbody>{"".join(rows)}</tbody></table></details>'
    )


def glossary_page(lessons: Sequence[Lesson], glossary: Glossary) -> str:
    """Return the page of all terms, each with links to the lessons that use it."""
    links: dict[str, dict[str, str]] = {}
    """The links to lessons by their ids, for each term."""
    for lesson in lessons:
        for form in terms_until(lesson, len(lesson.steps)):
            if form in glossary:
                link = tag("a", plain(lesson.title), href=page_name(lesson.id))
                links.setdefault(glossary.find(form).term, {})[lesson.id] = link
    items = []
    for entry in glossary.entries():
        used = " · ".join(links.get(entry.term, {}).values())
        items.append(meaning(entry, f'<p class="remark">In: {used}</p>' if used else ""))
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
    return framed("Glossary", body, style=site_style(), script=site_file("glossary.js"))
