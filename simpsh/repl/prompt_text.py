"""The text around the typed line: PS1, PS2, the banner, the toolbar."""

from __future__ import annotations

import os
import re

from simpsh.base.phrases import escaped
from simpsh.base.screen_cells import width_of
from simpsh.base.version import __version__
from simpsh.shell.failure_reasons import evidence, status_words
from simpsh.shell.jobs.job_table import RUNNING, STOPPED
from simpsh.shell.shell import Shell
from simpsh.shell.state import State, physical_directory

PS1, PS2 = ">> ", ".. "

_OTHERS_ESCAPE = re.compile(r"\\[][$@!#\w]|%[nm~#/]")


def banner() -> str:
    """Return the greeting, with commands to type."""
    version = ".".join(__version__.split(".")[:2])
    return f"simpsh {version} – type a command, 'help', or 'lesson'"


def prompt(shell: Shell, name: str, default: str) -> str:
    """Return the prompt in the variable `name`, expanded, or the default; see POSIX XCU 2.5.3, PS1.

    In PS1, `!` is the history number of the line. An inherited value with the escapes of bash or
    zsh is ignored, because activated virtual environments of Python export such values; a typed
    value of this kind prints a remark.
    """
    value = shell.state.variables.get(name)
    if value is None:
        return default
    if _OTHERS_ESCAPE.search(value):
        if value == os.environ.get(name):
            return default
        shell.remark_once(["PS1"])
    text = shell.prompted(value)
    number = str(len(shell.state.history) + 1)
    return re.sub("!(!?)", lambda mark: mark[1] or number, text) if name == "PS1" else text


_LEAST_ROOM = 12
"""The least room for a directory's name; a shorter part of it is useless."""


def toolbar(state: State, directory: str, columns: int) -> str:
    """Return the line below the prompt: `status 127: not found · 1 running · -v · ~/lab`.

    After a failure it names the key that explains the failure. `directory` is the result of
    directory_words(); a long one is cut at its beginning.
    """
    question = " (F1: why?)" if state.last_status else ""
    words = status_words(state, evidence(state))
    parts = [f"status {state.last_status}{': ' if words else ''}{words}{question}"]
    states = [job.state for job in state.jobs]
    counts = ((states.count(RUNNING), "running"), (states.count(STOPPED), "stopped"))
    if states:
        parts.append(", ".join(f"{count} {word}" for count, word in counts if count))
    if state.is_narrated:
        parts.append("-v")
    text = " · ".join(parts)
    room = columns - width_of(text) - len(" · ")
    if room < _LEAST_ROOM:
        return text
    if width_of(directory) > room:
        while width_of(directory) >= room:
            directory = directory[1:]
        directory = f"…{directory}"
    return f"{text} · {directory}"


def directory_words(state: State) -> str:
    """Return the working directory, abbreviated with a tilde: `~/lab`."""
    directory = state.logical_directory()
    if not physical_directory():
        return f"{escaped(directory)} (it was removed)"
    home = state.variables.get("HOME", "").rstrip("/")
    if home and (directory == home or directory.startswith(f"{home}/")):
        directory = "~" + directory[len(home) :]
    return escaped(directory)
