"""The steps of a lesson as parts of its page: text, question, recorded run, table, task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simpsh.base.errors import SimpshError
from simpsh.course.guard import machine_needs
from simpsh.course.lesson.answer_key import plain as as_typed
from simpsh.course.lesson.answer_key import right_answer
from simpsh.course.lesson.c_beside_python import NotInC, c_listing, reason_without_c
from simpsh.course.lesson.code_listing import Listing
from simpsh.course.lesson.expectation import NotThere, Result, Unknown
from simpsh.course.lesson.lesson_outline import (
    base_of,
    calls_named,
    code_spoken_of,
    filled,
    listing_of,
    rows_of,
    runs_of,
)
from simpsh.course.lesson.lesson_steps import (
    AnyStep,
    Ask,
    Code,
    Compare,
    Explore,
    Lesson,
    NotShown,
    Predict,
    Question,
    Run,
    Running,
    Say,
    Show,
    Try,
)
from simpsh.course.lesson.observation import STUCK, Observation, SearchResult
from simpsh.course.screen import screen_tables
from simpsh.course.screen.answer_lines import (
    FAILS,
    HOLDS,
    LETTERS,
    Answer,
    CheckedClaim,
    choice_answers,
    free_answers,
    judged_claims,
)
from simpsh.course.screen.code_display import margin_names, who_ran
from simpsh.course.screen.open_files_picture import open_descriptions
from simpsh.course.screen.possible_outputs import (
    MOST_PICTURES,
    conclusions,
    output_words,
    run_of,
    seen_words,
)
from simpsh.course.screen.screen_tables import ScreenTable
from simpsh.course.screen.variant_changes import changes
from simpsh.course.site.markup import TextMarkup, listing_html, table_html
from simpsh.course.site.run_figure import RunFigure
from simpsh.course.teach.run_display import left_words
from simpsh.view.picture.svg_elements import plain, tag
from simpsh.view.styled_text import Line, Piece, styled

MOST_OUTPUTS = 24
"""More outputs of a search than these are counted and not shown."""
_LANGUAGES = {"python": "Python", "c": "C", "shell": "Shell"}
_SIGNS = {HOLDS: "checked", FAILS: "failed"}


class LessonParts:
    """Makes the parts of one lesson's page from what its check recorded.

    Args:
        lesson: which one.
        results: what each run gave, by its id.
        unshown: why a run cannot be shown, by its id.
        markup: turns texts into HTML.
    """

    def __init__(
        self,
        lesson: Lesson,
        results: Mapping[str, Result],
        unshown: Mapping[str, str],
        markup: TextMarkup,
    ) -> None:
        self._lesson = lesson
        self._results = results
        self._unshown = unshown
        self._markup = markup
        self._before: Listing | None = None
        self.styles: list[str] = []
        """Rules for single figures."""
        self._names: dict[str, int] = {}

    # ------------------------------------------------------------------------------- texts

    def say(self, step: Say) -> str:
        """Return a thought, with the code that it speaks of."""
        prose = f'<div class="prose">{self._text(step, step.text)}</div>'
        about = code_spoken_of(self._lesson, step)
        if step.code is None or about is None:
            return prose
        return f'<div class="together">{prose}{self.code(about, step.code)}</div>'

    def _text(self, step: AnyStep, text: str) -> str:
        return self._markup.paragraphs(filled(self._lesson, step, text))

    def _inline(self, step: AnyStep, text: str) -> str:
        return self._markup.inline(filled(self._lesson, step, text))

    # -------------------------------------------------------------------------------- code

    def is_shown(self, step: Running) -> bool:
        """Return whether the code that was shown last is that of a step."""
        return self._before is not None and self._before.text == listing_of(step).text

    def code(self, step: Running, only: Code | None = None, *, with_c: bool = True) -> str:
        """Return the listing of a step, in its language and, where there is one, in C.

        Args:
            step: whose code.
            only: one function of it.
            with_c: whether it is shown in C as well.
        """
        whole = listing_of(step)
        base = base_of(step)
        new = self._new_lines(whole)
        rows = rows_of(whole, only)
        name = _LANGUAGES[whole.language]
        shown = listing_html(whole, f"Code in {name}", changed=new, only=rows)
        other = self._in_c(base, only) if with_c and whole.language == "python" else ""
        if not other:
            return f'<div class="code" data-language="{whole.language}">{shown}</div>'
        number = self._number("code")
        return (
            f'<div class="code"><div class="tabs" role="tablist" aria-label="Language">'
            f"{_tab(number, 'python', 'Python', is_first=True)}{_tab(number, 'c', 'C')}</div>"
            f"{_tab_panel(number, 'python', shown)}{_tab_panel(number, 'c', other)}</div>"
        )

    def _in_c(self, step: Run | Explore, only: Code | None) -> str:
        reason = reason_without_c(step)
        if reason:
            return tag("p", f"No C here: {plain(reason)}", class_="remark")
        try:
            found = listing_html(c_listing(step, only), "Code in C")
        except NotInC:
            return ""
        if step.edit:
            said = f"The run changes the Python: {step.edit}."
            found += tag("p", plain(said), class_="remark")
        return found

    def _new_lines(self, whole: Listing) -> frozenset[int]:
        before = self._before
        if before is not None and before.text == whole.text:
            return frozenset()
        self._before = whole
        return whole.changed_since(before) if before is not None else frozenset()

    def _number(self, kind: str) -> str:
        self._names[kind] = self._names.get(kind, 0) + 1
        return f"{kind}-{self._names[kind]}"

    # --------------------------------------------------------------------------- questions

    def question(self, number: int, step: Question, result: Result | None) -> str:
        """Return a question; the answers to each guess are in the page, and shown later.

        Args:
            number: of the step, from 1.
            step: the question.
            result: what answers it; None if this machine could not show it.
        """
        name = f"q{number}"
        asked = self._inline(step, step.question)
        hint = self._inline(step, step.hint) if step.hint else ""
        if hint:
            hint = f'<details class="hint"><summary>Hint</summary><p>{hint}</p></details>'
        return (
            f'<form class="question" id="{name}" data-question="{number}">'
            f"<fieldset><legend>{asked}</legend>{self._choices(name, step)}</fieldset>{hint}"
            f'<p class="why-line"><label for="{name}-why">Why do you think so? (not needed)</label>'
            f'<textarea id="{name}-why" name="why" rows="2"></textarea></p>'
            '<p class="answer-buttons"><button type="submit" class="primary">'
            "See what happens</button>"
            '<button type="button" data-pass>I have no guess</button></p></form>'
            f'<div class="feedback" role="status" aria-live="polite" data-answers="{name}">'
            f"{''.join(self._feedback(step, result))}</div>"
        )

    def _choices(self, name: str, step: Question) -> str:
        if isinstance(step, Ask):
            return (
                f'<input type="text" name="{name}" id="{name}-text" autocomplete="off" '
                f'spellcheck="false" aria-label="Your answer">'
            )
        return "".join(
            f'<label class="choice"><input type="radio" name="{name}" value="{place}">'
            f'<span class="letter" aria-hidden="true">{LETTERS[place]}</span>'
            f"<span>{self._inline(step, choice.text)}</span></label>"
            for place, choice in enumerate(step.choices)
        )

    def _feedback(self, step: Question, result: Result | None) -> Iterator[str]:
        if result is None:
            yield _guessed("none", "", tag("p", "This machine could not show the answer."))
            return
        for given, kind, answers in self.answers(step, result):
            rows = "".join(
                f"<dt>{plain(one.label)}</dt><dd>{self._markup.line(one.text)}</dd>"
                for one in answers
            )
            yield _guessed(given, kind, f"<dl>{rows}</dl>")

    def answers(
        self, step: Question, result: Result
    ) -> Iterator[tuple[str, str, Sequence[Answer]]]:
        """Yield what is said to each guess: the guess, `right`, `other` or nothing, and the answer.

        The guess is the number of a choice, a text, `other` for any other text, `none` for no
        guess.
        """

        def fill(text: str) -> str:
            return filled(self._lesson, step, text)

        if isinstance(step, Predict):
            right = step.right(result)
            yield "none", "", choice_answers(right, None, fill)
            for place, choice in enumerate(step.choices):
                kind = "right" if choice is right else "other"
                yield str(place), kind, choice_answers(right, choice, fill)
            return
        was = right_answer(step, result)
        yield "none", "", free_answers(step, was, "", fill)
        yield f"={was}", "right", free_answers(step, was, was, fill)
        for near in step.near:
            said = as_typed(near)
            yield f"={said}", "other", free_answers(step, was, said, fill)
        yield "other", "other", free_answers(step, was, "", fill)

    # -------------------------------------------------------------------------------- runs

    def result(self, step: Running) -> str:
        """Return what a run, a comparison or a search gave, and its claims."""
        if step.id not in self._results:
            return self._not_shown(step)
        result = self._results[step.id]
        if isinstance(result, SearchResult):
            body = self._search(step, result)
        elif isinstance(result, Observation):
            body = self._run(step, result)
        else:
            assert isinstance(step, Compare)
            body = self._comparison(step, result)
        return body + self._claims(step, result) + _left(result)

    def _not_shown(self, step: Running) -> str:
        reason = self._unshown.get(step.id, "it did not run")
        said = f"<p>The machine that recorded this page could not show this: {plain(reason)}.</p>"
        claims = "".join(tag("li", self._inline(step, one.sentence)) for one in step.claims)
        return f'<div class="notice">{said}{f"<ul>{claims}</ul>" if claims else ""}</div>'

    def _run(self, step: Running, run: Observation) -> str:
        figure = self._figure(step, run)
        if isinstance(step, Run) and step.shows == "nothing":
            return ""
        return figure.html()

    def _figure(self, step: Running, run: Observation) -> RunFigure:
        base = base_of(step)
        watch = (*(base.watch if isinstance(base, Run) else ()), *sorted(calls_named(step)))
        name = self._number(f"run-{step.id}")
        figure = RunFigure(run, name, "What happened", listing_of(step), watch)
        self.styles.append(figure.style())
        return figure

    def _comparison(self, step: Compare, results: Mapping[str, Observation | SearchResult]) -> str:
        table = table_html(screen_tables.comparison(step, results), self._markup, "Comparison")
        said = [f"Not shown here: {one}." for one in screen_tables.reasons(step, results)]
        remarks = "".join(tag("p", plain(one), class_="remark") for one in said)
        changed = changes(step)
        rows = [
            [_words(label if not place else ""), _words(where), (Piece(text, "code"),)]
            for label, its in changed.items()
            for place, (where, text) in enumerate(its)
        ]
        if not rows:
            return table + remarks
        what = table_html(
            ScreenTable([step.title, "line", "changed in the code"], rows),
            self._markup,
            "What each row changes in the code",
        )
        return f'{table}{remarks}<div class="changes">{what}</div>'

    def _search(self, step: Running, found: SearchResult) -> str:
        shown = sorted(found.possible)
        cards = [
            f'<li class="outcome"><h3>{plain(output_words(output))}</h3>'
            f"{self._way(step, found, output, is_drawn=len(shown) <= MOST_PICTURES)}</li>"
            for output in shown[:MOST_OUTPUTS]
        ]
        left_out = len(shown) - MOST_OUTPUTS
        more = tag("p", f"… and {left_out} more.", class_="remark") if left_out > 0 else ""
        said = "".join(tag("p", plain(one), class_="remark") for one in conclusions(found))
        return f'<ul class="outcomes">{"".join(cards)}</ul>{more}{said}'

    def _way(self, step: Running, found: SearchResult, output: str, *, is_drawn: bool) -> str:
        """Return how often an output came, and one order that leads to it."""
        seen = plain(seen_words(found, output)) if found.native else ""
        way, picture = found.possible[output], ""
        if is_drawn:
            run = run_of(found.names, way, is_stuck=output.endswith(STUCK))
            figure = RunFigure(run, self._number(f"way-{step.id}"), "One order")
            self.styles.append(figure.style())
            picture = figure.html(can_step=False)
        items = "".join(f"<li>{plain(f'{who} {words}')}</li>" for who, words, _ in way.steps)
        return (
            f'<p class="remark">{seen}</p>{picture}<details class="step-list">'
            f"<summary>One order that leads to it</summary><ol>{items}</ol></details>"
        )

    def _claims(self, step: Running, result: Result) -> str:
        claims = judged_claims(step.claims, result, machine_needs.why_not)
        if not claims:
            return ""
        items = "".join(self._claim(step, one) for one in claims)
        return f'<div class="claims"><h3>Checked in this run</h3><ul>{items}</ul></div>'

    def _claim(self, step: Running, one: CheckedClaim) -> str:
        note = f" ({plain(one.note)})" if one.note else ""
        chain = ""
        if len(one.chain) > 1:
            chain = f'<p class="chain">{plain(" → ".join(one.chain))}</p>'
        said = _SIGNS.get(one.sign, "not shown")
        return (
            f'<li><span class="sign" aria-hidden="true">{one.sign}</span>'
            f'<span class="spoken">{said}: </span>{self._inline(step, one.sentence)}{note}'
            f"{chain}</li>"
        )

    # --------------------------------------------------------------------- shows and tasks

    def show(self, step: Show) -> str:
        """Return what a Show looks at once more."""
        running = runs_of(self._lesson)[step.of]
        text = f'<div class="prose">{self._text(step, step.text)}</div>' if step.text else ""
        if step.of not in self._results:
            return text + self._not_shown(running)
        return text + self._looked_at(step, running, self._results[step.of])

    def _looked_at(self, step: Show, running: Running, result: Result) -> str:
        if not isinstance(result, Observation):
            return self.result(running)
        match step.what:
            case "memory":
                return self._table(screen_tables.memory(result, step.at), "Memory")
            case "descriptors":
                return self._table(screen_tables.descriptors(result, step.at), "Descriptors")
            case "open files":
                return self._open_files(result, step.at)
            case "family":
                return self._table(screen_tables.family(result, step.at), "Processes")
            case "code":
                return self.code(running)
            case "who ran":
                return self._who_ran(running, result)
            case _:
                return self._figure(running, result).html()

    def _table(self, table: ScreenTable, caption: str) -> str:
        return table_html(table, self._markup, caption)

    def _open_files(self, run: Observation, moment: str) -> str:
        found = open_descriptions(run, moment)
        if not found:
            # Without kcmp(2) it cannot be told which descriptors share one.
            return self._table(screen_tables.descriptors(run, moment), "Descriptors")
        rows: list[Sequence[Line]] = []
        for one in found:
            kept = ", ".join(one.kept)
            for place, (who, number, closes) in enumerate(one.holders):
                closing = "FD_CLOEXEC" if closes else ""
                style = "bold" if one.is_shared else ""
                first = not place
                rows.append(
                    [
                        screen_tables.name_cell(run, who, f"{who} {number}"),
                        _words(closing),
                        styled(f"→ {kept}" if first else "↑ the same", style),
                        _words(f"→ {one.file}" if first else ""),
                    ]
                )
        heads = ["descriptor", "flag", "open file description", "file"]
        return self._table(ScreenTable(heads, rows), "Open files")

    def _who_ran(self, running: Running, run: Observation) -> str:
        whole, ran, names = listing_of(running), who_ran(run), margin_names(run)
        rows = [
            [
                _words(str(number)),
                (Piece(text.rstrip(), "code"),),
                _words(", ".join(name for name in names if name in ran.get(number, ()))),
            ]
            for number, text in enumerate(whole.lines, 1)
            if text.strip()
        ]
        return self._table(ScreenTable(["line", "code", "who ran it"], rows), "Who ran which line")

    def task(self, step: Try) -> str:
        """Return a task at the prompt, with its hint and one solution."""
        praise = self._text(step, step.praise)
        return (
            '<div class="task"><h3>Try it at <code>&gt;&gt;</code></h3>'
            f'<div class="prose">{self._text(step, step.task)}</div>'
            f'<details class="hint"><summary>Hint</summary>{self._text(step, step.hint)}</details>'
            '<details class="solution"><summary>One solution</summary>'
            f'<pre class="typed" tabindex="0"><span class="quiet">&gt;&gt; </span>'
            f"{plain(step.solution)}</pre>{praise}</details></div>"
        )

    def not_shown(self, step: NotShown) -> str:
        """Return what no machine shows."""
        return f'<div class="notice"><p>Not shown here: {self._inline(step, step.why)}</p></div>'


def _tab(number: str, language: str, name: str, *, is_first: bool = False) -> str:
    return (
        f'<button type="button" role="tab" id="{number}-{language}-tab" data-language="{language}" '
        f'aria-controls="{number}-{language}" aria-selected="{str(is_first).lower()}"'
        f"{'' if is_first else ' tabindex=-1'}>{name}</button>"
    )


def _tab_panel(number: str, language: str, content: str) -> str:
    return (
        f'<div role="tabpanel" id="{number}-{language}" data-language="{language}" '
        f'aria-labelledby="{number}-{language}-tab">{content}</div>'
    )


def _guessed(given: str, kind: str, content: str) -> str:
    kinds = f"notice {'good' if kind == 'right' else ''}".strip()
    return f'<div class="{kinds}" data-guess="{plain(given)}" data-kind="{kind}">{content}</div>'


def _words(text: str) -> Line:
    return styled(text, "")


def _left(result: Result) -> str:
    """Say who was there to the end, and has been ended."""
    left = left_words(result)
    return tag("p", plain(left.capitalize()), class_="remark") if left else ""


UNTOLD = (SimpshError, Unknown, NotThere)
"""What is raised where a run does not tell the answer to a question."""
