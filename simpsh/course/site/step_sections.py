"""The steps of a lesson as parts of its page: text, question, recorded run, table, task."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from simpsh.base.phrases import counted
from simpsh.base.record import changed
from simpsh.course.claims.claim import Result
from simpsh.course.claims.demonstration import Demonstration, Listing, c_listing, listing
from simpsh.course.claims.observation import YOU, Observation, SearchResult
from simpsh.course.lesson.lesson import (
    Lesson,
    Question,
    Running,
    Step,
    answer_to,
    code_referred_to,
    terms_until,
)
from simpsh.course.lesson.run_steps import Repair
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.lesson.text_steps import AnyStep, Say, Show, Try
from simpsh.course.screen.answer_lines import FAILS, HOLDS, LETTERS, Part, RunView, judge_claims
from simpsh.course.screen.code_display import code_listing
from simpsh.course.screen.picture_rows import picture_rows
from simpsh.course.screen.screen_tables import conclusions, outputs
from simpsh.process.machine_permits import why_not
from simpsh.view.document import Paragraph, Table, html_of, html_of_line, inline, linked, paragraphs
from simpsh.view.page.html_page import legend
from simpsh.view.picture.svg_elements import plain, tag
from simpsh.view.picture.svg_picture import LABELS, TimelinePicture
from simpsh.view.styled_text import Line, code_marked
from simpsh.view.timeline.timeline_rows import TimelineRow, folded, reason

_LANGUAGES = {"python": "Python", "c": "C", "shell": "Shell"}
_SIGNS = {HOLDS: "checked", FAILS: "failed"}


class LessonParts:
    """Makes the parts of one lesson's page from the results of its check."""

    def __init__(
        self,
        lesson: Lesson,
        results: Mapping[str, Result],
        unshown: Mapping[str, str],
        glossary: Glossary,
    ) -> None:
        self.lesson = lesson
        self.terms = {
            form: glossary.find(form).term
            for form in terms_until(lesson, len(lesson.steps))
            if form in glossary
        }
        """The terms that the lesson's texts mark, by form, with their basic forms."""
        self._links = {form: f"#{term_id(term)}" for form, term in self.terms.items()}
        """Links from terms to the end of the page, by the marked form."""
        self._results = results
        self._unshown = unshown
        self._before: Listing | None = None
        self.styles: list[str] = []
        self._names: dict[str, int] = {}

    def section(self, step: AnyStep) -> tuple[str, str]:
        """Return the heading of a step and its HTML; a question is shown with its run."""
        match step:
            case Say():
                return "Read", self._prose(step, step.text)
            case Running():
                return step.heading, self._result(step)
            case Show():
                return "Look again", self._look_again(step)
            case Try():
                return "Your turn", self._task(step, step.task, step.solution)
            case Repair():
                code = "".join(f"\n    {line}" for line in step.program("py").rstrip().split("\n"))
                text, solution = f"{step.task}\n{code}", step.program("py", is_broken=False)
                return "Repair", self._task(step, text, solution)
            case Question():
                return "Read", ""

    # ------------------------------------------------------------------- texts, tasks, code

    def _prose(self, step: Step, text: str) -> str:
        """Return a text as paragraphs, next to its code."""
        prose = f'<div class="prose">{self._paragraphs(text)}</div>'
        about = code_referred_to(self.lesson, step)
        if step.part is None or isinstance(step, Running) or about is None:
            return prose
        return f'<div class="together">{prose}{self.code(about, step.part)}</div>'

    def _task(self, step: Try | Repair, text: str, solution: str) -> str:
        """Return a task with its hint and one solution; the task of a Try is at a prompt.

        The page cannot judge a line, so the reader says whether simpsh accepted it.
        """
        prompt, hint = ">> " if isinstance(step, Try) else "", self._paragraphs(step.hint)
        praise = step.note if isinstance(step, Try) else step.praise
        where = f"Try it at {tag('code', plain(prompt.strip()))}" if prompt else "Fix it"
        return (
            f'<div class="task"><h3>{where}</h3>'
            f'<div class="prose">{self._paragraphs(text)}</div>'
            f'<details class="hint"><summary>Hint</summary>{hint}</details>'
            '<details class="solution"><summary>One solution</summary>'
            f'<pre class="typed" tabindex="0"><span class="quiet">{plain(prompt)}</span>'
            f"{plain(solution)}</pre>{self._paragraphs(praise)}</details>"
            '<p class="own-work"><label><input type="checkbox" data-task='
            f'"t{self.lesson.steps.index(step) + 1}"> simpsh accepted my answer</label></p></div>'
        )

    def line(self, text: Line) -> str:
        """Return the HTML of one line, without an element around it."""
        return html_of_line(linked(text, self._links))

    def inline(self, text: str) -> str:
        """Return a text of one paragraph, without an element around it."""
        return self.line(inline(text))

    def _paragraphs(self, text: str) -> str:
        return html_of(paragraphs(text, self._links))

    def is_shown(self, step: Running) -> bool:
        """Return whether the last listing belongs to a step."""
        shown = listing(step.demonstration).source
        return self._before is not None and self._before.source == shown

    def code(self, step: Demonstration, part: str | None = None) -> str:
        """Return the listing of a demonstration, in its language and, if available, in C."""
        whole, before = listing(step), self._before
        new: frozenset[int] = frozenset()
        if before is None or before.source != whole.source:
            self._before = whole
            new = whole.changed_since(before) if before is not None else new
        label = f"Code in {_LANGUAGES[whole.language]}"
        shown = html_of([code_listing(whole, label, rows=whole.rows_of(part), changed=new)])
        in_c = _in_c(step) if whole.language == "python" else ""
        return f'<div class="code" data-language="{whole.language}">{shown}{in_c}</div>'

    def _number(self, kind: str) -> str:
        self._names[kind] = self._names.get(kind, 0) + 1
        return f"{kind}-{self._names[kind]}"

    # --------------------------------------------------------------------------- questions

    def question(self, number: int, step: Question) -> str:
        """Return the question of a step, with hidden replies to each guess."""
        name = f"q{number}"
        hint = self.inline(step.hint) if step.hint else ""
        if hint:
            hint = f'<details class="hint"><summary>Hint</summary><p>{hint}</p></details>'
        choices = "".join(
            f'<label class="choice"><input type="radio" name="{name}" value="{index}">'
            f'<span class="letter" aria-hidden="true">{LETTERS[index]}</span>'
            f"<span>{self.inline(choice.text)}</span></label>"
            for index, choice in enumerate(step.choices)
        )
        return (
            f'<form class="question" id="{name}" data-question="{number}"><fieldset>'
            f"<legend>{self.inline(step.question)}</legend>{choices}</fieldset>{hint}"
            '<p class="answer-buttons"><button type="submit" class="primary">'
            "See what happens</button>"
            '<button type="button" data-pass>I have no guess</button></p></form>'
            f'<div class="feedback" role="status" aria-live="polite" data-answers="{name}">'
            f"{''.join(self._feedback(step))}</div>"
        )

    def _feedback(self, step: Question) -> Iterator[str]:
        target = answer_to(self.lesson, step)
        result = self._results.get(target.id) if target is not None else None
        if result is None:
            yield _guess_box("none", "", tag("p", "This machine could not show the answer."))
            return
        right = step.right(result)
        for guess in (None, *range(len(step.choices))):
            rows = "".join(
                f"<dt>{plain(answer.label)}</dt><dd>{self.line(answer.text)}</dd>"
                for answer in step.answers(guess, result)
            )
            kind = "" if guess is None else "right" if guess == right else "other"
            yield _guess_box("none" if guess is None else str(guess), kind, f"<dl>{rows}</dl>")

    # -------------------------------------------------------------------------------- runs

    def _result(self, step: Running) -> str:
        """Return the result of a run and its claims."""
        if step.id not in self._results:
            return self._not_run(step)
        result = self._results[step.id]
        body = self._parts(step, step.parts(result), result)
        items = []
        for claim in judge_claims(step.claims, result, why_not):
            note = f" ({self.line(code_marked(claim.note))})" if claim.note else ""
            sign = _SIGNS.get(claim.sign, "not shown")
            items.append(
                f'<li><span class="sign" aria-hidden="true">{claim.sign}</span>'
                f'<span class="spoken">{sign}: </span>{self.inline(claim.sentence)}{note}'
                "</li>"
            )
        if items:
            body += (
                f'<div class="claims"><h3>Checked in this run</h3><ul>{"".join(items)}</ul></div>'
            )
        return body

    def _look_again(self, step: Show) -> str:
        """Return a text and parts of an earlier run."""
        text = self._prose(step, step.text) if step.text else ""
        run = step.run_shown(self.lesson)
        if run is None:
            return text
        if run.id not in self._results:
            return text + self._not_run(run)
        result = self._results[run.id]
        if not isinstance(result, Observation):
            return text + self._result(run)
        # The page has the picture of the run above.
        parts = [part for part in step.parts(result, run) if part is not RunView.PICTURE]
        return text + self._parts(run, parts, result)

    def _not_run(self, step: Running) -> str:
        reason = self._unshown.get(step.id, "it did not run")
        words = f"<p>The machine that recorded this page could not show this: {plain(reason)}.</p>"
        claims = "".join(tag("li", self.inline(claim.sentence)) for claim in step.claims)
        return f'<div class="notice">{words}{f"<ul>{claims}</ul>" if claims else ""}</div>'

    def _parts(self, step: Running, parts: Sequence[Part], result: Result) -> str:
        return "".join(self._part(step, part, result) for part in parts)

    def _part(self, step: Running, part: Part, result: Result) -> str:
        match part:
            case Table() | Paragraph():
                return html_of([part])
            case SearchResult():
                return html_of([outputs(part)]) + "".join(map(_remark, conclusions(part)))
            case RunView.PICTURE | RunView.OUTPUT if isinstance(result, Observation):
                # A page has room for the picture even if a terminal shows only the output.
                watch = (*step.watch, *sorted(step.calls))
                name = self._number(f"run-{step.id}")
                figure, style = run_figure(result, name, "What happened", watch)
                self.styles.append(style)
                return figure
            case RunView.PICTURE | RunView.OUTPUT:
                # There is no single run.
                return ""


