"""The first process of a pid namespace: process 1.

Which process adopts the orphans of a container, and which signals reach it?  A container is a
process in a pid namespace of its own.  Inside, its number is 1.  Process 1 adopts every orphan of
the namespace and must collect it.  Signals at their default do not reach it.  When it ends, the
kernel kills all processes of the namespace.
"""

from __future__ import annotations

import ctypes
import os
import signal

from simpsh.course import (
    C,
    Choice,
    Claim,
    Compare,
    Edit,
    Kill,
    Lesson,
    Predict,
    Repair,
    Run,
    Say,
    Show,
    delete,
    insert,
    replace,
)

# --- A namespace, its init, and an orphan --------------------------------------------------------
CONTAINER = C(
    """#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    unshare(CLONE_NEWUSER | CLONE_NEWPID);
    if (fork() == 0) {                         // init
        if (fork() == 0)                       // middle
            return fork() == 0 ? pause() : 0;  // orphan
        printf("%d", getpid()), fflush(stdout);
        wait(0);
        pause();
    }
}
""",
    births=("init", "middle", "orphan"),
    flags=("-D_GNU_SOURCE",),
)

# --- Edits ---------------------------------------------------------------------------------------
no_namespace = replace("CLONE_NEWUSER | CLONE_NEWPID", "CLONE_NEWUSER")
catches = insert(
    "sigaction(SIGTERM, &(struct sigaction){.sa_handler = _exit}, 0);", above="printf("
) + insert("#include <signal.h>", above="#include <sched.h>")
DEFAULT, HANDLER, PLAIN = "no handler", "a handler for SIGTERM", "no pid namespace of its own"

adopts = Run(
    CONTAINER,
    id="adopts",
    leaves=["init", "orphan"],
    needs=("compiler", "namespaces"),
    claims=[
        Claim(
            "Inside the namespace, the number of the first process is 1.",
            "init.output == '1'",
            wrong=no_namespace,
        ),
        Claim(
            "The orphan is adopted by the namespace's init, not by the machine's.",
            "orphan.adopted(init)",
            wrong=no_namespace,
        ),
    ],
)

the_signals = Compare(
    Run(
        CONTAINER,
        id="signals",
        at_rest=[Kill("init", "SIGTERM"), Kill("init", "SIGKILL")],
        leaves=["init", "orphan"],
        needs=("compiler", "namespaces"),
    ),
    id="terms",
    needs=("compiler", "namespaces"),
    title="the first process has",
    variants={DEFAULT: Edit(), HANDLER: catches, PLAIN: no_namespace},
    columns={"SIGTERM": "'has no effect' if not at('rest', 2).init.gone else 'ends it'"},
    claims=[
        Claim(
            "The kernel drops SIGTERM for an init that has no handler for it.",
            "row('no handler').at('rest', 2).init.asleep_in == 'pause'",
        ),
        Claim(
            "When SIGKILL ends init, the kernel kills the orphan, too.",
            "row('no handler').orphan.killed('SIGKILL')",
        ),
        Claim(
            "With a handler, SIGTERM reaches init: the handler calls _exit(15).",
            "row('a handler for SIGTERM').init.exits(15)",
        ),
    ],
)

# --- A program to repair ------------------------------------------------------------------------
libc = ctypes.CDLL(None)
NAMESPACES = 0x10000000 | 0x20000000  # CLONE_NEWUSER, CLONE_NEWPID


def container() -> None:
    """A container: its first process serves until it gets SIGTERM."""
    libc.unshare(NAMESPACES)
    init = os.fork()
    if init == 0:  # process 1 of the container
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        os.write(1, b"%d" % os.getpid())
        signal.pause()
    os.waitpid(init, 0)


STOPS = "signal.signal(signal.SIGTERM, lambda *_: os._exit(0))"


