"""Completion of the word before the cursor: commands, files, variables, jobs, options, topics.

A completion replaces the end of a word, so it depends on the word's position in its command and on
any open quote.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

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
from simpsh.shell.language.surface import COMMAND, TARGET, WORD, cursor
from simpsh.shell.line_prefixes import line_start
from simpsh.shell.state import State


class WordAtCursor(Record):
    """The word that ends at the cursor, and its command so far."""

    kind: str
    """COMMAND, WORD or TARGET (of a redirection)."""
    word: str
    """The typed part; empty between words."""
    words: tuple[str, ...] = ()
    """The words before it, beginning with the command's name, without quotes."""


def word_at_cursor(text: str) -> WordAtCursor:
    """Return the word at the end of `text`, the input up to the cursor.

    After a prefix such as `trace`, a command begins.
    """
    line = text[line_start(text) :]
    if any(map(str.isspace, line)):
        # Otherwise the word may belong to the prefix itself, as in `trace show`.
        text = line
    kind, start, before = cursor(text)
    words = [partial_word(text[begin:end]).value for begin, end in before]
    return WordAtCursor(kind, text[start:], tuple(words))


_SPECIAL_INSIDE_DOUBLE = frozenset('$`"\\')
_ESCAPED = str.maketrans({char: "\\" + char for char in " |&;<>()$`\\\"'*?[]#~={}!"})
_ESCAPED_INSIDE_DOUBLE = str.maketrans(
    # A backslash does not protect `!` in double quotes, so put `!` outside.
    {**{char: "\\" + char for char in _SPECIAL_INSIDE_DOUBLE}, "!": '"\\!"'}
)


class PartialWord(Record):
    """The beginning of a word, up to the cursor."""

    value: str
    """The text without quotes, with parameters and tilde unexpanded."""
    quote: str
    """The open quote: `'`, `"` or nothing."""
    dollar: int
    """Start of a parameter whose name ends the word, or -1."""
    breaks: tuple[int, ...]
    """The positions after each unquoted `=` and `:`."""


_NAME = re.compile(r"\$(?:([A-Za-z_]\w*)|\{(\w+)\})", re.ASCII)
_NAME_BEGUN = re.compile(r"\$\{?(?:[A-Za-z_]\w*)?", re.ASCII)


def partial_word(
    text: str, quote: str = "", parameter: Callable[[str], str | None] | None = None
) -> PartialWord:
    """Parse the beginning of a word; `parameter` returns the value to substitute for a parameter.

    >>> word = partial_word('"my fi')
    >>> word.value, word.quote, partial_word("a$HO").dollar
    ('my fi', '"', 1)
    """
    value: list[str] = []
    breaks: list[int] = []
    dollar, position = -1, 0
    while position < len(text):
        char = text[position]
        follows = text[position + 1 : position + 2]
        name = _NAME.match(text, position) if parameter is not None and quote != "'" else None
        if char in "'\"" and quote in ("", char):
            quote = "" if quote else char
        elif char == "\\" and (not quote or (quote == '"' and follows in _SPECIAL_INSIDE_DOUBLE)):
            position += 1
            value.append(follows)
        elif name is not None and parameter is not None:
            value.append(parameter(name[1] or name[2]) or "")
            position = name.end() - 1
        else:
            value.append(char)
            if char == "$" and quote != "'":
                dollar = position
            if char in "=:" and not quote:
                breaks.append(position + 1)
        position += 1
    if dollar >= 0 and not _NAME_BEGUN.fullmatch(text, dollar):
        dollar = -1
    return PartialWord("".join(value), quote, dollar, tuple(breaks))


def quote_name(name: str, quote: str, *, is_open: bool = False) -> str:
    r"""Quote a name for the shell.

    With a quote, the name is inside that quote, which remains open; `is_open`: the quote is there
    already. Without a quote, special characters get backslashes.

    >>> quote_name("my file", ""), quote_name("$1", '"'), quote_name("it's", "'", is_open=True)
    ('my\\ file', '"\\$1', "it'\\''s")
    """
    opening = "" if is_open else quote
    if quote == "'":
        return opening + name.replace("'", "'\\''")
    if quote == '"':
        return opening + name.translate(_ESCAPED_INSIDE_DOUBLE)
    if not name.isprintable() and any(char < " " for char in name):
        # A backslash before a newline is a line continuation.
        return "'" + name.replace("'", "'\\''") + "'"
    return name.translate(_ESCAPED)


# ----------------------------------------------------------------------- the candidates


class Candidate(Record):
    """One completion."""

    text: str
    """The replacement for the last `replaced` characters before the cursor."""
    shown: str
    """The text in the menu."""
    description: str
    """A short description, often empty."""


class Completion(Record):
    """All completions."""

    replaced: int = 0
    """The number of characters before the cursor to replace."""
    common: str = ""
    """The common prefix of all candidates."""
    candidates: tuple[Candidate, ...] = ()
    """The first SHOWN candidates."""


SHOWN = 200
"""The maximum number of candidates: the menu measures each of them at every drawing."""


