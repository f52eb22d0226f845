"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "kills_the_group.py",
        "alive",
        insert("os.setpgid(0, 0)", above="os.dup2(")
        + insert(
            "os.killpg(child, 9)  # now no process can write any more", above="# pread, because"
        ),
    ),
    Wrong("not_captured.py", "captured", delete("os.dup2(")),
    Wrong("status_lost.py", "status", delete("sys.exit(")),
)
