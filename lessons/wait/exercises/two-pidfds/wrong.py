"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "any_child.py",
        "foreign",
        replace("os.waitpid(children.pop(descriptor), 0)", "os.wait()\nchildren.pop(descriptor)"),
    ),
    Wrong("exit_status.c", "at-once", replace("WTERMSIG(status)", "status >> 8")),
    Wrong("first_only.c", "both", replace("left > 0", "left > 1")),
    Wrong(
        "in_order.py",
        "second",
        replace("for descriptor, _ in loop.poll():", "for descriptor in list(children):"),
    ),
    Wrong("not_flushed.py", "at-once", replace(", flush=True)", ")")),
)
