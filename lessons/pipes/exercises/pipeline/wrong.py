"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "any_status.c",
        "status",
        replace("WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)", "0"),
    ),
    Wrong(
        "child_keeps_the_write_end.c",
        "extra",
        replace("    close(ends[0]);\n    close(ends[1]);\n    execvp", "    execvp"),
    ),
    Wrong(
        "collects_one.py",
        "collected",
        replace(
            "for _ in range(2):\n    pid, status = os.wait()",
            "for _ in range(1):\n    pid, status = os.waitpid(last, 0)",
        ),
    ),
    Wrong("last_that_ended.c", "whose", replace("if (pid == last)", "if (pid != -1)")),
    Wrong("not_joined.py", "joined", replace("write_end, 1)\nlast", "write_end, 2)\nlast")),
    Wrong(
        "one_after_the_other.py",
        "together",
        replace(
            "return child",
            "os.close(ours)\nreturn os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])",
        )
        + replace(
            "os.close(read_end)\n"
            "os.close(write_end)\n"
            "code = 0\n"
            "for _ in range(2):\n"
            "    pid, status = os.wait()\n"
            "    if pid == last:\n"
            "        code = os.waitstatus_to_exitcode(status)",
            "code = last",
        ),
    ),
    Wrong("parent_keeps_the_write_end.py", "ends", delete("os.close(write_end)")),
    Wrong(
        "wrong_way.py",
        "joined",
        replace("write_end, 1)\nlast", "read_end, 0)\nlast")
        + replace("1 :], read_end, 0)", "1 :], write_end, 1)"),
    ),
)
