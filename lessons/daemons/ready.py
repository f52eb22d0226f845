"""Ready: a launcher that returns has said nothing about its daemon.

A launcher has returned: what does its caller know about the daemon?  The first process of a daemon
ends with status 0 before the daemon has opened its files, bound its port or taken its lock.  If
that fails, the caller is not told.  If that succeeds, the caller does not know when.  Only a
message from the daemon orders the two.
"""

# ruff: noqa: RUF059 - a variant reads the variable that the demonstration does not read
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
    Repair,
    Run,
    Say,
    all_of,
    delete,
    hangs,
    happens,
    how_many_outputs,
    insert,
    of,
    outputs,
    processes,
    replace,
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


# --- 2. The client is quick ----------------------------------------------------------------------
def start_and_use() -> None:
    """Start a daemon; when the launcher has returned, use the daemon."""
    read_end, write_end = os.pipe()
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        os.mkdir("socket")  # from now on it can be used
        os.write(write_end, b"ready")
        os._exit(0)
    is_up = os.path.exists("socket")  # the client connects
    os.write(1, b"served" if is_up else b"refused")
    os.waitpid(daemon, 0)


# --- Edits: what people try ----------------------------------------------------------------------
config_exists = insert('os.mkdir("config")', above="daemon = os.fork()")
a_moment_later = insert("time.sleep(0.01)", above="is_up = ")
after_a_word = insert("os.read(read_end, 5)", above="is_up = ")

the_remedies = Compare(
    Explore(start_and_use, id="race", native=20, main="launcher"),
    id="remedies",
    title="before the client connects",
    variants={
        "nothing": Edit(),
        "the launcher sleeps": a_moment_later,
        "the launcher reads a word": after_a_word,
    },
    columns={"possible outputs": how_many_outputs, "seen here in 20 plain runs": seen_here},
    facts=("launcher-success-is-a-lie",),
    claims=[
        Claim(
            "Without a message the client may be refused.",
            of("nothing", outputs == {"served", "refused"}),
        ),
        Claim(
            "A sleep excludes no order: the client may still be refused.",
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
    title="Has the daemon started?",
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
            "A script says `start-server && use-server`. The second command runs only if the first "
            "one has reported **success**. start-server forks the *daemon* and ends."
        ),
        Predict(
            "The config is missing, so this daemon cannot work. Which **status** does the script "
            "get?",
            Choice(
                "1, the daemon's status",
                happens(launcher.exits(1)),
                "A launcher that waits for its daemon can report the daemon's status. This "
                "launcher does not wait, and ends with its own 0.",
            ),
            Choice(
                "0, the launcher's status",
                happens(launcher.exits(0)),
                "The script waits for the launcher. The daemon's status, 1, goes to the process "
                "that adopts the daemon, and not to the script.",
            ),
            Choice(
                "none, as the launcher waits",
                hangs,
                "A parent waits only if it calls `wait`. This parent ends at once, and another "
                "process adopts its child.",
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
            "And if nothing fails: **when** is the daemon ready? The directory `socket` takes the "
            "place of the daemon's socket here. A client connects as soon as the launcher has "
            "returned, and `socket` may be missing."
        ),
        Predict(
            "What makes it **certain** that the client is served?",
            Choice(
                "no further step is required",
                of("nothing", outputs == {"served"}),
                "You expect the child to run first, or fast enough. After `fork` the order of the "
                "two processes is unspecified.",
            ),
            Choice(
                "the launcher sleeps for a moment",
                of("the launcher sleeps", outputs == {"served"}),
                "A sleep makes it likely, not certain: on a busy machine the daemon may need "
                "longer than any sleep.",
            ),
            Choice(
                "the launcher reads a word",
                of("the launcher reads a word", outputs == {"served"}),
                "The daemon makes `socket`, then writes. The launcher reads, then returns. So "
                "`socket` always comes first.",
            ),
            hint="Which call of the launcher cannot return before the daemon has done something?",
        ),
        the_remedies,
        Repair(
            Run(
                start_and_use,
                id="repair",
                main="launcher",
                edit=after_a_word,
                claims=[
                    Claim(
                        "The launcher collects the daemon.",
                        happens(launcher.collects(daemon)),
                        wrong=delete("os.waitpid(daemon, 0)"),
                        hint="Keep the wait.",
                    )
                ],
            ),
            every_order=[
                Claim(
                    "In every order the client is served.",
                    outputs == {"served"},
                    wrong=[
                        delete("os.read(read_end, 5)"),
                        replace("os.read(read_end, 5)", "time.sleep(0.01)"),
                    ],
                    hint="A sleep orders nothing. The launcher must wait for something that the "
                    "daemon does.",
                )
            ],
            task="A client connects when the launcher has started the daemon. It should always be "
            "`served`. Sometimes it is `refused`. Make that impossible.",
            broken=Edit(),
            broken_in_c=Edit(),
            edit_in_c=insert("char text[5];\nread(ends[0], text, 5);", above="const char *answer"),
            hint="The daemon says when it is ready. Which process reads that?",
            praise="The launcher slept in `read` until the daemon had said `ready`.",
        ),
    ],
)
