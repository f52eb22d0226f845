"""Capture the output of a command that starts a server: no hang, and no process is killed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.course import Kill
from simpsh.grade.exercises import EXITS_AT_RANDOM, RANDOM, Asked, Exercise, Trial, ends_as

if TYPE_CHECKING:
    from random import Random

_PIPE_BYTES = 16 * os.sysconf("SC_PAGE_SIZE")
_LARGE = _PIPE_BYTES + 4464
"""More bytes than a pipe holds."""
_ANSWER = "| " + "1".rjust(_LARGE, "0")

# The server sleeps, and writes a line at SIGUSR1.
_SERVE = "(trap 'echo serving' USR1; sleep 1000 & while :; do wait; done)"
_SERVER = "process('P1.1')"
_STARTED = (f"{_SERVER}.born", "there was no server: your program did not execute the command")
_ALIVE = (
    "at('rest').process('P1.1').state != 'Z'",
    "the server had ended when your program was done",
)
_WRITTEN = "''.join(seen.events[n].what.text for n in P1.writes() if seen.events[n].what.fd == 1)"
"""The output of the command."""


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
                    [
                        ("len(P0.forks()) == 1", "your program forked {len(P0.forks())} times"),
                        ("P1.execs('sh')", "the child did not execute the command"),
                    ],
                    look_at="fork(2), execve(2)",
                ),
                Asked(
                    "returns",
                    "your program ends when the command has ended, while the server lives",
                    [
                        _STARTED,
                        (
                            "returns or at('rest').P0.asleep_in != 'wait4'",
                            "the command had not ended, and your program slept until its end",
                        ),
                        (
                            "returns",
                            "your program slept in {at('rest').P0.asleep_in} and never ended: end "
                            "of file comes when no process can write any more, and the server "
                            "still can",
                        ),
                    ],
                    points=3,
                    needs=("runs",),
                    look_at="pipe(7): which process can still write? Wait for the end of the "
                    "command",
                ),
                Asked(
                    "captured",
                    "it prints each line that the command wrote, with “| ” before it",
                    [
                        (
                            f"len({_WRITTEN}.splitlines()) == 2",
                            "the command did not write two lines to its output",
                        ),
                        (
                            f"not missing(['| ' + line for line in {_WRITTEN}.splitlines()])",
                            f"{{printed()}}; the command wrote {{repr({_WRITTEN})}}",
                            "P0.writes()",
                        ),
                        (
                            f"at('rest').{_SERVER}.fd(1).target != 'output'",
                            "the server writes to the output itself",
                        ),
                    ],
                    points=2,
                    needs=("runs",),
                    look_at="dup2(2)",
                ),
                Asked(
                    "status",
                    "it collects the command, and ends with its status",
                    [
                        ("P0.collects(P1)", "your program ended without having collected {left}"),
                        ends_as("P1"),
                    ],
                    needs=("runs",),
                    look_at="waitpid(2): WEXITSTATUS",
                ),
                Asked(
                    "alive",
                    "the server is alive then",
                    [
                        _STARTED,
                        (
                            f"not P0.sends(to={_SERVER}) or {_ALIVE[0]}",
                            "your program killed the server",
                        ),
                        _ALIVE,
                    ],
                    points=2,
                    needs=("runs",),
                    look_at="kill(2): your program must not end the server",
                ),
                Asked(
                    "unharmed",
                    "and later, when it writes its next line, the write succeeds",
                    [
                        _STARTED,
                        _ALIVE,
                        (
                            f"{_SERVER}.writes('serving')",
                            "later the server wrote a line, and a SIGPIPE ended it, or the write "
                            "failed: no process could read what it wrote, because your program had "
                            "ended",
                        ),
                        (f"not {_SERVER}.ends", "the server ended after it had written"),
                    ],
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
                    [
                        (
                            "returns",
                            "your program and the command waited for each other: a pipe holds "
                            f"{_PIPE_BYTES} bytes, the command wanted to write more, and no "
                            "process read",
                        ),
                        (
                            f"{_ANSWER!r} in output.splitlines()",
                            "your program printed lines of "
                            "{[len(line) for line in output.splitlines()]} characters, not one of "
                            f"{len(_ANSWER)}",
                        ),
                    ],
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
