"""The text around the typed line: PS1 and PS2 before it, the banner, the toolbar below."""

from __future__ import annotations

import os
import re

from simpsh.base.phrases import escaped
from simpsh.base.screen_cells import width_of
from simpsh.base.version import __version__
from simpsh.shell.jobs.job_table import RUNNING, STOPPED
from simpsh.shell.reasons.explanation import last_failure, status_words
from simpsh.shell.shell import Shell
from simpsh.shell.state import State, physical_directory

PS1, PS2 = ">> ", ".. "

_OTHERS_ESCAPE = re.compile(r"\\[][$@!#\w]|%[nm~#/]")


def banner() -> str:
    """Return the line that greets: it says what one can type."""
    version = ".".join(__version__.split(".")[:2])
    return f"simpsh {version} – type a command, 'help', or 'lesson'"


def prompt(shell: Shell, name: str, default: str) -> str:
    """Return the prompt in the variable `name`, expanded, or the default; see POSIX XCU 2.5.3, PS1.

    In PS1 a `!` is the number that the line gets in the history. A value that came with the
    environment and has the escapes of bash or zsh is not for this shell: an environment of Python
    exports theirs, once it is activated.
    """
    value = shell.state.variables.get(name)
    if value is None or (value == os.environ.get(name) and _OTHERS_ESCAPE.search(value)):
        return default
    text = shell.prompted(value)
    number = str(len(shell.state.history) + 1)
    return re.sub("!(!?)", lambda mark: mark[1] or number, text) if name == "PS1" else text


_LEAST_ROOM = 12
"""A directory's name that is cut shorter than this tells nothing."""


def toolbar(state: State, directory: str, columns: int) -> str:
    """Return the line below the prompt: `status 127: not found · 1 running · -v · ~/lab`.

    After a failure it names the key that explains it. The directory comes from directory_words();
    of a long one the end is shown.
    """
    question = " (F1: why?)" if state.last_status else ""
    words = status_words(state, last_failure(state))
    parts = [f"status {state.last_status}{': ' if words else ''}{words}{question}"]
    states = [job.state for job in state.jobs]
    counts = ((states.count(RUNNING), "running"), (states.count(STOPPED), "stopped"))
    if states:
        parts.append(", ".join(f"{count} {word}" for count, word in counts if count))
    if state.verbosity:
        parts.append("-" + "v" * state.verbosity)
    text = " · ".join(parts)
    room = columns - width_of(text) - len(" · ")
    if room < _LEAST_ROOM:
        return text
    if width_of(directory) > room:
        while width_of(directory) >= room:
            directory = directory[1:]
        directory = f"…{directory}"
    return f"{text} · {directory}"


def tour_offer(columns: int) -> str:
    """Return the line that stands in place of the toolbar while F1 shows the tour."""
    offer, where = "New here? F1 shows a tour", " of ten lines; 'help tour' has it at any time"
    return offer + where if len(offer + where) < columns else offer


def directory_words(state: State) -> str:
    """Return the working directory as a person calls it: `~/lab`."""
    directory = state.logical_directory()
    if not physical_directory():
        return f"{escaped(directory)} (it was removed)"
    home = state.variables.get("HOME", "").rstrip("/")
    if home and (directory == home or directory.startswith(f"{home}/")):
        directory = "~" + directory[len(home) :]
    return escaped(directory)
