"""Where the cursor is: which word of which command is being typed, by the shell's own tokens."""

from __future__ import annotations

try:
    from simpsh.language.tolerant import tokens
except ImportError:

    def tokens(text):
        import re, types

        return [
            types.SimpleNamespace(
                kind="operator" if m[0] in "|;&" else "word", start=m.start(), end=m.end()
            )
            for m in re.finditer(r"[|;&]|(?:[^\s|;&\\]|\\.)+", text)
        ]


from simpsh.record import Record
from simpsh.repl.quoting import begun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.language.tolerant import Token

COMMAND, ARGUMENT, TARGET = "command", "argument", "target"

_BEGINS_COMMAND = frozenset(("operator", "reserved", "comment", "here_document"))
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

    __slots__ = ("begins", "is_assignment", "is_target", "reached", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.begins = -1
        """Where the word begins that is being read, or -1."""
        self.reached = 0
        """Where its last token ends."""
        self.is_assignment = False
        self.is_target = False

    def end_word(self, text: str) -> None:
        """Take the word, unless it is an assignment or a redirection's target."""
        if self.begins >= 0:
            if not (self.is_assignment or self.is_target):
                self.words.append(begun(text[self.begins : self.reached]).value)
            self.begins, self.is_assignment, self.is_target = -1, False, False


def place(text: str) -> Place:
    """Say where one is at the end of `text`, the input up to the cursor."""
    inner = [_Command()]
    for token in tokens(text):
        _read(token, text, inner)
    command = inner[-1]
    if command.reached < len(text):
        command.end_word(text)
    word = text[command.begins :] if command.begins >= 0 else ""
    if command.is_target:
        kind = TARGET
    elif command.words or command.is_assignment:
        kind = ARGUMENT
    else:
        kind = COMMAND
    return Place(kind, word, tuple(command.words))


def _read(token: Token, text: str, inner: list[_Command]) -> None:
    command = inner[-1]
    if token.start > command.reached:
        command.end_word(text)
    if token.kind == "substitution":
        _enter_or_leave(text[token.start : token.end], token, text, inner)
    elif token.kind in _BEGINS_COMMAND:
        inner[-1] = _Command()
    elif token.kind == "redirection":
        command.end_word(text)
        command.is_target = True
    elif command.begins < 0:
        command.begins = token.start
        command.is_assignment = token.kind == "assignment" and not command.words
    inner[-1].reached = max(inner[-1].reached, token.end)


def _enter_or_leave(mark: str, token: Token, text: str, inner: list[_Command]) -> None:
    is_end = mark == ")" or (mark == "`" and len(inner) > 1 and inner[-1].reached >= 0)
    if is_end and len(inner) > 1:
        inner.pop()
        inner[-1].reached = token.end
        return
    if inner[-1].begins < 0:
        inner[-1].begins = token.start
    inner[-1].reached = token.end
    inner.append(_Command())
