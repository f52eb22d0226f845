"""Roles: what a word is at its place in a command, and what may come after it.

Whether a word is the command, an argument, an assignment or reserved is decided here, once;
the parser and the highlighter both go by it (POSIX XCU 2.4 and 2.10.2).
"""

from __future__ import annotations

from simpsh.shell.language.characters import (
    BLANKS,
    DECLARING,
    LEFT_OUT_COMMANDS,
    LEFT_OUT_RESERVED,
    RESERVED,
    is_name,
)
from simpsh.shell.language.syntax_tree import Literal, Part
from simpsh.shell.language.word_scanner import WordScanner

TYPE_CHECKING = False
if TYPE_CHECKING:
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
STARTS_COMMAND = "a command after `|`"
IN_PREFIX = "a command's name, after assignments or redirections"
IN_ARGUMENTS = "an argument"
IN_EXPORT = "an argument of export, which may be an assignment"
AFTER_COMMAND = "an argument of command, which may be export"
AFTER_COMPOUND = "what follows `)` or `}`"
AFTER_REDIRECTION = "what follows a redirection after `)` or `}`"
"""More digits before `<` or `>` are a word; no system has such a descriptor."""


class RoleScanner(WordScanner):
    """Knows what the next word is."""

    expects = STARTS_PIPELINE
    """What may come at this place."""
    names_target = ""
    """TARGET or DELIMITER after a redirection operator, whose word comes next."""
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
        if expects is AFTER_COMMAND:
            self.expects = _EXPECTED_IN.get(text, IN_ARGUMENTS)
            return WORD
        if expects in _BEFORE_RESERVED and text in _RESERVED_ANYWHERE:
            return self._reserved(text, start)
        if expects is AFTER_COMPOUND or expects is AFTER_REDIRECTION:
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
        """Say what a reserved word is where a command may begin, or after one."""
        if word in LEFT_OUT_RESERVED:
            self.expects = EXPECTED_AFTER.get(word, IN_ARGUMENTS)
            self.leave_out(word, start, self.base + self.position)
            return LEFT_OUT
        if word == "}":
            self.depth -= 1
            self.expects = AFTER_COMPOUND
            return word
        if self.expects is AFTER_COMPOUND:
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
            self.leave_out(text, start, end)
            return LEFT_OUT
        at = self.position
        while self.text[at] in BLANKS:
            at += 1
        if self.text[at] == "(" and is_name(text):
            self.leave_out("function", start, end)
            return LEFT_OUT
        return COMMAND

    def _assignment(self, text: str, start: int) -> str:
        """Take a plain word that assigns; `NAME=(` would be an array."""
        if text[-1] != "=" or self.text[self.position] != "(":
            return ASSIGNMENT
        self.leave_out("NAME=(", start, self.base + self.position + 1)
        return LEFT_OUT


_BEFORE_RESERVED = frozenset((STARTS_PIPELINE, STARTS_COMMAND, AFTER_COMPOUND))
_RESERVED_ANYWHERE = RESERVED | LEFT_OUT_RESERVED | {"-p"}
EXPECTED_AFTER = {
    ")": AFTER_COMPOUND,
    "|": STARTS_COMMAND,
    **dict.fromkeys(("fi", "done", "esac"), AFTER_COMPOUND),
    **dict.fromkeys(("if", "then", "elif", "else", "while", "until", "do"), STARTS_PIPELINE),
}
_EXPECTED_IN = {**dict.fromkeys(DECLARING, IN_EXPORT), "command": AFTER_COMMAND}


def is_assignment(text: str) -> bool:
    """Return whether a word's first plain text makes it an assignment: `NAME=`.

    >>> is_assignment("a=b=c"), is_assignment("=b"), is_assignment("1=b")
    (True, False, False)
    """
    return "=" in text and is_name(text.partition("=")[0])
