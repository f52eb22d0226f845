"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "duplicates_last.py",
        "errors.order",
        replace("iter(words)", 'iter(sorted(words, key=lambda word: word == "2>&1"))'),
    ),
    Wrong("file_stays_open.c", "descriptors.redirected", delete("close(file);")),
    Wrong(
        "in_the_shell.c",
        "output.own",
        replace("    redirect(command);\n", "")
        + insert("redirect(command);", above="pid_t pid = fork();"),
    ),
    Wrong("no_append.c", "output.appends", replace("O_APPEND", "O_TRUNC")),
    Wrong("not_emptied.py", "output.empties", replace(" | os.O_TRUNC", "")),
    Wrong(
        "shell_opens_once.py",
        "descriptors.plain",
        insert(
            'log = os.open("/dev/null", os.O_WRONLY)\nos.set_inheritable(log, True)',
            above="status = 0\n",
        ),
    ),
)
