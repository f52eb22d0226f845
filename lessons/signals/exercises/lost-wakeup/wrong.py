"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, move, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "blocks_after_fork.py", "birth", move("signal.pthread_sigmask(", above="signal.sigwait(")
    ),
    Wrong("never_collects.py", "collected", delete("os.waitpid(worker, 0)")),
    Wrong(
        "no_handler.py",
        "ready",
        replace(
            "signal.sigwait({signal.SIGUSR1})",
            "signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})\nsignal.pause()",
        ),
    ),
    Wrong("not_flushed.c", "collected", delete("fflush(stdout);")),
    Wrong(
        "tests_then_pauses.c",
        "gap",
        delete("sigprocmask(SIG_BLOCK") + replace("sigsuspend(&before)", "pause()"),
    ),
    Wrong(
        "unblocks_first.c",
        "gap",
        insert("sigprocmask(SIG_SETMASK, &before, NULL);", above="while (!is_ready)"),
    ),
    Wrong(
        "unblocks_then_polls.c",
        "gap",
        insert("#include <poll.h>", above="#include <signal.h>")
        + insert("sigprocmask(SIG_SETMASK, &before, NULL);", above="while (!is_ready)")
        + replace("sigsuspend(&before);", "poll(NULL, 0, -1);"),
    ),
)
