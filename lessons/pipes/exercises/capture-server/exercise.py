"""Capture the output of a command that starts a server: no hang, and no process is killed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.course import Kill, all_of, some
from simpsh.grade.exercises import (
    EXITS_AT_RANDOM,
    PROGRAM,
    RANDOM,
    Asked,
    Exercise,
    SignalSend,
    Trial,
    Write,
    ends_as,
    left_behind,
    pid_of,
    prints,
    so,
)

if TYPE_CHECKING:
    from random import Random

    from simpsh.grade.exercises import Observation

_SERVER = "P1.1"
_PIPE_BYTES = 16 * os.sysconf("SC_PAGE_SIZE")
_LARGE = _PIPE_BYTES + 4464
"""More bytes than a pipe holds."""
_LINES = 2
command = "P1"

# The server sleeps, and writes a line at SIGUSR1.
_SERVE = "(trap 'echo serving' USR1; sleep 1000 & while :; do wait; done)"


def _is_on_time(seen: Observation) -> str:
    if _SERVER not in seen.names:
        return "there was no server: your program did not execute the command"
    if not seen.hangs:
        return ""
    look = seen.moments["rest"].looks[PROGRAM]
    if look.call == "wait4":
        return "the command had not ended, and your program slept until its end"
    return (
        f"your program slept in {look.call or 'a call'} and never ended: end of file "
        "comes when no process can write any more, and the server still can"
    )


def _is_spared(seen: Observation) -> str:
    if _SERVER not in seen.names:
        return "there was no server: your program did not execute the command"
    moment = seen.moments.get("rest")
    look = moment.looks.get(_SERVER) if moment is not None else None
    if look is not None and look.state != "Z":
        return ""
    killers = [
        seen.name_of(event.proc)
        for event in seen.events
        if isinstance(event.what, SignalSend)
        and abs(event.what.target) in (0, pid_of(seen, _SERVER), pid_of(seen, command))
    ]
    if killers and killers[0] == PROGRAM:
        return "your program killed the server"
    return "the server had ended when your program was done"


def _is_unharmed(seen: Observation) -> str:
    if wrong := _is_spared(seen):
        return wrong
    writes = [
        event.what
        for event in seen.events
        if isinstance(event.what, Write) and seen.name_of(event.proc) == _SERVER
    ]
    if any(what.count > 0 and "serving" in what.text for what in writes):
        return "" if _SERVER in seen.left else "the server ended after it had written"
    how = "a SIGPIPE ended it" if _SERVER not in seen.left else "the write failed"
    return (
        f"later the server wrote a line, and {how}: no process could read what it wrote, because "
        "your program had ended"
    )


def _left(seen: Observation) -> str:
    left = left_behind(seen)
    return f"your program ended without having collected {left[0]}" if left else ""


def _lines(seen: Observation) -> list[str]:
    """Return the lines that the command wrote, as the program should print them."""
    writes = [
        event.what.text
        for event in seen.events
        if isinstance(event.what, Write)
        and (seen.name_of(event.proc), event.what.fd) == (command, 1)
    ]
    return [f"| {line}" for line in "".join(writes).splitlines()]


def _wrote(seen: Observation) -> str:
    found = len(_lines(seen))
    return "" if found == _LINES else f"the command wrote {found} lines to its output, of {_LINES}"


def _is_large(seen: Observation) -> str:
    if seen.hangs:
        return (
            "your program and the command waited for each other: a pipe holds "
            f"{_PIPE_BYTES} bytes, the command wanted to write more, and no process read"
        )
    wanted = "| " + "1".rjust(_LARGE, "0")
    lengths = [len(line) for line in seen.output.splitlines()]
    if wanted in seen.output.splitlines():
        return ""
    return f"your program printed lines of {lengths} characters, not one of {len(wanted)}"


def _trials(random: Random) -> tuple[Trial, ...]:
    word = random.choice(("started", "ready", "listening", "here I am", "at your service"))
    script = f"{_SERVE} & echo {word}; {RANDOM}; echo as $n; {EXITS_AT_RANDOM}"
    return (
        Trial(
            arguments=("sh", "-c", script),
            at_rest=(Kill("P1.1", "SIGUSR1"),),
            asks=(
                Asked(
                    "runs",
                    "your program makes one child, which executes the command",
                    some(
                        "",
                        ("len(P0.forks()) == 1", "your program forked {len(P0.forks())} times"),
                        ("P1.execs('sh')", "the child did not execute the command"),
                    ),
                    look_at="fork(2), execve(2)",
                ),
                Asked(
                    "returns",
                    "your program ends when the command has ended, while the server lives",
                    all_of(
                        so("your program ends in time", _is_on_time),
                        some("", ("returns", "your program never ended")),
                    ),
                    points=3,
                    needs=("runs",),
                    look_at="pipe(7): which process can still write? Wait for the end of the "
                    "command",
                ),
                Asked(
                    "captured",
                    "it prints each line that the command wrote, with “| ” before it",
                    all_of(
                        so("the command writes its lines", _wrote),
                        prints("each line, with “| ” before it", _lines),
                        some(
                            "",
                            (
                                "at('rest').process('P1.1').fd(1).target != 'output'",
                                "the server writes to the output itself",
                            ),
                        ),
                    ),
                    points=2,
                    needs=("runs",),
                    look_at="dup2(2)",
                ),
                Asked(
                    "status",
                    "it collects the command, and ends with its status",
                    all_of("P0.collects(P1)", ends_as(lambda _: command)),
                    did=_left,
                    needs=("runs",),
                    look_at="waitpid(2): WEXITSTATUS",
                ),
                Asked(
                    "alive",
                    "the server is alive then",
                    so("the server is alive", _is_spared),
                    points=2,
                    needs=("runs",),
                    look_at="kill(2): your program must not end the server",
                ),
                Asked(
                    "unharmed",
                    "and later, when it writes its next line, the write succeeds",
                    so("the server's next write succeeds", _is_unharmed),
                    points=2,
                    needs=("runs", "alive"),
                    look_at="pipe(7): SIGPIPE; which kind of file needs no reader?",
                ),
            ),
        ),
        Trial(
            arguments=("sh", "-c", f"printf %0{_LARGE}d 1"),
            asks=(
                Asked(
                    "large",
                    f"of a command that writes {_LARGE} bytes it captures all",
                    so("it captures all", _is_large),
                    points=2,
                    look_at="pipe(7): PIPE_BUF is one thing, the capacity another",
                ),
            ),
        ),
    )


EXERCISE = Exercise(
    id="capture-server",
    title="Capture the output of a command that starts a server",
    minutes=45,
    after=("pipe-hang", "capture-ways-out"),
    trials=_trials,
    hints=(
        "Which process holds the write end of your pipe when the command has ended? simpsh "
        "diagnose PID tells you.",
        "You want to know when the **command** has ended. End of file tells you something "
        "else. What does wait tell you?",
        "Suppose that your program reads and waits in turns. What happens to the server's next "
        "write when your program and its read end are gone?",
        "A file accepts each write, without a reader and without a limit like that of a pipe.",
        "Give the child a temporary file as its descriptor 1, wait for the child, then read "
        "the file. Use pread: the server shares your offset.",
    ),
)