def completion(before: str, state: State, subcommands: Subcommands | None = None) -> Completion:
    """Return the completions of the input up to the cursor, which may have several lines."""
    at_cursor = word_at_cursor(before)
    whole = partial_word(at_cursor.word)
    if whole.dollar >= 0:
        typed = at_cursor.word[whole.dollar + 1 :]
        brace, close = ("{", "}") if typed.startswith("{") else ("", "")
        variables = [
            Candidate(f"${brace}{name.text}{close}", name.text, name.description)
            for name in variable_names(typed.removeprefix("{"), state)
        ]
        return _completion(len(typed) + 1, variables)
    argument = Argument(at_cursor.words, whole.value, state, subcommands)
    names: Sequence[Name] | Files = Files()
    if at_cursor.kind == COMMAND and "/" not in argument.prefix:
        names = command_names(argument)
    elif at_cursor.kind not in (COMMAND, TARGET):
        names = argument_names(argument)
    if isinstance(names, Files):
        files = _files(at_cursor.word, at_cursor, state)
        if files.candidates or not whole.breaks or "/" in at_cursor.word[: whole.breaks[0]]:
            return files
        # After `=` or `:` another name begins, as in `PATH=/bin:/us`.
        return _files(at_cursor.word[whole.breaks[-1] :], at_cursor, state)
    quote = at_cursor.word[:1] if at_cursor.word[:1] in ("'", '"') else ""
    # A value follows `--color=`.
    end = f"{quote} " if len(names) == 1 and not names[0].text.endswith("=") else ""
    candidates = []
    for name in names:
        # `%`, `-` and `$` must not be quoted.
        text = quote_name(name.text, quote) if quote or not name.is_plain else name.text
        candidates.append(Candidate(text + end, name.text, name.description))
    return _completion(len(at_cursor.word), candidates)


def _completion(replaced: int, candidates: Sequence[Candidate]) -> Completion:
    common = common_prefix([candidate.text for candidate in candidates])
    return Completion(replaced, common, tuple(candidates[:SHOWN]))


def common_prefix(texts: Sequence[str]) -> str:
    """Return the common prefix of all texts.

    >>> common_prefix(["file", "fifo", "find"]), common_prefix([])
    ('fi', '')
    """
    # The smallest and the greatest text determine the common prefix.
    least, greatest = min(texts, default=""), max(texts, default="")
    length = next((at for at in range(len(least)) if greatest[at] != least[at]), len(least))
    return least[:length]


# ---------------------------------------------------------------------------------- files


def _files(word: str, at_cursor: WordAtCursor, state: State) -> Completion:
    slash = word.rfind("/") + 1
    above, base = word[:slash], word[slash:]
    opened = partial_word(above).quote
    part = partial_word(base, opened)
    entries = directory_entries(named_directory(above, state), part.value)
    entries = _fitting(entries, at_cursor)
    quote = opened or part.quote or (base[:1] if base[:1] in ("'", '"') else "")
    is_only = len(entries) == 1
    candidates = []
    for entry in entries[:SHOWN]:
        mark = "/" if is_directory(entry) else ""
        end = mark or (quote + " " if is_only else "")
        name = _as_operand(entry.name, at_cursor, above)
        text = quote_name(name, quote, is_open=bool(opened)) + end
        candidates.append(Candidate(text, entry.name + mark, ""))
    if is_only:
        return _completion(len(base), candidates)
    # Quote only the common part: there may be thousands of names.
    shared = _as_operand(common_prefix([entry.name for entry in entries]), at_cursor, above)
    common = quote_name(shared, quote, is_open=bool(opened)) if shared else base
    return Completion(len(base), common, tuple(candidates))


def _fitting(entries: list[os.DirEntry[str]], at_cursor: WordAtCursor) -> list[os.DirEntry[str]]:
    """Return the files that can be meant at this position."""
    if at_cursor.kind == COMMAND:
        return [entry for entry in entries if is_directory(entry) or os.access(entry.path, os.X_OK)]
    if at_cursor.kind == WORD and at_cursor.words[:1] in (("cd",), ("rmdir",)):
        return [entry for entry in entries if is_directory(entry)]
    return entries


def _as_operand(name: str, at_cursor: WordAtCursor, above: str) -> str:
    """Return a file's name in a form that no program mistakes for an option."""
    return f"./{name}" if at_cursor.kind == WORD and not above and name[:1] == "-" else name


def named_directory(text: str, state: State) -> str:
    """Return the directory named by a word up to its last slash; "." for an empty word."""
    head, slash, tail = text.partition("/")
    if head.startswith("~") and slash:
        home = state.home(head[1:])
        if home is not None:
            return os.path.join(home, partial_word(tail).value) if tail else home
    return partial_word(text, parameter=state.parameter).value or "."


def directory_entries(directory: str, prefix: str) -> list[os.DirEntry[str]]:
    """Return the sorted files with this prefix; hidden files only if the prefix has a dot."""
    try:
        with os.scandir(directory) as listing:
            entries = [entry for entry in listing if entry.name.startswith(prefix)]
    except OSError:
        # The command itself will report the error.
        return []
    if not prefix:
        entries = [entry for entry in entries if entry.name[0] != "."]
    return sorted(entries, key=lambda entry: entry.name)


def is_directory(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a directory or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        # There is a loop of symbolic links.
        return False
