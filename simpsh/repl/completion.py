"""What the word before the cursor can become: commands, files, variables, jobs, options, topics."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence

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
    WordAtCursor,
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


def completion(
    before: str, state: State, programs: ProgramNames, subcommands: Subcommands | None = None
) -> Completion:
    """Return how the input up to the cursor, of any number of lines, can continue."""
    here = word_at_cursor(before)
    whole = partial_word(here.word)
    if whole.dollar >= 0:
        typed = here.word[whole.dollar + 1 :]
        brace, close = ("{", "}") if typed.startswith("{") else ("", "")
        variables = [
            Candidate(f"${brace}{name.text}{close}", name.text, name.description)
            for name in variable_names(typed.removeprefix("{"), state)
        ]
        return _completion(len(typed) + 1, variables)
    argument = Argument(here.words, whole.value, state, programs, subcommands)
    names: Sequence[Name] | Files = Files()
    if here.kind == COMMAND and "/" not in argument.prefix:
        names = command_names(argument)
    elif here.kind not in (COMMAND, TARGET):
        names = argument_names(argument)
    if isinstance(names, Files):
        start = whole.breaks[-1] if whole.breaks and "/" not in here.word[: whole.breaks[0]] else 0
        return _files(here.word[start:], here, state, names.suffix)
    quote = whole.text[:1] if whole.text[:1] in ("'", '"') else ""
    end = f"{quote} " if len(names) == 1 else ""
    candidates = []
    for name in names:
        # `%`, `-` and `$` begin words that the shell takes as they are.
        text = quoted_name(name.text, quote) if quote or not name.is_plain else name.text
        candidates.append(Candidate(text + end, name.text, name.description))
    return _completion(len(here.word), candidates)


def completion_of_words(before: str, words: Sequence[str]) -> Completion:
    """Return how the input up to the cursor can become one of these words."""
    fitting = [word for word in words if word.startswith(before)]
    return _completion(len(before), [Candidate(word, word, "") for word in fitting])


def _completion(replaced: int, candidates: Sequence[Candidate]) -> Completion:
    common = common_prefix([candidate.text for candidate in candidates])
    return Completion(replaced, common, tuple(candidates[:SHOWN]))


def common_prefix(texts: Sequence[str]) -> str:
    """Return what all texts begin with.

    >>> common_prefix(["file", "fifo", "find"]), common_prefix([])
    ('fi', '')
    """
    # All texts lie between the least and the greatest of them.
    least, greatest = min(texts, default=""), max(texts, default="")
    length = next((at for at in range(len(least)) if greatest[at] != least[at]), len(least))
    return least[:length]


# ---------------------------------------------------------------------------------- files


def _files(word: str, here: WordAtCursor, state: State, suffix: str) -> Completion:
    slash = word.rfind("/") + 1
    above, base = word[:slash], word[slash:]
    if word.startswith("~") and not slash:
        users = {entry.pw_name for entry in pwd.getpwall() if entry.pw_name.startswith(word[1:])}
        names = [Candidate(f"~{name}/", f"~{name}", "") for name in sorted(users)]
        return _completion(len(word), names)
    opened = partial_word(above).quote
    part = partial_word(base, opened)
    entries = directory_entries(directory_meant(above, state), part.value)
    if here.kind == COMMAND:
        entries = [
            entry for entry in entries if is_directory(entry) or os.access(entry.path, os.X_OK)
        ]
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
    shared = common_prefix([entry.name for entry in entries])
    common = quoted_name(shared, quote, is_open=bool(opened)) if shared else base
    return Completion(len(base), common, tuple(candidates))


def directory_meant(text: str, state: State) -> str:
    """Return the directory that a word's beginning up to its last slash means; "." for nothing."""
    head, slash, tail = text.partition("/")
    if head.startswith("~") and slash:
        try:
            home = pwd.getpwnam(head[1:]).pw_dir if head[1:] else state.variables.get("HOME")
        except KeyError:
            home = None
        if home is not None:
            return os.path.join(home, partial_word(tail).value) if tail else home
    return partial_word(text, parameter=state.parameter).value or "."


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
