"""Whether each value of a lesson is of the kind that its field asks for: a number is no text.

What a lesson is made of says so by its annotations. A file with a value of another kind is refused
when it is loaded, in one line; so nothing that plays or checks a lesson meets one.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TypeGuard, Union, get_args, get_origin, get_type_hints

from simpsh.base.phrases import shortened
from simpsh.base.record import Record
from simpsh.course.lesson.expectation import Expectation, Fact
from simpsh.course.lesson.lesson_steps import (
    AnyStep,
    Choice,
    Claim,
    DemonstrationSource,
    Edit,
    Function,
    Lesson,
)
from simpsh.course.lesson.process_ref import Process

_LONGEST = 60
_WORDS: Mapping[object, str] = {
    str: "a text",
    int: "a number",
    bool: "True or False",
    Choice: "a Choice",
    Claim: "a Claim",
    DemonstrationSource: "one of C, Shell and Program",
    Edit: "an edit (replace, delete, insert or move)",
    Expectation: "an expectation (happens(…) of an event, or a fact that is compared)",
    Fact: "a fact of the run (count(…), child.value(…))",
    Function: "a function",
    Process: "a process (parent, child)",
    types.NoneType: "None",
}


def faults_of_kind(lesson: Lesson) -> Iterator[str]:
    """Yield which values are of another kind than needed: `step 2 (Predict): hint is 7: …`."""
    if not _is_series(lesson.steps):
        yield f"steps is {_shown(lesson.steps)}: a sequence of steps is needed"
        return
    steps: Sequence[object] = lesson.steps
    for number, step in enumerate(steps, 1):
        place = f"step {number} ({type(step).__name__})"
        if not isinstance(step, Record) or not _fits(step, AnyStep):
            yield f"{place}: {_shown(step)} is no step; see the contract for what is one"
            continue
        yield from (f"{place}: {fault}" for fault in _within(step))
    yield from _of_fields(lesson, [name for name in Lesson._fields if name != "steps"])


def _within(value: Record) -> Iterator[str]:
    """Yield the faults of a record, and of the records that it holds."""
    wrong = list(_of_fields(value, type(value)._fields))
    yield from wrong
    if wrong:
        return
    for name in type(value)._fields:
        held = getattr(value, name)
        inside = [*held.values()] if isinstance(held, Mapping) else held
        for one in inside if _is_series(inside) else [held]:
            if isinstance(one, Record):
                yield from (f"{_name_of(one)}{fault}" for fault in _within(one))


def _name_of(value: Record) -> str:
    """Return what a part of a step is called in front of its fault."""
    words = getattr(value, "text", getattr(value, "sentence", None))
    shown = f" “{words}”" if isinstance(words, str) else ""
    return f"{type(value).__name__}{shown}: "


def _of_fields(value: Record, names: Sequence[str]) -> Iterator[str]:
    kinds = _kinds(type(value))
    for name in names:
        held = getattr(value, name)
        if _fits(held, kinds[name]):
            continue
        if _is_series(held) and get_origin(kinds[name]) in (tuple, Sequence):
            kind = get_args(kinds[name])[0]
            held = next(one for one in held if not _fits(one, kind))
            yield f"{_shown(held)} stands among its {name}: {_described(kind)} is needed"
        else:
            yield f"{name} is {_shown(held)}: {_described(kinds[name])} is needed"


@cache
def _kinds(kind: type[Record]) -> Mapping[str, object]:
    return get_type_hints(kind)


def _is_series(value: object) -> TypeGuard[Sequence[object]]:
    """Return whether it is a sequence; a text is one, too: of letters."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def _fits(value: object, kind: object) -> bool:
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return any(_fits(value, one) for one in inside)
    if kind is Function or origin is Callable:
        return callable(value)
    if origin is tuple or origin is Sequence:
        return _is_series(value) and all(_fits(one, inside[0]) for one in value)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            _fits(key, inside[0]) and _fits(one, inside[1]) for key, one in value.items()
        )
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(kind, type) and isinstance(value, kind)


def _described(kind: object) -> str:
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_described(one) for one in inside))
    if origin is Callable:
        return "a function"
    if origin is tuple or origin is Sequence:
        return f"a sequence, in which each is {_described(inside[0])},"
    if origin is Mapping:
        return f"a mapping to {_described(inside[1])}"
    return _WORDS.get(kind) or f"a {getattr(kind, '__name__', kind)}"


def _shown(value: object) -> str:
    return shortened(repr(value), _LONGEST)
