"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "child_leaves.py", "processes", replace("os.fork()", "if os.fork() == 0:\n    os._exit(0)")
    ),
    Wrong("no_wait.c", "collected", replace("wait(NULL) != -1 || errno != ECHILD", "0")),
    Wrong("one_round_more.c", "none", replace("i < rounds", "i <= rounds")),
    Wrong("one_wait.py", "collected", replace("while True:", "if True:  # only one")),
    Wrong(
        "only_the_first_waits.py",
        "collected",
        insert("first = os.getpid()", above="for _ in")
        + insert("if os.getpid() != first:\n    os._exit(0)", above="try:"),
    ),
    Wrong(
        "star.c",
        "rounds",
        replace(
            "for (int i = 0; i < rounds; i++) {\n        if (fork() == -1) {",
            "/* the right number, but all of one parent */\n"
            "for (int i = 1; i < 1 << rounds; i++) {\n"
            "    pid_t pid = fork();\n"
            "    if (pid == 0)\n"
            "        _exit(0);\n"
            "    if (pid == -1) {",
        ),
    ),
)
