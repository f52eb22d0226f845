"""After “ready”, verify which daemon is ready: let it send its pid.

A socket or a pid file may be an old daemon's, left by a crash.  And after a double fork the
launcher does not know its daemon's pid: fork has returned the pid of the process in the middle.
So the daemon sends its pid as the word, and the launcher compares it with the pid file.
"""

# ruff: noqa: F841 - what the demonstration does not read, one of its variants does
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
    Run,
    Say,
    all_of,
    at,
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


# --- 1. A door of yesterday ----------------------------------------------------------------------
def look_for_the_door() -> None:
    """Wait until there is a door; an old daemon has left one."""
    os.mkdir("door")  # left by a crash
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        if not os.path.exists("config"):
            os._exit(1)
        os.mkdir("door")
        signal.pause()
    while not os.path.exists("door"):
        os.sched_yield()
    os._exit(0)  # ready


# --- 2. Which process is the daemon? -------------------------------------------------------------
def serve(tell: int) -> None:
    """The daemon: write the pid file, then send the pid."""
    pid_file = os.open("pid", os.O_RDWR | os.O_TRUNC)
    os.write(pid_file, b"%d" % os.getpid())
    os.write(tell, b"%d" % os.getpid())  # ready
    os.close(tell)
    signal.pause()


def launch() -> None:
    """Start a daemon by a double fork; an old pid file says 1."""
    os.write(os.open("pid", os.O_RDWR | os.O_CREAT, 0o644), b"1")
    told, tell = os.pipe()
    middle = os.fork()
    if middle == 0:  # in the middle process
        daemon = os.fork()
        if daemon == 0:  # in the daemon
            serve(tell)
        os._exit(0)
    os.close(tell)
    number = int(os.read(told, 20))
    os.waitpid(middle, 0)
    os._exit(0)  # number is ready


# --- 3. The same by the library ------------------------------------------------------------------
def launch_by_the_library() -> None:
    """Become a daemon, with a pid file, and say when it is ready."""
    this = simpsh.daemonize(pid_file="pid", wait_until_ready=True)
    this.ready()
    signal.pause()


# --- Edits: where the launcher takes the number from ---------------------------------------------
FROM_THE_PIPE = "number = int(os.read(told, 20))"
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
            "The word in the pipe is the daemon's pid.",
            of("the word in the pipe", is_the_daemon),
            facts=("launcher-success-is-a-lie",),
        ),
    ],
)

LESSON = Lesson(
    id="ready-pid",
    title="After “ready”, verify the daemon",
    minutes=6,
    chapter="daemons",
    requires=["ready-pipe", "pid-file", "double-fork"],
    remember="A file may be an old daemon's. Let the new daemon send its pid as the word, and "
    "compare it with the pid file.",
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
            "Another launcher waits for the daemon's door, a socket file for example. Yesterday a "
            "daemon crashed and left its door. Today the config is missing."
        ),
        Predict(
            "What does this launcher report?",
            Choice(
                "1: the daemon has failed",
                happens(launcher.exits(1)),
                "The launcher learns of no failure: it looks at the door, not at its daemon.",
            ),
            Choice(
                "0: ready",
                happens(launcher.exits(0)),
                "The door exists, but it is the old daemon's. A file does not say which process "
                "made it.",
            ),
            Choice(
                "nothing: it waits for the new door",
                none_of(happens(launcher.exits())),
                "You expect the launcher to know its own door. {line:while not} asks for the name "
                "only.",
            ),
            hint="What does `os.path.exists` know about the process that made the file?",
        ),
        Run(
            look_for_the_door,
            id="door",
            main="launcher",
            leaves=[daemon],
            facts=("launcher-success-is-a-lie",),
            claims=[
                Claim(
                    "The launcher reports success although its daemon has failed.",
                    all_of(happens(launcher.exits(0)), happens(daemon.exits(1))),
                    wrong=insert('os.mkdir("config"); os.rmdir("door")', above="daemon = "),
                )
            ],
        ),
        Say(
            "So the word must come from the new daemon, and say which process it is. This daemon "
            "writes its pid file and **then** sends its pid.",
            code=serve,
        ),
        Predict(
            "A double fork, and an old *pid file* that says 1. Which number is **the daemon's "
            "pid**?",
            Choice(
                "fork's result in the launcher",
                of("fork's result", is_the_daemon),
                "`fork` returns the pid of the launcher's own child. That is the middle process; "
                "the daemon is a grandchild.",
            ),
            Choice(
                "the number in the pid file, at once",
                of("in the pid file, at once", is_the_daemon),
                "Before the word the file may be an old daemon's: here it says 1. After the word "
                "it is right.",
            ),
            Choice(
                "the word in the pipe",
                all_of(
                    of("the word in the pipe", is_the_daemon),
                    of("fork's result", none_of(is_the_daemon)),
                ),
                "The daemon itself has written it, into a pipe that no other daemon has.",
            ),
            code=launch,
            hint="Which process knows the daemon's pid for sure?",
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
                    "The launcher ends with 0: the pid file names the daemon that said ready.",
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
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
