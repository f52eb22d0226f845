r"""Tokens of any text, valid or not: for colours, for completion, and for the word at the cursor.

One scanner passes over the text and knows, without the grammar, where a command begins. It may see
less than the parser, but every token that it calls an error is one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from simpsh.shell.language.characters import CLOSING_WORDS, OPENING_WORDS, WORD_ENDS

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
ERROR = "error"
"""An unclosed quote, an unmatched bracket, or a form of bash where it is refused."""

# What may come next in a list; COMMAND and WORD are as above.
TARGET = "target"
_LOOP_NAME, _SUBJECT, _CONDITION = "loop name", "subject", "condition"
_PATTERNS, _PATTERN = "patterns or esac", "pattern"
_FUNCTION_NAME = "function name"
_AFTER_NAME, _AFTER_SUBJECT = "after the name", "after the subject"

_IN_CASE = (_PATTERNS, _PATTERN)
_KEPT_ACROSS_LINES = frozenset((_PATTERNS, _CONDITION, _AFTER_NAME, _AFTER_SUBJECT))
_NEXT = {
    COMMAND: WORD,
    _LOOP_NAME: _AFTER_NAME,
    _AFTER_NAME: WORD,
    _SUBJECT: _AFTER_SUBJECT,
    _AFTER_SUBJECT: WORD,
    _PATTERNS: _PATTERN,
}
"""What comes after a word."""
_AFTER_RESERVED = {
    "for": _LOOP_NAME,
    "case": _SUBJECT,
    "[[": _CONDITION,
    "function": _FUNCTION_NAME,
}
"""What comes after a reserved word; COMMAND after the others."""
_RESERVED = OPENING_WORDS | CLOSING_WORDS | {"then", "elif", "else", "do", "!", "time"}
_RESERVED_IN = {_AFTER_NAME: ("in", "do"), _AFTER_SUBJECT: ("in",), _PATTERNS: ("esac",)}
_TYPED = frozenset(("[[", "function"))
_NOT_TYPED = frozenset(("select", "coproc"))
_TAKES_WORDS = frozenset(("for", "case", "in", "[[", "function"))
"""The reserved words that words follow, as they follow a command's name."""

_PLAIN = re.compile(r"[^ \t\n;&|<>()'\"\\$`]+")
_GAP = re.compile(r"[ \t]+")
_OPERATOR = re.compile(r"&&|\|\||\|&|;;|;&|[&|;()]")
_REDIRECTION = re.compile(r"[0-9]{0,9}(?:<<-|<<<|<<|<&|<>|<|>>|>&|>\||>)|&>>?")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_FUNCTION = re.compile(r"[ \t]*(\()[ \t]*(\)|\Z)")
_PARAMETER = re.compile(
    r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]"
    r"|\{#?(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])\})"
)
_OPERATION = re.compile(r"\$\{(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])(?::?[-=?+]|%%?|##?)")
_OTHER_BRACES = re.compile(r"\$\{[^}\n]*\}?")
_SPECIAL = re.compile(r"[*?]|\[[!^]?\]?[^\]]*\]")
"""A pattern."""
_SPECIAL_OR_BRACES = re.compile(rf"{_SPECIAL.pattern}|[{{,}}]")
_BRACES = re.compile(r"\{.*(?:,|\.\.).*\}")
_TILDE = re.compile(r"~[^/:]*")
_TILDE_AFTER_COLON = re.compile(r"(?:(?<=:)|^)~[^/:]*")
_DOUBLE_QUOTED = re.compile(r'[^"\\$`]+')
_OPERAND = re.compile(r"[^}'\"\\$`]+")
_EXPRESSION = re.compile(r"[^()\\$`]+")
_MERGED = frozenset((COMMAND, WORD, DOUBLE_QUOTED, ARITHMETIC, PATTERN, ERROR))
_DEEPEST = 100


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
    words: tuple[tuple[int, int], ...]
    """The offsets of each word before it, beginning with the command's name."""


def tokens(text: str, *, is_typed: bool = False) -> list[Token]:
    """Split a text into tokens; only blanks and newlines are between them.

    `is_typed`: bash's forms such as `[[ ]]` are accepted.

    >>> [(token.kind, token.start, token.end) for token in tokens("ls *|wc")]
    [('command', 0, 2), ('pattern', 3, 4), ('operator', 4, 5), ('command', 5, 7)]
    """
    return _Scanner(text, is_typed=is_typed).tokens


def cursor(text: str) -> Cursor:
    """Return the word at the end of a typed text.

    >>> cursor("a | b --c d")
    Cursor(kind='word', start=10, words=((4, 5), (6, 9)))
    """
    found = _Scanner(text, is_typed=True).cursor
    return Cursor(COMMAND, len(text), ()) if found is None else found


