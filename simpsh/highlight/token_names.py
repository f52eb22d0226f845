"""The tokens of a text, found by the shell's own lexer, with Pygments' names."""

from __future__ import annotations

from collections.abc import Iterator

from simpsh.shell import line_prefixes
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.language import tolerant_lexer

NAMES = {
    tolerant_lexer.COMMAND: "Name.Function",
    tolerant_lexer.WORD: "",
    tolerant_lexer.ASSIGN: "Name.Variable",
    tolerant_lexer.OPERATOR: "Operator",
    tolerant_lexer.RESERVED: "Keyword",
    tolerant_lexer.REDIRECT: "Operator.Word",
    tolerant_lexer.SINGLE_QUOTED: "String.Single",
    tolerant_lexer.DOUBLE_QUOTED: "String.Double",
    tolerant_lexer.ESCAPED: "String.Escape",
    tolerant_lexer.PARAMETER: "Name.Variable",
    tolerant_lexer.SUBSTITUTION: "String.Interpol",
    tolerant_lexer.ARITHMETIC: "Literal.Number",
    tolerant_lexer.TILDE: "Name.Constant",
    tolerant_lexer.PATTERN: "String.Regex",
    tolerant_lexer.COMMENT: "Comment",
    tolerant_lexer.HERE_DOCUMENT: "String.Heredoc",
    tolerant_lexer.HERE_DELIMITER: "String.Delimiter",
    tolerant_lexer.LEFT_OUT: "Error",
    tolerant_lexer.ERROR: "Error",
}
"""The Pygments token type of each kind of token, dotted; empty for plain text."""

BUILTIN = "Name.Builtin"
"""The Pygments token type of a built-in's name."""


def pieces(text: str, *, is_typed: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the whole text in pieces, each with its name, empty for plain text and blanks.

    `is_typed`: the text was typed at a prompt.

    >>> list(pieces("cd ~ | ls"))
    ... # doctest: +NORMALIZE_WHITESPACE
    [('Name.Builtin', 'cd'), ('', ' '), ('Name.Constant', '~'), ('', ' '), ('Operator', '|'),
     ('', ' '), ('Name.Function', 'ls')]
    """
    position = 0
    for kind, start, end in line_prefixes.tokens(text, is_typed=is_typed):
        if start > position:
            yield "", text[position:start]
        piece = text[start:end]
        is_builtin = kind is tolerant_lexer.COMMAND and builtin_registry.is_builtin(piece)
        yield BUILTIN if is_builtin else NAMES[kind], piece
        position = end
    if position < len(text):
        yield "", text[position:]
