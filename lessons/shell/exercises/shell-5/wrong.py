"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "children_keep_both_ends.c", "pipe.second", replace("pipe2(ends, O_CLOEXEC)", "pipe(ends)")
    ),
    Wrong(
        "one_after_the_other.py",
        "pipe.together",
        replace("source = read_end", "source = read_end\nos.waitpid(children.pop(), 0)"),
    ),
    Wrong("shell_keeps_the_write_end.py", "pipe.shell", delete("os.close(write_end)")),
    Wrong("sigpipe_ignored.py", "early-reader.signal", delete("signal.signal(signal.SIGPIPE")),
    Wrong(
        "two_at_most.c",
        "pipeline.all",
        replace(
            '*word != NULL; word++)\n        if (strcmp(*word, "|")',
            '*word != NULL && count < 2; word++)\n        if (strcmp(*word, "|")',
        ),
    ),
)
