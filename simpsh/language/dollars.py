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
        elif char == "(":
            self._parenthesis(pieces, start)
        else:
            self.position += 1
            self.mark(plain_mark, start, start + 1)
            pieces.append("$")

    def _name(self, pieces: list[Part | str], start: int) -> None:
        """Scan `$name`, the longest one."""
        end = self._end_of_name(1)
        name = self.text[self.position + 1 : end]
        self.position = end
        self.mark("parameter", start, self.base + end)
        pieces.append(Parameter(name))

    def _end_of_name(self, skip: int) -> int:
        """Return where the name ends that begins `skip` characters on, joining lines."""
        end = self.position + skip
        while True:
            text = self.text
            while text[end] in NAME:
                end += 1
            if text[end] != "\\" or text[end + 1] != "\n":
                return end
            kept = end - self.position
            self.join(end)
            end = kept

    def _braced(self, pieces: list[Part | str], start: int) -> None:
        """Scan `${parameter}`; anything but the closing brace after it is left out."""
        end = self._end_of_name(2)
        at = self.position + 2
        if end == at and self.text[end] in SPECIAL_PARAMETERS:
            end += 1
        name = self.text[at:end]
        if self.text[end] == "}" and (
            name.isdigit() or is_name(name) or name in SPECIAL_PARAMETERS
        ):
            self.position = end + 1
            self.mark("parameter", start, self.base + self.position)
            pieces.append(Parameter(name, True))  # noqa: FBT003 - the record's field
        else:
            self._bad_parameter(start, name, end)
            pieces.append(Parameter(name or "?", True))  # noqa: FBT003

    def _bad_parameter(self, start: int, name: str, end: int) -> None:
        """Report `${…}` with something else than a parameter inside."""
        from simpsh.language.left_out import parameter_operator

        stop = self.text.find("}", end)
        after = stop + 1 if stop >= 0 else len(self.text) - 1
        text = self.text[self.position : after]
        self.position = after
        message = parameter_operator(name, text)
        if message:
            self.left_out(message, start, self.base + after)
        elif stop < 0:
            self.mistake(f"'}}' is missing after '${{{name}'", start, self.base + after)
        else:
            self.mistake(f"'{text}' names no parameter", start, self.base + after)

    def _parenthesis(self, pieces: list[Part | str], start: int) -> None:
        """Scan `$(list)`; `$((` would be arithmetic."""
        while self.text.startswith("\\\n", self.position + 2):
            self.join(self.position + 2)
        if self.text[self.position + 2] == "(":
            from simpsh.language.left_out import ARITHMETIC

            stop = self.text.find("))", self.position)
            self.position = stop + 2 if stop >= 0 else len(self.text) - 1
            self.left_out(ARITHMETIC, start, self.base + self.position)
            return
        self.position += 2
        self.deepen(start)
        # The `)` that ends the list takes the level back.
        pieces.append(CommandSubstitution(self.substitution(start)))

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
