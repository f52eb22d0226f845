"""Where completions come from: commands, files, variables, jobs, signals, options, topics."""

from __future__ import annotations

import os

from simpsh.builtins import registry
from simpsh.jobs.job import condition_words
from simpsh.record import Record
from simpsh.signals import NAMES as SIGNAL_NAMES
from simpsh.signals import Signal
from simpsh.state import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from simpsh.repl.commands import ProgramNames
    from simpsh.state import State

    Source = Callable[[Sequence[str], str, State, ProgramNames], Sequence["Name"] | None]

_DESCRIPTION = 40
"""How long a description may be, in characters."""


class Name(Record):
    """A name to complete to."""

    text: str
    description: str = ""
    is_plain: bool = False
    """Whether it is to be written without quotes, whatever characters it has."""


# ------------------------------------------------------------------------------- commands


def commands(prefix: str, state: State, programs: ProgramNames) -> list[Name]:
    """Return the builtins and programs; of nothing typed, the builtins alone."""
    names = {one: Name(one, usage(one), is_plain=True) for one in _starting(registry.NAMES, prefix)}
    if prefix:
        path = state.variables.get("PATH", "")
        for one, directory in sorted(programs.starting_with(prefix, path).items()):
            names.setdefault(one, Name(one, directory))
    return [names[one] for one in sorted(names)]


def usage(name: str) -> str:
    """Return how a builtin is used, in one line."""
    builtin = registry.find(name)
    return _shortened(builtin.usage) if builtin is not None else ""


# ------------------------------------------------------------------------------ arguments


def arguments(
    words: Sequence[str], prefix: str, state: State, programs: ProgramNames
) -> Sequence[Name] | None:
    """Return what fits as an argument behind these words, or None where files are meant.

    Args:
        words: the command and the arguments before.
        prefix: what is typed of the argument.
        state: the shell's.
        programs: those in PATH.
    """
    source = _ARGUMENTS.get(words[0]) if words else None
    return source(words, prefix, state, programs) if source is not None else None


def _jobs(_words: Sequence[str], prefix: str, state: State, _: ProgramNames) -> list[Name]:
    found = []
    for job in state.jobs:
        description = f"{condition_words(*job.condition)}: {job.text}"
        found.append(Name(f"%{job.number}", _shortened(description), is_plain=True))
    return [name for name in found if name.text.startswith(prefix or "%")]


def _kill(
    words: Sequence[str], prefix: str, state: State, programs: ProgramNames
) -> Sequence[Name] | None:
    if words[-1] in ("-s", "-l"):
        return _signals(prefix)
    if prefix.startswith("-") and len(words) == 1:
        options = [Name("-s", "a signal's name follows"), Name("-l", "list the names")]
        options += [Name(f"-{one.text}", one.description) for one in _signals("")]
        return [one for one in options if one.text.startswith(prefix)]
    return _jobs(words, prefix, state, programs)


def _trap(words: Sequence[str], prefix: str, _state: State, _: ProgramNames) -> Sequence[Name]:
    if len(words) == 1:
        return [Name("-", "reset", is_plain=True)] if not prefix else []
    condition = [Name("EXIT", "when the shell leaves")]
    return [one for one in condition if one.text.startswith(prefix.upper())] + _signals(prefix)


def _signals(prefix: str) -> list[Name]:
    """Return the signals' names, with `SIG` if that was typed."""
    wanted = prefix.upper()
    is_long = wanted.startswith("SIG")
    found = []
    for number, name in sorted(SIGNAL_NAMES.items()):
        shown = name if is_long else name.removeprefix("SIG")
        if shown.startswith(wanted):
            found.append(Name(shown, Signal(number).description, is_plain=True))
    return found


_OPTIONS = {
    "emacs": "edit the line with Emacs keys",
    "errexit": "leave when a command fails (-e)",
    "monitor": "job control (-m)",
    "noclobber": "> does not overwrite a file (-C)",
    "noglob": "patterns stay as they are (-f)",
    "nounset": "an unset variable is an error (-u)",
    "pipefail": "a pipeline fails if any part does",
    "vi": "edit the line with vi keys",
}


