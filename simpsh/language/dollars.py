"""What a `$` or a backquote begins: parameters and command substitutions.

The scanner stands at `position`; each method begins at the character that calls for it and
leaves `position` behind what it took. `marks`, where somebody wants them, get every elementary
thing in order: the highlighter sees what the parser sees.
"""

from __future__ import annotations

from simpsh.language.characters import (
    DIGITS,
    LETTERS,
    NAME,
    SPECIAL_PARAMETERS,
    is_name,
)
from simpsh.language.source import Source
from simpsh.language.tree import CommandSubstitution, List, Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.language.tree import Part

    Mark = tuple[str, int, int]

TEXT = "text"
"""The mark of a plain run; its word decides what it is shown as."""


class DollarScanner(Source):
    """Scans parameters and substitutions."""

    marks: list[Mark] | None = None
    """The elementary things met so far, None where nobody wants them."""

    quoted_mark = "double_quoted"
    """What plain text inside double quotes, or in a here-document, is marked as."""

    def mark(self, kind: str, start: int, end: int) -> None:
        """Note an elementary thing by its offsets."""
        if self.marks is not None:
            self.marks.append((kind, start, end))

    def _dollar(self, pieces: list[Part | str], plain_mark: str = TEXT) -> None:
        """Scan what a `$` begins; before anything else it stands for itself."""
        start = self.base + self.position
        char = self.text[self.position + 1]
        while char == "\\" and self.text[self.position + 2] == "\n":
            self.join(self.position + 1)
            char = self.text[1]
        if char in LETTERS:
            self._name(pieces, start)
        elif char in SPECIAL_PARAMETERS or char in DIGITS:
            self.position += 2
            self.mark("parameter", start, self.base + self.position)
            pieces.append(Parameter(char))
        elif char == "{":
            self._braced(pieces, start)
        elif char == "(" and self._opens_list(start):
            # The `)` that ends the list takes the level back.
            pieces.append(CommandSubstitution(self.substitution(start)))
        elif char == "(":
            pieces.append("$")
        else:
            self.position += 1
            self.mark(plain_mark, start, start + 1)
            pieces.append("$")

    def _name(self, pieces: list[Part | str], start: int) -> None:
        """Scan `$name`, the longest one."""
        self.position += 1
        name = self._take_name()
        self.mark("parameter", start, self.base + self.position)
        pieces.append(Parameter(name))

    def _take_name(self) -> str:
        """Take letters, digits and underscores, as many as there are, over joined lines."""
        pieces = []
        while True:
            text = self.text
            start = end = self.position
            while text[end] in NAME:
                end += 1
            self.position = end
            pieces.append(text[start:end])
            if text[end] != "\\" or text[end + 1] != "\n":
                return "".join(pieces)
            self.continue_line()

    def _braced(self, pieces: list[Part | str], start: int) -> None:
        """Scan `${parameter}`; anything but the closing brace after it is left out."""
        self.position += 2
        name = self._take_name()
        if not name and self.text[self.position] in SPECIAL_PARAMETERS:
            name = self.text[self.position]
            self.position += 1
            while self.text.startswith("\\\n", self.position):
                self.continue_line()
        is_parameter = name in SPECIAL_PARAMETERS or name.isdigit() or is_name(name)
        if is_parameter and self.text[self.position] == "}":
            self.position += 1
            self.mark("parameter", start, self.base + self.position)
        else:
            self._bad_parameter(start, name)
        pieces.append(Parameter(name or "?", braced=True))

    def _bad_parameter(self, start: int, name: str) -> None:
        """Report `${…}` with something else than a parameter inside."""
        from simpsh.language.left_out import parameter_operator

        stop = self.text.find("}", self.position)
        after = stop + 1 if stop >= 0 else len(self.text) - 1
        text = "${" + name + self.text[self.position : after]
        self.position = after
        message = parameter_operator(name, text)
        self.mark("left_out" if message else "error", start, self.base + after)
        if message:
            self.left_out(message, start, self.base + after)
        elif stop < 0:
            self.mistake(f"'}}' is missing after '${{{name}'", start, self.base + after)
        else:
            self.mistake(f"'{text}' names no parameter", start, self.base + after)

    def _opens_list(self, start: int) -> bool:
        """Go behind the `(` of `$(`; False where it begins arithmetic instead."""
        while self.text.startswith("\\\n", self.position + 2):
            self.join(self.position + 2)
        if self.text[self.position + 2] != "(":
            self.position += 2
            self.deepen(start)
            return True
        from simpsh.language.left_out import ARITHMETIC

        stop = self.text.find("))", self.position)
        self.position = stop + 2 if stop >= 0 else len(self.text) - 1
        self.mark("left_out", start, self.base + self.position)
        self.left_out(ARITHMETIC, start, self.base + self.position)
        return False

    def substitution(self, start: int) -> List:
        """Scan a command list and the `)` behind it; whoever knows lists answers this."""
        raise NotImplementedError(start)

    def left_out(self, message: str, start: int, end: int) -> None:
        """Report a construct that simpsh leaves out on purpose.

        Raises:
            LeftOut: Always here; a tolerant reader notes the place and goes on.
        """
        from simpsh.errors import LeftOut

        raise LeftOut(message, **self.place(start, end))

    # ----------------------------------------------------------------- backquotes

    def _backquoted(self, pieces: list[Part | str], escapable: str = "\\`$") -> None:
        """Scan up to the next backquote and read what lies between as a text of its own."""
        from simpsh.language.backquotes import between_backquotes

        start = self.base + self.position
        self.deepen(start)
        pieces.append(CommandSubstitution(between_backquotes(self, escapable), backquoted=True))
        self.depth -= 1

    def whole(self) -> List:
        """Scan everything up to the end of the input; whoever knows lists answers this."""
        raise NotImplementedError

    def unclosed(self, quote: str, opening: int, first_mark: int) -> None:  # noqa: ARG002
        """Report a quote that nothing closes; `first_mark` is the index of its first mark."""
        name = {"'": "single quote '", '"': 'double quote "', "`": "backquote `"}[quote]
        self.unfinished(f"the {name} is never closed", opening, opening + 1)
