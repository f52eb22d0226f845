"""The contents page of the site, with plans and progress, and the page of all terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from simpsh.base.phrases import counted
from simpsh.course.lesson.course_plan import Plan, PlanPart
from simpsh.course.lesson.lesson_outline import QUESTIONS
from simpsh.course.lesson.lesson_steps import Lesson
from simpsh.course.lesson.lesson_texts import terms_until
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.site.lesson_page import INDEX, meaning, page_name, quiz_name, site_file
from simpsh.course.site.markup import TextMarkup
from simpsh.view.page.page_frame import framed, header
from simpsh.view.picture.svg_elements import plain, tag

_TEXT = TextMarkup({})
_FORGET = '<button type="button" data-forget>Forget my progress</button>'


def index_page(lessons: Sequence[Lesson], plans: Sequence[Plan]) -> str:
    """Return the contents page.

    Args:
        lessons: those that have a page, in the order of the course.
        plans: which lessons a class takes when.
    """
    minutes = sum(lesson.minutes for lesson in lessons)
    facts = f"{counted(len(lessons), 'lesson')} · {minutes // 60} h {minutes % 60:02} min"
    pages = {lesson.id: lesson.title for lesson in lessons}
    body = "\n".join(
        [
            '<a class="skip" href="#main">To the lessons</a>',
            f'<div class="page-top">{header("Processes on Unix", facts, _FORGET)}</div>',
            '<main id="main" class="contents">',
            site_file("contents_opening.html").replace("{{first}}", page_name(lessons[0].id)),
            _plans(plans, pages),
            *(_chapter(name, list(its)) for name, its in groupby(lessons, lambda one: one.chapter)),
            "</main>",
        ]
    )
    script = site_file("progress.js") + site_file("contents.js")
    style = site_file("site.css") + site_file("site_print.css")
    return framed("Processes on Unix: the course", body, style=style, script=script)


def _chapter(name: str, lessons: Sequence[Lesson]) -> str:
    items = "".join(_entry(lesson) for lesson in lessons)
    title = f"{name[:1].upper()}{name[1:]}"
    return (
        f'<section class="chapter"><h2>{plain(title)} <span class="where">'
        f'{counted(len(lessons), "lesson")}</span></h2><ul class="lessons">{items}</ul></section>'
    )


def _entry(lesson: Lesson) -> str:
    questions = sum(isinstance(step, QUESTIONS) for step in lesson.steps)
    quiz = f'<a href="{quiz_name(lesson.id)}">quiz</a>' if questions else ""
    return (
        f'<li data-lesson="{lesson.id}" data-questions="{questions}">'
        f'<span class="state" role="img" aria-label="not begun"></span>'
        f'<a href="{page_name(lesson.id)}">{plain(lesson.title)}</a>'
        f'<span class="where">{lesson.minutes} min {quiz}</span></li>'
    )


def _plans(plans: Sequence[Plan], pages: Mapping[str, str]) -> str:
    shown = [_plan(plan, pages) for plan in plans]
    return f'<section class="plans" aria-label="Plans">{"".join(shown)}</section>' if shown else ""


def _plan(plan: Plan, pages: Mapping[str, str]) -> str:
    rows = "".join(_part(part, pages) for part in plan.parts)
    return (
        f'<details class="plan panel"><summary>A plan for {plain(plan.title.lower())}</summary>'
        f'<table class="data"><tbody>{rows}</tbody></table></details>'
    )


def _part(part: PlanPart, pages: Mapping[str, str]) -> str:
    links = [
        f'<span data-lesson="{one}"><a href="{page_name(one)}">{plain(pages[one])}</a></span>'
        if one in pages
        else tag("code", plain(one))
        for one in part.lessons
    ]
    told = " · ".join(links)
    remark = _TEXT.inline(part.remark) if part.remark else ""
    if part.exercises:
        remark = f"Exercises: {plain(', '.join(part.exercises))}"
    below = tag("p", remark, class_="remark") if remark else ""
    return f'<tr><th scope="row">{plain(part.when)}</th><td>{told}{below}</td></tr>'


def glossary_page(lessons: Sequence[Lesson], glossary: Glossary) -> str:
    """Return the page of all terms, each with the lessons that explain it by use."""
    used: dict[str, list[Lesson]] = {}
    for lesson in lessons:
        for form in terms_until(lesson, len(lesson.steps)):
            if form in glossary:
                where = used.setdefault(glossary.find(form).term, [])
                if lesson not in where:
                    where.append(lesson)
    items = "".join(
        meaning(entry, _lessons_of(used.get(entry.term, ()))) for entry in glossary.entries()
    )
    trail = (
        f'<nav class="trail" aria-label="Where this page is"><a href="{INDEX}">The course</a></nav>'
    )
    search = (
        '<label class="spoken" for="find">Find a term</label>'
        '<input id="find" type="search" placeholder="Find a term" autocomplete="off">'
    )
    facts = counted(len(glossary.entries()), "term")
    body = (
        f'<div class="page-top">{trail}{header("Glossary", facts, search)}</div>'
        f'<main id="main" class="glossary"><dl>{items}</dl></main>'
    )
    style = site_file("site.css") + site_file("site_print.css")
    return framed("Glossary", body, style=style, script=site_file("glossary.js"))


def _lessons_of(lessons: Sequence[Lesson]) -> str:
    links = [tag("a", plain(one.title), href=page_name(one.id)) for one in lessons]
    return f'<p class="remark">In: {" · ".join(links)}</p>' if links else ""
