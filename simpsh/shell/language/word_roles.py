"""Roles: what a word is at its place in a command, and what may come after it.

Whether a word is the command, an argument, an assignment or reserved is decided here, once;
the parser and the highlighter both go by it (POSIX XCU 2.4 and 2.10.2).
"""

from __future__ import annotations

from simpsh.shell.language.characters import (
    BLANKS,
    CLOSING_WORDS,
    DECLARING,
    LEFT_OUT_RESERVED,
    OPENING_WORDS,
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
IN_PARENTHESES = "the `)` of a function definition"
FUNCTION_BODY = "what a function runs, after `name()`"
LOOP_NAME = "the variable of `for`"
AFTER_NAME = "`in` or `do`"
SUBJECT = "the word of `case`"
AFTER_SUBJECT = "`in`"
FIRST_PATTERN = "a pattern of `case`, `(` before it, or `esac`"
PATTERN = "a pattern of `case`"
AFTER_PATTERN = "`|` or `)`"


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
        if expects in _AFTER_WORD:
            return self._in_construct(text)
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
        return self._command_name(text)

    def kind_of_parts(self, parts: tuple[Part, ...]) -> str:
        """Say what a word with quotes or expansions is at this place."""
        if self.names_target:
            kind, self.names_target = self.names_target, ""
            return kind
        if self.expects not in _BEFORE_NAME:
            self.expects = _AFTER_WORD.get(self.expects, self.expects)
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
        if word in CLOSING_WORDS:
            self.depth -= 1
            self.expects = AFTER_COMPOUND
            return word
        if self.expects is AFTER_COMPOUND and word not in _CONTINUING:
            return WORD
        if word == "time" and self.expects is not STARTS_PIPELINE:
            return self._command_name(word)
        if word == "-p" and self.token[3] != "time":
            return self._command_name(word)
        if word in OPENING_WORDS:
            self.deepen(start)
        self.expects = EXPECTED_AFTER.get(word, STARTS_PIPELINE)
        return "time" if word == "-p" else word

    def _in_construct(self, word: str) -> str:
        """Say what a word is where only a certain reserved word, or none, can stand."""
        expects = self.expects
        self.expects = _AFTER_WORD[expects]
        if word == "in" and (expects is AFTER_NAME or expects is AFTER_SUBJECT):
            self.expects = IN_ARGUMENTS if expects is AFTER_NAME else FIRST_PATTERN
        elif word == "do" and expects is AFTER_NAME:
            self.expects = STARTS_PIPELINE
        elif word == "esac" and expects is FIRST_PATTERN:
            self.depth -= 1
            self.expects = AFTER_COMPOUND
        else:
            return WORD
        return word

    def _command_name(self, text: str) -> str:
        """Take a plain word as a command's name."""
        self.expects = _EXPECTED_IN.get(text, IN_ARGUMENTS)
        return COMMAND

    def closes_at_once(self) -> bool:
        """Return whether `)` comes next, so that the `(` before it defines a function."""
        at = self.position
        while self.text[at] in BLANKS or self.text.startswith("\\\n", at):
            if self.text[at] == "\\":
                before = at - self.position
                self.join(at)
                at = before
            else:
                at += 1
        return self.text[at] == ")"

    def _assignment(self, text: str, start: int) -> str:
        """Take a plain word that assigns; `NAME=(` would be an array."""
        if text[-1] != "=" or self.text[self.position] != "(":
            return ASSIGNMENT
        self.leave_out("NAME=(", start, self.base + self.position + 1)
        return LEFT_OUT


_BEFORE_RESERVED = frozenset((STARTS_PIPELINE, STARTS_COMMAND, AFTER_COMPOUND, FUNCTION_BODY))
_BEFORE_NAME = frozenset((STARTS_PIPELINE, STARTS_COMMAND, IN_PREFIX, FUNCTION_BODY))
_RESERVED_ANYWHERE = RESERVED | LEFT_OUT_RESERVED | {"-p"}
_CONTINUING = frozenset(("then", "elif", "else", "do"))
EXPECTED_AFTER = {
    ")": AFTER_COMPOUND,
    "|": STARTS_COMMAND,
    "for": LOOP_NAME,
    "case": SUBJECT,
    ";;": FIRST_PATTERN,
    ";&": FIRST_PATTERN,
}
"""What comes after an operator or a reserved word; after all others, a pipeline."""
EXPECTED_BETWEEN = {
    (FIRST_PATTERN, "("): PATTERN,
    (AFTER_PATTERN, "|"): PATTERN,
    (AFTER_PATTERN, ")"): STARTS_PIPELINE,
    (IN_PARENTHESES, ")"): FUNCTION_BODY,
}
"""What comes after an operator that means something else at its place."""
KEPT_OVER_LINES = frozenset((AFTER_NAME, AFTER_SUBJECT, FIRST_PATTERN, FUNCTION_BODY))
"""What may come on a later line, too."""
_AFTER_WORD = {
    LOOP_NAME: AFTER_NAME,
    AFTER_NAME: IN_ARGUMENTS,
    SUBJECT: AFTER_SUBJECT,
    AFTER_SUBJECT: IN_ARGUMENTS,
    FIRST_PATTERN: AFTER_PATTERN,
    PATTERN: AFTER_PATTERN,
}
"""What comes after a word at these places."""
_EXPECTED_IN = {**dict.fromkeys(DECLARING, IN_EXPORT), "command": AFTER_COMMAND}


def is_assignment(text: str) -> bool:
    """Return whether a word's first plain text makes it an assignment: `NAME=`.

    >>> is_assignment("a=b=c"), is_assignment("=b"), is_assignment("1=b")
    (True, False, False)
    """
    return "=" in text and is_name(text.partition("=")[0])
