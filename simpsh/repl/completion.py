"""What the word before the cursor can become."""

from __future__ import annotations

from simpsh.record import Record
from simpsh.repl import sources
from simpsh.repl.place import ARGUMENT, COMMAND, TARGET, place
from simpsh.repl.quoting import begun, directory_meant, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simpsh.repl.commands import ProgramNames
    from simpsh.repl.place import Place
    from simpsh.repl.quoting import Begun
    from simpsh.repl.sources import Name
    from simpsh.state import State


class Candidate(Record):
    """One way to go on."""

    text: str
    """What replaces the last `replaced` characters before the cursor."""
    shown: str
    """What the menu shows."""
    description: str
    """A few words beside it; often empty."""


class Completion(Record):
    """All ways to go on."""

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
    """Return how the input up to the cursor can go on.

    Args:
        before: the input up to the cursor, of any number of lines.
        state: the shell's: variables, jobs.
        programs: the programs in PATH.
    """
    here = place(before)
    whole = begun(here.word)
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


def _names(here: Place, typed: str, state: State, programs: ProgramNames) -> Sequence[Name] | None:
    """Return the names that fit, or None where files are meant."""
    if here.kind == COMMAND:
        return None if "/" in typed else sources.commands(typed, state, programs)
    if here.kind == TARGET:
        return None
    return sources.arguments(here.words, typed, state, programs)


def _candidate(name: Name, typed: str, *, is_only: bool) -> Candidate:
    quote = typed[:1] if typed[:1] in ("'", '"') else ""
    # `%`, `-` and `$` begin words that the shell takes as they are.
    text = quoted(name.text, quote) if quote or not name.is_plain else name.text
    return Candidate(text + (quote + " " if is_only else ""), name.text, name.description)


# ------------------------------------------------------------------------------ variables


def _variables(word: str, whole: Begun, state: State) -> Completion:
    name = word[whole.dollar + 1 :]
    brace = "{" if name.startswith("{") else ""
    close = "}" if brace else ""
    candidates = [
        Candidate(f"${brace}{one.text}{close}", one.text, one.description)
        for one in sources.variables(name.removeprefix("{"), state)
    ]
    return _completion(len(name) + 1, candidates)


# ---------------------------------------------------------------------------------- files


def _file_start(word: str, whole: Begun) -> int:
    """Return where the file's name begins in the word: behind `if=` or `PATH=/bin:`."""
    return whole.breaks[-1] if whole.breaks and "/" not in word[: whole.breaks[0]] else 0


def _files(word: str, here: Place, state: State) -> Completion:
    slash = word.rfind("/") + 1
    above, base = word[:slash], word[slash:]
    if word.startswith("~") and not slash:
        return _users(word)
    directory = directory_meant(above, state.parameter, lambda user: sources.home(user, state))
    opened = begun(above).quote
    part = begun(base, opened)
    entries = sources.entries(directory, part.value)
    if here.kind == COMMAND:
        entries = [one for one in entries if sources.can_run(one)]
    elif here.kind == ARGUMENT and here.words[:1] == ("cd",):
        entries = [one for one in entries if sources.is_directory(one)]
    quote = opened or part.quote or (base[:1] if base[:1] in ("'", '"') else "")
    is_only = len(entries) == 1
    candidates = []
    for one in entries[:SHOWN]:
        mark = "/" if sources.is_directory(one) else ""
        end = mark or (quote + " " if is_only else "")
        text = quoted(one.name, quote, is_open=bool(opened)) + end
        candidates.append(Candidate(text, one.name + mark, ""))
    if is_only:
        return _completion(len(base), candidates)
    # Ten thousand names are not quoted one by one: what they share is quoted as they would be.
    shared = common_prefix(one.name for one in entries)
    common = quoted(shared, quote, is_open=bool(opened)) if shared else base
    return Completion(len(base), common, tuple(candidates))


def _users(word: str) -> Completion:
    names = sources.users(word[1:])
    return _completion(len(word), [Candidate(f"~{name}/", f"~{name}", "") for name in names])
