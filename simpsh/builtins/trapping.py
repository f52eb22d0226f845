"""`trap`: what the shell does when a signal comes, or when it ends."""

from __future__ import annotations

from simpsh.builtins.quoting import quoted
from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.signals import Signal, by_name
from simpsh.state import why
from simpsh.traps import EXIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State

_SIGKILL, _SIGSTOP = 9, 19


def _trap(state: State, operands: Sequence[str]) -> int:
    letters, rest = options(operands, "p")
    if letters:
        return _list_chosen(state, rest) if rest else _list(state)
    if not rest:
        return _list(state)
    if len(rest) == 1 or _is_number(rest[0]):
        if len(rest) == 1 and _condition(rest[0]) is None:
            state.complain(f"trap: {rest[0]}: not a signal; an action needs the signals it is for")
            return 1
        return _each(state, rest, None)
    return _each(state, rest[1:], None if rest[0] == "-" else rest[0])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _condition(text: str) -> int | None:
    """Return the number of a signal, or of EXIT; None for what is neither."""
    if text in ("0", "EXIT"):
        return EXIT
    return by_name(text)


def _name(condition: int) -> str:
    return "EXIT" if condition == EXIT else Signal(condition).name.removeprefix("SIG")


def _each(state: State, conditions: Sequence[str], action: str | None) -> int:
    """Set the action, or reset the signal if it is None; 1 if that failed for any."""
    status = 0
    for text in conditions:
        condition = _condition(text)
        if condition is None:
            state.complain(f"trap: {text}: no such signal; kill -l lists them")
            status = 1
        elif condition in (_SIGKILL, _SIGSTOP):
            state.complain(f"trap: {Signal(condition).name} can be neither caught nor ignored")
            status = 1
        elif action is None:
            state.traps.reset(condition)
        else:
            status |= _catch(state, condition, action)
    return status


def _catch(state: State, condition: int, action: str) -> int:
    try:
        state.traps.set(condition, action)
    except OSError as error:
        # The C library keeps two signals for its threads.
        state.complain(f"trap: {_name(condition)}: {why(error)}")
        return 1
    return 0


def _list(state: State) -> int:
    # A subshell that has changed nothing yet shows its parent's traps, so that `$(trap)` works.
    actions = {**state.traps.inherited, **state.traps.actions}
    say("".join(_line(condition, actions[condition]) for condition in sorted(actions)))
    return 0


def _list_chosen(state: State, texts: Sequence[str]) -> int:
    status = 0
    for text in texts:
        condition = _condition(text)
        if condition is None:
            state.complain(f"trap: {text}: no such signal; kill -l lists them")
            status = 1
        else:
            action = state.traps.actions.get(condition, state.traps.inherited.get(condition))
            say(_line(condition, action))
    return status


def _line(condition: int, action: str | None) -> str:
    return f"trap -- {'-' if action is None else quoted(action)} {_name(condition)}\n"


BUILTINS = (
    Builtin(
        "trap",
        "trap [-p] [action | - | ''] [signal | EXIT]...",
        _trap,
        "What a signal does is decided for each process by itself, here for the shell.",
    ),
)
