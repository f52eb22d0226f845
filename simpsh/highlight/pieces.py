"""A text cut at the shell's own tokens, each piece with its name in Pygments' terms."""

from __future__ import annotations

try:
    from simpsh.language.tolerant import tokens
except ImportError:
    tokens = lambda text: []

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = {
    "command": "Name.Function",
    "word": "",
}


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Go through the text in pieces that leave nothing out.

    Yields:
        The dotted name of a Pygments token, empty for plain text, and the piece.
    """
    position = 0
    for token in tokens(text):
        if token.start > position:
            yield "", text[position : token.start]
        yield NAMES.get(token.kind, ""), text[token.start : token.end]
        position = token.end
    if position < len(text):
        yield "", text[position:]
