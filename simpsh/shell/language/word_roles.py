"""Roles: what a word can be in a command, and what may come after it (POSIX XCU 2.4, 2.10.2).

The lexer decides by these tables, once, whether a word is the command, an argument, an assignment
or reserved.
"""

from __future__ import annotations

from simpsh.shell.language.characters import DECLARING, LEFT_OUT_RESERVED, RESERVED, is_name

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


RESERVED_ANYWHERE = RESERVED | LEFT_OUT_RESERVED | {"-p"}
"""The reserved words, and the option of `time`."""
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
EXPECTED_AFTER_WORD = {
    LOOP_NAME: AFTER_NAME,
    AFTER_NAME: IN_ARGUMENTS,
    SUBJECT: AFTER_SUBJECT,
    AFTER_SUBJECT: IN_ARGUMENTS,
    FIRST_PATTERN: AFTER_PATTERN,
    PATTERN: AFTER_PATTERN,
}
"""What comes after a word at these places."""
EXPECTED_IN = {**dict.fromkeys(DECLARING, IN_EXPORT), "command": AFTER_COMMAND}
"""What comes after a command's name; after all others, an argument."""


def is_assignment(text: str) -> bool:
    """Return whether a word's first plain text makes it an assignment: `NAME=`.

    >>> is_assignment("a=b=c"), is_assignment("=b"), is_assignment("1=b")
    (True, False, False)
    """
    return "=" in text and is_name(text.partition("=")[0])
