"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong("asks_again.py", "certain", delete("os.read(read_end, 1)")),
    Wrong(
        "child_first.py",
        "orphan",
        replace(
            "if child == 0:",
            "if child:\n"
            "    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it ends first\n"
            "else:",
        )
        + delete("os.read(")
        + delete("while os.getppid() == before:")
        + delete("os.sched_yield()"),
    ),
    Wrong(
        "closes_early.py",
        "certain",
        replace(
            "if child == 0:",
            "if child:\n"
            "    os.close(write_end)\n"
            "    import time\n"
            "    time.sleep(0.3)  # it still runs\n"
            "else:",
        ),
    ),
    Wrong("own_pid.c", "told", replace("(int)before, ", "(int)getpid(), ")),
    Wrong(
        "parent_waits.py",
        "orphan",
        replace(
            "if child == 0:", "if child:\n    os.close(write_end)\n    os.waitpid(child, 0)\nelse:"
        )
        + delete("while os.getppid() == before:")
        + delete("os.sched_yield()"),
    ),
    Wrong(
        "pidfd_unread.py",
        "certain",
        replace(
            "before = os.getpid()", "import select\nbefore = os.getpid()\nos.pidfd_open(before)"
        )
        + replace(
            "os.read(read_end, 1)",
            "select.select([], [], [], 0.3)  # waits for no descriptor, so it only sleeps",
        ),
    ),
    Wrong("says_1.c", "told", replace("(int)before, (int)getppid()", "(int)before, 1")),
    Wrong(
        "sleeps.py",
        "certain",
        insert("import time", above="before = ")
        + replace("os.read(read_end, 1)", "time.sleep(0.3)"),
    ),
)
