"""What the lessons on counting and on return values found: lines in questions, values, includes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from simpsh.course import (
    C,
    Choice,
    Lesson,
    Predict,
    Run,
    happens,
    never,
    processes,
    replace,
    value,
)
from simpsh.course.heights import sizes
from simpsh.course.listing import listing
from simpsh.course.performing import perform
from simpsh.course.watched_calls import further_calls
from simpsh.kernel.syscall_table import NUMBERS

if TYPE_CHECKING:
    from simpsh.course.observation import Observation

parent, child = processes("parent", "child")


def counted() -> None:
    """Each sets x, and nobody outlives it."""
    x = 1
    child = os.fork()
    if child == 0:
        x = 2
        os._exit(x)
    os.waitpid(child, 0)


def bound_to_nothing() -> None:
    """The mask 0."""
    try:
        os.sched_setaffinity(0, [])
    except OSError:
        os.write(1, b"refused")


def seen(run: Run) -> Observation:
    """Run it."""
    found = perform(run)
    assert not isinstance(found, dict)
    return found  # type: ignore[return-value]  # of a Run


def test_a_value_without_a_moment_is_the_one_that_was_set_last() -> None:
    run = seen(Run(counted, id="x"))
    assert (child.value("x") == 2).holds(run)
    assert (parent.value("x") == 1).holds(run)
    assert (value("x") == 2).holds(run)
    assert not (parent.value("y") == 1).holds(run)


def test_the_lines_that_a_question_speaks_of_are_put_into_it() -> None:
    run = Run(counted, id="x", claims=[])
    question = Predict(
        "What is returned in {line:os.fork()}?",
        Choice("something", happens(child.is_born), "It is."),
        Choice("nothing", never(child.is_born), "It is not."),
    )
    lesson = Lesson(id="a-test", title="A test", minutes=1, steps=[question, run], remember="This.")
    screens = [size.text for size in sizes(lesson, {"x": perform(run)})]
    assert "What is returned in line 2?" in screens[0]


def test_the_includes_of_a_c_program_are_compiled_and_not_shown() -> None:
    program = C("\n#include <unistd.h>\n#include <stdlib.h>\n\nint main(void) { _exit(3); }\n")
    shown = listing(Run(program, id="c"))
    assert shown.lines == ["int main(void) { _exit(3); }"]
    assert shown.source.startswith("#include <unistd.h>")


def test_a_replacement_keeps_the_blank_that_it_begins_with() -> None:
    assert replace(" and b", " or b").apply("a and b") == "a or b"
    assert replace("b", "b\nc").apply("  b") == "  b\n  c"


def test_a_refused_binding_is_told() -> None:
    run = seen(Run(bound_to_nothing, id="x"))
    assert happens(parent.fails("sched_setaffinity", "EINVAL")).holds(run)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="other machines lack some of the calls")
def test_every_call_that_lessons_may_speak_of_has_a_number() -> None:
    from simpsh.course.staging import Staging

    assert further_calls(Staging()) <= set(NUMBERS)
