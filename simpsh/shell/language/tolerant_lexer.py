"""Tokens of any text, valid or not, for highlighting and completion: the lexer's tolerant mode."""

from __future__ import annotations

from typing import NamedTuple

from simpsh.base.errors import IncompleteInput, SyntaxMistake
from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.language.characters import CLOSING_WORDS, INPUT_END
from simpsh.shell.language.glob_pattern import has_pattern
from simpsh.shell.language.input_source import line_reader
from simpsh.shell.language.lexer import (
    ASSIGNMENT,
    DELIMITER,
    EXPECTED_BETWEEN,
    IN_PARENTHESES,
    REDIRECTION,
    TARGET,
    TEXT,
    Lexer,
    Mark,
    Token as LexerToken,
    parts_of,
)
from simpsh.shell.language.parser import parse

COMMAND = "command"
"""A command's name."""
WORD = "word"
"""Plain text of other words."""
ASSIGN = "assignment"
"""`NAME=` of an assignment; its value follows as other tokens."""
OPERATOR = "operator"
RESERVED = "reserved"
REDIRECT = "redirection"
"""A redirection operator with its number."""
SINGLE_QUOTED = "single_quoted"
DOUBLE_QUOTED = "double_quoted"
"""Double quotes and the plain text between them."""
ESCAPED = "escaped"
"""A backslash and the character or the newline after it."""
PARAMETER = "parameter"
SUBSTITUTION = "substitution"
"""`$(`, its `)`, or a backquote."""
ARITHMETIC = "arithmetic"
"""`$((`, `))` and the plain text between them."""
TILDE = "tilde"
PATTERN = "pattern"
COMMENT = "comment"
HERE_DOCUMENT = "here_document"
HERE_DELIMITER = "here_delimiter"
LEFT_OUT = "left_out"
ERROR = "error"
"""An unclosed quote with all text after it, or an unmatched bracket or reserved word."""


class Token(NamedTuple):
    """A kind and the offsets of a part of the text."""

    kind: str
    start: int
    end: int


def tokens(text: str, *, is_typed: bool = False) -> list[Token]:
    """Split a text into tokens; only blanks and newlines are between them.

    `is_typed`: typed constructs such as `[[ ]]` are accepted.

    >>> [(token.kind, token.start, token.end) for token in tokens("ls *|wc")]
    [('command', 0, 2), ('pattern', 3, 4), ('operator', 4, 5), ('command', 5, 7)]
    """
    marks: list[Mark] = []
    try:
        reader = TokenReader(line_reader(text), marks=marks)
        reader.is_typed = is_typed
        reader.read()
    except SyntaxMistake as too_deep:
        start = _offset(text, too_deep)
        whole = [mark for mark in marks if mark[2] <= start]
        marks = [(WORD if kind == TEXT else kind, start, end) for kind, start, end in whole]
        end = marks[-1][2] if marks else 0
        marks.append((ERROR, len(text) - len(text[end:].lstrip()), len(text)))
    misplaced = _find_misplaced(text, is_typed=is_typed)
    return _tidy([(ERROR, *mark[1:]) if mark[1:] == misplaced else mark for mark in marks], text)


def _find_misplaced(text: str, *, is_typed: bool) -> tuple[int, int] | None:
    """Return the offsets of the first unmatched closing word or bracket; None if there is none."""
    try:
        parse(text, is_typed=is_typed)
    except IncompleteInput:
        return None
    except SyntaxMistake as mistake:
        start = _offset(text, mistake)
        end = start + mistake.width
        return (start, end) if text[start:end] in _CLOSING else None
    return None


def _offset(text: str, mistake: SyntaxMistake) -> int:
    return sum(len(line) + 1 for line in text.split("\n")[: mistake.line - 1]) + mistake.column


