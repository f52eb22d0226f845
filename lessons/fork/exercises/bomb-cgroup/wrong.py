"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "a_limit_instead.py",
        "processes",
        insert("import resource", above="import sys")
        + replace(
            'write(sys.argv[1], group, "pids.max")',
            "resource.setrlimit(resource.RLIMIT_NPROC, (int(sys.argv[1]),) * 2)  # root is exempt",
        ),
    ),
    Wrong("all_remove.c", "statuses", replace("getpid() != first", "0")),
    Wrong("never_enters.c", "processes", replace('!tell(group, "cgroup.procs", "0")', "0")),
    Wrong("nobody_stands.c", "stands", replace("read(ends[0], &byte, 1) != 0", "0")),
    Wrong(
        "nobody_waits.py",
        "collected",
        replace("while True:\n        os.wait()", "pass")
        + replace("os.rmdir(group)", "try:\n    os.rmdir(group)\nexcept OSError:\n    pass"),
    ),
    Wrong("still_inside.py", "removed", delete('write("0", above, "cgroup.procs")')),
)
