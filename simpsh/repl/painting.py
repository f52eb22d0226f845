"""The line being edited in colours, straight from the shell's own tokens."""

from __future__ import annotations

from prompt_toolkit.lexers import Lexer

from simpsh.highlight.pieces import pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from prompt_toolkit.document import Document
    from prompt_toolkit.formatted_text import StyleAndTextTuples


class Painter(Lexer):
    """Gives the editor each line as coloured fragments; needs no Pygments."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Return a function from a line's number to its fragments."""
        lines = painted(document.text)
        return lambda number: lines[number] if number < len(lines) else []


def painted(text: str) -> list[StyleAndTextTuples]:
    """Return the fragments of each line."""
    line: StyleAndTextTuples = []
    lines = [line]
    for name, value in pieces(text):
        # Who types a quote is not wrong because it is not closed yet.
        name = "String" if name == "Error" and value[0] in "'\"" else name
        style = f"class:pygments.{name.lower()}" if name else ""
        first, *others = value.split("\n")
        if first:
            line.append((style, first))
        for part in others:
            line = [(style, part)] if part else []
            lines.append(line)
    return lines
