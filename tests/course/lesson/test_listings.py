"""The shown and the executed code have the same line numbers; an edit changes one place."""

import pytest

from simpsh.course.claims.demonstration import MAIN, Listing, ListingFault, Python, listing
from simpsh.course.lesson.run_steps import changed_lines
from simpsh.view.document import table_lines, table_sentences
from simpsh.view.styled_text import plain_block
from tests.course.records import C, Compare, Edit, Run, Shell, delete, insert, move, replace

RACE = Python("""\
import os

child = os.fork()
if child == 0:  # in the child
    os.write(1, b"child ")
    os._exit(0)  # ① about to end
# ② the child may be gone
os.write(1, b"parent ")
os.waitpid(child, 0)
""")
NAMES = Python("""\
first = os.fork()
if first == 0:
    os._exit(0)
third, _ = os.forkpty()
os.fork()
fourth = signal.getsignal(signal.SIGINT)
""")
PARTS = Python("""\
import os


def helper(number):
    return number + 1


os._exit(helper(1))
""")


def test_a_listing_is_the_file_with_its_line_numbers_and_imports_are_folded():
    code = listing(Run(RACE, "race"))
    assert code.lines[:3] == ["import os", "", "child = os.fork()"]
    assert (code.folded, code.imported) == (2, ["os"])
    assert code.callouts == {6: "①", 8: "②"}
    assert code.compiled("<demonstration>").co_filename == "<demonstration>"
    assert listing(Run(NAMES, "names")).fork_names == {1: "first", 4: "third"}


def test_a_part_of_a_listing_is_a_function_or_the_lines_below_all_functions():
    code = listing(Run(PARTS, "parts"))
    assert code.rows_of("helper") == range(4, 6)
    assert code.rows_of(MAIN) == range(8, 9)
    assert code.rows_of("") == code.rows_of(None) == ()
    assert listing(Run(RACE, "race")).rows_of(MAIN) == ()


def test_the_includes_of_c_are_folded():
    c = listing(Run(C("#include <unistd.h>\n\nint main(void) { return fork(); /* ① */ }\n"), "c"))
    assert (c.folded, c.callouts) == (2, {3: "①"})


def test_a_module_that_only_an_edit_uses_is_imported_and_no_line_moves():
    code = listing(Run(RACE, "race"), insert("signal.pause()", above="os._exit"))
    assert code.lines[0] == "import signal, os"
    assert code.lines[5] == "    signal.pause()"


CODE = "\n".join(line for line in listing(Run(RACE, "race")).lines[2:] if "②" not in line)
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
        (delete(CHILD), (2, 3), ["    os._exit(0)  # ① about to end"]),
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
    code = listing(Run(RACE, "race", edit=insert("x = 1", above="child = os.fork()")))
    assert code.lines[2:4] == ["x = 1", "child = os.fork()"]
    assert code.fork_names == {4: "child"}
    edit = insert("x = 1", above="os.fork")
    assert listing(Run(RACE, "r", edit=edit), replace("x = 1", "x = 2")).lines[2] == "x = 2"
    before = listing(Run(RACE, "race"))
    after = listing(Run(RACE, "race"), insert("os.sched_yield()", above='b"parent "'))
    assert after.changed_since(before) == {8}
    assert before.changed_since(before) == frozenset()
    assert Listing("something\nelse").changed_since(before) == frozenset()
    with pytest.raises(ListingFault, match=r"line 4: "):
        listing(Run(RACE, "race"), replace("if child == 0:", "if child = 0:")).compiled("x")


# Each row of a comparison shows how it changes the code.


TWO_WRITERS = Python("""\
import os

fd = os.open("log", os.O_WRONLY)
child = os.fork()
os.write(fd, b"a")
if child == 0:  # in the child
    os._exit(0)
os.waitpid(child, 0)
""")
STEP = Compare(
    Run(TWO_WRITERS, id="one"),
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
O_APPEND             line 3 is      fd = os.open("log", os.O_WRONLY | os.O_APPEND)
the parent waits     after line 4   os.waitpid(child, 0)
                     no line 8      os.waitpid(child, 0)
nothing is written   no line 5      os.write(fd, b"a")
a loop               line 8 is      while True:
                                        os.waitpid(child, 0)
two forks            after line 4   if os.fork():
                                        os._exit(0)"""
    )
    assert table_sentences(table)[1:3] == [
        f"the parent waits: line: {where}; changed in the code: os.waitpid(child, 0)."
        for where in ("after line 4", "no line 8")
    ]
    assert list(changed_lines(["a"], ["b", "a"])) == [("first", "b")]
    step = Compare(Run(Shell("true"), id="one"), id="ways", variants={"x": Edit()}, columns={})
    assert step.changes() == []
