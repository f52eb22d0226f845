"""After “ready”, verify which daemon is ready: let it send its pid.

A launcher finds a socket or a pid file: which daemon made it?  A socket or a pid file may be an old
daemon's, left by a crash.  And after a double fork the launcher does not know its daemon's pid:
fork has returned the pid of the process in the middle.  So the daemon sends its pid as the word,
and the launcher compares it with the pid file.
"""

# ruff: noqa: F841 - a variant reads the variable that the demonstration does not read
from __future__ import annotations

import os
import signal

import simpsh
from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Repair,
    Run,
    Say,
    all_of,
    at,
    before,
    delete,
    happens,
    insert,
    none_of,
    of,
    processes,
    replace,
    value,
    words,
)

launcher, middle, daemon = processes("launcher", "middle", "daemon")


# --- 1. A socket of yesterday --------------------------------------------------------------------
def look_for_the_socket() -> None:
    """Wait until there is a socket; an old daemon has left one."""
    os.mkdir("socket")  # left by a crash
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        if not os.path.exists("config"):
            os._exit(1)
        os.mkdir("socket")
        signal.pause()
    while not os.path.exists("socket"):
        os.sched_yield()
    os._exit(0)  # ready


# --- 2. Which process is the daemon? -------------------------------------------------------------
def serve(write_end: int) -> None:
    """The daemon: write the pid file, then send the pid."""
    pid_file = os.open("pid", os.O_RDWR | os.O_TRUNC)
    os.write(pid_file, b"%d" % os.getpid())
    os.write(write_end, b"%d" % os.getpid())  # ready
    os.close(write_end)
    signal.pause()


def launch() -> None:
    """Start a daemon by a double fork; an old pid file says 1."""
    os.write(os.open("pid", os.O_RDWR | os.O_CREAT, 0o644), b"1")
    read_end, write_end = os.pipe()
    middle = os.fork()
    if middle == 0:  # in the middle process
        daemon = os.fork()
        if daemon == 0:  # in the daemon
            serve(write_end)
        os._exit(0)
    os.close(write_end)
    number = int(os.read(read_end, 20))
    os.waitpid(middle, 0)
    os._exit(0)  # number is ready


# --- 3. The same with the library ----------------------------------------------------------------
def launch_by_the_library() -> None:
    """Become a daemon, with a pid file, and say when it is ready."""
    this = simpsh.daemonize(pid_file="pid", wait_until_ready=True)
    this.ready()
    signal.pause()


# --- Edits: the source of the launcher's number --------------------------------------------------
FROM_THE_PIPE = "number = int(os.read(read_end, 20))"
from_fork = replace(FROM_THE_PIPE, "number = middle")
from_the_old_file = insert(
    'number = int(os.read(os.open("pid", os.O_RDONLY), 20))', above="middle = os.fork()"
) + delete(FROM_THE_PIPE)
verified = replace(
    "os._exit(0)  # number is ready",
    'in_the_file = int(os.read(os.open("pid", os.O_RDONLY), 20))\n'
    "os._exit(0 if number == in_the_file else 1)",
)
is_the_daemon = value("number") == daemon.pid

the_numbers = Compare(
    Run(launch, id="launch", also=[serve], main="launcher", leaves=[daemon]),
    id="numbers",
    title="the launcher's number is",
    variants={
        "fork's result": from_fork,
        "in the pid file, at once": from_the_old_file,
        "the word in the pipe": Edit(),
    },
    columns={"it means": words(is_the_daemon, "the daemon", "another process")},
    claims=[
        Claim(
            "`fork` returns the pid of the middle process, and that process ends.",
            of("fork's result", value("number") == middle.pid),
        ),
        Claim(
            "A pid file read at once still has the old number.",
            of("in the pid file, at once", value("number") == 1),
            facts=("launcher-success-is-a-lie",),
        ),
        Claim(
            "The number from the pipe is the daemon's pid.",
            of("the word in the pipe", is_the_daemon),
            facts=("launcher-success-is-a-lie",),
        ),
    ],
)


# --- A program to repair ------------------------------------------------------------------------
def start_and_stop() -> None:
    """Start a daemon by a double fork, wait until it is ready, and stop it."""
    read_end, write_end = os.pipe()
    middle = os.fork()
    if middle == 0:  # in the middle process
        daemon = os.fork()
        if daemon == 0:  # in the daemon
            os.write(write_end, b"%d" % os.getpid())  # ready
            signal.pause()
        os._exit(0)
    number = int(os.read(read_end, 20))
    os.kill(number, signal.SIGTERM)
    os.waitpid(middle, 0)


says_ready = replace('b"%d" % os.getpid()', 'b"ready"')
stops_the_middle = says_ready + replace(
    "number = int(os.read(read_end, 20))", "os.read(read_end, 20)\nnumber = middle"
)


