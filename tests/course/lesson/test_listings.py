"""A listing is what is shown and what runs, with the same numbers."""

import os
import signal

import pytest

from simpsh.course import C, Program, Run, Shell, insert, replace
from simpsh.course.claims.demonstration import Listing, ListingFault, function_source, listing


def race() -> None:
    """Two processes, a word each."""
    child = os.fork()
    if child == 0:  # in the child
        os.write(1, b"child ")
        os._exit(0)  # ① about to end
    # ② the child may be gone
    os.write(1, b"parent ")
    os.waitpid(child, 0)


def helper(number: int) -> int:
    """Be a helper."""
    return number + 1


def names() -> None:
    """Fork in every way."""
    first = os.fork()
    if (second := os.fork()) == 0:
        os._exit(0)
    third, _ = os.forkpty()
    os.fork()
    fourth = signal.getsignal(signal.SIGINT)
    print(first, second, third, fourth)


def test_of_a_single_function_the_body_is_shown_and_numbered_from_1():
    code = listing(Run(race, "race"))
    assert code.lines[0] == "child = os.fork()"
    assert code.lines[5:] == ['os.write(1, b"parent ")', "os.waitpid(child, 0)"]
    assert code.number_of("os.waitpid") == 7


def test_with_other_functions_all_are_shown_and_numbered_through():
    code = listing(Run(race, "race", also=[helper]))
    assert code.lines[:4] == [
        "def helper(number: int) -> int:",
        "    return number + 1",
        "",
        "def race() -> None:",
    ]
    assert code.lines_of(helper) == range(1, 3)
    assert code.lines_of(race) == range(4, 12)
    assert code.number_of("os.waitpid") == 11


def test_what_runs_has_the_line_numbers_that_are_shown():
    code = listing(Run(race, "race"))
    world: dict[str, object] = {}
    exec(code.compiled("<demonstration>"), world)
    function = world["race"].__code__
    lines = {line for _, _, line in function.co_lines() if line}
    assert lines == {1, 2, 3, 4, 6, 7}
    assert function.co_filename == "<demonstration>"


def test_a_callout_belongs_to_its_line_or_from_a_line_of_its_own_to_the_next():
    assert listing(Run(race, "race")).callouts == {4: "①", 6: "②"}


def test_a_process_is_named_after_the_variable_that_forks_result_goes_into():
    assert listing(Run(names, "names")).fork_names == {1: "first", 2: "second", 4: "third"}


def test_an_edit_is_made_before_the_lines_are_numbered():
    code = listing(Run(race, "race", edit=insert("x = 1", above="child = os.fork()")))
    assert code.lines[:2] == ["x = 1", "child = os.fork()"]
    assert code.fork_names == {2: "child"}
    twice = listing(
        Run(race, "r", edit=insert("x = 1", above="os.fork")), replace("x = 1", "x = 2")
    )
    assert twice.lines[0] == "x = 2"


def test_lines_that_an_edit_changed_are_marked():
    before = listing(Run(race, "race"))
    after = listing(Run(race, "race"), insert("os.sched_yield()", above='b"parent "'))
    assert after.changed_since(before) == {6}
    assert before.changed_since(before) == frozenset()
    assert Listing("something\nelse").changed_since(before) == frozenset()


def test_a_reference_becomes_the_line_number_of_the_one_line_that_fits():
    code = listing(Run(race, "race"))
    assert code.fill("{line:os.waitpid} and {line:os.fork}") == "line 7 and line 1"
    with pytest.raises(ListingFault, match=r"“os\.write” is in lines 3, 6"):
        code.fill("{line:os.write}")
    with pytest.raises(ListingFault, match=r"“os\.kill” is in no line"):
        code.fill("{line:os.kill}")


def test_an_edit_that_python_cannot_read_is_told_with_its_line():
    with pytest.raises(ListingFault, match=r"not Python after the edit: .*, line 2"):
        listing(Run(race, "race"), replace("if child == 0:", "if child = 0:")).compiled("x")


def test_other_languages_are_shown_as_they_are():
    c = C("\n#include <unistd.h>\nint main(void) { return fork(); /* ① */ }\n")
    assert listing(Run(c, "c")).lines == ["int main(void) { return fork(); /* ① */ }"]
    assert listing(Run(c, "c")).callouts == {1: "①"}
    assert listing(Run(Shell("(cd /; pwd)"), "s")).text == "(cd /; pwd)"
    assert listing(Run(Program(("sleep", "1")), "p")).text == "sleep 1"


def test_what_is_no_function_has_no_listing():
    with pytest.raises(ListingFault, match="cannot be found: is it a function"):
        function_source(3)


def test_the_includes_of_a_c_program_are_compiled_and_not_shown():
    program = C("\n#include <unistd.h>\n#include <stdlib.h>\n\nint main(void) { _exit(3); }\n")
    shown = listing(Run(program, id="c"))
    assert shown.lines == ["int main(void) { _exit(3); }"]
    assert shown.source.startswith("#include <unistd.h>")


def test_the_lines_that_a_text_refers_to():
    shown = Listing("a = 1\nb = 2\na = 3")
    assert shown.spoken_of(
        "first {line:b =}, then {line:a = 1}; {line:a =} is two, {line:c} none"
    ) == [
        1,
        2,
    ]
    assert shown.spoken_of("line 2") == []
