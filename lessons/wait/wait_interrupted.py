"""A signal handler can end a wait although no child has ended.

What does `waitpid` do when a handler runs, in C and in Python?  In C, waitpid returns −1 with the
error EINTR when a handler was installed without SA_RESTART.  With SA_RESTART the kernel begins the
call again.  Python begins it again by itself, unless the handler raises an exception: then the wait
ends, and the child is not collected.
"""

from __future__ import annotations

import ctypes
import os
import signal

from simpsh.course import (
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
    delete,
    insert,
    replace,
)

libc = ctypes.CDLL(None, use_errno=True)


# --- 1. The C library's waitpid ------------------------------------------------------------------
def interrupted() -> None:
    """A signal arrives while the C library's waitpid sleeps."""
    signal.signal(signal.SIGUSR1, lambda *_: None)
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
    pid = libc.waitpid(child, None, 0)
    print("the child" if pid == child else "EINTR")


# --- 2. A handler that raises --------------------------------------------------------------------
def give_up(*_: object) -> None:
    """A handler for a time limit."""
    raise TimeoutError


def wait_with_a_limit() -> None:
    """Wait for the child, but not for ever."""
    signal.signal(signal.SIGALRM, give_up)
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
    try:
        os.waitpid(child, 0)
    except TimeoutError:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


# --- Variants in which the claims are false ------------------------------------------------------
PLAIN, RESTART = "C: waitpid", "C: waitpid, SA_RESTART"
the_interruptions = Compare(
    Run(interrupted, id="interrupted", at_rest=[Kill("parent", "SIGUSR1"), Kill("child")]),
    id="eintr",
    title="you send SIGUSR1, then end the child",
    variants={
        PLAIN: Edit(),
        RESTART: insert("signal.siginterrupt(signal.SIGUSR1, False)", above="child = os.fork()"),
        "Python: os.waitpid": replace("libc.waitpid(child, None, 0)", "os.waitpid(child, 0)[0]"),
    },
    columns={"it returns with": "output", "calls of wait4": "len(parent.waits())"},
    claims=[
        Claim(
            "A handler without SA_RESTART ends the wait with EINTR, although no child has ended.",
            "row('C: waitpid').parent.fails('waitpid', 'EINTR') and "
            "row('C: waitpid').output == 'EINTR\\n'",
        ),
        Claim(
            "Python runs the handler and then makes the system call wait4 a second time.",
            "len(row('Python: os.waitpid').parent.waits()) == 2 and "
            "row('Python: os.waitpid').output == 'the child\\n'",
        ),
    ],
)

LESSON = Lesson(
    id="wait-interrupted",
    title="A signal arrives during wait",
    minutes=4,
    chapter="signals and families",
    requires=["wait-scenarios"],
    remember="In C, call waitpid again if it fails with EINTR. No child was collected, so the "
    "parent must still collect its child.",
    good_for="A shell gets SIGWINCH each time you change the size of the window. A shell that "
    "takes EINTR for the end of a child forgets a child that is alive.",
    read_on=(
        "wait(2), ERRORS",
        "signal(7), “Interruption of system calls”",
        "sigaction(2)",
        "PEP 475",
    ),
    steps=[
        Predict(
            "{line:libc.waitpid} is the **C library's** waitpid. The parent has a *handler* for "
            "SIGUSR1, and you send this signal. The child sleeps. What does waitpid do?",
            Choice(
                "it continues to sleep",
                "row('C: waitpid').output == 'the child\\n'",
                "With SA_RESTART the kernel calls again, and Python does so, too (PEP 475). This "
                "handler has no SA_RESTART.",
            ),
            Choice(
                "it fails with EINTR",
                "row('C: waitpid').output == 'EINTR\\n'",
                "The kernel must end the call to run the handler. Without SA_RESTART the kernel "
                "does not begin the call again.",
            ),
            Choice(
                "it returns the pid",
                "row('C: waitpid').parent.gets(row('C: waitpid').child)",
                "`waitpid` returns the pid when the child has ended. This signal is for the "
                "parent, and the child still sleeps.",
            ),
            hint="The handler must run while the parent sleeps in a *system call*. What happens to "
            "this call?",
        ),
        the_interruptions,
        Say(
            "So C programs use a loop: `while (waitpid(child, &status, 0) < 0 && errno == "
            "EINTR);`. POSIX and Linux agree: with SA_RESTART the kernel begins `waitpid` again, "
            "without it the call fails with *EINTR*."
        ),
        Predict(
            "This Python handler **raises an exception**. You send SIGALRM while the parent waits. "
            "What happens to the child?",
            Choice(
                "it sleeps, and Python waits again",
                "not child.killed('SIGKILL')",
                "Python waits again after a handler that returns. This handler raises an "
                "exception, which ends `os.waitpid`.",
            ),
            Choice(
                "the parent kills and collects it",
                "child.killed('SIGKILL') and parent.collects(child)",
                "The exception ends the first `os.waitpid`, and {line:os.kill} runs. No process "
                "has collected the child yet, so the parent can do it.",
            ),
            Choice(
                "SIGALRM ends it with the parent",
                "child.killed('SIGALRM')",
                "Without the handler, SIGALRM to the whole group ends both. You send this signal "
                "to the parent alone, which has a handler.",
            ),
            code=wait_with_a_limit,
            hint="PEP 475: after EINTR Python runs the handler, and calls again if the handler "
            "does not raise.",
        ),
        Run(
            wait_with_a_limit,
            id="limit",
            also=[give_up],
            at_rest=[Kill("parent", "SIGALRM")],
            claims=[
                Claim(
                    "The exception ends the first wait before any child is collected. The second "
                    "wait collects the child.",
                    "parent.fails('waitpid', 'EINTR') and len(parent.collects(child)) == 1 and "
                    "child.killed('SIGKILL')",
                    wrong=replace("raise TimeoutError", "return"),
                )
            ],
        ),
        Repair(
            Run(
                interrupted,
                id="repair",
                edit=insert(
                    "signal.siginterrupt(signal.SIGUSR1, False)", above="child = os.fork()"
                ),
                at_rest=[Kill("parent", "SIGUSR1"), Kill("child")],
                claims=[
                    Claim(
                        "The handler still catches SIGUSR1.",
                        "parent.gets_signal('SIGUSR1')",
                        wrong=replace("lambda *_: None", "signal.SIG_IGN"),
                        hint="Keep the handler: a signal should be noted, and the wait should "
                        "continue.",
                    ),
                    Claim(
                        "It prints `the child`.",
                        "output == 'the child\\n'",
                        wrong=[
                            delete("signal.siginterrupt"),
                            replace("SIGUSR1, False)", "SIGUSR1, True)"),
                        ],
                        hint="The wait returned −1 with EINTR. Begin it again, or let the kernel "
                        "do that.",
                    ),
                    Claim(
                        "The child is collected.",
                        "parent.collects(child)",
                        wrong=delete("signal.siginterrupt") + replace('"EINTR"', '"the child"'),
                        hint="A wait that ended with EINTR has collected nothing.",
                    ),
                ],
            ),
            task="You send SIGUSR1 to this program, and later end its child. It should print `the "
            "child`. It prints `EINTR`, and leaves the child. Fix it.",
            broken=Edit(),
            broken_in_c=Edit(),
            edit_in_c=replace("= nothing}", "= nothing, .sa_flags = SA_RESTART}"),
            hint="A flag of sigaction(2), or a loop, makes the wait begin again.",
            praise="The handler ran, the wait began again, and it returned with the child.",
        ),
    ],
)
