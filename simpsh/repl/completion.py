"""What the word before the cursor can become: commands, files, variables, jobs, options, topics."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from simpsh.base.phrases import shortened
from simpsh.base.record import Record
from simpsh.base.signal_names import NAMES as SIGNAL_NAMES
from simpsh.base.signal_names import Signal
from simpsh.repl.command_names import ProgramNames
from simpsh.repl.cursor_word import (
    ARGUMENT,
    COMMAND,
    TARGET,
    PartialWord,
    WordAtCursor,
    directory_meant,
    partial_word,
    quoted_name,
    word_at_cursor,
)
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.jobs.job_table import condition_words
from simpsh.shell.state import Options, State


class Candidate(Record):
    """One way to continue."""

    text: str
    """What replaces the last `replaced` characters before the cursor."""
    shown: str
    """What the menu shows."""
    description: str
    """A few words beside it; often empty."""


class Completion(Record):
    """All ways to continue."""

    replaced: int = 0
    """How many characters before the cursor are replaced."""
    common: str = ""
    """What to replace them with in any case: what all candidates begin with."""
    candidates: tuple[Candidate, ...] = ()
    """The first SHOWN of them."""


SHOWN = 200
"""How many candidates are offered: the menu measures each one whenever it is drawn."""


def common_prefix(texts: Iterable[str]) -> str:
    """Return what all texts begin with.

    >>> common_prefix(["file", "fifo", "find"])
    'fi'
    """
    texts = list(texts)
    # All texts lie between the least and the greatest of them.
    least, greatest = min(texts, default=""), max(texts, default="")
    for position, char in enumerate(least):
        if greatest[position : position + 1] != char:
            return least[:position]
    return least


def completion(before: str, state: State, programs: ProgramNames) -> Completion:
    """Return how the input up to the cursor can continue.

    Args:
        before: the input up to the cursor, of any number of lines.
        state: the shell's: variables, jobs.
        programs: the programs in PATH.
    """
    here = word_at_cursor(before)
    whole = partial_word(here.word)
    if whole.dollar >= 0:
        return _variables(here.word, whole, state)
    found = _names(here, whole.value, state, programs)
    if found is None:
        start = _file_start(here.word, whole)
        return _files(here.word[start:], here, state)
    candidates = [_candidate(name, whole.text, is_only=len(found) == 1) for name in found]
    return _completion(len(here.word), candidates)


def _completion(replaced: int, candidates: Sequence[Candidate]) -> Completion:
    common = common_prefix(one.text for one in candidates)
    return Completion(replaced, common, tuple(candidates[:SHOWN]))


def _names(
    here: WordAtCursor, typed: str, state: State, programs: ProgramNames
) -> Sequence[Name] | None:
    """Return the names that fit, or None where files are meant."""
    if here.kind == COMMAND:
        return None if "/" in typed else command_names(typed, state, programs)
    if here.kind == TARGET:
        return None
    return argument_names(Argument(here.words, typed, state, programs))


def _candidate(name: Name, typed: str, *, is_only: bool) -> Candidate:
    quote = typed[:1] if typed[:1] in ("'", '"') else ""
    # `%`, `-` and `$` begin words that the shell takes as they are.
    text = quoted_name(name.text, quote) if quote or not name.is_plain else name.text
    return Candidate(text + (quote + " " if is_only else ""), name.text, name.description)


# ------------------------------------------------------------------------------ variables


def _variables(word: str, whole: PartialWord, state: State) -> Completion:
    name = word[whole.dollar + 1 :]
    brace = "{" if name.startswith("{") else ""
    close = "}" if brace else ""
    candidates = [
        Candidate(f"${brace}{one.text}{close}", one.text, one.description)
        for one in variable_names(name.removeprefix("{"), state)
    ]
    return _completion(len(name) + 1, candidates)


# ---------------------------------------------------------------------------------- files


def _file_start(word: str, whole: PartialWord) -> int:
    """Return where the file's name begins in the word: behind `if=` or `PATH=/bin:`."""
    return whole.breaks[-1] if whole.breaks and "/" not in word[: whole.breaks[0]] else 0


def _files(word: str, here: WordAtCursor, state: State) -> Completion:
    slash = word.rfind("/") + 1
    above, base = word[:slash], word[slash:]
    if word.startswith("~") and not slash:
        return _users(word)
    directory = directory_meant(above, state.parameter, lambda user: home_directory(user, state))
    opened = partial_word(above).quote
    part = partial_word(base, opened)
    entries = directory_entries(directory, part.value)
    if here.kind == COMMAND:
        entries = [one for one in entries if can_run(one)]
    elif here.kind == ARGUMENT and here.words[:1] == ("cd",):
        entries = [one for one in entries if is_directory(one)]
    quote = opened or part.quote or (base[:1] if base[:1] in ("'", '"') else "")
    is_only = len(entries) == 1
    candidates = []
    for one in entries[:SHOWN]:
        mark = "/" if is_directory(one) else ""
        end = mark or (quote + " " if is_only else "")
        text = quoted_name(one.name, quote, is_open=bool(opened)) + end
        candidates.append(Candidate(text, one.name + mark, ""))
    if is_only:
        return _completion(len(base), candidates)
    # Ten thousand names are not quoted one by one: what they share is quoted as they would be.
    shared = common_prefix(one.name for one in entries)
    common = quoted_name(shared, quote, is_open=bool(opened)) if shared else base
    return Completion(len(base), common, tuple(candidates))


