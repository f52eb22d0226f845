"""A server that reads from a FIFO, one client after another, until a client writes quit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill, all_of, some
from simpsh.grade.exercises import PROGRAM, Asked, Exercise, Trial, Write, ended, so

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from simpsh.grade.exercises import Found, Observation

_PATH = "requests"
clients = ("P2", "P3", "P4", "P5", "P6")
_AFTER_ONE, _AFTER_TWO, _AFTER_ALL = "rest 2", "rest 3", "rest 7"


def _with_clients(lines: list[str]) -> tuple[str, ...]:
    """Return a shell command that makes the FIFO and starts clients that stop themselves."""
    clients = " ".join(f"sh -c 'kill -STOP $$; echo {line} >{_PATH}' &" for line in lines)
    return ("/bin/sh", "-c", f'mkfifo {_PATH}; {clients} exec "$@"', "sh")


def _says(line: str, moment: str) -> Callable[[Observation], Found]:
    """Return a check that `line` has been printed by `moment`."""

    def instead(seen: Observation) -> Found:
        if moment not in seen.moments:
            words, event = ended(seen)
            return f"{words}, before this client had come", event
        until = seen.moments[moment].index
        written = (seen.events[index].what for index in seen.outputs if index <= until)
        text = "".join(what.text for what in written if isinstance(what, Write))
        if f"got {line}" in text.splitlines():
            return ""
        look = seen.moments[moment].looks.get(PROGRAM)
        if look is None:
            words, event = ended(seen)
            return f"{words}, and had not printed the client's line", event
        return f"the client had written {line}, and your program slept in {look.call}"

    return instead


def _did_not_wait(seen: Observation) -> str:
    if seen.chronicle.processes[PROGRAM].status is not None:
        return f"{ended(seen)[0]}, and no client had come"
    return "your program did not sleep"


def _answers_quit(seen: Observation) -> Found:
    """Return an error if the program printed a line for quit; otherwise empty."""
    for index in seen.outputs:
        what = seen.events[index].what
        if isinstance(what, Write) and "got quit" in what.text.splitlines():
            return "your program printed got quit", index
    return ""


def _did_not_end(seen: Observation) -> str:
    if seen.chronicle.processes[PROGRAM].status is None:
        return "a client had written quit, and your program continued"
    found = _answers_quit(seen)
    return found[0] if found else f"{ended(seen)[0]}, before a client had written quit"


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
                    "at('rest').P0.state == 'S'",
                    did=_did_not_wait,
                    look_at="fifo(7): open for reading sleeps until a process opens for writing",
                ),
                Asked(
                    "first",
                    f"the first client writes {one}: your program prints it at once",
                    so("the first line is printed", _says(one, _AFTER_ONE)),
                    points=2,
                    needs=("waits",),
                    look_at="read(2); stdio(3): fflush, or print(…, flush=True)",
                ),
                Asked(
                    "second",
                    f"that client has ended, the next one writes {two}: it is printed, too",
                    so("the second line is printed", _says(two, _AFTER_TWO)),
                    points=3,
                    needs=("waits", "first"),
                    look_at="fifo(7), pipe(7): read returns 0 when no process has the FIFO open "
                    "for writing; so keep a write end open",
                ),
                Asked(
                    "both",
                    f"two clients come at once, and write {three} and {four}: each has its line",
                    all_of(
                        so("the third line is printed", _says(three, _AFTER_ALL)),
                        so("the fourth line is printed", _says(four, _AFTER_ALL)),
                    ),
                    points=2,
                    needs=("waits", "first"),
                    look_at="read(2) returns bytes, and these may be more than one line",
                ),
                Asked(
                    "ends",
                    "a client writes quit: your program ends without a line for it, and not before",
                    all_of(
                        "not at('rest', 7).P0.gone",
                        "P0.ends",
                        so("it prints nothing for quit", _answers_quit),
                    ),
                    points=2,
                    did=_did_not_end,
                    needs=("waits", "first"),
                    look_at="fifo(7)",
                ),
                Asked(
                    "status",
                    "it ends with status 0",
                    some("", ("P0.status == 0", "its status was {P0.status}")),
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
    after=("end-of-file", "fifo"),
    trials=_trials,
    hints=(
        "open for reading sleeps until a client opens the FIFO for writing.",
        "A client writes one line and ends. What does your next read return then, and why?",
        "End of file ends one client. It does not end your server.",
        "Your program itself keeps a write end open, so that end of file never comes. If it "
        "closes and opens the FIFO again instead, a client in between loses its line.",
    ),
)
