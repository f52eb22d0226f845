"""Ready: a launcher that returns at once has told you nothing.

The first process of a daemon ends with status 0 before the daemon has opened its files, bound its
port or taken its lock; if that fails, nobody hears of it, and if it succeeds, nobody knows when.
A pipe from the daemon to its launcher tells both: a word says “ready”, the end of file without
one says “dead”.
"""

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
    Try,
    all_of,
    anyone,
    at,
    before,
    delete,
    hangs,
    happens,
    how_many_outputs,
    insert,
    none_of,
    of,
    output,
    outputs,
    processes,
    reaper,
    replace,
    returns,
    seen_here,
    unordered,
    words,
)

launcher, daemon = processes("launcher", "daemon")


# --- 1. The launcher that is quick ---------------------------------------------------------------
def launch() -> None:
    """Start a daemon that cannot work, for its configuration is missing."""
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        os.setsid()
        if not os.path.exists("config"):
            os._exit(1)
        signal.pause()  # it serves, for ever
    os._exit(0)  # started


# --- 2. The customer that is quick -----------------------------------------------------------------
def start_and_use() -> None:
    """Start a daemon; when the launcher is done, use it."""
    told, tell = os.pipe()
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        os.mkdir("door")  # it can be used from now on
        os.write(tell, b"ready")
        os._exit(0)
    is_open = os.path.exists("door")  # the customer comes
    os.write(1, b"served" if is_open else b"refused")
    os.waitpid(daemon, 0)


# --- 3. The readiness pipe -------------------------------------------------------------------------
def launch_and_listen() -> None:
    """Return when the daemon is ready, or when it cannot become so any more."""
    told, tell = os.pipe()
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        os.setsid()
        if not os.path.exists("config"):
            os._exit(1)
        os.write(tell, b"ready")
        os.close(tell)  # by the daemon
        signal.pause()
    os.close(tell)
    word = os.fdopen(told).read()  # to end of file
    os._exit(0 if word == "ready" else 1)


# --- Edits: what people try, and what they forget ---------------------------------------------------
a_moment_later = insert("time.sleep(0.01)", above="is_open = ")
after_a_word = insert("os.read(told, 5)", above="is_open = ")
with_config = insert('os.mkdir("config")', above="told, tell = os.pipe()")
launcher_keeps_it = replace("os.close(tell)\n    word", "word")

LESSON = Lesson(
    id="ready",
    title="Ready: who tells that the daemon is up?",
    minutes=8,
    chapter="pipes and daemons",
    requires=["daemonize"],
    remember="x",
    good_for="x",
    read_on=("daemon(7)", "sd_notify(3)", "pipe(7)"),
    steps=[
        Run(launch, id="lie", main="launcher"),
        Compare(Explore(start_and_use, id="race", native=30), id="cures", variants={"nothing": Edit(), "a moment later": a_moment_later, "a word": after_a_word}, columns={"possible": how_many_outputs, "seen in 30 plain runs": seen_here}),
        Run(launch_and_listen, id="early", main="launcher"),
        Run(launch_and_listen, id="up", main="launcher", edit=with_config, leaves=[daemon]),
        ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