class TokenReader(Lexer):
    """Reads tokens in the tolerant mode, without a grammar."""

    def read(self, *, is_inside: bool = False) -> None:
        """Read tokens to the end, or to the `)` of the current substitution if `is_inside`."""
        subshells = 0
        marks = self.marks
        assert marks is not None
        while True:
            before = self.expects
            self.advance()
            kind, start, end, text = self.token
            # Parentheses of `case` and of functions do not belong to a subshell.
            is_of_construct = (before, kind) in EXPECTED_BETWEEN or self.expects is IN_PARENTHESES
            if kind in ("(", ")") and not is_of_construct:
                subshells += 1 if kind == "(" else -1
            if kind is INPUT_END or (is_inside and subshells < 0):
                return
            if kind in _OPERATORS:
                shown = OPERATOR if self.is_typed else _OPERATORS[kind]
                marks.append((shown, start, end))
            elif kind is REDIRECTION:
                is_left_out = text[:1] == "{"
                marks.append((LEFT_OUT if is_left_out else REDIRECT, start, end))
            elif kind is DELIMITER and isinstance(self.previous[3], str):
                self.announce(self.previous[3], self.previous[1])

    def list_inside(self, start: int, opening: str) -> nodes.List:
        """Read the list of `$( list )` for its marks; return an empty list."""
        kind = SUBSTITUTION if self.is_typed or opening == "$(" else LEFT_OUT
        self.mark(kind, start, self.base + self.position)
        self.read(is_inside=True)
        if self.token[0] == ")":
            self.mark(kind, self.token[1], self.token[2])
        return nodes.List()

    def whole(self) -> nodes.List:
        """Read a text that was extracted from another one, for its marks."""
        self.read()
        if isinstance(self.outer, TokenReader):
            self.outer.take_marks(self)
        return nodes.List()

    def mark_word(self, token: LexerToken, first_mark: int) -> None:
        """Replace the plain marks of a word."""
        marks = self.marks
        assert marks is not None
        kind, _, _, payload = token
        shown = _SHOWN.get(kind, RESERVED)
        if isinstance(payload, str) and len(marks) == first_mark + 1:
            plain, start, end = marks[first_mark]
            if plain != TEXT:
                return
            has_braces = self.is_typed and "{" in payload
            if kind is not ASSIGNMENT and not (has_pattern(payload) or has_braces):
                marks[first_mark] = (shown, start, end)
                return
        lengths: list[tuple[str, int]] = []
        for part in parts_of(payload):
            match part:
                case nodes.Tilde(user):
                    lengths.append((TILDE, 1 + len(user)))
                case nodes.Literal(text) if kind is ASSIGNMENT:
                    name = 0 if lengths else text.index("=") + 1
                    lengths += [(ASSIGN, name), (shown, len(text) - name)]
                case nodes.Literal(text):
                    lengths += _with_patterns(shown, text, has_braces=self.is_typed)
                case (
                    nodes.Quoted() | nodes.DoubleQuoted() | nodes.Parameter()
                    | nodes.CommandSubstitution() | nodes.Arithmetic() | nodes.ProcessSubstitution()
                    | nodes.Braces() | nodes.ArrayValue()
                ):  # fmt: skip
                    pass  # it has its own marks
        marks[first_mark:] = _share_out(marks[first_mark:], lengths)


_SHOWN = {
    "command": COMMAND,
    "word": WORD,
    "left_out": LEFT_OUT,
    ASSIGNMENT: WORD,
    TARGET: WORD,
    DELIMITER: HERE_DELIMITER,
}
_OPERATORS = {
    **dict.fromkeys(("&", "&&", "(", ")", ";", "|", "||", ";;", ";&", "<", ">"), OPERATOR),
    "|&": LEFT_OUT,
}
_CLOSING = frozenset((*CLOSING_WORDS, ")", "then", "elif", "else", "do", ";;", ";&"))
_PATTERNED = frozenset((COMMAND, WORD))
_MERGED = frozenset((COMMAND, WORD, DOUBLE_QUOTED, ARITHMETIC, HERE_DOCUMENT, PATTERN, ERROR))


def _share_out(marks: list[Mark], lengths: list[tuple[str, int]]) -> list[Mark]:
    """Replace the plain marks of a word with marks of these kinds and lengths."""
    shared: list[Mark] = []
    waiting = iter(lengths)
    kind, left = WORD, 0
    for mark in marks:
        if mark[0] != TEXT:
            shared.append(mark)
            continue
        _, start, end = mark
        while start < end:
            while left == 0:
                kind, left = next(waiting, (WORD, end - start))
            taken = min(left, end - start)
            shared.append((kind, start, start + taken))
            start += taken
            left -= taken
    return shared


def _with_patterns(kind: str, text: str, *, has_braces: bool) -> list[tuple[str, int]]:
    """Return the kinds and lengths of a word's plain text, its patterns, and its braces."""
    special = "*?["
    if has_braces and "{" in text and ("," in text or ".." in text) and "}" in text:
        special = "*?[{,}"
    lengths = []
    start = at = 0
    while at < len(text):
        end = at + 1
        if text[at] == "[":
            end = text.find("]", at + (3 if text.startswith("!", at + 1) else 2)) + 1
        if text[at] in special and end and kind in _PATTERNED:
            lengths += [(kind, at - start), (PATTERN, end - at)]
            start = at = end
        else:
            at += 1
    return [*lengths, (kind, len(text) - start)]


def _tidy(marks: list[Mark], text: str) -> list[Token]:
    """Convert marks to tokens; merge adjacent tokens of the same kind."""
    result: list[Token] = []
    new = tuple.__new__
    reached = 0
    last = ""
    for mark in marks:
        kind, start, end = mark
        if start >= end:
            continue
        if start > reached:
            if text[reached:start] != " ":
                _fill(text, reached, start, result)
        elif kind == last and kind in _MERGED:
            mark = (kind, result.pop().start, end)
        result.append(new(Token, mark))
        reached = end
        last = kind
    _fill(text, reached, len(text), result)
    return result


def _fill(text: str, start: int, end: int, result: list[Token]) -> None:
    """Append a token for the text between two marks, unless it is blank.

    The text is a backslash inside backquotes, which the lexer removes before it reads their text.
    """
    gap = text[start:end]
    if gap.strip():
        result.append(Token(ESCAPED, end - len(gap.lstrip()), start + len(gap.rstrip())))
