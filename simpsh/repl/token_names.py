"""The tokens of a text, found by the shell's own scanner, with Pygments' names."""

from __future__ import annotations

from collections.abc import Iterator

from simpsh.shell import line_prefixes
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.language import surface

NAMES = {
    surface.COMMAND: "Name.Function",
    surface.WORD: "",
    surface.OPERATOR: "Operator",
    surface.RESERVED: "Keyword",
    surface.REDIRECT: "Operator.Word",
    surface.SINGLE_QUOTED: "String.Single",
    surface.DOUBLE_QUOTED: "String.Double",
    surface.PARAMETER: "Name.Variable",
    surface.SUBSTITUTION: "String.Interpol",
    surface.COMMENT: "Comment",
    surface.ERROR: "Error",
}
"""The Pygments token type of each kind of token, dotted; empty for plain text."""

BUILTIN = "Name.Builtin"
"""The Pygments token type of a built-in's name."""


def pieces(text: str, *, is_typed: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the whole text in pieces, each with its name, empty for plain text and blanks.

    `is_typed`: the text was typed at a prompt.

    >>> list(pieces("cd | ls"))
    [('Name.Builtin', 'cd'), ('', ' '), ('Operator', '|'), ('', ' '), ('Name.Function', 'ls')]
    """
    position = 0
    for kind, start, end in line_prefixes.tokens(text, is_typed=is_typed):
        if start > position:
            yield "", text[position:start]
        piece = text[start:end]
        is_builtin = kind is surface.COMMAND and builtin_registry.is_builtin(piece)
        yield BUILTIN if is_builtin else NAMES[kind], piece
        position = end
    if position < len(text):
        yield "", text[position:]
