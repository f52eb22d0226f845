"""Ready: a launcher's end says nothing about its daemon; a word from the daemon does.

What does a caller know when a launcher has returned?  The launcher ends with status 0 before the
daemon has opened its files, bound its port or taken its lock.  Only a message from the daemon
orders the two.  The daemon holds the only write end of a pipe: a word says “ready”, and end of file
without the word says “dead”.  The pid is a good word, because after two forks only the daemon is
sure of it.
"""

# ruff: noqa: F841 - a variant reads the variable that the demonstration does not read
from __future__ import annotations

import os
import signal

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    LineRun,
    Predict,
    Repair,
    Run,
    Say,
    Try,
    a_word,
    asked,
    delete,
    in_words,
    insert,
    replace,
    shown_output,
    some,
)


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


# --- 2. The readiness pipe -----------------------------------------------------------------------
def launch_and_listen() -> None:
    """Return when the daemon is ready, or when it cannot become ready any more."""
    read_end, write_end = os.pipe()
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        os.setsid()
        if not os.path.exists("config"):
            os._exit(1)
        os.write(write_end, b"ready")
        os.close(write_end)  # it has no more to write
        signal.pause()
    os.close(write_end)  # only the daemon writes
    is_ready = os.read(read_end, 5) == b"ready"
    os._exit(0 if is_ready else 1)


# --- 3. Which process is the daemon? -------------------------------------------------------------
def serve(write_end: int) -> None:
    """The daemon: write the pid file, then send the pid."""
    pid_file = os.open("pid", os.O_RDWR | os.O_TRUNC)
    os.write(pid_file, b"%d" % os.getpid())
    os.write(write_end, b"%d" % os.getpid())  # ready
    os.close(write_end)
    signal.pause()


def launch_by_two_forks() -> None:
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


# --- Edits: what a daemon or a launcher forgets --------------------------------------------------
config_exists = insert('os.mkdir("config")', above="daemon = os.fork()")
launcher_can_write = delete("# only the daemon writes")
never_says_so = config_exists + delete('os.write(write_end, b"ready")')
never_closes = never_says_so + delete("# it has no more to write")
FROM_THE_PIPE = "number = int(os.read(read_end, 20))"
from_fork = replace(FROM_THE_PIPE, "number = middle")
from_the_old_file = insert(
    'number = int(os.read(os.open("pid", os.O_RDONLY), 20))', above="middle = os.fork()"
) + delete(FROM_THE_PIPE)


# Text written to /dev/null enters no pipe; text written to the terminal is in the output.


the_ends = Compare(
    Run(launch_and_listen, id="listening", main="launcher", leaves=["daemon"]),
    id="ends",
    title="what the daemon does",
    variants={
        "says ready": config_exists,
        "dies before": Edit(),
        "closes the pipe without a word": never_says_so,
        "keeps the pipe without a word": never_closes,
        "dies; the launcher kept its end": launcher_can_write,
    },
    columns={
        "the launcher": "'waits for ever' if hangs else 'ends'",
        "its status": "launcher.status",
    },
    claims=[
        Claim("The word makes the launcher end with 0.", "row('says ready').launcher.exits(0)"),
        Claim(
            "If the daemon keeps the pipe and writes nothing, its launcher waits for ever.",
            "row('keeps the pipe without a word').hangs",
        ),
        Claim(
            "If the launcher keeps its own write end, it waits for ever, too.",
            "row('dies; the launcher kept its end').hangs",
        ),
    ],
)


the_numbers = Compare(
    Run(launch_by_two_forks, id="two-forks", also=[serve], main="launcher", leaves=["daemon"]),
    id="numbers",
    title="the launcher's number is",
    variants={
        "fork's result": from_fork,
        "in the pid file, at once": from_the_old_file,
        "the word in the pipe": Edit(),
    },
    columns={"it means": "'the daemon' if value('number') == daemon.pid else 'another process'"},
    claims=[
        Claim(
            "`fork` returns the pid of the middle process, and that process ends.",
            "row(\"fork's result\").value('number') == row(\"fork's result\").middle.pid",
        ),
        Claim(
            "A pid file read at once still has the old number.",
            "row('in the pid file, at once').value('number') == 1",
        ),
        Claim(
            "The number from the pipe is the daemon's pid.",
            "row('the word in the pipe').value('number') == row('the word in the pipe').daemon.pid",
        ),
    ],
)


