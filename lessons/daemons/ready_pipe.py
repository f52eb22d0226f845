"""A readiness pipe: a word says “ready”, end of file without the word says “dead”.

What does a launcher wait for, so that it needs no time limit?  The daemon holds the only write end.
When it is ready, it writes a word and closes its end.  If it dies first, the kernel closes the end,
and the launcher reads end of file.  So the launcher needs no time limit, except against a daemon
that keeps the pipe and says nothing.
"""

from __future__ import annotations

import os
import signal

from simpsh.base.events import Write
from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Fact,
    Lesson,
    LineRun,
    Predict,
    Repair,
    Run,
    Say,
    Try,
    all_of,
    asked,
    at,
    before,
    delete,
    hangs,
    happens,
    in_words,
    insert,
    none_of,
    of,
    processes,
    replace,
    returns,
    shown_output,
    words,
)

launcher, daemon = processes("launcher", "daemon")
sh, sleep, echo = processes("sh", "sleep", "echo")


# --- The readiness pipe --------------------------------------------------------------------------
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


# --- Edits: what a daemon or a launcher forgets --------------------------------------------------
config_exists = insert('os.mkdir("config")', above="daemon = os.fork()")
launcher_can_write = delete("# only the daemon writes")
never_says_so = config_exists + delete('os.write(write_end, b"ready")')
never_closes = never_says_so + delete("# it has no more to write")


# Text written to /dev/null enters no pipe; text written to the terminal is in the output.
said_into_a_pipe = Fact(
    "the text in the pipe",
    lambda scene: "".join(
        event.what.text
        for index, event in enumerate(scene.run.events)
        if isinstance(event.what, Write) and event.what.pipe and index not in scene.run.outputs
    ),
)

the_ends = Compare(
    Run(launch_and_listen, id="listening", main="launcher", leaves=[daemon]),
    id="ends",
    title="what the daemon does",
    variants={
        "says ready": config_exists,
        "dies before": Edit(),
        "closes the pipe without a word": never_says_so,
        "keeps the pipe without a word": never_closes,
        "dies; the launcher kept its end": launcher_can_write,
    },
    columns={"the launcher": words(hangs, "waits for ever", "ends"), "its status": launcher.status},
    facts=("launcher-success-is-a-lie",),
    claims=[
        Claim(
            "The word makes the launcher end with 0.", of("says ready", happens(launcher.exits(0)))
        ),
        Claim(
            "If the daemon keeps the pipe and writes nothing, its launcher waits for ever.",
            of("keeps the pipe without a word", hangs),
        ),
        Claim(
            "If the launcher keeps its own write end, it waits for ever, too.",
            of("dies; the launcher kept its end", hangs),
        ),
    ],
)


# --- What the task asks --------------------------------------------------------------------------
def hears_ready(line: LineRun) -> str:
    """The shell reads the word from a pipe, and prints it."""
    if line.output != "ready\n":
        return f"printed: {shown_output(line)}"
    writers = [proc for _, proc, what in line.events(Write) if what.pipe and "ready" in what.text]
    said = [name for name in writers if name != line.shell]
    return "" if said else "no process wrote `ready` into a pipe"


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
    id="ready-pipe",
    title="How does a daemon say that it is ready?",
    minutes=8,
    chapter="daemons",
    requires=["daemonize", "end-of-file"],
    remember="Let the daemon alone hold the write end. A word means ready; end of file without the "
    "word means dead.",
    good_for="s6 gives a service such a descriptor (notification-fd). systemd's Type=notify uses a "
    "datagram socket instead: sd_notify(3) sends READY=1 to the address in NOTIFY_SOCKET.",
    read_on=("daemon(7)", "sd_notify(3)", "systemd.service(5), Type=", "pipe(7)"),
    exercise="daemon",
    steps=[
        Say(
            "A launcher starts a daemon and ends. The user wants to know by the launcher's "
            "status whether the daemon is ready. So the launcher needs an answer: “ready” or "
            "“failed”. It should need no time limit. "
            "The daemon **alone** holds the *write end* of a pipe; the launcher reads.",
            code=launch_and_listen,
        ),
        Predict(
            "The config is missing: the daemon dies without a word. What does the launcher do?",
            Choice(
                "it sleeps in read",
                at("rest", launcher.asleep_in == "read"),
                "It sleeps while another process can write: for example the launcher itself, "
                "without {line:# only the daemon writes}.",
            ),
            Choice(
                "it ends with status 1",
                happens(launcher.exits(1)),
                "The daemon's end closes the last write end. `read` returns end of file, and not "
                "the word.",
            ),
            Choice(
                "it ends with status 0",
                happens(launcher.exits(0)),
                "This would need a launcher that takes any return of `read` for success. This "
                "launcher compares: end of file is not “ready”.",
            ),
            hint="Which processes can write to the pipe, before and after the daemon's end?",
            again=[launcher_can_write],
        ),
        Run(
            launch_and_listen,
            id="early",
            main="launcher",
            facts=("launcher-success-is-a-lie",),
            claims=[
                Claim(
                    "The daemon's end causes the end of file in the launcher.",
                    before(daemon.ends, launcher.sees_end_of_file),
                    wrong=[config_exists, launcher_can_write],
                ),
                Claim(
                    "The launcher reports the failure: status 1.",
                    happens(launcher.exits(1)),
                    wrong=config_exists,
                ),
            ],
        ),
        Say("Now the directory `config`, which the daemon needs, exists."),
        Run(
            launch_and_listen,
            id="up",
            main="launcher",
            edit=config_exists,
            leaves=[daemon],
            facts=("launcher-success-is-a-lie",),
            claims=[
                Claim(
                    "The launcher reports success only after the daemon has said “ready”.",
                    before(daemon.writes("ready"), launcher.exits(0)),
                    wrong=replace('os.read(read_end, 5) == b"ready"', "True"),
                ),
                Claim(
                    "The daemon lives and holds no write end, so no reader waits for the daemon.",
                    at("end", all_of(daemon.state == "S", none_of(daemon.holds("A", "write")))),
                    wrong=delete("# it has no more to write"),
                ),
            ],
        ),
        Predict(
            "Which daemon makes its launcher wait **for ever**?",
            Choice(
                "one that ends without a word",
                of("dies before", hangs),
                "You expect that only a word can end the `read`. End of file ends it, too, and "
                "the kernel closes the pipe of a dead process.",
            ),
            Choice(
                "one that closes the pipe without a word",
                of("closes the pipe without a word", hangs),
                "No process can write any more: that is end of file, and the launcher ends with 1.",
            ),
            Choice(
                "one that keeps the pipe without a word",
                of("keeps the pipe without a word", hangs),
                "This daemon can still write, so `read` sleeps. Only this case needs a time limit.",
            ),
            hint="In which of the three cases is a write end still open?",
        ),
        the_ends,
        Try(
            (
                "A shell also reads until end of file. This line hangs, because the daemon "
                "keeps the pipe:\n\n    x=$(sh -c 'echo ready; exec sleep 1000' &); echo "
                "$x\n\nChange it:"
            ),
            asks={
                "the line returns": returns,
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
                        all_of(happens(daemon.exits(1)), happens(launcher.sees_end_of_file)),
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
                        happens(launcher.exits(1)),
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
