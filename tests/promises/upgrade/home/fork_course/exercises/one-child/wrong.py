"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong("no_child.py", "one", replace("os.fork()", "0")),
    Wrong("no_wait.py", "collected", delete("os.wait()")),
    Wrong("other_status.c", "status", replace("_exit(3)", "_exit(0)")),
    Wrong(
        "two_children.py", "one", insert("if os.fork() == 0:\n    os._exit(3)", above="os.wait()")
    ),
)
