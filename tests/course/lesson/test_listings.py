"""The shown and the executed code have the same line numbers; an edit changes one place."""

import os
import signal

import pytest

from simpsh.course import C, Compare, Edit, Run, Shell, delete, insert, move, replace
from simpsh.course.claims.demonstration import Listing, ListingFault, function_source, listing
from simpsh.course.lesson.compare_step import changed_lines
from simpsh.view.document import table_lines, table_sentences
from simpsh.view.styled_text import plain_block


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


def test_a_single_function_is_shown_by_its_body_with_its_own_line_numbers():
    code = listing(Run(race, "race"))
    assert code.lines[0] == "child = os.fork()"
    assert code.lines[5:] == ['os.write(1, b"parent ")', "os.waitpid(child, 0)"]
    assert code.callouts == {4: "①", 6: "②"}
    world: dict[str, object] = {}
    exec(code.compiled("<demonstration>"), world)
    function = world["race"].__code__
    assert {line for _, _, line in function.co_lines() if line} == {1, 2, 3, 4, 6, 7}
    assert function.co_filename == "<demonstration>"
    assert listing(Run(names, "names")).fork_names == {1: "first", 2: "second", 4: "third"}


def test_several_functions_are_shown_with_consecutive_line_numbers():
    code = listing(Run(race, "race", also=[helper]))
    assert code.lines[:4] == [
        "def helper(number: int) -> int:",
        "    return number + 1",
        "",
        "def race() -> None:",
    ]
    assert code.rows_of(helper) == range(1, 3)
    assert code.rows_of(race) == range(4, 12)
    assert code.number_of("os.waitpid") == 11


def test_a_text_refers_to_the_one_line_that_fits():
    code = listing(Run(race, "race"))
    assert code.fill("{line:os.waitpid} and {line:os.fork}") == "line 7 and line 1"
    with pytest.raises(ListingFault, match=r"“os\.write” is in lines 3, 6"):
        code.fill("{line:os.write}")
    with pytest.raises(ListingFault, match=r"“os\.kill” is in no line"):
        code.fill("{line:os.kill}")
    shown = Listing("a = 1\nb = 2\na = 3")
    text = "first {line:b =}, then {line:a = 1}; {line:a =} is two, {line:c} none"
    assert shown.referenced_lines(text) == [1, 2]


def test_other_languages_are_shown_unchanged_but_without_the_includes_of_c():
    c = listing(Run(C("\n#include <unistd.h>\n\nint main(void) { return fork(); /* ① */ }\n"), "c"))
    assert c.lines == ["int main(void) { return fork(); /* ① */ }"]
    assert c.callouts == {1: "①"}
    assert c.source.startswith("#include <unistd.h>")
    assert listing(Run(Shell("(cd /; pwd)"), "s")).text == "(cd /; pwd)"
    with pytest.raises(ListingFault, match="cannot be found: is it a function"):
        function_source(3)


CODE = "\n".join(line for line in listing(Run(race, "race")).lines if "②" not in line)
CHILD = 'os.write(1, b"child ")'
PARENT = 'os.write(1, b"parent ")'


@pytest.mark.parametrize(
    ("edit", "rows", "lines"),
    [
        (replace("child == 0", "child != 0"), (1, 2), ["if child != 0:  # in the child"]),
        # Several lines get the indentation of the first, but not the rest of a line.
        (replace(CHILD, "a = 1\nb = 2"), (2, 4), ["    a = 1", "    b = 2"]),
        (replace("os.fork()", "fork()\nx = 1"), (0, 2), ["child = fork()", "x = 1"]),
        (replace(f"{PARENT}\nos.waitpid(child, 0)", "pass"), (4, 9), ["pass"]),
        (replace(" == 0", " or b"), (1, 2), ["if child or b:  # in the child"]),
        (
            insert("x = 1\nif x:\n    x = 2", above='b"child "'),
            (2, 6),
            ["    x = 1", "    if x:", "        x = 2", f"    {CHILD}"],
        ),
        (delete("waitpid"), (4, 9), [PARENT]),
        # `pass` stays in a block that would be empty.
        (delete(CHILD), (2, 3), ["    os._exit(0)  # ① about to end"]),
        (
            delete(CHILD) + delete("os._exit"),
            (1, 3),
            ["if child == 0:  # in the child", "    pass"],
        ),
        (move("os.waitpid(child, 0)", above=PARENT), (4, 9), ["os.waitpid(child, 0)", PARENT]),
        (move("os.waitpid(child, 0)", above=CHILD), (2, 3), ["    os.waitpid(child, 0)"]),
        (
            replace("child == 0", "child > 0") + replace("child > 0", "child != 0"),
            (1, 2),
            ["if child != 0:  # in the child"],
        ),
    ],
    ids=str,
)
def test_an_edit_changes_one_place(edit, rows, lines):
    assert edit.apply(CODE).split("\n")[slice(*rows)] == lines
    assert edit