# --- What the task asks --------------------------------------------------------------------------
def hears_ready(line: LineRun) -> str:
    """The shell reads the word from a pipe, and prints it."""
    if line.output != "ready\n":
        return f"printed: {shown_output(line)}"
    if line.shell not in line.readers("ready"):
        return "your shell did not read `ready`"
    return line.instead_of_saying("ready")


def speaker_lives(line: LineRun) -> str:
    """The process that said it, or the one that started it to say it, is there at the end."""
    speakers = [name for name in line.writers("ready\n") if name != line.shell]
    speakers = [name for name in speakers if line.shell not in (line.parent(name), "")] or speakers
    family = [[name, line.parent(name)] for name in speakers]
    alive = set(line.living())
    if not speakers:
        return "no other process said `ready`"
    return "" if any(alive & set(both) for both in family) else f"{in_words(speakers[0])} ended"


LESSON = Lesson(
    id="ready",
    title="How does a daemon say that it is ready?",
    minutes=10,
    chapter="daemons",
    requires=["daemonize", "end-of-file"],
    remember="The launcher's end says nothing about the daemon. Let the daemon alone hold the "
    "write end: a word, best its pid, means ready; end of file without the word means dead.",
    good_for="“start && use” fails now and then: the launcher returned before its daemon was "
    "ready. s6 gives a service such a descriptor (notification-fd); systemd's Type=notify uses a "
    "datagram socket, sd_notify(3).",
    read_on=("daemon(7)", "sd_notify(3)", "systemd.service(5), Type=", "pipe(7)"),
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
                "launcher.exits(1)",
                "A launcher that waits for its daemon can report the daemon's status. This "
                "launcher does not wait, and ends with its own 0.",
            ),
            Choice(
                "0, the launcher's status",
                "launcher.exits(0)",
                "The script waits for the launcher. The daemon's status, 1, goes to the process "
                "that adopts the daemon, and not to the script.",
            ),
            Choice(
                "none, as the launcher waits",
                "hangs",
                "A parent waits only if it calls `wait`. This parent ends at once, and another "
                "process adopts its child.",
            ),
            hint="Which process does the script start, and what does that process call last?",
        ),
        Run(
            launch,
            id="lie",
            main="launcher",
            leaves=["daemon"],
            claims=[
                Claim(
                    "The launcher reports success; the daemon has failed.",
                    "launcher.exits(0) and daemon.exits(1)",
                    wrong=[
                        config_exists,
                        insert("os._exit(os.waitpid(daemon, 0)[1] >> 8)", above="os._exit(0)"),
                    ],
                ),
                Claim(
                    "Nothing orders the two ends: the launcher cannot know of the failure.",
                    "unordered(launcher.exits(), daemon.exits())",
                    wrong=insert("os.waitpid(daemon, 0)", above="os._exit(0)"),
                ),
            ],
        ),
        Say(
            "A sleep in the launcher excludes no order. It must **read** what the daemon writes: "
            "“ready” from a pipe, or end of file if no process can write any more.",
            code=launch_and_listen,
        ),
        Predict(
            "Which daemon makes its launcher wait **for ever**?",
            Choice(
                "one that ends without a word",
                "row('dies before').hangs",
                "You expect that only a word can end the `read`. End of file ends it, too, and "
                "the kernel closes the pipe of a dead process.",
            ),
            Choice(
                "one that closes the pipe without a word",
                "row('closes the pipe without a word').hangs",
                "No process can write any more: that is end of file, and the launcher ends with 1.",
            ),
            Choice(
                "one that keeps the pipe without a word",
                "row('keeps the pipe without a word').hangs",
                "This daemon can still write, so `read` sleeps. Only this case needs a time limit.",
            ),
            hint="In which of the three cases is a write end still open?",
        ),
        the_ends,
        Say(
            "After a double fork the launcher does not know the daemon's pid. So this daemon "
            "writes its *pid file* and **then** sends its pid as the word. `simpsh.daemonize` also "
            "locks the file, and its launcher waits for the word.",
            code=serve,
        ),
        Predict(
            "An old pid file says 1. Which number is **the daemon's pid**?",
            Choice(
                "the number from `fork`",
                "row(\"fork's result\").value('number') == row(\"fork's result\").daemon.pid",
                "`fork` returns the pid of the launcher's own child. That is the middle process; "
                "the daemon is a grandchild.",
            ),
            Choice(
                "the number in the old pid file",
                "row('in the pid file, at once').value('number') == "
                "row('in the pid file, at once').daemon.pid",
                "The file is right after the word has come. Before the word it may be an old "
                "daemon's: here it says 1.",
            ),
            Choice(
                "the number from the pipe",
                "row('the word in the pipe').value('number') == "
                "row('the word in the pipe').daemon.pid and "
                "not row(\"fork's result\").value('number') == row(\"fork's result\").daemon.pid",
                "The daemon itself has written this number, into a pipe that no other daemon has.",
            ),
            code=launch_by_two_forks,
            hint="Which process can be sure of the daemon's pid?",
        ),
        the_numbers,
        Try(
            (
                "A shell also reads until end of file. This line hangs, because the daemon "
                "keeps the pipe:\n\n    x=$(sh -c 'echo ready; exec sleep 1000' &); echo "
                "$x\n\nChange it:"
            ),
            asks={
                "the line returns": some("", ("returns", "the line hangs")),
                "your shell gets `ready` through the pipe, and prints it": asked(hears_ready),
                "the process that says `ready` continues": asked(speaker_lives),
            },
            hint="`exec` with a redirection and no command changes the shell's own descriptors.",
            solution="x=$(sh -c 'echo ready; exec >/dev/null; exec sleep 1000' &); echo $x",
            wrong={
                "x=$(sh -c 'echo ready; exec sleep 1000' &); echo $x": "`sleep` keeps the pipe's "
                "write end, so the shell still reads.",
                "x=$(sh -c 'exec >/dev/null; echo ready; exec sleep 1000' &); echo $x": "The "
                "daemon closes the pipe first. Its “ready” goes to /dev/null, and `x` is empty.",
                "echo ready": "Your shell's `echo` prints the word. The task asks for a daemon "
                "that says “ready” and continues.",
                "x=$(sh -c 'echo ready; exec sleep 0.1' &); echo $x": "This daemon ends, and its "
                "end closes the pipe. The task asks for a daemon that continues.",
                "x=$(sh -c 'exec >/dev/null; exec sleep 1000' &); echo ready": "The daemon "
                "closes the pipe without a word. Your shell's own `echo` prints “ready”.",
                "x=$(sh -c 'exec >/dev/null; echo ready; exec sleep 1000' &); echo ready": "The "
                "daemon's “ready” goes to /dev/null. Your shell's own `echo` prints the word "
                "that you see.",
            },
            variation=a_word("ready"),
            note=(
                "A daemon that closes the pipe can live on, and its launcher knows that it "
                "is ready."
            ),
        ),
        Repair(
            Run(
                launch_and_listen,
                id="repair",
                main="launcher",
                claims=[
                    Claim(
                        "The launcher gets end of file when the daemon has ended.",
                        "daemon.exits(1) and launcher.sees_end_of_file",
                        wrong=[
                            launcher_can_write,
                            replace("os.read(read_end, 5)", "b''"),
                            config_exists,
                        ],
                        hint="Which processes can still write to the pipe when the daemon has "
                        "ended?",
                    ),
                    Claim(
                        "The launcher exits with 1: the daemon was never ready.",
                        "launcher.exits(1)",
                        wrong=[launcher_can_write, replace("0 if is_ready else 1", "0")],
                        hint="Status 0 is for a daemon that has said `ready`.",
                    ),
                ],
            ),
            task="The daemon has no `config`, and exits with 1. Its launcher should exit with 1, "
            "too. It hangs. Fix it.",
            broken=launcher_can_write,
            broken_in_c=delete("// only the daemon writes"),
            hint="End of file comes when no process can write to the pipe any more.",
            praise="The end of the daemon closed the last write end, and the launcher got end of "
            "file.",
        ),
    ],
)
