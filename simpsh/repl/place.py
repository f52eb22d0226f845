"""Where the cursor is: which word of which command is being typed, by the shell's own tokens."""

from __future__ import annotations

from simpsh.language.tolerant import (
    ASSIGN,
    COMMENT,
    HERE_DOCUMENT,
    OPERATOR,
    REDIRECT,
    RESERVED,
    SUBSTITUTION,
    tokens,
)
from simpsh.record import Record
from simpsh.repl.quoting import begun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.language.tolerant import Token

COMMAND, ARGUMENT, TARGET = "command", "argument", "target"

_BEGINS_COMMAND = frozenset((OPERATOR, RESERVED, COMMENT, HERE_DOCUMENT))
"""Tokens behind which a new command begins, or nothing that belongs to the one before."""


class Place(Record):
    """The word that ends at the cursor, and what came before it in its command."""

    kind: str
    """COMMAND, ARGUMENT or TARGET (of a redirection)."""
    word: str
    """As typed, up to the cursor; empty between words."""
    words: tuple[str, ...] = ()
    """The command's words before it, the command's name first, without quotes."""


class _Command:
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
            self.words.append(begun(text[self.begins : self.reached]).value)
        self.begins, self.is_assignment, self.is_target = -1, False, False


def place(text: str) -> Place:
    """Say where one is at the end of `text`, the input up to the cursor."""
    commands = [_Command()]
    for token in tokens(text):
        _leave_gap(commands, text, token.start)
        _read(token, text, commands)
    _leave_gap(commands, text, len(text))
    command = commands[-1]
    word = text[command.begins :] if command.begins >= 0 else ""
    if command.is_target:
        kind = TARGET
    elif command.words or command.is_assignment:
        kind = ARGUMENT
    else:
        kind = COMMAND
    return Place(kind, word, tuple(command.words))


def _leave_gap(commands: list[_Command], text: str, end: int) -> None:
    """Pass over the blanks before the next token: they end a word, a newline ends a command."""
    command = commands[-1]
    gap = text[command.reached : end]
    if gap:
        command.end_word(text)
        if "\n" in gap:
            commands[-1] = _Command(command.mark, end)


def _read(token: Token, text: str, commands: list[_Command]) -> None:
    command = commands[-1]
    if token.kind == SUBSTITUTION:
        _enter_or_leave(text[token.start : token.end], token, commands)
    elif token.kind in _BEGINS_COMMAND:
        commands[-1] = _Command(command.mark)
    elif token.kind == REDIRECT:
        command.end_word(text)
        command.is_target = True
    elif command.begins < 0:
        command.begins = token.start
        command.is_assignment = token.kind == ASSIGN and not command.words
    commands[-1].reached = token.end


def _enter_or_leave(mark: str, token: Token, commands: list[_Command]) -> None:
    is_end = mark == ")" or mark == commands[-1].mark == "`"
    if is_end and len(commands) > 1:
        commands.pop()
        return
    if commands[-1].begins < 0:
        commands[-1].begins = token.start
    commands.append(_Command(mark))