def _users(word: str) -> Completion:
    names = user_names(word[1:])
    return _completion(len(word), [Candidate(f"~{name}/", f"~{name}", "") for name in names])


_DESCRIPTION = 40
"""How long a description may be, in characters."""


class Name(Record):
    """A name to complete to."""

    text: str
    description: str = ""
    is_plain: bool = False
    """Whether it is to be written without quotes, whatever characters it has."""


# ------------------------------------------------------------------------------- commands


def command_names(prefix: str, state: State, programs: ProgramNames) -> list[Name]:
    """Return the builtins and programs; of nothing typed, the builtins alone."""
    names = {
        one: Name(one, builtin_usage(one), is_plain=True)
        for one in _starting(builtin_registry.NAMES, prefix)
    }
    if prefix:
        path = state.variables.get("PATH", "")
        for one, directory in sorted(programs.starting_with(prefix, path).items()):
            names.setdefault(one, Name(one, directory))
    return [names[one] for one in sorted(names)]


def builtin_usage(name: str) -> str:
    """Return how a builtin is used, in one line."""
    builtin = builtin_registry.find(name)
    return _shortened(builtin.usage) if builtin is not None else ""


# ------------------------------------------------------------------------------ arguments


class Argument(Record):
    """An argument that is being typed."""

    words: tuple[str, ...]
    """The command and the arguments before."""
    prefix: str
    """What is typed of it."""
    state: State
    programs: ProgramNames


def argument_names(argument: Argument) -> Sequence[Name] | None:
    """Return what fits as an argument, or None where files are meant."""
    source = _ARGUMENTS.get(argument.words[0]) if argument.words else None
    return source(argument) if source is not None else None


def _jobs(argument: Argument) -> list[Name]:
    found = []
    for job in argument.state.jobs:
        description = f"{condition_words(*job.condition)}: {job.text}"
        found.append(Name(f"%{job.number}", _shortened(description), is_plain=True))
    return [name for name in found if name.text.startswith(argument.prefix or "%")]


def _kill(argument: Argument) -> Sequence[Name]:
    words, prefix = argument.words, argument.prefix
    if words[-1] in ("-s", "-l"):
        return _signals(prefix)
    if prefix.startswith("-") and len(words) == 1:
        options = [Name("-s", "a signal's name follows"), Name("-l", "list the names")]
        options += [Name(f"-{one.text}", one.description) for one in _signals("")]
        return [one for one in options if one.text.startswith(prefix)]
    return _jobs(argument)


def _trap(argument: Argument) -> Sequence[Name]:
    prefix = argument.prefix
    if len(argument.words) == 1:
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


def _set(argument: Argument) -> Sequence[Name]:
    if argument.words[-1] not in ("-o", "+o"):
        return []
    return [Name(one, _OPTIONS.get(one, "")) for one in _starting(Options.NAMES, argument.prefix)]


def _topics(argument: Argument) -> list[Name]:
    # The pages are read when they are asked for.
    from simpsh.shell.builtins.help_pages import pages

    titles = {name: page.title for page in pages() for name in page.names}
    names = sorted(_starting(titles, argument.prefix))
    return [Name(one, _shortened(titles[one])) for one in names]


def _commands(argument: Argument) -> list[Name] | None:
    if "/" in argument.prefix or argument.prefix.startswith("-"):
        return None
    return command_names(argument.prefix, argument.state, argument.programs)


def _variable_names(argument: Argument) -> list[Name] | None:
    return None if "=" in argument.prefix else variable_names(argument.prefix, argument.state)


def _levels(argument: Argument) -> list[Name]:
    levels = ("nothing", "processes: fork, exec, wait", "every call", "what the kernel says")
    found = [Name(str(number), text) for number, text in enumerate(levels)]
    return [one for one in found if one.text.startswith(argument.prefix)]


_ARGUMENTS: dict[str, Callable[[Argument], Sequence[Name] | None]] = {
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


def variable_names(prefix: str, state: State) -> list[Name]:
    """Return the variables, with their values."""
    found = sorted(_starting(state.variables, prefix))
    return [Name(one, _shortened(state.variables[one]), is_plain=True) for one in found]


def home_directory(user: str, state: State) -> str | None:
    """Return a user's home directory; HOME for no name."""
    if not user:
        return state.variables.get("HOME")
    import pwd

    try:
        return pwd.getpwnam(user).pw_dir
    except KeyError:
        return None


def user_names(prefix: str) -> list[str]:
    """Return the users whose names begin so."""
    import pwd

    return sorted({entry.pw_name for entry in pwd.getpwall() if entry.pw_name.startswith(prefix)})


# ---------------------------------------------------------------------------------- files


def directory_entries(directory: str, prefix: str) -> list[os.DirEntry[str]]:
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
    """Return whether it is a directory, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads round in a circle.
        return False


def can_run(entry: os.DirEntry[str]) -> bool:
    """Return whether the file can be executed, or lies above files that can."""
    return is_directory(entry) or os.access(entry.path, os.X_OK)


# ---------------------------------------------------------------------------------- words


def _starting(names: Iterable[str], prefix: str) -> list[str]:
    return [name for name in names if name.startswith(prefix)]


def _shortened(text: str) -> str:
    return shortened(" ".join(text.split()), _DESCRIPTION)
