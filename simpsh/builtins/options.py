"""`set`: the shell's options, its positional parameters, and a list of its variables."""

from __future__ import annotations

from simpsh.builtins.quoting import quoted
from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import say
from simpsh.errors import UsageProblem
from simpsh.state import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State

_HINTS = {
    "x": "; 'verbose 1' narrates what is run",
    "xtrace": "; 'verbose 1' narrates what is run",
    "n": "; 'explain LINE' shows what would be run",
    "noexec": "; 'explain LINE' shows what would be run",
    "a": "; 'export NAME' marks one variable",
    "allexport": "; 'export NAME' marks one variable",
}
"""What does the work of options that other shells have."""


def _set(state: State, operands: Sequence[str]) -> int:
    if not operands:
        variables = sorted(state.variables.items())
        say("".join(f"{name}={quoted(value)}\n" for name, value in variables))
        return 0
    words = list(operands)
    while words and words[0][:1] in ("-", "+"):
        word = words.pop(0)
        if word == "--":
            state.positional = words
            return 0
        if word == "-":
            break
        _letters(state, word, words)
    if words:
        state.positional = words
    return 0


def _letters(state: State, word: str, words: list[str]) -> None:
    """Carry out `-efo` or `+efo`; an `o` takes its name from `words`."""
    is_on = word[0] == "-"
    for letter in word[1:]:
        if letter != "o":
            _switch(state, Options.LETTERS.get(letter), letter, word[0] + letter, is_on=is_on)
        elif words:
            name = words.pop(0)
            known = name if name in Options.NAMES else None
            _switch(state, known, name, f"{word[0]}o {name}", is_on=is_on)
        else:
            say(_listing(state, is_readable_back=not is_on))


def _switch(state: State, name: str | None, given: str, shown: str, *, is_on: bool) -> None:
    if name is None:
        raise UsageProblem(f"{shown}: no such option{_HINTS.get(given, '')}")
    setattr(state.options, name, is_on)
    if is_on and name in ("emacs", "vi"):
        # Keys can mean one thing only.
        setattr(state.options, "vi" if name == "emacs" else "emacs", False)


def _listing(state: State, *, is_readable_back: bool) -> str:
    lines = []
    for name in Options.NAMES:
        is_on = bool(getattr(state.options, name))
        if is_readable_back:
            lines.append(f"set {'-o' if is_on else '+o'} {name}\n")
        else:
            lines.append(f"{name:<15} {'on' if is_on else 'off'}\n")
    return "".join(lines)


BUILTINS = (
    Builtin(
        "set",
        "set [-Cefmu] [+Cefmu] [-o name] [+o name] [--] [argument...]",
        _set,
        "It changes how the shell itself works, and its positional parameters.",
    ),
)
