"""The answer to a check: the decisive failure, the requirements, the events, and advice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simpsh.base.phrases import counted, printable
from simpsh.grade.exercises.exercise_judge import Judgement
from simpsh.grade.exercises.exercise_words import end_of
from simpsh.grade.reports.grade_marks import FAILED, OPEN, PASSED, Mark, number, points_words
from simpsh.view.styled_text import Line, Piece, hanging, line, painted, plain, styled
from simpsh.view.timeline.terminal_timeline import timeline_lines
from simpsh.view.timeline.timeline_rows import rows_of

_MOST_ROWS = 40
_UNREADABLE = "SyntaxError: "
_STYLES = {PASSED: "good", FAILED: "bad", OPEN: "dim"}


def report(title: str, marks: Sequence[Mark]) -> str:
    """Return a title and marks as a text that ends with a newline."""
    lines = [title, ""]
    width = max((len(mark.id) for mark in marks), default=0)
    for mark in marks:
        is_open = all(check.is_passed or check.is_open for check in mark.checks)
        sign = PASSED if mark.is_full else OPEN if is_open else FAILED
        score = f"{number(mark.points)}/{number(mark.of)}"
        lines.append(f" {sign} {score:>7}  {mark.id:<{width}}  {mark.title}")
    for mark in marks:
        if not mark.is_full:
            lines += ["", f"{mark.id}: {mark.title}", *answer(mark)]
    total = points_words(sum(mark.points for mark in marks), sum(mark.of for mark in marks))
    return "\n".join((*lines, "", total)) + "\n"


def answer(judgement: Mark, *, width: int = 80, colours: int = 0) -> Iterator[str]:
    """Yield the lines that a student reads after a check; colours: 256, 16, or 0 for none."""
    for row in _answer(judgement, width):
        yield row if isinstance(row, str) else painted(row, colours) if colours else plain(row)


def _answer(judgement: Mark, width: int) -> Iterator[Line | str]:
    if judgement.decisive:
        first, *detail = judgement.decisive.splitlines()
        yield from _set(FAILED, f"{_sentence(first)}.", width, "", "bad")
        for words in detail:
            yield from _set("", words, width, "  ")
        yield ()
        if _UNREADABLE in first and all(c.is_open for c in judgement.checks):
            # Python could not parse the program: there are no events, and checks share one reason.
            points = points_words(judgement.points, judgement.of)
            yield f"{points}: nothing could be judged."
            return
    yield styled("What was asked", "bold")
    for check in judgement.checks:
        words = check.sentence
        if check.is_open:
            words = f"{words}: could not be judged"
        yield from _set(check.sign, words, width, "  ", "dim" if check.is_open else "")
    failed = [check for check in judgement.checks if not check.is_passed]
    yield ()
    if not failed:
        words = f"All of it: {points_words(judgement.of, judgement.of)}."
        yield styled(words, "bold good")
        yield f"{judgement.title}."
        return
    reasons = dict.fromkeys(check.instead for check in failed if not check.is_open)
    if reasons:
        yield styled("What your program did", "bold")
        for reason in reasons:
            yield from _set("", f"{_sentence(reason)}.", width, "  ")
        yield ()
    if isinstance(judgement, Judgement) and judgement.runs:
        yield from _timeline(judgement, width)
    else:
        yield from judgement.picture.splitlines()
    if judgement.look_at:
        yield ()
        yield styled("What to look at", "bold")
        yield from _set("", judgement.look_at, width, "  ")
    yield ()
    yield f"{points_words(judgement.points, judgement.of)}."


def _sentence(words: str) -> str:
    """Capitalize the first letter, and remove the full stop."""
    return f"{words[:1].upper()}{words[1:]}".rstrip(".")


def _set(sign: str, words: str, width: int, indent: str, style: str = "") -> Iterator[Line]:
    """Wrap a text after a sign; a text that begins with a blank is code and is not wrapped."""
    # The text may quote what the program printed: remove its colours and controls.
    words = printable(words)
    if words.startswith(" "):
        yield line(indent, Piece(words, style))
        return
    label = (f"{indent}{sign} ", _STYLES[sign]) if sign else (indent, "")
    yield from hanging((label, (words, style)), width)


def _timeline(judgement: Judgement, width: int) -> Iterator[Line | str]:
    """Yield the rows around the event that shows why points were lost."""
    run, marked = judgement.shown
    seen = judgement.runs[run]
    if marked < 0:
        # The missing event never came: mark the end of the program instead.
        end = end_of(seen)
        marked = end if end >= 0 else len(seen.events) - 1
    rows = rows_of(seen.chronicle)
    place = max(sum(row.index <= marked for row in rows) - 1, 0)
    # The rows before the marked one show how it came about; a few rows after it end its sentence.
    first = max(0, place - _MOST_ROWS + _MOST_ROWS // 4)
    shown, more = rows[first : first + _MOST_ROWS], len(rows) - first - _MOST_ROWS
    if first:
        yield f"… {counted(first, 'step')} before"
    marks = {row.index for row in rows[place : place + 1]}
    yield from timeline_lines(seen.chronicle, shown, width=width, marked=marks)
    if more > 0:
        yield f"… and {counted(more, 'more step')}"
