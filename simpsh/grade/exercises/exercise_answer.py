"""What a student reads after a check: what decided, what was asked, what happened, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simpsh.base.events import Exit
from simpsh.base.phrases import printable
from simpsh.grade.exercises.exercise import PROGRAM
from simpsh.grade.exercises.exercise_judge import Judgement
from simpsh.grade.reports.grade_marks import beginning, number
from simpsh.view.styled_text import Line, Piece, hanging, line, painted, plain, styled
from simpsh.view.timeline.terminal_timeline import draw_timeline

_MOST_ROWS = 40
_UNREADABLE = "SyntaxError: "
PASSED, FAILED, OPEN = "✓", "✗", "?"
_STYLES = {PASSED: "good", FAILED: "bad", OPEN: "dim"}


def answer(judgement: Judgement, *, width: int = 80, colours: int = 0) -> Iterator[str]:
    """Yield what a student reads after a check, line by line; colours: 256, 16, or 0 for none."""
    for row in _answer(judgement, width, in_colour=colours > 0):
        yield row if isinstance(row, str) else painted(row, colours) if colours else plain(row)


def _answer(judgement: Judgement, width: int, *, in_colour: bool) -> Iterator[Line | str]:
    if judgement.omitted:
        yield f"{judgement.title}: not tried here: {judgement.omitted}"
        return
    if judgement.failure is not None:
        yield from _set(FAILED, f"{_sentence(judgement.failure.words)}.", width, "", "bad")
        for words in judgement.failure.detail:
            yield from _set("", words, width, "  ")
        yield ()
        if _UNREADABLE in judgement.failure.words and all(c.is_open for c in judgement.checks):
            # Python could not read it: there is nothing to draw, and each line would say the same.
            points = f"{number(judgement.points)} of {number(judgement.of)} points"
            yield f"{points}: nothing could be judged."
            return
    yield styled("What was asked", "bold")
    for check in judgement.checks:
        words = f"{check.sentence}: could not be judged" if check.is_open else check.sentence
        sign = PASSED if check.is_passed else OPEN if check.is_open else FAILED
        yield from _set(sign, words, width, "  ", "dim" if check.is_open else "")
    failed = [check for check in judgement.checks if not check.is_passed]
    yield ()
    if not failed:
        words = f"All of it: {number(judgement.of)} of {number(judgement.of)} points."
        yield styled(words, "bold good")
        return
    reasons = dict.fromkeys(check.instead for check in failed if not check.is_open)
    if reasons:
        yield styled("What your program did", "bold")
        for reason in reasons:
            yield from _set("", f"{_sentence(reason)}.", width, "  ")
        yield ()
    if judgement.runs:
        run, marked = judgement.shown
        seen = judgement.runs[run]
        if marked < 0:
            # What had not come by the end of the program, never came.
            ends = [
                index
                for index, event in enumerate(seen.events)
                if isinstance(event.what, Exit) and seen.name_of(event.proc) == PROGRAM
            ]
            marked = ends[-1] if ends else len(seen.events) - 1
        places = (marked,) if marked >= 0 else ()
        rows = draw_timeline(seen.chronicle, width=width, in_colour=in_colour, marked=places)
        yield from _part(list(rows), _MOST_ROWS)
    else:
        yield from judgement.picture.splitlines()
    if judgement.look_at:
        yield ()
        yield styled("What to look at", "bold")
        yield from _set("", judgement.look_at, width, "  ")
    yield ()
    yield f"{number(judgement.points)} of {number(judgement.of)} points."


def _sentence(words: str) -> str:
    """Begin with a capital; a process's name stays as it is written everywhere else."""
    return (words if words.startswith(PROGRAM) else words[:1].upper() + words[1:]).rstrip(".")


def _set(sign: str, words: str, width: int, indent: str, style: str = "") -> Iterator[Line]:
    """Set a text below and after a sign; what begins with blanks is code and stays as it is."""
    # Some of it is what the program printed: its colours are not ours.
    words = printable(words)
    if words.startswith(" "):
        yield line(indent, Piece(words, style))
        return
    label = (f"{indent}{sign} ", _STYLES[sign]) if sign else (indent, "")
    yield from hanging((label, (words, style)), width)


def _part(lines: Sequence[str], most: int) -> list[str]:
    """Return so many lines of a timeline at most; the one that is marked is among them.

    >>> _part(["a", "b", "c", "d", "e", "f ◀ here", "g", "h"], 5)
    ['a', 'b', '… 2 lines more …', 'e', 'f ◀ here', 'g', '… and 1 lines more']
    """
    place = next((number for number, line in enumerate(lines) if "◀ here" in line), 0)
    head = most * 2 // 5
    rest = most - head
    # The rows before it say how it came so far; a row or a few after it end its sentence.
    first = place - rest + max(1, rest // 4) + 1
    if place < most - 1 or first <= head:
        return beginning(lines, most)
    left_out = f"… {first - head} lines more …"
    return [*lines[:head], left_out, *beginning(lines[first:], rest)]
