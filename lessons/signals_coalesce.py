"""Ten deaths can be one signal.

A standard signal is a bit: it is pending or it is not, and sending it again changes nothing.  So a
handler for SIGCHLD cannot know how many children have ended; it collects until nobody dead is
left, and it must not wait for those alive.  Real-time signals queue, but a handler in Python is
called later, once for all of them.  And what `signal()` installs, the compiler's options decide.
"""

from __future__ import annotations

import contextlib
import os
import select  # noqa: F401 - one of the variants below waits for a pidfd
import signal

from simpsh.course import (
    Ask,
    C,
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Run,
    Say,
    all_of,
    at,
    count,
    delete,
    everyone_called,
    hangs,
    happens,
    how_many,
    insert,
    none_of,
    of,
    output,
    processes,
    replace,
    told_at,
    words,
)

parent, server, busy = processes("parent", "server", "busy")


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
    # ① all ten have ended
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.write(1, b"on we go\n")  # ② the handler has run


# --- 2. A handler that waits ---------------------------------------------------------------------
def collect(*_: object) -> None:
    """A handler as it stands in many texts."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, 0)[0] > 0:
            pass


def one_is_busy() -> None:
    """One worker is done, another is not."""
    signal.signal(signal.SIGCHLD, collect)
    busy = os.fork()
    if busy == 0:  # in the busy one
        signal.pause()
    done = os.fork()
    if done == 0:  # in the other one
        os._exit(0)
    os.write(1, b"next, please\n")  # ① done has ended
    os.write(1, b"next, please\n")


# --- 3. Signals that queue -----------------------------------------------------------------------
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


# --- 4. What signal() does -----------------------------------------------------------------------
twice = C("""
#include <signal.h>
#include <unistd.h>
static void note(int number) { write(1, "noted\\n", 6); }
int main(void) {
    signal(SIGUSR1, note);
    raise(SIGUSR1);
    raise(SIGUSR1);
}
""")


# --- Edits ---------------------------------------------------------------------------------------
nothing_blocked = delete("signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})")
real_time = (
    replace("signal.signal(signal.SIGUSR1", "signal.signal(signal.SIGRTMIN")
    + replace("SIG_BLOCK, {signal.SIGUSR1}", "SIG_BLOCK, {signal.SIGRTMIN}")
    + replace("os.getpid(), signal.SIGUSR1", "os.getpid(), signal.SIGRTMIN")
    + replace("SIG_UNBLOCK, {signal.SIGUSR1}", "SIG_UNBLOCK, {signal.SIGRTMIN}")
)
one_by_one = nothing_blocked + insert(
    "if child: select.select([os.pidfd_open(child)], [], [])", above="if child == 0:"
)
asks_again = replace("os.waitpid(-1, 0)", "os.waitpid(-1, os.WNOHANG)")
zombies = how_many(everyone_called("child"), lambda one: one.state == "Z")
with_sigaction = replace(
    "signal(SIGUSR1, note)", "sigaction(SIGUSR1, &(struct sigaction){.sa_handler = note}, 0)"
)

the_handlers = Compare(
    Run(one_is_busy, id="handler", main="server", also=[collect], leaves=[busy]),
    id="handlers",
    title="in the handler",
    variants={"os.waitpid(-1, 0)": Edit(), "os.waitpid(-1, os.WNOHANG)": asks_again},
    columns={"the server": words(hangs, "hangs in its handler", "goes on")},
    claims=[
        Claim(
            "The handler that waits sleeps until the busy one ends; the server is deaf.",
            of("os.waitpid(-1, 0)", all_of(hangs, at("rest", server.asleep_in == "wait4"))),
            facts=("prevent-3-looping-handler",),
        ),
        Claim(
            "With WNOHANG it collects the one that is done, and the server goes on.",
            of("os.waitpid(-1, os.WNOHANG)", none_of(hangs)),
            facts=("prevent-3-looping-handler",),
        ),
    ],
)

the_queues = Compare(
    Run(send_five, id="five"),
    id="queues",
    title="sent five times",
    variants={"SIGUSR1: standard": Edit(), "SIGRTMIN: real-time": real_time},
    columns={
        "delivered": count(parent.receives()),
        "handler called": count(parent.writes("*")),
    },
    claims=[
        Claim(
            "Five standard signals are one.",
            of("SIGUSR1: standard", count(parent.receives("SIGUSR1")) == 1),
            facts=("signals-coalesce",),
        ),
        Claim(
            "Five real-time signals are delivered, and Python calls its handler once.",
            of(
                "SIGRTMIN: real-time",
                all_of(count(parent.receives()) == 5, count(parent.writes("*")) == 1),
            ),
            facts=("signals-coalesce", "python-handlers-are-deferred"),
        ),
    ],
)

the_installers = Compare(
    Run(twice, id="twice", needs=("compiler",)),
    id="installers",
    needs=("compiler",),
    title="installed by",
    variants={
        "signal()": Edit(),
        "signal(), _XOPEN_SOURCE": insert("#define _XOPEN_SOURCE 700", above="#include <signal.h>"),
        "sigaction()": with_sigaction,
    },
    columns={
        "the second signal": words(happens(parent.is_killed_by("SIGUSR1")), "kills it", "is noted"),
    },
    claims=[
        Claim(
            "Compiled as usual, signal() keeps its handler, as on BSD.",
            of("signal()", output == "noted\nnoted\n"),
            facts=("signal-vs-sigaction",),
        ),
        Claim(
            "Compiled for _XOPEN_SOURCE, the same call serves once, as on System V.",
            of(
                "signal(), _XOPEN_SOURCE",
                all_of(output == "noted\n", happens(parent.is_killed_by("SIGUSR1"))),
            ),
            facts=("signal-vs-sigaction",),
        ),
    ],
)

# --- The lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    id="signals-coalesce",
    title="Ten deaths, one signal",
    minutes=9,
    chapter="orphans and zombies",
    requires=["no-zombies"],
    remember="SIGCHLD says that somebody has ended, never how many: collect with WNOHANG until "
    "nobody dead is left.",
    good_for="A server that counts its workers by SIGCHLD works for years, until two end in the "
    "same millisecond. Then it waits for somebody who is long gone.",
    read_on=("signal(7), “Queueing and delivery”", "signal(2), “Portability”", "sigaction(2)"),
    steps=[
        Say(
            "A handler takes each SIGCHLD for one death, and collects one child. Ten end while "
            "SIGCHLD is *blocked* – put off, as it also is while a handler runs. Then it is "
            "unblocked.",
            code=collect_one,
        ),
        Ask(
            "How many **zombies** are left at ②, when the handler has run?",
            answer=told_at("②", zombies),
            because="A standard signal is one bit: pending or not. Ten deaths set it ten times, "
            "the handler is called once, and collects one.",
            near={
                0: "So it would be if signals were kept in a queue. Standard signals are not.",
                10: "The handler does run, once, and collects one.",
            },
            code=lose_ten,
        ),
        Run(
            lose_ten,
            id="ten",
            also=[collect_one],
            claims=[
                Claim(
                    "Ten deaths reach the parent as one SIGCHLD.",
                    count(parent.receives("SIGCHLD")) == 1,
                    wrong=one_by_one,
                    facts=("signals-coalesce",),
                ),
                Claim(
                    "The handler that collects one leaves nine zombies.",
                    at("②", zombies == 9),
                    wrong=one_by_one,
                    facts=("signals-coalesce",),
                ),
            ],
        ),
        Predict(
            "The usual cure: a handler that **collects everybody**. *done* has ended, *busy* works "
            "on. And the server?",
            Choice(
                "it goes on: done is collected",
                of("os.waitpid(-1, 0)", none_of(hangs)),
                "So it would with WNOHANG. Here the loop asks again, and as busy lives, the "
                "kernel makes it wait.",
            ),
            Choice(
                "it hangs in its handler until busy ends",
                of("os.waitpid(-1, 0)", hangs),
                "Nothing else runs while a handler does. It may collect only who is dead already.",
            ),
            code=collect,
        ),
        the_handlers,
        Say(
            "So: *until nobody dead is left*, `while waitpid(-1, …, WNOHANG) > 0`. In C it also "
            "puts `errno` back. Some texts have `while (wait(0) <= 0);`: it collects one, or "
            "spins for ever if nobody is left."
        ),
        Predict(
            "Real-time signals **do queue**. Five are sent; how often does a handler *in Python* "
            "run?",
            Choice(
                "five times: they queue",
                of("SIGRTMIN: real-time", count(parent.writes("*")) == 5),
                "So it would be in C. Python's own handler notes in C that there was one, and "
                "calls yours later, between two bytecodes.",
            ),
            Choice(
                "once",
                of("SIGRTMIN: real-time", count(parent.writes("*")) == 1),
                "The kernel delivers five. Before Python comes to call your handler, all five "
                "have been noted as one.",
            ),
            code=send_five,
        ),
        the_queues,
        Predict(
            "In C, with the usual compiler options: what does the **second** signal do?",
            Choice(
                "it is noted, like the first",
                of("signal()", count(parent.writes("noted")) == 2),
                "The C library of Linux follows BSD: the handler stays. It is the compiler's "
                "options that decide.",
            ),
            Choice(
                "it kills: signal() serves once",
                of("signal()", happens(parent.is_killed_by("SIGUSR1"))),
                "That is System V, and many texts say that Linux follows it. It does when the "
                "program asks for it, by _XOPEN_SOURCE alone.",
            ),
        ),
        the_installers,
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
