r"""Tokens of any text, valid or not: for colours, for completion, and for the word at the cursor.

The parser itself reads the text. A subclass records which characters each of its methods passes:
the innermost method gives a character its kind. The text after the first syntax error is plain.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from simpsh.base.errors import IncompleteInput, SyntaxMistake
from simpsh.shell.language import characters
from simpsh.shell.language.grammar import Parser
from simpsh.shell.language.syntax_tree import BAD, Parameter, Word
from simpsh.shell.language.words import line_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from simpsh.shell.language.syntax_tree import List, Part, Redirection
    from simpsh.shell.language.words import Pieces

COMMAND = "command"
"""A command's name."""
WORD = "word"
"""Plain text of other words, and of here-documents."""
OPERATOR = "operator"
RESERVED = "reserved"
REDIRECT = "redirection"
"""A redirection operator with its number."""
SINGLE_QUOTED = "single_quoted"
DOUBLE_QUOTED = "double_quoted"
"""Double quotes and the plain text between them."""
PARAMETER = "parameter"
"""`$x`, `${x…}` or `$((…))`, and `((…))`."""
SUBSTITUTION = "substitution"
"""`$(`, its `)`, or a backquote."""
COMMENT = "comment"
ERROR = "error"
"""An unclosed quote, or the first word or operator that the parser refuses."""
TARGET = "target"
"""The kind of a Cursor at the word of a redirection."""

_BLANK = "blank"
_ALL_RESERVED = characters.RESERVED | characters.TYPED_RESERVED | {"]]", "-p"}
_BEFORE_WORDS = frozenset(("for", "case", "in", "[[", "function"))
"""The reserved words that words follow, as they follow a command's name."""


class Token(NamedTuple):
    """A kind and the offsets of a part of the text."""

    kind: str
    start: int
    end: int


class Cursor(NamedTuple):
    """The word that ends at the end of the text, and the words of its command before it."""

    kind: str
    """COMMAND, WORD or TARGET (of a redirection)."""
    start: int
    words: tuple[tuple[int, int], ...] = ()
    """The offsets of each word before it, beginning with the command's name."""


def tokens(text: str, *, is_typed: bool = False) -> list[Token]:
    """Split a text into tokens; only blanks and newlines are between them.

    `is_typed`: bash's forms such as `[[ ]]` are accepted.

    >>> [(token.kind, token.start, token.end) for token in tokens("ls $x|wc")]
    [('command', 0, 2), ('parameter', 3, 5), ('operator', 5, 6), ('command', 6, 8)]
    """
    reader = _Reader(text, is_typed=is_typed)
    reader.scan()
    kinds = reader.kinds
    for at, kind in enumerate(kinds):
        if not kind or kind is _BLANK:
            kinds[at] = _BLANK if text[at].isspace() else WORD
    ends = [at for at in range(1, len(text)) if kinds[at] != kinds[at - 1]]
    pairs = pairwise([0, *ends, len(text)] if text else ())
    return [Token(kinds[start], start, end) for start, end in pairs if kinds[start] != _BLANK]


def cursor(text: str) -> Cursor:
    """Return the word at the end of a typed text.

    >>> cursor("a | b --c d")
    Cursor(kind='word', start=10, words=((4, 5), (6, 9)))
    """
    reader = _Reader(text, is_typed=True)
    if reader.scan():
        return reader.cursor()
    # After a mistake, only blanks separate words.
    return Cursor(WORD, len(text) - len(re.split(r"[\s`]", text)[-1]))


def _kind_of(token: str) -> str:
    """Return the kind of an operator, a reserved word or a name."""
    if token == "((":
        return PARAMETER
    if token in characters.OPERATORS:
        return REDIRECT if token in characters.REDIRECTIONS else OPERATOR
    return RESERVED if token in _ALL_RESERVED else WORD


