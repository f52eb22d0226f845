"""The text around the typed line: PS1 and PS2 before it, the banner, the toolbar below."""

from __future__ import annotations

import os
import re

from simpsh.base.phrases import escaped
from simpsh.base.signal_names import Signal
from simpsh.base.version import __version__
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, shell_status
from simpsh.shell.jobs.job_table import RUNNING, STOPPED
from simpsh.shell.state import State, physical_directory
from simpsh.view.styled_text import width_of

PS1, PS2 = ">> ", ".. "

_SPECIAL = "?$!#-"
_OTHERS_ESCAPE = re.compile(r"\\[][$@!#\w]|%[nm~#/]")


def banner() -> str:
    """Return the line that greets: it says what one can type."""
    version = ".".join(__version__.split(".")[:2])
    return f"simpsh {version} – type a command, 'help', or 'lesson'"


def prompt(state: State, name: str, default: str) -> str:
    """Return the prompt in the variable `name`, its parameters expanded, or the default.

    See POSIX XCU 2.5.3, PS1. A value that came with the environment and has the escapes of bash or
    zsh is not for this shell: an environment of Python exports theirs, once it is activated.
    """
    value = state.variables.get(name)
    if value is None or (value == os.environ.get(name) and _OTHERS_ESCAPE.search(value)):
        return default
    return expand(value, state)


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


_LEAST_ROOM = 12
"""A directory's name that is cut shorter than this tells nothing."""

_MEANINGS = {
    0: "success",
    1: "failure",
    2: "misuse or syntax error",
    126: "cannot execute",
    127: "not found",
    130: "interrupted",
}


def toolbar(state: State, directory: str, columns: int) -> str:
    """Return the line below the prompt: `status 0: success · 1 running, 2 stopped · -v · ~/lab`.

    After a failure it names the key that explains it.

    Args:
        state: the shell's.
        directory: the working directory, see directory_words(); of a long one the end is shown.
        columns: the width of the screen.
    """
    question = " (F1: why?)" if state.last_status else ""
    parts = [f"status {state.last_status}: {status_words(state)}{question}"]
    jobs = job_words(state)
    if jobs:
        parts.append(jobs)
    if state.verbosity:
        parts.append("-" + "v" * state.verbosity)
    text = " · ".join(parts)
    room = columns - width_of(text) - len(" · ")
    return f"{text} · {_end_of(directory, room)}" if room >= _LEAST_ROOM else text


def _end_of(text: str, columns: int) -> str:
    if width_of(text) <= columns:
        return text
    while width_of(text) >= columns:
        text = text[1:]
    return "…" + text


def directory_words(state: State) -> str:
    """Return the working directory as a person calls it: `~/lab`."""
    directory = state.logical_directory()
    if not physical_directory():
        return f"{escaped(directory)} (it was removed)"
    home = state.variables.get("HOME", "").rstrip("/")
    if home and (directory == home or directory.startswith(f"{home}/")):
        directory = "~" + directory[len(home) :]
    return escaped(directory)


def status_words(state: State) -> str:
    """Return what the last status means; more exactly if the last wait tells."""
    number, waited = state.last_status, state.last_wait
    if waited is not None and shell_status(waited) == number:
        match waited:
            case Killed(signal, dumped_core):
                return f"killed by {signal.name}" + (", core dumped" if dumped_core else "")
            case Stopped(signal):
                return f"stopped by {signal.name}"
            case Exited() | Continued():
                pass
    if number in _MEANINGS:
        return _MEANINGS[number]
    if 128 < number <= 128 + 64:
        return f"128 + {number - 128} ({Signal(number - 128).name})"
    return "failure"


def job_words(state: State) -> str:
    """Return how many jobs run and how many are stopped; nothing if there are none."""
    states = [job.state for job in state.jobs]
    counts = ((states.count(RUNNING), "running"), (states.count(STOPPED), "stopped"))
    return ", ".join(f"{count} {word}" for count, word in counts if count)
