"""The line being edited in colours, straight from the shell's own tokens."""

from __future__ import annotations

from prompt_toolkit.lexers import Lexer

from simpsh.highlight.pieces import BUILTIN, NAMES, pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from prompt_toolkit.document import Document
    from prompt_toolkit.formatted_text import StyleAndTextTuples

_STYLES = {
    name: f"class:pygments.{name.lower()}" if name else ""
    for name in (*NAMES.values(), BUILTIN, "String")
}
"""The class of the style that goes with each name."""


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
        style = _STYLES["String" if name == "Error" and value[0] in "'\"" else name]
        if "\n" not in value:
            line.append((style, value))
            continue
        first, *others = value.split("\n")
        if first:
            line.append((style, first))
        for part in others:
            line = [(style, part)] if part else []
            lines.append(line)
    return lines
