"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "counts_itself.py",
        "refused",
        delete("resource.setrlimit(")
        + replace(
            "while True:\n        os.fork()",
            "for _ in range(most - 1):\n    if os.fork() == 0:\n        break",
        ),
    ),
    Wrong(
        "error_is_failure.py",
        "statuses",
        replace(
            "except BlockingIOError:\n    pass",
            "except BlockingIOError as error:\n    refusal = error.errno",
        )
        + replace("pass  # no child is left", "sys.exit(refusal)"),
    ),
    Wrong(
        "limit_too_late.c",
        "processes",
        replace("setrlimit(RLIMIT_NPROC, &(struct rlimit){most, most}) == -1 || ", "")
        + replace(
            "continue;\n    if (errno",
            "setrlimit(RLIMIT_NPROC, &(struct rlimit){most - 1, most}); /* only its children */\n"
            "    if (errno",
        ),
    ),
    Wrong("nobody_waits.c", "collected", replace("wait(NULL) != -1 || errno != ECHILD", "0")),
    Wrong("one_more.py", "processes", replace("(most, most)", "(most + 1, most + 1)")),
    Wrong(
        "only_the_first_forks.c",
        "refused",
        replace("while (fork() != -1)", "pid_t pid;\nwhile ((pid = fork()) > 0)")
        + replace("if (errno != EAGAIN)", "if (pid == -1 && errno != EAGAIN)"),
    ),
    Wrong("waits_at_once.py", "stands", delete("os.read(read_end, 1)")),
)
