"""Each row of a comparison can be read as its change of the code."""

from __future__ import annotations

import os

from simpsh.course import Compare, Edit, Run, Shell, delete, insert, move, replace
from simpsh.course.lesson.compare_step import changed_lines
from simpsh.view.document import table_lines, table_sentences
from simpsh.view.styled_text import plain_block


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


def test_a_row_says_where_it_changes_what():
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
