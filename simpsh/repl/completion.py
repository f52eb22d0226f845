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
    argument = Argument(here.words, whole.value, state, programs, subcommands)
    names: Sequence[Name] | Files = Files()
    if here.kind == COMMAND and "/" not in argument.prefix:
        names = command_names(argument)
    elif here.kind not in (COMMAND, TARGET):
        names = argument_names(argument)
    if isinstance(names, Files):
        start = whole.breaks[-1] if whole.breaks and "/" not in here.word[: whole.breaks[0]] else 0
        return _files(here.word[start:], here, state, names.suffix)
    candidates = [_candidate(name, whole.text, is_only=len(names) == 1) for name in names]
    return _completion(len(here.word), candidates)


def completion_of_words(before: str, words: Sequence[str]) -> Completion:
    """Return how the input up to the cursor can become one of these words."""
    fitting = [word for word in words if word.startswith(before)]
    return _completion(len(before), [Candidate(word, word, "") for word in fitting])


def _completion(replaced: int, candidates: Sequence[Candidate]) -> Completion:
    common = common_prefix(candidate.text for candidate in candidates)
    return Completion(replaced, common, tuple(candidates[:SHOWN]))


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
        Candidate(f"${brace}{text.text}{close}", text.text, text.description)
        for text in variable_names(name.removeprefix("{"), state)
    ]
    return _completion(len(name) + 1, candidates)


# ---------------------------------------------------------------------------------- files


def _files(word: str, here: WordAtCursor, state: State, suffix: str = "") -> Completion:
    slash = word.rfind("/") + 1
    above, base = word[:slash], word[slash:]
    if word.startswith("~") and not slash:
        names = user_names(word[1:])
        return _completion(len(word), [Candidate(f"~{name}/", f"~{name}", "") for name in names])
    directory = directory_meant(above, state.parameter, lambda user: home_directory(user, state))
    opened = partial_word(above).quote
    part = partial_word(base, opened)
    entries = directory_entries(directory, part.value)
    if here.kind == COMMAND:
        entries = [entry for entry in entries if can_run(entry)]
    elif here.kind == ARGUMENT and here.words[:1] == ("cd",):
        entries = [entry for entry in entries if is_directory(entry)]
    # Where none is called as usual, it may be called otherwise.
    entries = [
        entry for entry in entries if entry.name.endswith(suffix) or is_directory(entry)
    ] or entries
    quote = opened or part.quote or (base[:1] if base[:1] in ("'", '"') else "")
    is_only = len(entries) == 1
    candidates = []
    for entry in entries[:SHOWN]:
        mark = "/" if is_directory(entry) else ""
        end = mark or (quote + " " if is_only else "")
        text = quoted_name(entry.name, quote, is_open=bool(opened)) + end
        candidates.append(Candidate(text, entry.name + mark, ""))
    if is_only:
        return _completion(len(base), candidates)
    # Ten thousand names are not quoted one by one: what they share is quoted as they would be.
    shared = common_prefix(entry.name for entry in entries)
    common = quoted_name(shared, quote, is_open=bool(opened)) if shared else base
    return Completion(len(base), common, tuple(candidates))


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
            entries = [entry for entry in listing if entry.name.startswith(prefix)]
    except OSError:
        # What cannot be listed cannot be completed; the command will say why.
        return []
    if not prefix:
        entries = [entry for entry in entries if entry.name[0] != "."]
    return sorted(entries, key=lambda entry: entry.name)


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
