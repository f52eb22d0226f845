"""Roles: what a word is at its place in a command, and what may come behind it.

Whether a word is the command, an argument, an assignment or reserved is decided here, once;
the parser and the highlighter both go by it (POSIX XCU 2.4 and 2.10.2).
"""

from __future__ import annotations

from simpsh.language.characters import (
    BLANKS,
    LEFT_OUT_COMMANDS,
    LEFT_OUT_RESERVED,
    RESERVED,
    is_name,
)
from simpsh.language.tree import Literal
from simpsh.language.words import WordScanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.language.tree import Part

    Payload = str | tuple[Part, ...]
    Token = tuple[str, int, int, Payload]

# A token's kind: an operator or reserved word is its own; for the rest:
COMMAND = "command"
WORD = "word"
ASSIGNMENT = "assignment"
TARGET = "target"
DELIMITER = "here_delimiter"
REDIRECTION = "redirection"
LEFT_OUT = "left_out"
LEFT_OUT_OPERATOR = "left_out_operator"
NEWLINE = "newline"
INPUT_END = "end"

# What may come at this place of a command:
STARTS_PIPELINE = "a pipeline, so that `!` and `time` are reserved"
STARTS_COMMAND = "a command behind `|`"
IN_PREFIX = "a command's name, behind assignments or redirections"
IN_ARGUMENTS = "an argument"
IN_EXPORT = "an argument of export, which may be an assignment"
BEHIND_COMMAND = "an argument of command, which may be export"
BEHIND_COMPOUND = "what follows `)` or `}`"
BEHIND_REDIRECTION = "what follows a redirection behind `)` or `}`"

MAX_DESCRIPTOR_DIGITS = 9
"""More digits before `<` or `>` are a word; no system has such a descriptor."""


class RoleScanner(WordScanner):
    """Knows what the next word is."""

    expects = STARTS_PIPELINE
    """What may come at this place."""
    names_target = ""
    """TARGET or DELIMITER behind a redirection operator, whose word comes next."""
    token: Token = (NEWLINE, 0, 0, "")
    """The token reached: kind, offsets, and a word's text or parts."""

    def kind_of_plain(self, text: str, start: int) -> str:
        """Say what a word without quotes or expansions is at this place."""
        expects = self.expects
        if self.names_target:
            kind, self.names_target = self.names_target, ""
            return kind
        if expects is IN_ARGUMENTS or expects is IN_EXPORT:
            return WORD
        if expects is BEHIND_COMMAND:
            self.expects = _EXPECTED_IN.get(text, IN_ARGUMENTS)
            return WORD
        if expects in _BEFORE_RESERVED and text in _RESERVED_ANYWHERE:
            return self._reserved(text, start)
        if expects is BEHIND_COMPOUND or expects is BEHIND_REDIRECTION:
            return WORD
        if is_assignment(text):
            self.expects = IN_PREFIX
            return self._assignment(text, start)
        return self._command_name(text, start)

    def kind_of_parts(self, parts: tuple[Part, ...]) -> str:
        """Say what a word with quotes or expansions is at this place."""
        if self.names_target:
            kind, self.names_target = self.names_target, ""
            return kind
        if self.expects not in (STARTS_PIPELINE, STARTS_COMMAND, IN_PREFIX):
            return WORD
        first = parts[0]
        if type(first) is Literal and is_assignment(first.text):
            self.expects = IN_PREFIX
            return ASSIGNMENT
        self.expects = IN_ARGUMENTS
        return COMMAND

    def _reserved(self, word: str, start: int) -> str:
        """Say what a reserved word is where a command may begin, or behind one."""
        if word in LEFT_OUT_RESERVED:
            from simpsh.language.left_out import reserved_word

            self.expects = EXPECTED_AFTER.get(word, IN_ARGUMENTS)
            self.left_out(reserved_word(word), start, self.base + self.position)
            return LEFT_OUT
        if word == "}":
            self.depth -= 1
            self.expects = BEHIND_COMPOUND
            return word
        if self.expects is BEHIND_COMPOUND:
            return WORD
        if word == "time" and self.expects is STARTS_COMMAND:
            return self._command_name(word, start)
        if word == "-p" and self.token[3] != "time":
            return self._command_name(word, start)
        if word == "{":
            self.deepen(start)
        self.expects = STARTS_PIPELINE
        return "time" if word == "-p" else word

    def _command_name(self, text: str, start: int) -> str:
        """Take a plain word as a command's name."""
        self.expects = _EXPECTED_IN.get(text, IN_ARGUMENTS)
        end = self.base + self.position
        if text in LEFT_OUT_COMMANDS:
            from simpsh.language.left_out import command

            self.left_out(command(text), start, end)
            return LEFT_OUT
        at = self.position
        while self.text[at] in BLANKS:
            at += 1
        if self.text[at] == "(" and is_name(text):
            from simpsh.language.left_out import FUNCTION

            self.left_out(FUNCTION, start, end)
            return LEFT_OUT
        return COMMAND

    def _assignment(self, text: str, start: int) -> str:
        """Take a plain word that assigns; `NAME=(` would be an array."""
        if text[-1] != "=" or self.text[self.position] != "(":
            return ASSIGNMENT
        from simpsh.language.left_out import ARRAY

        self.left_out(ARRAY, start, self.base + self.position + 1)
        return LEFT_OUT


_BEFORE_RESERVED = frozenset((STARTS_PIPELINE, STARTS_COMMAND, BEHIND_COMPOUND))
_RESERVED_ANYWHERE = RESERVED | LEFT_OUT_RESERVED | {"-p"}
EXPECTED_AFTER = {
    ")": BEHIND_COMPOUND,
    "|": STARTS_COMMAND,
    **dict.fromkeys(("fi", "done", "esac"), BEHIND_COMPOUND),
    **dict.fromkeys(("if", "then", "elif", "else", "while", "until", "do"), STARTS_PIPELINE),
}
_EXPECTED_IN = {"export": IN_EXPORT, "command": BEHIND_COMMAND}


def is_assignment(text: str) -> bool:
    """Say whether a word's first plain text makes it an assignment: `NAME=`.

    >>> is_assignment("a=b=c"), is_assignment("=b"), is_assignment("1=b")
    (True, False, False)
    """
    return "=" in text and is_name(text.partition("=")[0])
