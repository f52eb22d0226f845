"""The word before the cursor: which word of which command it is, and which quote is open.

Completion replaces the end of a word by a name; the name must be quoted as the user began.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from simpsh.base.record import Record
from simpsh.shell.language.tolerant_lexer import (
    ASSIGN,
    COMMENT,
    HERE_DOCUMENT,
    OPERATOR,
    REDIRECT,
    RESERVED,
    SUBSTITUTION,
    tokens,
)
from simpsh.shell.line_prefixes import line_start

COMMAND, ARGUMENT, TARGET = "command", "argument", "target"

_BEGINS_COMMAND = frozenset((OPERATOR, RESERVED, COMMENT, HERE_DOCUMENT))
"""Tokens behind which a new command begins, or nothing that belongs to the one before."""


_NO_COMMAND_FOLLOWS = ("for", "case", "in")
"""Reserved words that words follow, as a command's name does: they count as such a name."""


class WordAtCursor(Record):
    """The word that ends at the cursor, and what came before it in its command."""

    kind: str
    """COMMAND, ARGUMENT or TARGET (of a redirection)."""
    word: str
    """As typed, up to the cursor; empty between words."""
    words: tuple[str, ...] = ()
    """The command's words before it, the command's name first, without quotes."""


class _CommandSoFar:
    """What was read of a command so far."""

    __slots__ = ("begins", "is_assignment", "is_target", "mark", "reached", "words")

    def __init__(self, mark: str = "", reached: int = 0) -> None:
        self.mark = mark
        """What opened the substitution that the command is in: `$(`, a backquote or nothing."""
        self.words: list[str] = []
        self.begins = -1
        """Where the word begins that is being read, or -1."""
        self.reached = reached
        """Where its last token ends."""
        self.is_assignment = False
        self.is_target = False

    def end_word(self, text: str) -> None:
        """Take the word, unless it is an assignment or a redirection's target."""
        if self.begins < 0:
            return
        if not (self.is_assignment or self.is_target):
            self.words.append(partial_word(text[self.begins : self.reached]).value)
        self.begins, self.is_assignment, self.is_target = -1, False, False


def word_at_cursor(text: str) -> WordAtCursor:
    """Return the word at the end of `text`, the input up to the cursor.

    Behind a prefix such as `trace` a command begins.
    """
    line = text[line_start(text) :]
    if any(map(str.isspace, line)):
        # Until its first word is complete it may be one of the prefix's own: `trace show`.
        text = line
    commands = [_CommandSoFar()]
    for token in tokens(text):
        _leave_gap(commands, text, token.start)
        command, typed = commands[-1], text[token.start : token.end]
        is_end = typed == ")" or typed == command.mark == "`"
        if token.kind == SUBSTITUTION and is_end and len(commands) > 1:
            commands.pop()
        elif token.kind == SUBSTITUTION:
            if command.begins < 0:
                command.begins = token.start
            commands.append(_CommandSoFar(typed))
        elif token.kind in _BEGINS_COMMAND:
            commands[-1] = _CommandSoFar(command.mark)
            if typed in _NO_COMMAND_FOLLOWS:
                commands[-1].words.append(typed)
        elif token.kind == REDIRECT:
            command.end_word(text)
            command.is_target = True
        elif command.begins < 0:
            command.begins = token.start
            command.is_assignment = token.kind == ASSIGN and not command.words
        commands[-1].reached = token.end
    _leave_gap(commands, text, len(text))
    command = commands[-1]
    word = text[command.begins :] if command.begins >= 0 else ""
    if command.is_target:
        kind = TARGET
    elif command.words or command.is_assignment:
        kind = ARGUMENT
    else:
        kind = COMMAND
    return WordAtCursor(kind, word, tuple(command.words))


def _leave_gap(commands: list[_CommandSoFar], text: str, end: int) -> None:
    """Pass over the blanks before the next token: they end a word, a newline ends a command."""
    command = commands[-1]
    gap = text[command.reached : end]
    if gap:
        command.end_word(text)
        if "\n" in gap:
            commands[-1] = _CommandSoFar(command.mark, end)


_SPECIAL_INSIDE_DOUBLE = frozenset('$`"\\')
_ESCAPED = str.maketrans({char: "\\" + char for char in " |&;<>()$`\\\"'*?[]#~={}!"})
_ESCAPED_INSIDE_DOUBLE = str.maketrans({char: "\\" + char for char in _SPECIAL_INSIDE_DOUBLE})


class PartialWord(Record):
    """The beginning of a word, as it stands before the cursor."""

    text: str
    """As typed."""
    value: str
    """What it means, with parameters and a tilde left as they are."""
    quote: str
    """The quote that is open at its end: `'`, `"` or nothing."""
    dollar: int
    """Where the parameter begins whose name ends the word, or -1."""
    breaks: tuple[int, ...]
    """Behind each unquoted `=` and `:`."""


_NAME = re.compile(r"\$(?:([A-Za-z_]\w*)|\{(\w+)\})", re.ASCII)
_NAME_BEGUN = re.compile(r"\$\{?(?:[A-Za-z_]\w*)?", re.ASCII)


def partial_word(
    text: str, quote: str = "", parameter: Callable[[str], str | None] | None = None
) -> PartialWord:
    """Read the beginning of a word; where `parameter` is given, with the values of parameters.

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
    return PartialWord(text, "".join(value), quote, dollar, tuple(breaks))


def quoted_name(name: str, quote: str, *, is_open: bool = False) -> str:
    r"""Write a name so that the shell reads it as it is.

    It stands within a quote, which is not closed yet and may have been opened before; without a
    quote it has backslashes where they are needed.

    >>> quoted_name("my file", ""), quoted_name("$1", '"'), quoted_name("it's", "'", is_open=True)
    ('my\\ file', '"\\$1', "it'\\''s")
    """
    opening = "" if is_open else quote
    if quote == "'":
        return opening + name.replace("'", "'\\''")
    if quote == '"':
        return opening + name.translate(_ESCAPED_INSIDE_DOUBLE)
    if not name.isprintable() and any(char < " " for char in name):
        # A backslash before a newline would join the lines.
        return "'" + name.replace("'", "'\\''") + "'"
    return name.translate(_ESCAPED)
