"""A server that reads from a FIFO, one client after another, until a client writes quit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill
from simpsh.grade.exercises import Asked, Exercise, Trial

if TYPE_CHECKING:
    from random import Random

    from simpsh.grade.exercises import Claim

_PATH = "requests"
clients = ("P2", "P3", "P4", "P5", "P6")


def _with_clients(lines: list[str]) -> tuple[str, ...]:
    """Return a shell command that makes the FIFO and starts clients that stop themselves."""
    clients = " ".join(f"sh -c 'kill -STOP $$; echo {line} >{_PATH}' &" for line in lines)
    return ("/bin/sh", "-c", f'mkfifo {_PATH}; {clients} exec "$@"', "sh")


def _says(line: str, rest: int) -> list[Claim]:
    """Return the claims that `line` has been printed by a rest."""
    return [
        (
            f"not at('rest', {rest}).P0.gone or 'got {line}' in output_until('rest', {rest})",
            "{ending(P0)}, and had not printed the client's line",
            "P0.ends",
        ),
        (
            f"'got {line}' in output_until('rest', {rest})",
            f"the client had written {line}, and your program slept in "
            f"{{at('rest', {rest}).P0.asleep_in}}",
        ),
    ]


def _trials(random: Random) -> tuple[Trial, ...]:
    one, two, three, four = random.sample(("apple", "pear", "plum", "quince", "cherry"), 4)
    go_on = [Kill(client, "SIGCONT") for client in clients]
    return (
        Trial(
            arguments=(_PATH,),
            within=_with_clients([one, two, three, four, "quit"]),
            # Two clients write while the program is stopped: one read may return both lines.
            at_rest=(
                *go_on[:2],
                Kill("P0", "SIGSTOP"),
                *go_on[2:4],
                Kill("P0", "SIGCONT"),
                go_on[4],
            ),
            asks=(
                Asked(
                    "waits",
                    "your program sleeps until a client comes",
                    [
                        ("not at('rest').P0.gone", "{ending(P0)}, and no client had come"),
                        ("at('rest').P0.state == 'S'", "your program did not sleep"),
                    ],
                    look_at="fifo(7): open for reading sleeps until a process opens for writing",
                ),
                Asked(
                    "first",
                    f"the first client writes {one}: your program prints it at once",
                    _says(one, 2),
                    points=2,
                    needs=("waits",),
                    look_at="read(2); stdio(3): fflush, or print(…, flush=True)",
                ),
                Asked(
                    "second",
                    f"that client has ended, the next one writes {two}: it is printed, too",
                    _says(two, 3),
                    points=3,
                    needs=("waits", "first"),
                    look_at="fifo(7), pipe(7): read returns 0 when no process has the FIFO open "
                    "for writing; so keep a write end open",
                ),
                Asked(
                    "both",
                    f"two clients come at once, and write {three} and {four}: each has its line",
                    [*_says(three, 7), *_says(four, 7)],
                    points=2,
                    needs=("waits", "first"),
                    look_at="read(2) returns bytes, and these may be more than one line",
                ),
                Asked(
                    "ends",
                    "a client writes quit: your program ends without a line for it, and not before",
                    [
                        (
                            "not at('rest', 7).P0.gone",
                            "{ending(P0)}, before a client had written quit",
                        ),
                        (
                            "not P0.prints('got quit')",
                            "your program printed got quit",
                            "P0.writes()",
                        ),
                        ("P0.ends", "a client had written quit, and your program continued"),
                    ],
                    points=2,
                    needs=("waits", "first"),
                    look_at="fifo(7)",
                ),
                Asked(
                    "status",
                    "it ends with status 0",
                    [("P0.status == 0", "{ending(P0)}")],
                    needs=("waits", "first", "ends"),
                    look_at="exit(3)",
                ),
            ),
        ),
    )


EXERCISE = Exercise(
    id="fifo-server",
    title="A server that reads from a FIFO",
    minutes=30,
    trials=_trials,
    hints=(
        "open for reading sleeps until a client opens the FIFO for writing.",
        "A client writes one line and ends. What does your next read return then, and why?",
        "End of file ends one client. It does not end your server.",
        "Your program itself keeps a write end open, so that end of file never comes. If it "
        "closes and opens the FIFO again instead, a client in between loses its line.",
    ),
)
