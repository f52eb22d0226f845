"""What a run answers: the right number or line of an Ask, a cell of a comparison's table."""

from __future__ import annotations

from simpsh.course.lesson.expectation import Expectation, Fact, NotThere, Result, Unknown, quoted
from simpsh.course.lesson.lesson_steps import Ask, Column

NOT_SHOWN = "not shown"


def cell(column: Column, result: Result) -> str:
    """Return what a column of a comparison says of a row's run, within one line."""
    try:
        return _told(column, result)
    except NotThere:
        return "–"
    except Unknown:
        return NOT_SHOWN


def why_not_shown(column: Column, result: Result) -> str:
    """Return why a cell says NOT_SHOWN; empty if it does not."""
    try:
        _told(column, result)
    except NotThere:
        return ""
    except Unknown as doubt:
        return str(doubt)
    return ""


def _told(column: Column, result: Result) -> str:
    if isinstance(column, Expectation):
        return "yes" if column.holds(result) else "no"
    if isinstance(column, Fact):
        value = column.value(result)
        if not isinstance(value, str):
            return plain(value)
        # A row is one line, and how many lines a text has is shown all the same.
        is_one_line = value.find("\n") == len(value) - 1
        return value[:-1] if value and is_one_line else value.replace("\n", "⏎")
    return column(result)


def right_answer(ask: Ask, result: Result) -> str:
    """Return the answer that a run gives to a free question, as one would type it.

    Raises:
        NotThere: the run has no such thing, which is an author's mistake.
        Unknown: this machine cannot tell.
    """
    return plain(ask.answer.value(result))


def is_right(given: str, answer: str) -> bool:
    """Return whether a typed answer is the right one; blanks around it do not matter.

    >>> is_right(" 8 ", "8"), is_right("08", "8"), is_right("child  parent", "child parent")
    (True, True, True)
    """
    return _normal(given) == _normal(answer)


def why_not(ask: Ask, given: str) -> str:
    """Return why an answer that is often given is not so; empty if nothing is known of it."""
    for answer, reason in ask.near.items():
        if is_right(given, plain(answer)):
            return reason
    return ""


def plain(value: object) -> str:
    """Return a value as one would type it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list | set | frozenset):
        # A set of outputs: blanks at their ends matter.
        is_set = isinstance(value, set | frozenset)
        return ", ".join(sorted(quoted(str(one)) for one in value) if is_set else map(str, value))
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value).strip()


def _normal(text: str) -> str:
    words = " ".join(text.split()).strip("“”\"'")
    return str(int(words)) if words.isascii() and words.isdigit() else words
