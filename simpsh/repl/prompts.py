"""What stands before the line: PS1, and PS2 where a command goes on."""

from __future__ import annotations

from simpsh import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.state import State

PS1, PS2 = ">> ", ".. "

_SPECIAL = "?$!#-"


def banner() -> str:
    """Return the line that greets: it says what one can type."""
    version = ".".join(__version__.split(".")[:2])
    return f"simpsh {version} – type a command, 'help', or 'lesson'"


def prompt(state: State, name: str, default: str) -> str:
    """Return the prompt in the variable `name`, its parameters expanded, or the default.

    See POSIX XCU 2.5.3, PS1.
    """
    value = state.variables.get(name)
    return default if value is None else expand(value, state)


def expand(text: str, state: State) -> str:
    """Replace `$name`, `${name}` and the special parameters by their values.

    Nothing else is done, and nothing is run: a prompt must not fail.
    """
    shown, position = [], 0
    while (dollar := text.find("$", position)) >= 0:
        shown.append(text[position:dollar])
        name, position = _parameter(text, dollar + 1)
        shown.append((state.parameter(name) or "") if name else "$")
    shown.append(text[position:])
    return "".join(shown)


def _parameter(text: str, start: int) -> tuple[str, int]:
    """Return the parameter's name that follows a dollar sign, or "", and where it ends."""
    if text.startswith("{", start):
        close = text.find("}", start)
        name = text[start + 1 : close]
        return (name, close + 1) if close > 0 and name else ("", start)
    if start < len(text) and text[start] in _SPECIAL:
        return text[start], start + 1
    end = start
    while end < len(text) and text[end].isascii() and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[start:end], end
