"""The answer to a check: the decisive failure, the requirements, the events, and advice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from simpsh.base.phrases import counted, printable
from simpsh.grade.exercises.exercise_judge import Judgement
from simpsh.grade.exercises.exercise_words import end_of
from simpsh.grade.reports.grade_marks import (
    FAILED,
    OPEN,
    PASSED,
    Mark,
    beginning,
    number,
    points_words,
)
from simpsh.view.styled_text import Line, Piece, hanging, line, painted, plain, styled
from simpsh.view.timeline.terminal_timeline import draw_timeline

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
    for row in _answer(judgement, width, in_colour=colours > 0):
        yield row if isinstance(row, str) else painted(row, colours) if colours else plain(row)


def _answer(judgement: Mark, width: int, *, in_colour: bool) -> Iterator[Line | str]:
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
        run, marked = judgement.shown
        seen = judgement.runs[run]
        if marked < 0:
            # The missing event never came: mark the end of the program instead.
            end = end_of(seen)
            marked = end if end >= 0 else len(seen.events) - 1
        marks = (marked,) if marked >= 0 else ()
        draw = partial(draw_timeline, seen.chronicle, width=width, in_colour=in_colour)
        rows = list(draw(marked=marks))
        # Find the mark by what it changes: the program may print the same sign.
        pairs = enumerate(zip(rows, draw(), strict=False))
        place = next((number for number, (with_mark, without) in pairs if with_mark != without), 0)
        yield from _part(rows, place, _MOST_ROWS)
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


def _part(lines: Sequence[str], marked: int, most: int) -> list[str]:
    """Return at most `most` lines of a timeline, including the one with the number `marked`.

    >>> _part(["a", "b", "c", "d", "e", "f ◀ here", "g", "h"], 5, 5)
    ['… 2 lines before', 'c', 'd', 'e', 'f ◀ here', 'g', '… and 1 more line']
    """
    # The rows before the marked one show how it came about; a few rows after it end its sentence.
    first = max(0, marked - most + max(1, most // 4) + 1)
    before = [f"… {counted(first, 'line')} before"] if first else []
    return before + beginning(lines[first:], most)
