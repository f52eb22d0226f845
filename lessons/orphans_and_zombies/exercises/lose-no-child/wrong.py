"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, move, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "asks_no_status.c",
        "told",
        replace("before = errno, status;", "before = errno, status = 0;")
        + replace("waitpid(-1, &status, WNOHANG)", "waitpid(-1, NULL, WNOHANG)"),
    ),
    Wrong(
        "counts_signals.c",
        "alone",
        replace(
            "while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {\n"
            "        ended[done].pid = pid;\n"
            "        ended[done].status = status;\n"
            "        done++;\n"
            "    }",
            "done++; /* main collects the children later */",
        )
        + replace(
            "for (int i = 0; i < count; i++)\n        printf",
            "for (int i = 0; i < count; i++)\n"
            "    ended[i].pid = waitpid(-1, &ended[i].status, WNOHANG);\n"
            "for (int i = 0; i < count; i++)\n"
            "    printf",
        ),
    ),
    Wrong(
        "handler_too_late.py",
        "in_time",
        move(
            "signal.signal(signal.SIGCHLD, collect)", above="while len(ended) < count:\n    os.read"
        ),
    ),
    Wrong(
        "no_handler.py",
        "handler",
        delete("signal.signal(signal.SIGCHLD, collect)")
        + replace(
            "os.read(read_end, 1)",
            "pid, status = os.wait()\nended.append((pid, os.WTERMSIG(status)))",
        ),
    ),
    Wrong(
        "one_each.py",
        "collected",
        replace(
            "while len(ended) < count:\n        pid",
            "if len(ended) < count:  # one child for each signal\n    pid",
        ),
    ),
    Wrong(
        "pauses.c",
        "gap",
        insert("sigprocmask(SIG_SETMASK, &before, NULL);", above="while (done < count)")
        + replace("sigsuspend(&before)", "pause()"),
    ),
    Wrong(
        "selects.c",
        "gap",
        insert("#include <sys/select.h>", above="#include <sys/wait.h>")
        + insert("sigprocmask(SIG_SETMASK, &before, NULL);", above="while (done < count)")
        + replace("sigsuspend(&before)", "select(0, NULL, NULL, NULL, NULL)"),
    ),
    Wrong("sleeps_in_the_handler.c", "deaf", replace("WNOHANG", "0")),
    Wrong(
        "vanish.c",
        "told",
        replace(".sa_handler = collect", ".sa_handler = SIG_IGN")
        + replace(
            "sigsuspend(&before);",
            "done += wait(NULL) == -1 ? count : 0; /* no zombies, and no statuses */",
        ),
    ),
)
