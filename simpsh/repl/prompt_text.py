"""The text around the typed line: PS1, PS2, the banner, the toolbar."""

from __future__ import annotations

import os
import re

from simpsh.base.errors import IncompleteInput
from simpsh.base.phrases import escaped
from simpsh.base.screen_cells import width_of
from simpsh.base.version import __version__
from simpsh.shell.builtins.explanation import bar_words
from simpsh.shell.jobs.job_table import RUNNING, STOPPED
from simpsh.shell.shell import Shell
from simpsh.shell.state import State, physical_directory

PS1, PS2 = ">> ", ".. "

_OTHERS_ESCAPE = re.compile(r"\\[][$@!#\w]|%[nm~#/]")


def banner() -> str:
    """Return the greeting, with commands to type."""
    version = ".".join(__version__.split(".")[:2])
    return f"simpsh {version} – type a command, 'help', or 'lesson'"


def continuation(own: str | None, incomplete: IncompleteInput | None) -> str:
    """Return the user's PS2, or a prompt that names what is open, the innermost last.

    >>> incomplete = IncompleteInput("", opened=("for", "quote"))
    >>> continuation(None, incomplete), continuation("more> ", incomplete)
    ('for quote> ', 'more> ')
    """
    if own is not None:
        return own
    opened = "" if incomplete is None else escaped(" ".join(incomplete.opened))
    return f"{opened}> " if opened else PS2


def own_prompt(shell: Shell, name: str) -> str | None:
    """Return the prompt in the variable `name`, expanded; see POSIX XCU 2.5.3, PS1.

    In PS1, `!` is the history number of the line. None if it is unset. An inherited value with the
    escapes of bash or zsh counts as unset, because activated virtual environments of Python export
    such values; a typed value of this kind prints a remark.
    """
    value = shell.state.variables.get(name)
    if value is None:
        return None
    if _OTHERS_ESCAPE.search(value):
        if value == os.environ.get(name):
            return None
        shell.remark_once(["PS1"])
    text = shell.prompted(value)
    number = str(len(shell.state.history) + 1)
    return re.sub("!(!?)", lambda mark: mark[1] or number, text) if name == "PS1" else text


def first_prompt(shell: Shell) -> str:
    """Return PS1, expanded, or the default."""
    own = own_prompt(shell, "PS1")
    return PS1 if own is None else own


_LEAST_ROOM = 12
"""The least room for a directory's name; a shorter part of it is useless."""


def toolbar(state: State, directory: str, columns: int) -> str:
    """Return the line below the prompt: `status 127: not found · 1 running · -v · ~/lab`.

    After a failure it names the key that explains it. `directory` is the result of
    directory_words(); a long one is cut at its beginning.
    """
    question = " (F1: why?)" if state.last_status else ""
    words = bar_words(state.record, state.last_status)
    status = f"status {state.last_status}"
    told = f"{status}: {words}{question}" if words else f"{status}{question}"
    # The key matters more than the reason, which it shows.
    parts = [told if width_of(told) < columns else f"{status}{question}"]
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
