"""Ten deaths can be one signal.

Ten children end while a signal is blocked: how often does the handler run?  A standard signal is
one bit: it is pending or it is not, and to send it again changes nothing.  So a handler for SIGCHLD
cannot know how many children have ended.  It must collect until no ended child is left.  Real-time
signals do queue, but Python calls its handler once for all of them.
"""

from __future__ import annotations

import os
import select  # noqa: F401 - one of the variants below waits for a pidfd
import signal

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Repair,
    Run,
    Say,
    delete,
    insert,
    replace,
)


# --- 1. Ten deaths -------------------------------------------------------------------------------
def collect_one(*_: object) -> None:
    """A handler that takes each SIGCHLD for one death."""
    os.wait()


def lose_ten() -> None:
    """Ten children end while SIGCHLD is blocked."""
    signal.signal(signal.SIGCHLD, collect_one)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for _ in range(10):
        child = os.fork()
        if child == 0:  # in the child
            os._exit(0)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.write(1, b"on we go\n")  # ① the handler has run


# --- 2. Signals that queue -----------------------------------------------------------------------
def note(*_: object) -> None:
    """A handler in Python."""
    os.write(1, b"*")


def send_five() -> None:
    """Five signals, sent while they are blocked."""
    signal.signal(signal.SIGUSR1, note)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    for _ in range(5):
        os.kill(os.getpid(), signal.SIGUSR1)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})


# --- Edits ---------------------------------------------------------------------------------------
nothing_blocked = delete("signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})")
real_time = (
    replace("signal.signal(signal.SIGUSR1", "signal.signal(signal.SIGRTMIN")
    + replace("SIG_BLOCK, {signal.SIGUSR1}", "SIG_BLOCK, {signal.SIGRTMIN}")
    + replace("os.getpid(), signal.SIGUSR1", "os.getpid(), signal.SIGRTMIN")
    + replace("SIG_UNBLOCK, {signal.SIGUSR1}", "SIG_UNBLOCK, {signal.SIGRTMIN}")
)
one_by_one = (
    nothing_blocked
    + insert(
        # If a child ends quickly, the handler has collected it already.
        "try:\n    if child:\n        select.select([os.pidfd_open(child)], [], [])\n"
        "except ProcessLookupError:\n    pass",
        above="if child == 0:",
    )
    + delete("os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)")
)
in_a_loop = replace(
    "os.wait()",
    "try:\n    while os.waitpid(-1, os.WNOHANG)[0]:\n        pass\n"
    "except ChildProcessError:\n    pass",
)


the_handlers = Compare(
    Run(lose_ten, id="in-the-handler", also=[collect_one]),
    id="loops",
    title="the handler",
    variants={"collects one": Edit(), "collects all, in a loop": in_a_loop},
    columns={
        "SIGCHLD received": "len(parent.gets_signal('SIGCHLD'))",
        "zombies at ①": "len([p for p in at(1) if p.called == 'child' and p.state == 'Z'])",
    },
    claims=[
        Claim(
            "One signal is enough for a handler that collects all.",
            "len([p for p in row('collects all, in a loop').at(1) if p.called == 'child' and "
            "p.state == 'Z']) == 0",
        )
    ],
)

the_queues = Compare(
    Run(send_five, id="five"),
    id="queues",
    title="sent five times",
    variants={"SIGUSR1: standard": Edit(), "SIGRTMIN: real-time": real_time},
    columns={"delivered": "len(parent.gets_signal())", "handler called": "len(parent.writes('*'))"},
    claims=[
        Claim(
            "The kernel delivers five pending standard signals as one.",
            "len(row('SIGUSR1: standard').parent.gets_signal('SIGUSR1')) == 1",
        ),
        Claim(
            "The kernel delivers five real-time signals, and Python calls its handler once.",
            "len(row('SIGRTMIN: real-time').parent.gets_signal()) == 5 and "
            "len(row('SIGRTMIN: real-time').parent.writes('*')) == 1",
        ),
    ],
)


# --- A program to repair ------------------------------------------------------------------------
def collect_three() -> None:
    """Three children end while SIGCHLD is blocked; the handler should collect all."""
    signal.signal(signal.SIGCHLD, collect_one)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for _ in range(3):
        child = os.fork()
        if child == 0:  # in the child
            os._exit(0)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.write(1, b"on we go\n")


