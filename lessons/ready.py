"""Ready: a launcher that returns at once has told you nothing.

The first process of a daemon ends with status 0 before the daemon has opened its files, bound its
port or taken its lock; if that fails, nobody hears of it, and if it succeeds, nobody knows when.
A pipe from the daemon to its launcher tells both: a word says “ready”, the end of file without
one says “dead”.
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


# --- 2. The customer that is quick ---------------------------------------------------------------
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


# --- 3. The readiness pipe -----------------------------------------------------------------------
def launch_and_listen() -> None:
    """Return when the daemon is ready, or when it cannot become so any more."""
    told, tell = os.pipe()
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        os.setsid()
        if not os.path.exists("config"):
            os._exit(1)
        os.write(tell, b"ready")
        os.close(tell)  # it has nothing more to tell
        signal.pause()
    os.close(tell)  # only the daemon tells
    is_ready = os.read(told, 5) == b"ready"
    os._exit(0 if is_ready else 1)


# --- Edits: what people try, and what they forget ------------------------------------------------
config_is_there = insert('os.mkdir("config")', above="daemon = os.fork()")
a_moment_later = insert("time.sleep(0.01)", above="is_open = ")
after_a_word = insert("os.read(told, 5)", above="is_open = ")
launcher_can_tell = delete("# only the daemon tells")
never_says_so = config_is_there + delete('os.write(tell, b"ready")')
never_closes = never_says_so + delete("# it has nothing more to tell")

the_remedies = Compare(
    Explore(start_and_use, id="race", native=20, main="launcher"),
    id="remedies",
    title="before the customer comes",
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
            "Only the word takes that away.",
            of("the launcher reads a word", outputs == {"served"}),
        ),
    ],
)

the_ends = Compare(
    Run(launch_and_listen, id="listening", main="launcher", leaves=[daemon]),
    id="ends",
    title="what the daemon does",
    variants={
        "says ready": config_is_there,
        "dies before": Edit(),
        "closes the pipe without a word": never_says_so,
        "keeps the pipe without a word": never_closes,
        "dies; the launcher kept its end": launcher_can_tell,
    },
    columns={
        "the launcher": words(hangs, "waits for ever", "ends"),
        "its status": launcher.status,
    },
    facts=("launcher-success-is-a-lie",),
    claims=[
        Claim("Ready is told.", of("says ready", happens(launcher.exits(0)))),
        Claim(
            "A daemon that goes on in silence, pipe in hand, keeps its launcher waiting.",
            of("keeps the pipe without a word", hangs),
        ),
        Claim(
            "So does the launcher itself, if it could write.",
            of("dies; the launcher kept its end", hangs),
        ),
    ],
)

LESSON = Lesson(
    id="ready",
    title="Ready: who tells that the daemon is up?",
    minutes=8,
    chapter="pipes and daemons",
    requires=["daemonize"],
    remember="That a launcher has ended says nothing about its daemon. Let the daemon say “ready” "
    "into a pipe; end of file without the word means that it is dead.",
    good_for="“start && use” fails now and then in scripts, tests and boot sequences whose "
    "launchers return at once. systemd's Type=notify and s6's readiness descriptor are this pipe.",
    read_on=("daemon(7)", "sd_notify(3)", "systemd.service(5), Type=", "pipe(7)"),
    steps=[
        Say(
            "A script says `start-server && use-server`. The second half runs when the first has "
            "ended with status **0**. start-server forks the daemon, as it should – and ends."
        ),
        Predict(
            "There is no config, so this daemon cannot work. Which **status** does the script get?",
            Choice(
                "1: the start has failed",
                happens(launcher.exits(1)),
                "It would if the launcher waited for the daemon's news. It ends on its own "
                "account, with its own 0.",
            ),
            Choice(
                "0: all is well",
                happens(launcher.exits(0)),
                "The status is the launcher's. The daemon's own, 1, goes to whoever adopts it, "
                "who knows nothing of your script.",
            ),
            Choice(
                "none: the launcher waits for its child",
                hangs,
                "A parent that ends does not wait. Its child is adopted.",
            ),
        ),
        Run(
            launch,
            id="lie",
            main="launcher",
            leaves=[daemon],
            facts=("launcher-success-is-a-lie",),
            claims=[
                Claim(
                    "The launcher reports success, the daemon has failed.",
                    all_of(happens(launcher.exits(0)), happens(daemon.exits(1))),
                    wrong=[
                        config_is_there,
                        insert("os._exit(os.waitpid(daemon, 0)[1] >> 8)", above="os._exit(0)"),
                    ],
                ),
                Claim(
                    "No chain joins the two ends: the launcher cannot know of the failure.",
                    unordered(launcher.exits(), daemon.exits()),
                    wrong=insert("os.waitpid(daemon, 0)", above="os._exit(0)"),
                ),
            ],
        ),
        Say(
            "And where nothing fails, *when* is the daemon ready? Here its work begins with a "
            "**door**. The customer comes when the launcher has returned, without a word."
        ),
        Predict(
            "What makes it **certain** that the customer is served?",
            Choice(
                "nothing is needed",
                of("nothing", outputs == {"served"}),
                "The daemon would have to be quicker than the customer, always. Nobody says who "
                "goes first.",
            ),
            Choice(
                "the launcher sleeps a moment",
                of("the launcher sleeps", outputs == {"served"}),
                "That makes it likely, not certain: on a busy machine a moment is not enough.",
            ),
            Choice(
                "the launcher reads a word",
                of("the launcher reads a word", outputs == {"served"}),
                "The daemon makes the door, then writes; the launcher reads, then returns. That "
                "is a chain.",
            ),
        ),
        the_remedies,
        Say(
            "Now both: the word for success, an answer for failure, and no time limit. The daemon "
            "**alone** holds the write end."
        ),
        Predict(
            "No config: the daemon dies without a word. What does the launcher do?",
            Choice(
                "it sleeps in read for ever",
                at("rest", launcher.asleep_in == "read"),
                "It would if anybody else could write: say, itself, without "
                "{line:# only the daemon tells}.",
            ),
            Choice(
                "it ends with 1 at once",
                happens(launcher.exits(1)),
                "Death closes the write end, the last one. read returns empty, and that is not the "
                "word.",
            ),
            Choice(
                "it ends with 0",
                happens(launcher.exits(0)),
                "Only the word makes it 0, and the word was not written.",
            ),
        ),
        Run(
            launch_and_listen,
            id="early",
            main="launcher",
            facts=("launcher-success-is-a-lie",),
            claims=[
                Claim(
                    "The daemon's death is what ends the launcher's read.",
                    before(daemon.ends, launcher.sees_end_of_file),
                    wrong=[config_is_there, launcher_can_tell],
                ),
                Claim(
                    "The launcher reports the failure.",
                    happens(launcher.exits(1)),
                    wrong=config_is_there,
                ),
            ],
        ),
        Run(
            launch_and_listen,
            id="up",
            main="launcher",
            edit=config_is_there,
            leaves=[daemon],
            facts=("launcher-success-is-a-lie",),
            claims=[
                Claim(
                    "Success is reported only after the daemon has said so.",
                    before(daemon.writes("ready"), launcher.exits(0)),
                    wrong=replace('os.read(told, 5) == b"ready"', "True"),
                ),
                Claim(
                    "The daemon lives, and holds no end of the pipe that could keep anybody.",
                    at("end", all_of(daemon.state == "S", none_of(daemon.holds("A", "write")))),
                    wrong=delete("# it has nothing more to tell"),
                ),
            ],
        ),
        Predict(
            "Which daemon keeps its launcher waiting for ever?",
            Choice(
                "one that dies",
                of("dies before", hangs),
                "Death closes all that it had.",
            ),
            Choice(
                "one that closes the pipe in silence",
                of("closes the pipe without a word", hangs),
                "Nobody can write any more: that is end of file, and the launcher says 1.",
            ),
            Choice(
                "one that keeps it in silence",
                of("keeps the pipe without a word", hangs),
                "It could still write; so the launcher waits. Against this alone a time limit "
                "helps.",
            ),
        ),
        the_ends,
        Try(
            "A shell reads until end of file, too. This hangs, for the daemon keeps the pipe:\n\n"
            "    x=$(sh -c 'echo ready; exec sleep 1000' &); echo $x\n\n"
            "Let the daemon say *ready*, give the pipe back, and go on.",
            expect=all_of(returns, output == "ready\n", happens(anyone.execs("sleep"))),
            hint="exec with a redirection and no command changes the shell's own descriptors.",
            solution="x=$(sh -c 'echo ready; exec >/dev/null; exec sleep 1000' &); echo $x",
            wrong=[
                "x=$(sh -c 'echo ready; exec sleep 1000' &); echo $x",
                "x=$(sh -c 'exec >/dev/null; echo ready; exec sleep 1000' &); echo $x",
                "echo ready",
            ],
            praise="The word came first, then the end of file: the shell knows that the daemon is "
            "ready, and the daemon lives on without your pipe.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