class _Command:
    """The command that is being passed."""

    def __init__(self) -> None:
        self.place = COMMAND
        """What may come next."""
        self.words: list[tuple[int, int]] = []
        self.target = ""
        """The redirection operator whose word is next."""
        self.is_begun = False
        """Whether it has an assignment or a redirection."""

    def end(self, place: str) -> None:
        """Begin another one."""
        self.place, self.words, self.target, self.is_begun = place, [], "", False

    def reserve(self, word: str, start: int) -> None:
        """Take note of a reserved word."""
        place = self.place
        self.end(_AFTER_RESERVED.get(word, COMMAND))
        if word == "in":
            self.place = _PATTERNS if place is _AFTER_SUBJECT else WORD
        if word in _TAKES_WORDS:
            self.words.append((start, start + len(word)))

    def cursor(self, start: int, *, is_value: bool = False) -> Cursor:
        """Return the word at the end of the text, which begins at `start`."""
        kind = COMMAND if self.place is COMMAND and not (self.words or is_value) else WORD
        return Cursor(TARGET if self.target else kind, start, tuple(self.words))


class _Scanner:
    """Passes over a text once."""

    def __init__(self, text: str, *, is_typed: bool) -> None:
        self.tokens: list[Token] = []
        self.cursor: Cursor | None = None
        """The word at the end, found by the innermost list."""
        self._text, self._pos = text, 0
        self._is_typed = is_typed
        self._depth = 0
        self._closing = ""
        """The end of the innermost list."""
        self._delimiters: list[tuple[str, bool]] = []
        """The delimiters of the next line's here-documents; whether tabs are removed."""
        while self._pos < len(text):
            self._list("")
            if self._pos < len(text):
                self._mark(ERROR, self._pos + 1)

    def _mark(self, kind: str, end: int) -> None:
        """Pass a part of the text as a token."""
        start = self._pos
        last = self.tokens[-1] if self.tokens else None
        if last is not None and last.end == start and last.kind == kind and kind in _MERGED:
            start = self.tokens.pop().start
        if start < end:
            self.tokens.append(Token(kind, start, end))
        self._pos = end

    # ---------------------------------------------------------------------------- the lists

    def _list(self, closing: str) -> None:
        """Pass commands up to `closing`, `)` or a backquote, at which the position is then."""
        text = self._text
        around, self._closing = self._closing, closing
        self._enter()
        command = _Command()
        while self._pos < len(text):
            start = self._pos
            gap = _GAP.match(text, start)
            if gap is not None:
                self._pos = gap.end()
            elif text[start] == "\n":
                self._pos += 1
                self._here_documents()
                command.end(COMMAND if command.place not in _KEPT_ACROSS_LINES else command.place)
            elif text[start] == "#":
                self._mark(COMMENT, (text.find("\n", start) + 1 or len(text) + 1) - 1)
            elif text.startswith("\\\n", start):
                self._mark(ESCAPED, start + 2)
            elif text[start] == closing and (closing == "`" or command.place not in _IN_CASE):
                break
            elif (redirection := self._redirection(command.place)) is not None:
                self._mark(REDIRECT, redirection.end())
                command.target, command.is_begun = redirection[0].lstrip("0123456789"), True
            elif text[start] in ";&|()<>" and not self._is_process():
                self._operator(command)
            else:
                self._word(command)
        if self.cursor is None and self._pos == len(text):
            self.cursor = command.cursor(len(text))
        self._depth -= 1
        self._closing = around

    def _enter(self) -> None:
        """Count a level; beyond the limit, everything is an error."""
        self._depth += 1
        if self._depth > _DEEPEST:
            self._mark(ERROR, len(self._text))

    def _function_brackets(self) -> bool:
        """Pass the `()` after the name of a function, if they are next."""
        found = _FUNCTION.match(self._text, self._pos)
        if found is None:
            return False
        self._pos = found.start(1)
        self._mark(OPERATOR, found.end(1))
        self._pos = found.start(2)
        self._mark(OPERATOR, found.end())
        return True

    def _redirection(self, place: str) -> re.Match[str] | None:
        found = _REDIRECTION.match(self._text, self._pos)
        if found is None or self._is_process() or (place is _CONDITION and found[0] in "<>"):
            return None
        if found[0][0] == "&" and not self._is_typed:
            return None
        return found

    def _is_process(self) -> bool:
        return self._text.startswith(("<(", ">("), self._pos)

    def _operator(self, command: _Command) -> None:
        """Pass a control operator, and the list in brackets that it begins."""
        text, start, place = self._text, self._pos, command.place
        found = _OPERATOR.match(text, start)
        operator = found[0] if found is not None else text[start]
        is_first = not command.words and not command.is_begun
        if place is _CONDITION:
            self._mark(OPERATOR, start + len(operator))
        elif place in (COMMAND, _LOOP_NAME) and self._is_expression():
            self._arithmetic(2)
            command.end(_AFTER_NAME if place is _LOOP_NAME else COMMAND)
        elif operator == "(" and place is COMMAND and is_first:
            self._mark(OPERATOR, start + 1)
            self._list(")")
            self._mark(OPERATOR, min(self._pos + 1, len(text)))
        elif place in _IN_CASE:
            self._mark(OPERATOR, start + len(operator))
            command.end(COMMAND if operator == ")" else _PATTERN)
        elif len(command.words) == 1 and place is WORD and self._function_brackets():
            command.end(COMMAND)
        else:
            is_refused = operator in "()" or (operator == "|&" and not self._is_typed)
            self._mark(ERROR if is_refused else OPERATOR, start + len(operator))
            command.end(_PATTERNS if operator in (";;", ";&") else COMMAND)

    def _is_expression(self) -> bool:
        """Return whether `((expression))` begins here, rather than two subshells."""
        text, brackets = self._text, 0
        if not self._is_typed or not text.startswith("((", self._pos):
            return False
        for at in range(self._pos + 2, len(text)):
            if text[at] == ")" and not brackets:
                return text[at + 1 : at + 2] in ("", ")")
            brackets += {"(": 1, ")": -1}.get(text[at], 0)
        return True

    def _here_documents(self) -> None:
        """Pass the lines of the here-documents that begin here."""
        for delimiter, strips_tabs in self._delimiters:
            end = self._pos
            while end < len(self._text):
                after = self._text.find("\n", end) + 1 or len(self._text)
                line = self._text[end:after].rstrip("\n")
                word = line.lstrip("\t") if strips_tabs else line
                if word == delimiter:
                    self._mark(HERE_DOCUMENT, end)
                    self._pos = end + len(line) - len(word)
                    self._mark(HERE_DELIMITER, end + len(line))
                    self._pos = after
                    break
                end = after
            else:
                self._mark(HERE_DOCUMENT, end)
        self._delimiters.clear()

    # ---------------------------------------------------------------------------- the words

    def _word(self, command: _Command) -> None:
        """Pass a word of a command."""
        text, start = self._text, self._pos
        plain = _PLAIN.match(text, start)
        whole = (
            plain[0] if plain is not None and text[plain.end() : plain.end() + 1] in _ENDS else ""
        )
        place, target = command.place, command.target
        kind = COMMAND if place is COMMAND and not target else WORD
        is_value = False
        if not target and self._is_reserved(whole, place):
            self._mark(RESERVED, start + len(whole))
        elif target in ("<<", "<<-"):
            self._pieces(HERE_DELIMITER)
            delimiter = re.sub(r"['\"\\]", "", text[start : self._pos])
            self._delimiters.append((delimiter, target == "<<-"))
        elif kind is COMMAND and (found := _ASSIGNMENT.match(text, start)) is not None:
            self._mark(ASSIGN, found.end())
            is_value = True
            self._pieces(WORD, is_value=True)
        else:
            is_refused = kind is COMMAND and self._is_typed and whole in _NOT_TYPED
            self._pieces(ERROR if is_refused else kind)
        if self._pos == len(text) and self.cursor is None:
            self.cursor = command.cursor(start, is_value=is_value)
        if target or is_value:
            command.target, command.is_begun = "", True
        elif self.tokens[-1].kind is RESERVED:
            command.reserve(whole, start)
        elif place is _FUNCTION_NAME:
            self._function_brackets()
            command.end(COMMAND)
        else:
            command.words.append((start, self._pos))
            command.place = _NEXT.get(place, place)

    def _pieces(self, kind: str, *, is_value: bool = False) -> None:
        """Pass the parts of a word, whose plain text has this kind."""
        text = self._text
        is_first = not is_value
        while self._pos < len(text):
            char = text[self._pos]
            plain = _PLAIN.match(text, self._pos)
            if plain is not None:
                self._plain(plain[0], kind, is_first=is_first, is_value=is_value)
            elif self._is_process():
                self._substitution(2, SUBSTITUTION if self._is_typed else ERROR)
            elif char in WORD_ENDS or char == self._closing:
                break
            else:
                self._part(char, kind)
            is_first = False

    def _is_reserved(self, word: str, place: str) -> bool:
        if place is COMMAND:
            is_option = word == "-p" and self._text[: self._pos].rstrip(" \t").endswith("time")
            return word in _RESERVED or is_option or (self._is_typed and word in _TYPED)
        return word in _RESERVED_IN.get(place, ()) or (place is _CONDITION and word in ("]]", "!"))

    def _plain(self, word: str, kind: str, *, is_first: bool, is_value: bool) -> None:
        """Pass the plain text of a word: tildes, patterns, and what is between them."""
        start, end = self._pos, self._pos + len(word)
        tilde = _TILDE.match(word) if is_first and not is_value else None
        if tilde is not None and kind is not HERE_DELIMITER:
            self._mark(TILDE, start + tilde.end())
        if is_value:
            special = _TILDE_AFTER_COLON
        else:
            special = _SPECIAL_OR_BRACES if self._is_typed and _BRACES.search(word) else _SPECIAL
        if kind in (COMMAND, WORD):
            for found in special.finditer(word, self._pos - start):
                self._mark(kind, start + found.start())
                self._mark(TILDE if is_value else PATTERN, start + found.end())
        self._mark(kind, end)

    def _part(self, char: str, kind: str) -> None:
        """Pass a quoted text or an expansion, which begins with this character."""
        text, start = self._text, self._pos
        if char == "'":
            end = text.find("'", start + 1) + 1
            self._mark(SINGLE_QUOTED if end else ERROR, end or len(text))
        elif char == '"':
            count = len(self.tokens)
            self._mark(DOUBLE_QUOTED, start + 1)
            self._inside('"', _DOUBLE_QUOTED, DOUBLE_QUOTED)
            if self._pos < len(text):
                self._mark(DOUBLE_QUOTED, self._pos + 1)
            else:
                self.tokens[count:] = [
                    token._replace(kind=ERROR) if token.kind is DOUBLE_QUOTED else token
                    for token in self.tokens[count:]
                ]
        elif char == "`":
            self._substitution(1, SUBSTITUTION, "`")
        elif char == "\\":
            self._mark(ESCAPED, min(start + 2, len(text)))
        elif text.startswith("$'", start):
            found = re.compile(r"\$'(?:[^'\\]|\\.)*(')?", re.DOTALL).match(text, start)
            assert found is not None
            self._mark(SINGLE_QUOTED if found[1] else ERROR, found.end())
        else:
            self._dollar(kind)

    def _dollar(self, kind: str) -> None:
        """Pass an expansion that `$` begins, or a literal `$`."""
        text, start = self._text, self._pos
        parameter, operation = _PARAMETER.match(text, start), _OPERATION.match(text, start)
        if parameter is not None:
            self._mark(PARAMETER, parameter.end())
        elif text.startswith("$((", start):
            self._arithmetic(3)
        elif text.startswith("$(", start):
            self._substitution(2, SUBSTITUTION)
        elif operation is not None:
            self._mark(PARAMETER, operation.end())
            is_quoted = kind not in (COMMAND, WORD) and text[operation.end() - 1] not in "%#"
            self._inside("}", _OPERAND, DOUBLE_QUOTED if is_quoted else WORD)
            self._mark(PARAMETER, min(self._pos + 1, len(text)))
        elif (other := _OTHER_BRACES.match(text, start)) is not None:
            self._mark(ERROR, other.end())
        else:
            self._mark(kind, start + 1)

    def _inside(self, closing: str, plain: re.Pattern[str], kind: str) -> None:
        """Pass text up to `closing`, in which plain text has this kind."""
        text = self._text
        self._enter()
        while self._pos < len(text) and text[self._pos] != closing:
            char = text[self._pos]
            found = plain.match(text, self._pos)
            if found is not None:
                self._mark(kind, found.end())
            elif char == "$":
                self._dollar(kind)
            elif char == "'" and kind is DOUBLE_QUOTED:
                self._mark(kind, self._pos + 1)
            else:
                self._part(char, kind)
        self._depth -= 1

    def _substitution(self, length: int, kind: str, closing: str = ")") -> None:
        self._mark(kind, self._pos + length)
        pending, self._delimiters = self._delimiters, []
        self._list(closing)
        self._delimiters = pending
        self._mark(kind, min(self._pos + 1, len(self._text)))

    def _arithmetic(self, length: int) -> None:
        """Pass `((expression))` after its first characters."""
        text = self._text
        self._mark(ARITHMETIC, self._pos + length)
        self._enter()
        brackets = 0
        while self._pos < len(text):
            char = text[self._pos]
            plain = _EXPRESSION.match(text, self._pos)
            if plain is not None:
                self._mark(ARITHMETIC, plain.end())
            elif char not in "()":
                self._part(char, ARITHMETIC)
            elif char == ")" and not brackets:
                self._mark(ARITHMETIC, min(self._pos + 2, len(text)))
                break
            else:
                brackets += 1 if char == "(" else -1
                self._mark(ARITHMETIC, self._pos + 1)
        self._depth -= 1


_ENDS = WORD_ENDS | {""}