def test_an_edit_whose_text_does_not_occur_exactly_once_is_refused():
    for edit, message in (
        (replace("os.exec", "x"), "“os.exec” is not in the code"),
        (delete("os.write"), "“os.write” is 2 times in the code"),
        (insert("x", above="child"), "“child” is 5 times in the code"),
        (move("os.kill", above="os._exit"), "“os.kill” is not in the code"),
        (replace("", "x"), "“” is not in the code"),
    ):
        with pytest.raises(ListingFault, match=message):
            edit.apply(CODE)


def test_an_edit_describes_itself_and_an_empty_edit_changes_nothing():
    assert str(delete("os.wait")) == "without “os.wait”"
    assert (
        str(replace("a", "b") + insert("c", above="d"))
        == "“b” in place of “a” and “c” added above “d”"
    )
    assert str(move("a", above="b")) == "“a” moved above “b”"
    assert (str(Edit()), Edit().apply(CODE), bool(Edit())) == ("nothing", CODE, False)


def test_an_edit_is_applied_before_the_lines_are_numbered_and_its_lines_are_marked():
    code = listing(Run(race, "race", edit=insert("x = 1", above="child = os.fork()")))
    assert code.lines[:2] == ["x = 1", "child = os.fork()"]
    assert code.fork_names == {2: "child"}
    edit = insert("x = 1", above="os.fork")
    assert listing(Run(race, "r", edit=edit), replace("x = 1", "x = 2")).lines[0] == "x = 2"
    before = listing(Run(race, "race"))
    after = listing(Run(race, "race"), insert("os.sched_yield()", above='b"parent "'))
    assert after.changed_since(before) == {6}
    assert before.changed_since(before) == frozenset()
    assert Listing("something\nelse").changed_since(before) == frozenset()
    with pytest.raises(ListingFault, match=r"not Python after the edit: .*, line 2"):
        listing(Run(race, "race"), replace("if child == 0:", "if child = 0:")).compiled("x")


# Each row of a comparison shows how it changes the code.


def two_writers() -> None:
    fd = os.open("log", os.O_WRONLY)
    child = os.fork()
    os.write(fd, b"a")
    if child == 0:  # in the child
        os._exit(0)
    os.waitpid(child, 0)


STEP = Compare(
    Run(two_writers, id="one"),
    id="ways",
    variants={
        "nothing": Edit(),
        "O_APPEND": replace("os.O_WRONLY", "os.O_WRONLY | os.O_APPEND"),
        "the parent waits": move("os.waitpid", above="os.write"),
        "nothing is written": delete("os.write"),
        "a loop": replace("os.waitpid(child, 0)", "while True:\n    os.waitpid(child, 0)"),
        "two forks": insert("if os.fork():\n    os._exit(0)", above="os.write"),
    },
    columns={},
    title="way",
)


def test_a_row_names_its_changed_lines():
    (table,) = STEP.changes()
    assert (
        plain_block(table_lines(table, 100))
        == """\
way                  line           changed in the code
O_APPEND             line 1 is      fd = os.open("log", os.O_WRONLY | os.O_APPEND)
the parent waits     after line 2   os.waitpid(child, 0)
                     no line 6      os.waitpid(child, 0)
nothing is written   no line 3      os.write(fd, b"a")
a loop               line 6 is      while True:
                     after line 6       os.waitpid(child, 0)
two forks            after line 2   if os.fork():
                                        os._exit(0)"""
    )
    assert table_sentences(table)[1:3] == [
        f"the parent waits: line: {where}; changed in the code: os.waitpid(child, 0)."
        for where in ("after line 2", "no line 6")
    ]
    assert list(changed_lines(["a"], ["b", "a"])) == [("first", "b")]
    step = Compare(Run(Shell("true"), id="one"), id="ways", variants={"x": Edit()}, columns={})
    assert step.changes() == []