# --- The lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    id="signals-coalesce",
    title="Ten deaths: how many signals?",
    minutes=7,
    chapter="signals and families",
    requires=["no-zombies"],
    remember="SIGCHLD says that a child has ended, never how many. Call waitpid with WNOHANG until "
    "no dead child is left.",
    good_for="A server that counts its workers by SIGCHLD works for years. Then two workers end in "
    "the same millisecond, and it waits for a worker that is gone.",
    read_on=("signal(7), “Queueing and delivery”", "waitpid(2)", "Python: signal, “Execution”"),
    exercise="lose-no-child",
    steps=[
        Say(
            "This *handler* counts each SIGCHLD as one death, and collects one child. Ten "
            "children end while SIGCHLD is *blocked*: the signal stays pending. Then "
            "the parent unblocks SIGCHLD. In C, a signal is blocked also while its handler runs; a "
            "handler in Python runs later, with nothing blocked.",
            code=collect_one,
        ),
        Ask(
            "How many **zombies** are left at ①, after the handler has run?",
            answer="len([p for p in at(1) if p.called == 'child' and p.state == 'Z'])",
            because="A standard signal is one bit: pending or not. Ten deaths set the same bit. "
            "The handler runs once and collects one child.",
            near={
                0: "With a queue of ten signals there would be none. The kernel queues real-time "
                "signals only, and SIGCHLD is a standard signal.",
                10: "That is true if the handler does not run. It runs once, and collects one "
                "child.",
                1: "That is one lost signal. Nine are lost: ten signals are stored in one bit.",
            },
            code=lose_ten,
            hint="How does the kernel store a signal that is pending? signal(7) says: standard "
            "signals do not queue.",
        ),
        Run(
            lose_ten,
            id="ten",
            also=[collect_one],
            claims=[
                Claim(
                    "Ten deaths reach the parent as one SIGCHLD.",
                    "len(parent.gets_signal('SIGCHLD')) == 1",
                    wrong=one_by_one,
                ),
                Claim(
                    "The handler that collects one child leaves nine zombies.",
                    "len([p for p in at(1) if p.called == 'child' and p.state == 'Z']) == 9",
                    wrong=one_by_one,
                ),
            ],
        ),
        Say(
            "So one SIGCHLD means: **at least one** child has ended. The handler must ask again, "
            "until no dead child is left: `while os.waitpid(-1, os.WNOHANG)[0]: pass`. Then "
            "`waitpid` returns 0 as the pid, or raises ChildProcessError if no child is left."
        ),
        the_handlers,
        Predict(
            "Real-time signals **do queue**. Five are sent. How often does a handler **in "
            "Python** run?",
            Choice(
                "five times",
                "len(row('SIGRTMIN: real-time').parent.writes('*')) == 5",
                "A handler in C runs five times. Python's own C handler only notes the number of "
                "the signal, and calls your function later.",
            ),
            Choice(
                "one time",
                "len(row('SIGRTMIN: real-time').parent.writes('*')) == 1",
                "The kernel delivers five signals. Python notes all five in one flag before it "
                "calls your handler, between two bytecodes.",
            ),
            Choice(
                "not at all",
                "len(row('SIGRTMIN: real-time').parent.writes('*')) == 0",
                "That is true of an **ignored** signal. A blocked signal stays pending, and the "
                "kernel delivers it after SIG_UNBLOCK.",
            ),
            code=send_five,
            hint="The kernel calls a handler in C, not your Python function. When does the "
            "interpreter call your function?",
        ),
        the_queues,
        Repair(
            Run(
                collect_three,
                id="repair",
                also=[collect_one],
                edit=in_a_loop,
                claims=[
                    Claim(
                        "One SIGCHLD comes for the three ends.",
                        "len(parent.gets_signal('SIGCHLD')) == 1",
                        wrong=delete("signal.SIG_BLOCK"),
                        hint="Keep the block: it holds the signals until all three have ended.",
                    ),
                    Claim(
                        "The parent collects all three children.",
                        "len(parent.collects()) == 3",
                        wrong=[
                            delete("signal.signal("),
                            replace("while os.waitpid", "if os.waitpid"),
                            replace("os.waitpid(-1, os.WNOHANG)[0]:", "False:"),
                        ],
                        hint="The handler runs once. For how many children must it ask?",
                    ),
                    Claim(
                        "The handler returns, and the parent continues.",
                        "parent.writes('on we go\\n')",
                        wrong=delete('os.write(1, b"on we go'),
                        hint="Keep the line after the handler.",
                    ),
                ],
            ),
            task="Three children have ended, and the handler should collect them all. Two stay "
            "zombies. Fix it.",
            broken=Edit(),
            broken_in_c=Edit(),
            edit_in_c=replace(
                "wait(NULL);", "while (waitpid(-1, NULL, WNOHANG) > 0)\n    continue;"
            ),
            hint="How many signals are pending after three ends?",
            praise="One signal, and a loop that asked until no dead child was left.",
        ),
    ],
)
