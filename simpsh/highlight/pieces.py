"""A text cut at the shell's own tokens, each piece with its name in Pygments' terms."""

from __future__ import annotations

from simpsh.builtins import registry
from simpsh.language import tolerant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = {
    tolerant.COMMAND: "Name.Function",
    tolerant.WORD: "",
    tolerant.ASSIGN: "Name.Variable",
    tolerant.OPERATOR: "Operator",
    tolerant.RESERVED: "Keyword",
    tolerant.REDIRECT: "Operator.Word",
    tolerant.SINGLE_QUOTED: "String.Single",
    tolerant.DOUBLE_QUOTED: "String.Double",
    tolerant.ESCAPED: "String.Escape",
    tolerant.PARAMETER: "Name.Variable",
    tolerant.SUBSTITUTION: "String.Interpol",
    tolerant.TILDE: "Name.Constant",
    tolerant.PATTERN: "String.Regex",
    tolerant.COMMENT: "Comment",
    tolerant.HERE_DOCUMENT: "String.Heredoc",
    tolerant.HERE_DELIMITER: "String.Delimiter",
    tolerant.LEFT_OUT: "Error",
    tolerant.ERROR: "Error",
}
"""The name of each kind of token: a Pygments token type, dotted, empty for plain text."""

BUILTIN = "Name.Builtin"
"""The name of a command that the shell carries out itself."""


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Go through the text in pieces that leave nothing out.

    Yields:
        The name, empty for plain text and blanks, and the piece.

    >>> list(pieces("cd ~ | ls"))
    ... # doctest: +NORMALIZE_WHITESPACE
    [('Name.Builtin', 'cd'), ('', ' '), ('Name.Constant', '~'), ('', ' '), ('Operator', '|'),
     ('', ' '), ('Name.Function', 'ls')]
    """
    position = 0
    for kind, start, end in tolerant.tokens(text):
        if start > position:
            yield "", text[position:start]
        piece = text[start:end]
        is_builtin = kind is tolerant.COMMAND and registry.is_builtin(piece)
        yield BUILTIN if is_builtin else NAMES[kind], piece
        position = end
    if position < len(text):
        yield "", text[position:]