def _guess_box(guess: str, kind: str, content: str) -> str:
    kinds = f"notice {'good' if kind == 'right' else ''}".strip()
    return f'<div class="{kinds}" data-guess="{plain(guess)}" data-kind="{kind}">{content}</div>'


def _in_c(step: Demonstration) -> str:
    """Return the C version of a program, folded; empty if there is none."""
    in_c = c_listing(step)
    if in_c is None:
        return ""
    code = html_of([code_listing(in_c, "Code in C")])
    code += _remark(f"The run changes the Python: {step.edit}.") if step.edit else ""
    return f'<details class="in-c"><summary>The same in C</summary>{code}</details>'


def _remark(text: str) -> str:
    return tag("p", plain(text), class_="remark")


def term_id(term: str) -> str:
    """Return the fragment id of a term, the same on every page.

    >>> term_id("open file description"), term_id("_exit()")
    ('term-open-file-description', 'term-_exit')
    """
    return f"term-{re.sub(r'[^a-z0-9_]+', '-', term.casefold()).strip('-')}"


MOST_OUTPUT = 1500
"""The maximum number of characters of an output that are shown."""
MOST_STEPS = 150
"""The number of steps beyond which they are folded: see `timeline_rows.folded`."""
_EXPLAINED = frozenset(
    ("fork", "exec", "adoption", "pipe", "stop", "continue", "session", "rest", "reap", "signal")
)
"""Kinds of steps whose rule the figure explains; the lesson explains the others."""


