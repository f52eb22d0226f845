"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong("always_1.c", "statuses.not-found", replace("_exit(code)", "_exit(1)")),
    Wrong(
        "always_127.py",
        "statuses.not-executable",
        replace("127 if error.errno == errno.ENOENT else 126", "127"),
    ),
    Wrong(
        "killed_is_success.c",
        "statuses.killed",
        replace("WIFEXITED(word) ? WEXITSTATUS(word) : 128 + WTERMSIG(word)", "WEXITSTATUS(word)"),
    ),
    Wrong("minus_nine.py", "statuses.killed", replace("code if code >= 0 else 128 - code", "code")),
    Wrong(
        "status_word.c",
        "statuses.code",
        replace("WIFEXITED(word) ? WEXITSTATUS(word) : 128 + WTERMSIG(word)", "word"),
    ),
)