class _Reader(Parser):
    """A parser that records what it passes."""

    def __init__(self, text: str, *, is_typed: bool) -> None:
        super().__init__(line_reader(text.replace(characters.END, "_")))
        self.is_quick = False
        self.is_typed = is_typed
        self._text = text
        self._is_wrong = False
        """Whether more text cannot make it right, as it can after `sort <`."""
        self.kinds = [""] * len(text)
        """The kind of each character; empty for blanks, and after a mistake."""
        self._next = COMMAND
        """The kind of the next word: COMMAND, WORD or TARGET."""
        self._words: list[tuple[int, int]] = []
        """The words of the command so far."""
        self.last_word: Cursor | None = None
        """The word at the end of the text, found by the innermost list."""

    def reader_of(self, text: str, first_line: int) -> Parser:
        return Parser(line_reader(text), first_line=first_line)

    def scan(self) -> bool:
        """Read the text; return whether its last word is known."""
        try:
            self.whole()
        except (IncompleteInput, RecursionError):
            return "bquote" not in [name for name, *_ in self.open]
        except SyntaxMistake:
            return not self._is_wrong or self.last_word is not None
        return True

    def cursor(self) -> Cursor:
        """Return the word at the end of the text; an empty one if the text ends in no word."""
        return self.last_word or Cursor(self._next, len(self._text), tuple(self._words))

    def _note(self, kind: str, start: int, end: int) -> None:
        """Take note of a word of the command; it may be the word at the cursor."""
        if end == len(self._text) and self.last_word is None:
            self.last_word = Cursor(kind, start, tuple(self._words))

    def _span(self, start: int, end: int | None = None) -> tuple[int, int]:
        """Return the offsets in the text for two of the parser; `end` is the position if None."""
        last = self._original((self.at if end is None else end) - 1, is_last=True)
        return self._original(start), min(last + 1, len(self._text))

    def _paint(
        self, kind: str, start: int, end: int | None = None, *, is_over: bool = False
    ) -> None:
        """Give the characters from `start` to the position a kind, unless they have one."""
        for at in range(*self._span(start, end)):
            if is_over or not self.kinds[at]:
                self.kinds[at] = kind

    def refuse(self, message: str, start: int, end: int) -> NoReturn:
        if self.text[self.pos :] not in ("", characters.END):
            self._is_wrong = True
            self._paint(ERROR, start, end, is_over=True)
            begin, last = self._span(start, end)
            if self.text[start - self.base : end - self.base] not in characters.OPERATORS:
                self._note(self._next, begin, last)
        super().refuse(message, start, end)

    # -------------------------------------------------------------------------- the grammar

    def accept(self, token: str) -> None:
        start = self.at
        super().accept(token)
        kind = _kind_of(token)
        is_substitution = token == ")" and [name for name, *_ in self.open[-1:]] == ["cmdsubst"]
        self._paint(SUBSTITUTION if is_substitution else kind, start)
        begin, end = self._span(start)
        if kind in (WORD, RESERVED):
            self._note(self._next, begin, end)
        if kind is WORD:
            self._words.append((begin, end))
        elif kind is REDIRECT:
            self._next = TARGET
        else:
            is_before_words = token in _BEFORE_WORDS
            self._next = WORD if is_before_words else COMMAND
            self._words = [(begin, end)] if is_before_words else []

    def _newline(self) -> None:
        if self.text[self.pos : self.pos + 1] == "\n":
            self._next, self._words = COMMAND, []
        super()._newline()

    def pass_comment(self, end: int) -> None:
        start = self.at
        super().pass_comment(end)
        self._paint(COMMENT, start)

    def inside(self, opening: str, start: int) -> List:
        self._paint(SUBSTITUTION, start)
        before = self._next, self._words
        self._next, self._words = COMMAND, []
        try:
            body = super().inside(opening, start)
        finally:
            self._paint(_BLANK, start)
        self._next, self._words = before
        return body

    def argument(self, expected: str) -> Word:
        self._next = WORD
        return super().argument(expected)

    def _redirection(self) -> tuple[Redirection, ...]:
        place, start = self._next, self.at
        number = self.text[self.pos : self.pos + characters.MAX_DESCRIPTOR_DIGITS]
        self.pos += len(number) - len(number.lstrip("".join(characters.DIGITS)))
        self._paint(REDIRECT, start)
        self.pos = start - self.base
        found = super()._redirection()
        self._next = place
        return found

    # ---------------------------------------------------------------------------- the words

    def word(self) -> tuple[Part, ...]:
        start, place = self.at, self._next
        name, sign, _ = self.text[self.pos :].partition("=")
        is_value = place is COMMAND and bool(sign) and characters.is_name(name)
        try:
            return super().word()
        finally:
            begin, end = self._span(start)
            self._paint(WORD if is_value or place is TARGET else place, start)
            self._note(WORD if is_value else place, begin, end)
            if place is not TARGET and not is_value:
                self._next = WORD
                self._words = [*self._words, (begin, end)]

    def bracketed_expression(self, opening: str) -> tuple[Part, ...]:
        start = self.at - len(opening)
        try:
            return super().bracketed_expression(opening)
        finally:
            if opening == "((":
                self._paint(PARAMETER, start)
                self._next, self._words = COMMAND, []

    def words_of(self, start: int, parts: tuple[Part, ...], before: Sequence[Word]) -> list[Word]:
        del start, before
        return [Word(parts)]  # without the words of `{1..99999}`, at each key

    def single_quoted(self, pieces: Pieces, *, has_dollar: bool = False) -> None:
        start, kind = self.at, ERROR
        try:
            super().single_quoted(pieces, has_dollar=has_dollar)
            kind = SINGLE_QUOTED
        finally:
            self._paint(kind, start)

    def double_quoted(self, pieces: Pieces) -> None:
        start, kind = self.at, DOUBLE_QUOTED
        try:
            super().double_quoted(pieces)
        except IncompleteInput:
            kind = ERROR
            raise
        finally:
            self._paint(kind, start)

    def dollar(self, pieces: Pieces, *, is_quoted: bool = False) -> None:
        start, count = self.at, len(pieces)
        try:
            super().dollar(pieces, is_quoted=is_quoted)
            part = pieces[count]
            if part == "$":
                return
            is_bad = isinstance(part, Parameter) and part.operator == BAD
            self._paint(ERROR if is_bad else PARAMETER, start, is_over=is_bad)
        except SyntaxMistake:
            self._paint(PARAMETER, start)
            raise

    def backquotes(self, pieces: Pieces, escapable: str = "\\`$") -> None:
        start = self.at
        try:
            super().backquotes(pieces, escapable)
        finally:
            self._paint(SUBSTITUTION, start)
