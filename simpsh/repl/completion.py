"""What the word before the cursor can become: commands, files, variables, jobs, options, topics."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from simpsh.base.record import Record
from simpsh.repl.argument_names import (
    Argument,
    Files,
    Name,
    Subcommands,
    argument_names,
    command_names,
    variable_names,
)
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
from simpsh.shell.state import State


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


def completion(
    before: str, state: State, programs: ProgramNames, subcommands: Subcommands | None = None
) -> Completion:
    """Return how the input up to the cursor can continue.

    Args:
        before: the input up to the cursor, of any number of lines.
        state: the shell's: variables, jobs.
        programs: the programs in PATH.
        subcommands: tells what may follow a subcommand of simpsh; None where that is not known.
    """
    here = word_at_cursor(before)
    whole = partial_word(here.word)
    if whole.dollar >= 0:
        return _variables(here.word, whole, state)
    found = _names(Argument(here.words, whole.value, state, programs, subcommands), here.kind)
    if isinstance(found, Files):
        start = _file_start(here.word, whole)
        return _files(here.word[start:], here, state, found.suffix)
    candidates = [_candidate(name, whole.text, is_only=len(found) == 1) for name in found]
    return _completion(len(here.word), candidates)


def completion_of_words(before: str, words: Sequence[str]) -> Completion:
    """Return how the input up to the cursor can become one of these words."""
    found = [word for word in words if word.startswith(before)]
    return _completion(len(before), [Candidate(word, word, "") for word in found])


def _completion(replaced: int, candidates: Sequence[Candidate]) -> Completion:
    common = common_prefix(one.text for one in candidates)
    return Completion(replaced, common, tuple(candidates[:SHOWN]))


def _names(argument: Argument, kind: str) -> Sequence[Name] | Files:
    """Return the names that fit, or that files are meant."""
    if kind == COMMAND:
        return Files() if "/" in argument.prefix else command_names(argument)
    return Files() if kind == TARGET else argument_names(argument)


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


def _files(word: str, here: WordAtCursor, state: State, suffix: str = "") -> Completion:
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
    # Where none is called as usual, it may be called otherwise.
    entries = [one for one in entries if one.name.endswith(suffix) or is_directory(one)] or entries
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


# ---------------------------------------------------------------------------------- users


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
