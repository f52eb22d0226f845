"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "asks_once.c",
        "loop",
        replace(
            "while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)\n"
            "        continue;\n"
            "    all_gone = pid == -1 && errno == ECHILD;",
            "pid = waitpid(-1, NULL, WNOHANG); /* one child for each signal */\n"
            "all_gone = pid > 0;",
        ),
    ),
    Wrong(
        "asks_twice.py",
        "loop",
        replace(
            "while os.waitpid(-1, os.WNOHANG)[0] > 0:\n                pass",
            "os.waitpid(-1, os.WNOHANG)\n"
            "os.waitpid(-1, os.WNOHANG)  # no child is left if there was only one",
        ),
    ),
    Wrong(
        "collects_first.py",
        "shown",
        replace("os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)", "os.wait()"),
    ),
    Wrong("does_not_wait.py", "outlived", replace("os.wait()", "pass")),
    Wrong("default_is_not_ignore.c", "ignored", replace("SIG_IGN", "SIG_DFL")),
    Wrong(
        "handler_and_sleep.py",
        "no-gap",
        insert("import time", above="way, code")
        + replace("os.read(read_end, 1)", "time.sleep(1)  # the signal may have come just before"),
    ),
    Wrong("handler_may_sleep.c", "awake", replace("WNOHANG", "0")),
    Wrong(
        "middle_forgotten.c",
        "middle",
        replace("int status;", "int status = 0;") + delete("waitpid(middle, &status, 0);"),
    ),
    Wrong(
        "no_second_fork.py",
        "twice",
        replace("        fork_and_end()\n        os._exit(0)", "        os._exit(code)"),
    ),
    Wrong(
        "sleeps.py",
        "certain",
        insert("import time", above="way, code")
        + replace(
            "os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended, and is a zombie",
            "time.sleep(0.1)  # it will have ended by then",
        ),
    ),
    Wrong(
        "status_forgotten.py",
        "handler",
        replace("os._exit(code)", 'os._exit(0 if way == "handler" else code)'),
    ),
)