# --- The lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    id="pid-1",
    title="Process 1 of a container",
    minutes=8,
    chapter="signals and families",
    requires=["orphan", "zombie"],
    remember="The first process of a pid namespace adopts its orphans. Signals that it has no "
    "handler for do not reach it, except SIGKILL and SIGSTOP from outside. When it ends, the "
    "kernel kills all processes of the namespace.",
    good_for="`docker stop` waits ten seconds and then kills: the program inside is process 1, "
    "without a handler for SIGTERM. With `--init` a small init passes signals on.",
    read_on=(
        "pid_namespaces(7)",
        "unshare(2)",
        "kill(2), “NOTES”",
        "namespaces are Linux's; POSIX has none",
    ),
    steps=[
        Say(
            "A *namespace* gives processes their own view of the machine. In a pid namespace, the "
            "processes have their own numbers, from 1."
        ),
        Predict(
            "The middle process ends. **Which process adopts the orphan?**",
            Choice(
                "init in the namespace",
                "at('rest').orphan.parent == init",
                "The nearest subreaper adopts it, else the init of its namespace.",
            ),
            Choice(
                "the machine's init",
                "at('rest').orphan.parent == reaper",
                "Without a pid namespace, the machine's init could adopt the orphan. The kernel "
                "keeps the orphans of a namespace inside it.",
            ),
            Choice(
                "the parent outside it",
                "at('rest').orphan.parent == parent",
                "A parent that is a subreaper adopts in its own namespace. This parent is outside "
                "the orphan's namespace, and has ended.",
            ),
            hint="See the lesson `orphan`: which process adopts first, and which one last?",
        ),
        adopts,
        Show(
            "family",
            of="adopts",
            at="rest",
            text="Outside, the same processes have other numbers: each process has one pid for "
            "each namespace that it is in. /proc/PID/status shows them in the line NSpid.",
        ),
        Predict(
            "You send **SIGTERM** to init. init has no handler. What happens?",
            Choice(
                "all processes end",
                "row('no handler').init.killed('SIGTERM')",
                "SIGTERM would end any other process. The end of an init ends its whole "
                "namespace, so the kernel protects init from accidents.",
            ),
            Choice(
                "no process is ended",
                "row('no handler').at('rest', 2).init.asleep_in == 'pause'",
                "The kernel drops a signal for an init that has no handler for it. Only SIGKILL "
                "and SIGSTOP from outside are an exception.",
            ),
            Choice(
                "the orphan ends",
                "row('no handler').at('rest', 2).orphan.gone",
                "`kill` with a pid means one process. An init passes a signal on only if it is "
                "programmed to do so.",
            ),
            hint="What would the end of init mean for all other processes?",
        ),
        the_signals,
        Say(
            "An init therefore has two tasks: collect every orphan, `while (wait(NULL) > 0);`, "
            "and handle SIGTERM by passing it on to its children. A program that was not written "
            "to be process 1 does neither."
        ),
        Repair(
            Run(
                container,
                id="repair",
                at_rest=[Kill("init", "SIGTERM")],
                needs=("namespaces",),
                claims=[
                    Claim(
                        "SIGTERM reaches process 1 of the container, and it exits with 0.",
                        "init.gets_signal('SIGTERM') and init.exits(0)",
                        wrong=[
                            delete(STOPS),
                            replace("lambda *_: os._exit(0)", "signal.SIG_DFL"),
                            replace("signal.pause()", "os._exit(0)"),
                        ],
                        hint="The kernel drops a signal that process 1 does not expect. How does a "
                        "process say that it expects SIGTERM?",
                    ),
                    Claim(
                        "It is process 1 of a namespace.",
                        "init.output == '1'",
                        wrong=replace("libc.unshare(NAMESPACES)", "pass"),
                        hint="Keep the `unshare`: it makes the container.",
                    ),
                ],
            ),
            task="You send this container SIGTERM, and nothing happens: after ten seconds it is "
            "killed. It should exit with 0. Fix it.",
            broken=delete(STOPS),
            broken_in_c=delete("struct sigaction action") + delete("sigaction(SIGTERM"),
            hint="What does the kernel do with a signal for process 1 that has no handler?",
            praise="With a handler the signal came through, and the container ended at once.",
        ),
    ],
)