def _set(words: Sequence[str], prefix: str, _state: State, _: ProgramNames) -> Sequence[Name]:
    if words[-1] not in ("-o", "+o"):
        return []
    return [Name(one, _OPTIONS.get(one, "")) for one in _starting(Options.NAMES, prefix)]


def _topics(_words: Sequence[str], prefix: str, _state: State, _: ProgramNames) -> list[Name]:
    # The pages are read when somebody asks for them.
    from simpsh.builtins.helping import pages

    titles = {name: page.title for page in pages() for name in page.names}
    return [Name(one, _shortened(titles[one])) for one in sorted(_starting(titles, prefix))]


def _commands(
    _words: Sequence[str], prefix: str, state: State, programs: ProgramNames
) -> list[Name] | None:
    return None if "/" in prefix or prefix.startswith("-") else commands(prefix, state, programs)


def _variable_names(
    _words: Sequence[str], prefix: str, state: State, _: ProgramNames
) -> list[Name] | None:
    return None if "=" in prefix else variables(prefix, state)


def _levels(_words: Sequence[str], prefix: str, _state: State, _: ProgramNames) -> list[Name]:
    levels = ("nothing", "processes: fork, exec, wait", "every call", "what the kernel says")
    found = [Name(str(number), text) for number, text in enumerate(levels)]
    return [one for one in found if one.text.startswith(prefix)]


_ARGUMENTS: dict[str, Source] = {
    "bg": _jobs,
    "command": _commands,
    "disown": _jobs,
    "exec": _commands,
    "explain": _commands,
    "export": _variable_names,
    "fg": _jobs,
    "help": _topics,
    "jobs": _jobs,
    "kill": _kill,
    "read": _variable_names,
    "set": _set,
    "trap": _trap,
    "type": _commands,
    "unset": _variable_names,
    "verbose": _levels,
    "wait": _jobs,
}


# ------------------------------------------------------------------------ variables, users


def variables(prefix: str, state: State) -> list[Name]:
    """Return the variables, with their values."""
    found = sorted(_starting(state.variables, prefix))
    return [Name(one, _shortened(state.variables[one]), is_plain=True) for one in found]


def home(user: str, state: State) -> str | None:
    """Return a user's home directory; HOME for no name."""
    if not user:
        return state.variables.get("HOME")
    import pwd

    try:
        return pwd.getpwnam(user).pw_dir
    except KeyError:
        return None


def users(prefix: str) -> list[str]:
    """Return the users whose names begin so."""
    import pwd

    return sorted({entry.pw_name for entry in pwd.getpwall() if entry.pw_name.startswith(prefix)})


# ---------------------------------------------------------------------------------- files


def entries(directory: str, prefix: str) -> list[os.DirEntry[str]]:
    """Return the directory's files whose names begin so, sorted; hidden ones if asked for."""
    try:
        with os.scandir(directory) as listing:
            found = [one for one in listing if one.name.startswith(prefix)]
    except OSError:
        # What cannot be listed cannot be completed; the command will say why.
        return []
    if not prefix:
        found = [one for one in found if one.name[0] != "."]
    return sorted(found, key=lambda entry: entry.name)


def is_directory(entry: os.DirEntry[str]) -> bool:
    """Tell whether it is a directory, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads round in a circle.
        return False


def can_run(entry: os.DirEntry[str]) -> bool:
    """Tell whether the file can be executed, or lies above files that can."""
    return is_directory(entry) or os.access(entry.path, os.X_OK)


# ---------------------------------------------------------------------------------- words


def _starting(names: Iterable[str], prefix: str) -> list[str]:
    return [name for name in names if name.startswith(prefix)]


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _DESCRIPTION else line[: _DESCRIPTION - 1] + "…"
