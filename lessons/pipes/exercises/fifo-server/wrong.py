"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, move, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong("answers_quit.py", "ends", move('print("got"', above="if line ==")),
    Wrong(
        "does_not_sleep.py",
        "waits",
        insert("import os", above="import sys")
        + replace(
            "open(path) as clients,  # sleeps until there is a client",
            "open(os.open(path, os.O_RDONLY | os.O_NONBLOCK)) as clients,",
        )
        + delete('open(path, "w")'),
    ),
    Wrong("never_quits.c", "ends", replace('"quit\\n"', '"quit"')),
    Wrong("not_flushed.py", "first", replace(", flush=True)", ")")),
    Wrong("one_client.py", "second", delete('open(path, "w")')),
    Wrong("other_status.c", "status", replace("return 0;", "return 3;")),
)
