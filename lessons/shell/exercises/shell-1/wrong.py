"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong("child_goes_on.c", "missing", replace("_exit(127);", "return;")),
    Wrong("empty_line.py", "empty", replace("if word:", "if True:")),
    Wrong(
        "exit_reads_again.c",
        "missing",
        insert("#include <stdlib.h>", above="#include <string.h>")
        + replace(
            "_exit(127);", "exit(127); /* moves the shared offset back to the unread lines */"
        ),
    ),
    Wrong("never_waits.py", "waits", delete("os.waitpid(child, 0)")),
    Wrong("no_fork.py", "runs", replace("os.fork()", "0")),
    Wrong(
        "wait_at_the_end.c",
        "waits",
        delete("waitpid(pid, NULL, 0);")
        + replace("return 0;", "break;")
        + replace(
            "            run(word);\n    }",
            "            run(word);\n    }\n    while (wait(NULL) > 0)\n        continue;",
        ),
    ),
)
