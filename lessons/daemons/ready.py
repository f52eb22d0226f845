"""Ready: a launcher that returns has told you nothing about its daemon.

The first process of a daemon ends with status 0 before the daemon has opened its files, bound its
port or taken its lock.  If that fails, the caller does not learn it.  If that succeeds, the caller
does not know when.  Only a message from the daemon orders the two.
"""

# ruff: noqa: RUF059 - what the demonstration does not read, one of its variants does
from __future__ import annotations

import os
import signal
import time  # noqa: F401 - one of the variants below sleeps

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Explore,
    Lesson,
    Predict,
    Run,
    Say,
    all_of,
    hangs,
    happens,
    how_many_outputs,
    insert,
    of,
    outputs,
    processes,
    seen_here,
    unordered,
)

launcher, daemon = processes("launcher", "daemon")


# --- 1. The launcher is quick --------------------------------------------------------------------
def launch() -> None:
    """Start a daemon that cannot work, because its configuration is missing."""
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        os.setsid()
        if not os.path.exists("config"):
            os._exit(1)
        signal.pause()  # it serves for ever
    os._exit(0)  # started


# --- 2. The customer is quick --------------------------------------------------------------------
def start_and_use() -> None:
    """Start a daemon; when the launcher has returned, use the daemon."""
    told, tell = os.pipe()
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        os.mkdir("door")  # from now on it can be used
        os.write(tell, b"ready")
        os._exit(0)
    is_open = os.path.exists("door")  # the customer arrives
    os.write(1, b"served" if is_open else b"refused")
    os.waitpid(daemon, 0)


# --- Edits: what people try ----------------------------------------------------------------------
config_exists = insert('os.mkdir("config")', above="daemon = os.fork()")
a_moment_later = insert("time.sleep(0.01)", above="is_open = ")
after_a_word = insert("os.read(told, 5)", above="is_open = ")

the_remedies = Compare(
    Explore(start_and_use, id="race", native=20, main="launcher"),
    id="remedies",
    title="before the customer arrives",
    variants={
        "nothing": Edit(),
        "the launcher sleeps": a_moment_later,
        "the launcher reads a word": after_a_word,
    },
    columns={"possible outputs": how_many_outputs, "seen here in 20 plain runs": seen_here},
    facts=("launcher-success-is-a-lie",),
    claims=[
        Claim(
            "Without a message the customer may be refused.",
            of("nothing", outputs == {"served", "refused"}),
        ),
        Claim(
            "A sleep excludes no order: the customer may still be refused.",
            of("the launcher sleeps", outputs == {"served", "refused"}),
        ),
        Claim(
            "Only the message makes “served” the one possible output.",
            of("the launcher reads a word", outputs == {"served"}),
        ),
    ],
)

LESSON = Lesson(
    id="ready",
    title="A launcher's end tells you nothing",
    minutes=6,
    chapter="daemons",
    requires=["daemonize"],
    remember="The launcher's end says nothing about the daemon. Only a message from the daemon "
    "says that it is ready.",
    good_for="“start && use” fails now and then in scripts, tests and boot sequences: the launcher "
    "returned before its daemon was ready.",
    read_on=("daemon(7)", "systemd.service(5), Type=", "bootup(7)"),
    exercise="daemon",
    steps=[
        Say(
            "A script says `start-server && use-server`. The second command runs if the first one "
            "ends with status **0**. start-server forks the *daemon* and ends."
        ),
        Predict(
            "The config is missing, so this daemon cannot work. Which **status** does the script "
            "get?",
            Choice(
                "1: the start has failed",
                happens(launcher.exits(1)),
                "You expect the launcher to report its daemon's status. It does so only if it "
                "waits for the daemon; here it ends at once with its own 0.",
            ),
            Choice(
                "0: success",
                happens(launcher.exits(0)),
                "The status is the launcher's. The daemon's status, 1, goes to the adopter, which "
                "knows nothing of the script.",
            ),
            Choice(
                "none: the launcher waits for its child",
                hangs,
                "You expect a parent to wait by itself. A parent waits only if it calls `wait`; "
                "this one ends, and its child is adopted.",
            ),
            hint="Which process does the script start, and what does that process call last?",
        ),
        Run(
            launch,
            id="lie",
            main="launcher",
            leaves=[daemon],
            facts=("launcher-success-is-a-lie",),
            claims=[
                Claim(
                    "The launcher reports success; the daemon has failed.",
                    all_of(happens(launcher.exits(0)), happens(daemon.exits(1))),
                    wrong=[
                        config_exists,
                        insert("os._exit(os.waitpid(daemon, 0)[1] >> 8)", above="os._exit(0)"),
                    ],
                ),
                Claim(
                    "Nothing orders the two ends: the launcher cannot know of the failure.",
                    unordered(launcher.exits(), daemon.exits()),
                    wrong=insert("os.waitpid(daemon, 0)", above="os._exit(0)"),
                ),
            ],
        ),
        Say(
            "And if nothing fails: **when** is the daemon ready? This daemon first makes a door. A "
            "customer arrives as soon as the launcher has returned, and the door may be missing."
        ),
        Predict(
            "What makes it **certain** that the customer is served?",
            Choice(
                "nothing more is needed",
                of("nothing", outputs == {"served"}),
                "You expect the child to run first, or fast enough. After `fork` the order of the "
                "two processes is unspecified.",
            ),
            Choice(
                "the launcher sleeps a moment",
                of("the launcher sleeps", outputs == {"served"}),
                "A sleep makes it likely, not certain: on a busy machine the daemon may need "
                "longer than any sleep.",
            ),
            Choice(
                "the launcher reads a word",
                of("the launcher reads a word", outputs == {"served"}),
                "The daemon makes the door, then writes. The launcher reads, then returns. So the "
                "door always comes first.",
            ),
            hint="Look for an event in the daemon that the launcher cannot pass before it happens.",
        ),
        the_remedies,
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