def _from_outside(row: TimelineRow) -> TimelineRow:
    """Return the row of the reader's action as a page shows it: a signal at its receiver."""
    if row.name != YOU:
        return row
    kind, name = ("delivery", row.other) if row.kind == "signal" else (row.kind, "")
    return changed(row, kind=kind, name=name, subject="You", others=())


def run_figure(
    run: Observation, name: str, title: str, watch: Sequence[str] = ()
) -> tuple[str, str]:
    """Return the picture of a run, its output, and its steps as text; and the figure's style.

    `name` is the figure's id, `title` a description for screen readers. Changes of watched
    variables are steps.
    """
    shown = sorted(picture_rows(run, watch), key=lambda row: row.index)
    steps, omission = folded([*map(_from_outside, shown)], MOST_STEPS)
    if not steps:
        return _output(run), ""
    picture, count = TimelinePicture(run.chronicle, steps), counted(len(steps), "step")
    label = f"{title}: a lane for each process, a column for each step"
    # The widths of the picture's two parts are needed for printing.
    width = LABELS + picture.width
    style = f"#{name}{{--names-width:{LABELS};--all-width:{width:.0f}}}"
    figure = (
        f'<figure class="run" id="{name}">'
        f'<figcaption class="spoken">{plain(title)}: {count}.</figcaption>'
        f'<div class="panel stage"><div class="picture" role="group" tabindex="0" '
        f'aria-label="{plain(label)}"><div class="canvas">'
        '<div class="corner" aria-hidden="true"><span>process</span><span>step →</span></div>'
        f"{picture.axis()}{picture.labels()}{picture.timeline(f'{name}-picture')}"
        f'</div></div><ul class="legend" aria-label="Legend">{legend(picture.kinds())}</ul>'
        f"</div>{_output(run)}{_steps_as_text(run, steps, omission)}</figure>"
    )
    return figure, style


def _steps_as_text(run: Observation, steps: Sequence[TimelineRow], omission: str) -> str:
    items = []
    for number, step in enumerate(steps, 1):
        line = f" <i>line {step.line}</i>" if step.line else ""
        look = f' <i class="mark">{step.mark} everything is looked at</i>' if step.mark else ""
        is_explained = step.kind in _EXPLAINED and run.events[step.index].proc != YOU
        why = reason(run.chronicle, step) if is_explained else ""
        below = _remark(why) if why else ""
        items.append(f'<li value="{number}"><b>{plain(step.text)}</b>{line}{look}{below}</li>')
    return (
        f'<details class="step-list"><summary>The {counted(len(items), "step")}, and why</summary>'
        f"<ol>{''.join(items)}</ol>{_remark(omission) if omission else ''}</details>"
    )


def _output(run: Observation) -> str:
    text = run.output
    if not text:
        return ""
    more = f"\n… {len(text) - MOST_OUTPUT} characters more" if len(text) > MOST_OUTPUT else ""
    return (
        '<div class="printed"><h3>Output</h3><pre tabindex="0" role="group" '
        f'aria-label="Output">{plain(text[:MOST_OUTPUT] + more)}</pre></div>'
    )
