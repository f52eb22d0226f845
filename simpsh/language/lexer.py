"""Tokens: where one begins and where it ends (POSIX XCU 2.3)."""

from __future__ import annotations

from simpsh.errors import SyntaxMistake
from simpsh.language.characters import END, OPERATORS, REDIRECTIONS, WORD_ENDS, is_number
from simpsh.language.dollars import TEXT, DollarScanner
from simpsh.language.roles import (
    ASSIGNMENT,
    BEHIND_COMPOUND,
    BEHIND_REDIRECTION,
    DELIMITER,
    EXPECTED_AFTER,
    IN_ARGUMENTS,
    IN_EXPORT,
    IN_PREFIX,
    INPUT_END,
    LEFT_OUT_OPERATOR,
    NEWLINE,
    REDIRECTION,
    STARTS_COMMAND,
    STARTS_PIPELINE,
    TARGET,
    WORD,
    RoleScanner,
    is_assignment,
)
from simpsh.language.tree import Literal

MAX_DESCRIPTOR_DIGITS = 9
"""More digits before `<` or `>` are a word; no system has such a descriptor."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.language.roles import Payload, Token
    from simpsh.language.source import ReadLine
    from simpsh.language.tree import HereDocument


class Lexer(RoleScanner):
    """Gives one token after the other as `token`."""

    def __init__(
        self, read_line: ReadLine, *, first_line: int = 1, at_prompt: bool = False
    ) -> None:
        super().__init__(read_line, first_line=first_line, at_prompt=at_prompt)
        self.previous: Token = self.token
        """The token before it."""
        self.token_line = first_line
        """The line on which the token begins."""
        self.pending: list[HereDocument] = []
        """Here-documents whose lines follow the next newline."""

    def advance(self) -> None:
        """Make the next token the current one, pulling lines as far as it reaches."""
        self.previous = self.token
        text = self.text
        position = self.position
        while True:
            char = text[position]
            if char == " " or char == "\t":
                position += 1
                continue
            if char not in _OPENS_GAP:
                break
            self.position = position
            has_skipped = self._skip(char)
            text = self.text
            position = self.position
            if not has_skipped:
                break
        self.position = position
        self.token_line = self.line - 1
        if char in WORD_ENDS:
            self.token = self._operator(self.base + position)
        elif text[self.plain.find(" ", position)] in WORD_ENDS:
            self.token = self._word(self.base + position)
        else:
            self.token = self._word_in_parts(self.base + position)
        if self.outer is not None:
            self.turn_outward()

    def turn_outward(self) -> None:
        """Let the token's offsets be those of the outermost text, as the tree's are."""
        kind, start, end, payload = self.token
        start = self.outermost(start)
        self.token = (kind, start, max(start, self.outermost(end - 1) + 1), payload)

    def _skip(self, char: str) -> bool:
        """Skip a comment, joined lines or a line's end; False if `char` begins a token."""
        start = self.base + self.position
        if char == "#":
            end = len(self.text) - 1
            self.mark("comment", start, self.base + end)
            self.position = end
            return True
        if char == END:
            return self.load()
        if self.text[self.position + 1] != "\n":
            return False
        self.mark("escaped", start, start + 2)
        self.continue_line()
        return True

    # ------------------------------------------------------------------ operators

    def _operator(self, start: int) -> Token:
        """Take the longest operator that stands here."""
        char = self.text[self.position]
        if char == "\n":
            return self._newline(start)
        if char == END:
            if self.pending:
                self._read_bodies()
            return (INPUT_END, start, start, "")
        operator = self._longest_operator()
        end = self.base + self.position
        if operator in REDIRECTIONS:
            return self._redirect(start, operator, operator)
        if operator == "(":
            self.deepen(start)
        elif operator == ")":
            self.depth -= 1
        elif operator in (";;", ";&"):
            from simpsh.language.left_out import CASE_END

            self.left_out(CASE_END, start, end)
        self.names_target = ""
        self.expects = EXPECTED_AFTER.get(operator, STARTS_PIPELINE)
        return (operator, start, end, operator)

    def _longest_operator(self) -> str:
        """Take an operator of one to three characters, over joined lines."""
        while True:
            position = self.position
            if self.text[position + 1] not in _EXTENDS:
                self.position = position + 1
                return self.text[position]
            length = 3
            while self.text[position : position + length] not in OPERATORS:
                length -= 1
            end = position + length
            if self.text[end : end + 2] != "\\\n":
                operator = self.text[position:end]
                self.position = end
                return operator
            self.join(end)

    def _newline(self, start: int) -> Token:
        """End the line; the here-documents announced on it follow."""
        self.leave_line()
        self.expects = STARTS_PIPELINE
        self.names_target = ""
        if self.pending:
            self._read_bodies()
        return (NEWLINE, start, start + 1, "\n")

    def _read_bodies(self) -> None:
        """Read the here-documents that the line announced."""
        from simpsh.language.here_documents import read_pending

        read_pending(self)

    def _redirect(self, start: int, operator: str, text: str) -> Token:
        """Take a redirection operator; `text` is the same with its number."""
        if operator in ("<", ">") and self.text[self.position] == "(":
            from simpsh.language.left_out import READ_FROM, WRITE_TO

            end = self.base + self.position
            self.left_out(READ_FROM if operator == "<" else WRITE_TO, start, end + 1)
            return (LEFT_OUT_OPERATOR, start, end, text)
        if self.expects is STARTS_PIPELINE or self.expects is STARTS_COMMAND:
            self.expects = IN_PREFIX
        elif self.expects is BEHIND_COMPOUND:
            self.expects = BEHIND_REDIRECTION
        self.names_target = DELIMITER if operator in ("<<", "<<-") else TARGET
        return (REDIRECTION, start, self.base + self.position, text)

    # ---------------------------------------------------------------------- words

    def _word(self, start: int) -> Token:
        """Take a word without quotes or expansions and say what it is at this place."""
        position = self.position
        end = self.plain.find(" ", position)
        first_mark = 0 if self.marks is None else len(self.marks)
        text = self.text[position:end]
        self.position = end
        if self.marks is not None:
            self.marks.append((TEXT, start, self.base + end))
        if (
            self.expects is not IN_ARGUMENTS
            or self.names_target
            or text[0] == "~"
            or (self.text[end] in "<>" and is_number(text))
        ):
            return self._plain_word(start, text, first_mark)
        token = (WORD, start, self.base + end, text)
        if self.marks is not None:
            self.mark_word(token, first_mark)
        return token

    def _word_in_parts(self, start: int) -> Token:
        """Take a word with quotes or expansions in it."""
        first_mark = 0 if self.marks is None else len(self.marks)
        parts = self.parts()
        if len(parts) == 1 and isinstance(parts[0], Literal):
            return self._plain_word(start, parts[0].text, first_mark)
        kind = self.kind_of_parts(parts)
        token = (kind, start, self.base + self.position, self._with_tildes(kind, parts))
        if self.marks is not None:
            self.mark_word(token, first_mark)
        return token

    def _plain_word(self, start: int, text: str, first_mark: int) -> Token:
        """Make a token of such a word where something else than an argument may stand."""
        if is_number(text) and self._is_descriptor(text):
            return self._numbered(start, text, first_mark)
        kind = self.kind_of_plain(text, start)
        token = (kind, start, self.base + self.position, self._with_tildes(kind, text))
        if self.marks is not None:
            self.mark_word(token, first_mark)
        return token

    def mark_word(self, token: Token, first_mark: int) -> None:
        """Say what the plain marks from `first_mark` on belong to; a tolerant reader does."""

    def take_marks(self, inner: DollarScanner) -> None:
        """Take over the marks of a text that was taken out of this one; a tolerant reader does."""

    def refuse(self, message: str, start: int, end: int) -> None:
        """Report tokens, by their offsets in the outermost text.

        Raises:
            SyntaxMistake: Always here; a tolerant reader goes on.
        """
        raise SyntaxMistake(message, **self.origin(start, end))

    def _is_descriptor(self, digits: str) -> bool:
        """Say whether digits stand directly before a redirection operator."""
        return self.text[self.position] in "<>" and len(digits) <= MAX_DESCRIPTOR_DIGITS

    def _numbered(self, start: int, digits: str, first_mark: int) -> Token:
        """Take the redirection operator behind its number."""
        if self.marks is not None:
            del self.marks[first_mark:]
        operator = self._longest_operator()
        return self._redirect(start, operator, digits + operator)

    def _with_tildes(self, kind: str, payload: Payload) -> Payload:
        """Find the tilde prefixes of a word, where it can have any."""
        if "~" not in payload and isinstance(payload, str):
            return payload
        assigns = kind is ASSIGNMENT or (kind is WORD and self.expects is IN_EXPORT)
        first = payload if type(payload) is str else payload[0]
        if type(first) is Literal:
            first = first.text
        if type(first) is not str or kind is DELIMITER:
            return payload
        assigns = assigns and is_assignment(first)
        if not (assigns or first[:1] == "~"):
            return payload
        from simpsh.language.tildes import with_tildes

        return with_tildes(payload, assigns=assigns)


_EXTENDS = frozenset("&|;<>-\\")
"""What can make the operator before it longer."""
_OPENS_GAP = frozenset("\\#" + END)
