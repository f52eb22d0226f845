"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "all_pairs.py",
        "told",
        replace(
            "print(pid, os.waitstatus_to_exitcode(status))",
            "for code in sys.argv[1:]:\n    print(pid, code)  # one of them will be right",
        ),
    ),
    Wrong(
        "asks_no_status.c",
        "told",
        replace("int status;", "int status = 0;") + replace("wait(&status)", "wait(NULL)"),
    ),
    Wrong(
        "child_goes_on.py",
        "two",
        replace(
            "for code in sys.argv[1:]:\n    if os.fork() == 0:",
            "children = [os.fork() for _ in sys.argv[1:]]\n"
            "for child, code in zip(children, sys.argv[1:], strict=True):\n"
            "    if child == 0:",
        ),
    ),
    Wrong(
        "flushed_twice.c",
        "told",
        replace(
            "if (pid == 0)\n            _exit((int)codes[i]);",
            "if (pid == 0)\n"
            "    exit((int)codes[i]); /* flushes the line that it inherited, too */\n"
            'printf("%d %ld\\n", (int)pid, codes[i]);',
        )
        + delete("WEXITSTATUS(status)"),
    ),
    Wrong(
        "one_after_the_other.c",
        "together",
        replace(
            "}\n"
            "    for (int i = 0; i < 2; i++) {\n"
            "        int status;\n"
            "        pid_t pid = wait(&status);",
            "    int status;\n    pid = wait(&status);",
        ),
    ),
    Wrong("one_after_the_other.py", "together", delete("for _ in sys.argv[1:]:")),
    Wrong("one_wait.py", "collected", replace("for _ in sys.argv[1:]:", "for _ in range(1):")),
    Wrong("status_word.c", "told", replace("WEXITSTATUS(status)", "status")),
)
