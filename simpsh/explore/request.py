"""The command line of `simpsh explore`, taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.errors import UsageProblem
from simpsh.record import Record, changed

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = """\
usage: simpsh explore [option …] COMMAND [ARGUMENT …]
       simpsh explore [option …] 'LINE'   (one word that is no program is a line for a shell)

Finds every output that a command can produce, over all orders in which its processes can go.

  --budget SECONDS   how long it may take to learn the command (5)
  --max N            how many outputs are listed; of more, their number and samples (200)
  --runs N           run it freely N times, too, to see what is usual (some, for half a second)
  --pty              give the command a terminal for its output
  --dir DIR          run it in copies of DIR, not of the working directory
  --shell SHELL      the shell that runs a LINE (/bin/sh)

  --tree             print which choices decide on the output, instead of the table
  --draw N           draw one run that leads to the table's outcome N
  -o FILE            where --draw goes: .txt, .html (a page), .svg, .json (Perfetto)
  --json             print one JSON object
  --expect FILE      compare with the set in FILE: what --json prints, or one output a line

The exit status is 0 once it has explored. With --expect it is 0 if the set is complete and equal,
1 if it differs, 3 if it is equal so far but not complete. It is 2 for misuse.
"""
_VALUED = {
    "--budget": "budget",
    "--max": "most",
    "--runs": "runs",
    "--dir": "dir",
    "--shell": "shell",
    "--draw": "draw",
    "--expect": "expect",
    "-o": "output",
    "--output": "output",
}
_FLAGS = ("--pty", "--tree", "--json", "--help")
_LONGEST = 86_400.0


class Request(Record):
    """What a command line asks for."""

    words: tuple[str, ...] = ()
    budget: float = 5.0
    most: int = 200
    runs: int | None = None
    """None for as many as there is time for."""
    dir: str = ""
    shell: str = "/bin/sh"
    draw: int = 0
    expect: str = ""
    output: str = ""
    flags: frozenset[str] = frozenset()


def understand(argv: Sequence[str]) -> Request:
    """Take a command line apart; options end at the first word that is none, or at `--`.

    Raises:
        UsageProblem: an option is unknown, or its value is none, or there is no command.

    >>> understand(["--max=9", "--pty", "./race", "2"]).words
    ('./race', '2')
    """
    request, words = Request(), list(argv)
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name in _VALUED:
            if not equals and not words:
                raise UsageProblem(f"explore: {name} needs a value after it")
            request = _with(request, name, value if equals else words.pop(0))
        elif word in _FLAGS:
            request = changed(request, flags=request.flags | {word})
        else:
            raise UsageProblem(
                f"explore: there is no option {word}; simpsh explore --help lists them"
            )
    if "--help" in request.flags:
        return request
    if not words:
        raise UsageProblem("explore: a command is missing; try: simpsh explore 'echo a & echo b'")
    _check(request)
    return changed(request, words=tuple(words))


def _with(request: Request, name: str, value: str) -> Request:
    field = _VALUED[name]
    if not value:
        raise UsageProblem(f"explore: {name} needs a value after it")
    match field:
        case "budget":
            return changed(request, budget=_seconds(name, value))
        case "most" | "draw":
            return changed(request, **{field: _number(name, value, 1)})
        case "runs":
            return changed(request, runs=_number(name, value, 0))
        case _:
            return changed(request, **{field: value})


def _seconds(name: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST:
        raise UsageProblem(f"explore: {name} {value}: that is no number of seconds")
    return seconds


def _number(name: str, value: str, least: int) -> int:
    if not (value.isascii() and value.isdigit()) or len(value) > 6 or int(value) < least:
        raise UsageProblem(f"explore: {name} {value}: that is no number from {least} on")
    return int(value)


def _check(request: Request) -> None:
    """Make sure that the options go together."""
    given = {
        "--tree": "--tree" in request.flags,
        "--json": "--json" in request.flags,
        "--draw": bool(request.draw),
        "--expect": bool(request.expect),
    }
    asked = [option for option, is_given in given.items() if is_given]
    if len(asked) > 1:
        raise UsageProblem(f"explore: {asked[0]} and {asked[1]} exclude each other")
    if request.output and not request.draw:
        raise UsageProblem("explore: -o is where --draw N goes; say which outcome")
