"""The completions of a command or an argument: builtins, jobs, signals, options."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from simpsh.base.phrases import shorten
from simpsh.base.posix_options import take_options
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import NAMES as SIGNAL_NAMES, Signal
from simpsh.repl.command_names import programs_starting_with
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.jobs.job_table import condition_words
from simpsh.shell.language.characters import RESERVED
from simpsh.shell.state import Options, State

_DESCRIPTION = 40
"""The longest description, in characters."""


class Name(Record):
    """A possible completion."""

    text: str
    description: str = ""
    is_plain: bool = False
    """Whether the name is inserted without quoting."""


class Files(Record):
    """Complete file names."""


class CommandInside(Record):
    """Complete a command that begins within the words."""

    start: int
    """The index of its first word, from 0."""
    others: tuple[Name, ...] = ()
    """Other names that fit there."""


Subcommands = Callable[[Sequence[str], str], Sequence[Name] | Files | CommandInside]
"""Completes the next word of a subcommand, given the words so far (its name first) and a prefix."""


class Argument(Record):
    """An argument, or a command's name, that is being typed."""

    words: tuple[str, ...]
    """The command and its arguments so far."""
    prefix: str
    """The part that has been typed."""
    state: State
    subcommands: Subcommands | None = None
    """None if simpsh's own subcommands are unknown."""


# ------------------------------------------------------------------------------- commands


def command_names(argument: Argument) -> list[Name]:
    """Return aliases, functions, builtins, reserved words and, given a prefix, programs.

    If a name has several meanings, the description is about the meaning that the shell uses.
    """
    prefix, state = argument.prefix, argument.state
    names = {
        name: Name(name, _shorten(f"alias for {state.aliases[name]}"), is_plain=True)
        for name in _starting(state.aliases, prefix)
    }
    for word in _starting(state.functions, prefix):
        names.setdefault(word, Name(word, "function", is_plain=True))
    for word in _starting(builtin_registry.NAMES, prefix):
        builtin = builtin_registry.find(word)
        usage = "" if builtin is None else _shorten(builtin.usage)
        names.setdefault(word, Name(word, usage, is_plain=True))
    if prefix:
        for word in _starting(RESERVED, prefix):
            names.setdefault(word, Name(word, "reserved word", is_plain=True))
        path = state.variables.get("PATH", "")
        for word, directory in sorted(programs_starting_with(prefix, path).items()):
            names.setdefault(word, Name(word, directory))
    return [names[name] for name in sorted(names)]


# ------------------------------------------------------------------------------ arguments


def argument_names(argument: Argument) -> Sequence[Name] | Files:
    """Return the completions of an argument, or Files."""
    command = argument.words[0] if argument.words else ""
    source = _ARGUMENTS.get(command)
    names = source(argument) if source is not None else Files()
    inside = {*argument.state.functions, *argument.state.aliases, *builtin_registry.NAMES, ""}
    if source is None and command not in inside - builtin_registry.UTILITIES:
        # Imported here because most prompts never need them.
        from simpsh.repl.listed_names import command_after, listed_names
        from simpsh.repl.manual_pages import installed_names

        start = command_after(argument.words)
        if start and (argument.words[start:] or argument.prefix[:1] != "-"):
            return _inside(argument, argument.words[start:])
        listed = listed_names(argument.words, argument.prefix)
        if listed:
            return [Name(name, about) for name, about in listed.items()]
        variables = argument.state.environment()
        installed = installed_names(argument.words, argument.prefix, variables)
        rows = [Name(name, _shorten(about), is_plain=True) for name, about in installed.items()]
        return rows or names
    return names


def _of_subcommand(argument: Argument) -> Sequence[Name] | Files:
    words = argument.words[argument.words[0] == "simpsh" :]
    if argument.subcommands is None:
        return Files()
    names = argument.subcommands(words, argument.prefix)
    if not isinstance(names, CommandInside):
        return names
    inside = _inside(argument, words[names.start :])
    return inside if isinstance(inside, Files) else [*names.others, *inside]


def _command_inside(argument: Argument) -> Sequence[Name] | Files:
    """Complete the command after `exec`, `command` and the like."""
    words = list(argument.words[1:])
    for _ in take_options(words):
        continue
    return _inside(argument, tuple(words))


def _inside(argument: Argument, words: tuple[str, ...]) -> Sequence[Name] | Files:
    if words:
        return argument_names(changed(argument, words=words))
    return _commands(argument)


def _jobs(argument: Argument) -> list[Name]:
    names = []
    for job in argument.state.jobs:
        description = f"{condition_words(*job.condition)}: {job.text}"
        names.append(Name(f"%{job.number}", _shorten(description), is_plain=True))
    return [name for name in names if name.text.startswith(argument.prefix or "%")]


def _kill(argument: Argument) -> Sequence[Name]:
    words, prefix = argument.words, argument.prefix
    if words[-1] in ("-s", "-l"):
        return _signals(prefix)
    if prefix.startswith("-") and len(words) == 1:
        options = [Name("-s", "a signal's name follows"), Name("-l", "list the names")]
        options += [Name(f"-{signal.text}", signal.description) for signal in _signals("")]
        return [option for option in options if option.text.startswith(prefix)]
    return _jobs(argument)


def _signals(prefix: str) -> list[Name]:
    """Return the names of signals, with `SIG` if the prefix has it."""
    wanted = prefix.upper()
    is_long = wanted.startswith("SIG")
    signals = []
    for number, name in sorted(SIGNAL_NAMES.items()):
        shown = name if is_long else name.removeprefix("SIG")
        if shown.startswith(wanted):
            signals.append(Name(shown, Signal(number).description, is_plain=True))
    return signals


def _set(argument: Argument) -> Sequence[Name]:
    if argument.words[-1] not in ("-o", "+o"):
        return []
    return [Name(option) for option in _starting(Options.NAMES, argument.prefix)]


def _topics(argument: Argument) -> list[Name]:
    # Imported here because reading the pages is slow.
    from simpsh.shell.builtins.help_pages import pages

    titles = {name: page.title for page in pages() for name in page.names}
    names = sorted(_starting(titles, argument.prefix))
    return [Name(name, _shorten(titles[name])) for name in names]


def _commands(argument: Argument) -> list[Name] | Files:
    if "/" in argument.prefix or argument.prefix.startswith("-"):
        return Files()
    return command_names(argument)


def _variable_names(argument: Argument) -> list[Name] | Files:
    return Files() if "=" in argument.prefix else variable_names(argument.prefix, argument.state)


_ARGUMENTS: dict[str, Callable[[Argument], Sequence[Name] | Files]] = {
    **dict.fromkeys(("bg", "diagnose", "disown", "fds", "fg", "jobs", "wait"), _jobs),
    **dict.fromkeys(("command", "exec", "explain"), _command_inside),
    **dict.fromkeys(("export", "read", "unset"), _variable_names),
    **dict.fromkeys(builtin_registry.NESTED, _of_subcommand),
    "help": _topics,
    "kill": _kill,
    "set": _set,
    "trap": lambda argument: _signals(argument.prefix),
    **dict.fromkeys(("type", "whereis", "which"), _commands),
}


def variable_names(prefix: str, state: State) -> list[Name]:
    """Return the variables, described by their values."""
    names = sorted(_starting(state.variables, prefix))
    return [Name(name, _shorten(state.variables[name]), is_plain=True) for name in names]


def _starting(names: Iterable[str], prefix: str) -> list[str]:
    return [name for name in names if name.startswith(prefix)]


def _shorten(text: str) -> str:
    return shorten(" ".join(text.split()), _DESCRIPTION)
