"""Simple commands: assignments, words and redirections, made of tokens."""

from __future__ import annotations

from simpsh.language.lexer import Lexer
from simpsh.language.roles import ASSIGNMENT, COMMAND, DELIMITER, REDIRECTION, TARGET, WORD
from simpsh.language.tree import (
    Assignment,
    FileRedirection,
    HereString,
    Literal,
    SimpleCommand,
    Word,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.language.roles import Payload
    from simpsh.language.tree import Part, Redirection

_COMMON_DESCRIPTORS = frozenset(("-", "0", "1", "2"))


class SimpleCommandReader(Lexer):
    """Reads simple commands and redirections."""

    def simple_command(self) -> SimpleCommand:
        """Read assignments, words and redirections up to what ends the command."""
        start = self.token[1]
        line = self.token_line
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        while True:
            kind, at, end, payload = self.token
            if kind is WORD or kind is COMMAND:
                words.append(Word(_parts(payload), at, end))
            elif kind is ASSIGNMENT:
                assignments.append(_assignment(payload, at, end))
            elif kind is REDIRECTION:
                self.advance()
                redirections.append(self.redirection())
            else:
                break
            self.advance()
        if kind == "(" or not (words or assignments or redirections):
            from simpsh.language import complaints

            complaints.no_command(self)
        return SimpleCommand(
            tuple(assignments), tuple(words), tuple(redirections), line, start, self.previous[2]
        )

    def redirection(self) -> Redirection:
        """Make a redirection of the operator before and the current word."""
        _, start, _, text = self.previous
        kind, at, end, payload = self.token
        assert isinstance(text, str)
        if kind is not TARGET and kind is not DELIMITER:
            from simpsh.language import complaints

            complaints.no_target(self, text)
        operator = text.lstrip("0123456789")
        digits = text[: -len(operator)]
        descriptor = int(digits) if digits else None
        if operator in ("<<", "<<-"):
            from simpsh.language.here_documents import announce

            return announce(self, text, start)
        word = Word(_parts(payload), at, end)
        if operator == "<<<":
            return HereString(word, descriptor, start, end)
        if operator[1:] == "&" and isinstance(payload, str) and payload not in _COMMON_DESCRIPTORS:
            from simpsh.language import complaints

            complaints.check_descriptor(self, operator, payload, at, end)
        return FileRedirection(operator, word, descriptor, start, end)


def _parts(payload: Payload) -> tuple[Part, ...]:
    """Return a word's parts."""
    return (Literal(payload),) if isinstance(payload, str) else payload


def _assignment(payload: Payload, start: int, end: int) -> Assignment:
    """Make an assignment of the word `NAME=value`."""
    parts = _parts(payload)
    first = parts[0]
    assert isinstance(first, Literal)
    name, _, text = first.text.partition("=")
    rest = ((Literal(text),) if text else ()) + parts[1:]
    return Assignment(name, Word(rest, start + len(name) + 1, end), start, end)
