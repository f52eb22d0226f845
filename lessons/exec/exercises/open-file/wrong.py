"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "child_goes_on.py",
        "missing",
        delete("os._exit(127)")
        + replace(
            "_, status = os.waitpid(child, 0)", "status = os.waitpid(child, 0)[1] if child else 0"
        ),
    ),
    Wrong(
        "forks_first.py",
        "refused",
        replace("child = os.fork()", "child = before")
        + insert("before = os.fork()", above="name = sys"),
    ),
    Wrong("never_waits.py", "waits", replace("_, status = os.waitpid(child, 0)", "status = 0")),
    Wrong("no_argv0.c", "runs-cat", replace("{viewer, argv[1], NULL}", "{argv[1], NULL}")),
    Wrong("no_fork.py", "runs-cat", replace("os.fork()", "0")),
    Wrong("silent.py", "refused", delete("there is no viewer for it")),
    Wrong("status_of_the_killed.c", "signal", replace("WIFSIGNALED(status)", "0")),
    Wrong("status_word.c", "status", replace("WEXITSTATUS(status)", "status")),
)
