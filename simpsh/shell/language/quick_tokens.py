"""The ordinary tokens of a long script, each found by one match of a pattern.

An ordinary word has no substitution, no tilde, and ends on its line. The lexer reads each distinct
text once; words and redirections with the same text share their node. Everything else does not
match, and is read by the lexer alone.

Importing this module takes longer than a short script: the lexer does so after some lines.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from simpsh.shell.language.syntax_tree import FileRedirection, Part, Word

    T = TypeVar("T")

PLAIN, WORD, REDIRECTION, OPERATOR, LINE_END = range(1, 6)
"""The groups of the pattern. PLAIN is a word without quotes or parameters; LINE_END may begin with
a comment.
"""

_NAME = r"[A-Za-z_][A-Za-z0-9_]*+"
_OPERAND = rf"(?:[^}}'\"\\$`\n\0~]++|\${_NAME})*+"
_PARAMETER = (
    rf"\$(?:{_NAME}|[0-9@*\#?$!-]"
    rf"|\{{(?:\#?+{_NAME}|[0-9]++|[@*?$!])\}}"
    rf"|\{{(?:{_NAME}|[0-9]++|[@*])(?::?[-=?+]|%%?|\#\#?){_OPERAND}\}}"
    # `++` and `--` are left out of scripts.
    rf"|\(\((?:[^()'\"\\$`\n\0+-]++|\${_NAME}|[+-](?![+-]))*+\)\))"
)
_TEXT = r"[^ \t\n;&|<>()'\"\\$`~\0]++"
_WORD_END = r"(?=[ \t\n;&|)\0])"
_ORDINARY = (
    rf"(?!\#)(?:{_TEXT}|'[^'\n\0]*+'|\\[^\n\0]|{_PARAMETER}"
    rf"|\"(?:[^\"\\$`\n\0]++|\\[^\n\0]|{_PARAMETER})*+\")++{_WORD_END}"
)
match = re.compile(
    rf"[ \t]*+(?:((?!\#){_TEXT}{_WORD_END})|({_ORDINARY})"
    rf"|([0-9]?(?:>[>&]?|<&?)[ \t]*+{_ORDINARY})"
    rf"|((?:&&|\|\||;;|[;&|])(?![;&|<>\\])|\)(?!\\))|((?:\#[^\n]*+)?\n))"
).match

payloads: dict[str, str | tuple[Part, ...]] = {}
"""Maps the text of a word to its payload."""
nodes: dict[str, Word | FileRedirection] = {}
"""Maps the text of an argument or a redirection to its node."""

_MOST_TEXTS = 20_000
_LONGEST_TEXT = 200


def remember(table: dict[str, T], text: str, value: T) -> None:
    """Add a value to one of the tables."""
    if len(text) <= _LONGEST_TEXT:
        if len(table) >= _MOST_TEXTS:
            table.clear()
        table[text] = value