LESSON = Lesson(
    id="ready-pid",
    title="Which daemon is ready?",
    minutes=6,
    chapter="daemons",
    requires=["ready-pipe", "pid-file", "double-fork"],
    remember="A file may be an old daemon's. Let the new daemon send its pid through the pipe, "
    "and compare this pid with the pid file.",
    good_for="systemd knows which process said READY=1: the kernel tells it the sender's pid "
    "(NotifyAccess=). With Type=forking and PIDFile= it reads the number after the launcher's end.",
    read_on=(
        "systemd.service(5), PIDFile=, NotifyAccess=",
        "sd_notify(3)",
        "unix(7), SCM_CREDENTIALS",
    ),
    exercise="daemon",
    steps=[
        Say(
            "A launcher waits for its daemon's socket (a directory here). Yesterday a daemon "
            "crashed and left its socket. Today the config is missing."
        ),
        Predict(
            "What does this launcher report?",
            Choice(
                "failure, by status 1",
                happens(launcher.exits(1)),
                "A launcher that waits for its daemon can report the failure. This launcher "
                "looks at `socket`, not at its daemon.",
            ),
            Choice(
                "success, by status 0",
                happens(launcher.exits(0)),
                "`socket` exists, but the old daemon made it. A name does not say which process "
                "made it.",
            ),
            Choice(
                "nothing, as it waits",
                none_of(happens(launcher.exits())),
                "The launcher cannot know which `socket` is new: {line:while not} asks only for "
                "the name.",
            ),
            hint="What does `os.path.exists` know about the process that made the file?",
        ),
        Run(
            look_for_the_socket,
            id="socket",
            main="launcher",
            leaves=[daemon],
            facts=("launcher-success-is-a-lie",),
            claims=[
                Claim(
                    "The launcher reports success although its daemon has failed.",
                    all_of(happens(launcher.exits(0)), happens(daemon.exits(1))),
                    wrong=insert('os.mkdir("config"); os.rmdir("socket")', above="daemon = "),
                )
            ],
        ),
        Say(
            "So the word must come from the new daemon, and must say which process it is. This "
            "daemon writes its pid file and **then** sends its pid through a pipe.",
            code=serve,
        ),
        Predict(
            "An old *pid file* says 1. After a double fork, which number is **the daemon's pid**?",
            Choice(
                "the number from `fork`",
                of("fork's result", is_the_daemon),
                "`fork` returns the pid of the launcher's own child. That is the middle process; "
                "the daemon is a grandchild.",
            ),
            Choice(
                "the number in the old pid file",
                of("in the pid file, at once", is_the_daemon),
                "The file is right after the word has come. Before the word it may be an old "
                "daemon's: here it says 1.",
            ),
            Choice(
                "the number from the pipe",
                all_of(
                    of("the word in the pipe", is_the_daemon),
                    of("fork's result", none_of(is_the_daemon)),
                ),
                "The daemon itself has written this number, into a pipe that no other daemon has.",
            ),
            code=launch,
            hint="Which process can be sure of the daemon's pid?",
        ),
        the_numbers,
        Run(
            launch,
            id="verified",
            main="launcher",
            edit=verified,
            leaves=[daemon],
            claims=[
                Claim(
                    "The launcher ends with 0: the pid file has the number that came through the "
                    "pipe.",
                    all_of(happens(launcher.exits(0)), at("end", daemon.exists)),
                    wrong=from_fork,
                    facts=("launcher-success-is-a-lie",),
                )
            ],
        ),
        Say(
            "`simpsh.daemonize` does both: it locks the pid file before the first fork, and its "
            "launcher waits for the daemon's word."
        ),
        Run(
            launch_by_the_library,
            id="library",
            main="launcher",
            births=("middle", "daemon"),
            leaves=[daemon],
            claims=[
                Claim(
                    "The launcher ends with 0 after the daemon's word, and the daemon serves.",
                    all_of(happens(launcher.exits(0)), at("end", daemon.exists)),
                    wrong=replace("this.ready()", 'this.failed("no config")'),
                    facts=("launcher-success-is-a-lie",),
                )
            ],
        ),
        Repair(
            Run(
                start_and_stop,
                id="repair",
                main="launcher",
                claims=[
                    Claim(
                        "The launcher's SIGTERM ends the daemon.",
                        all_of(
                            happens(launcher.sends("SIGTERM", daemon)),
                            happens(daemon.is_killed_by("SIGTERM")),
                        ),
                        wrong=[
                            stops_the_middle,
                            replace("os.kill(number, signal.SIGTERM)", "pass"),
                        ],
                        hint="`fork` has returned the pid of the process in the middle. Which "
                        "process knows the pid of the daemon?",
                    ),
                    Claim(
                        "The daemon is ready before that.",
                        before(daemon.writes(), launcher.sends("SIGTERM", daemon)),
                        wrong=[
                            replace(
                                "daemon = os.fork()",
                                "daemon = os.fork()\nif daemon:\n"
                                '    os.write(write_end, b"%d" % daemon)',
                            )
                        ],
                        hint="Keep the word in the pipe: the daemon itself says that it is ready.",
                    ),
                ],
            ),
            task="The launcher starts a daemon with two forks, waits until it is ready, and stops "
            "it. But the daemon lives on. Fix it.",
            broken=stops_the_middle,
            broken_in_c=(
                replace('"%d", getpid()', '"ready"') + replace("strtol(text, NULL, 10)", "middle")
            ),
            hint="Which pid does `number` hold?",
            praise="The daemon sent its own pid as the word, so the signal reached the daemon.",
        ),
    ],
)
