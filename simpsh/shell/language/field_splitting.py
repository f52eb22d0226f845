"""Field splitting: what expansions gave is cut at the characters of IFS (POSIX XCU 2.6.5)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    Field = list[tuple[str, bool]]

DEFAULT_IFS = " \t\n"
"""The IFS of a shell where it is not set."""


class Fields:
    """The fields of one word, put together from left to right.

    A field is a list of stretches of text, each with whether it is quoted: pathname expansion
    must know.
    """

    def __init__(self, separators: str) -> None:
        self._separators = separators
        self._found: list[Field] = []
        self._current: Field = []

    def add(self, text: str) -> None:
        """Append text of the word itself, which is not split."""
        if text:
            self._current.append((text, False))

    def quote(self, text: str) -> None:
        """Append quoted text; even empty it makes a field."""
        self._current.append((text, True))

    def end(self) -> None:
        """End the current field, if anything is in it."""
        if self._current:
            self._found.append(self._current)
            self._current = []

    def split(self, text: str) -> None:
        """Append what an unquoted expansion gave, cut into fields."""
        if not self._separators or not text:
            self.add(text)
        elif self._separators == DEFAULT_IFS:
            self._split_at_blanks(text)
        else:
            self._split(text)

    def finish(self) -> list[Field]:
        """Return the fields."""
        self.end()
        return self._found

    def _split_at_blanks(self, text: str) -> None:
        """Cut at spaces, tabs and newlines, which leave no empty fields."""
        pieces = text.replace("\t", " ").replace("\n", " ").split(" ")
        self.add(pieces[0])
        for piece in pieces[1:]:
            self.end()
            self.add(piece)

    def _split(self, text: str) -> None:
        """Cut at blanks of IFS, and at its other characters, which can leave empty fields."""
        separators = self._separators
        start = at = 0
        while at < len(text):
            char = text[at]
            at += 1
            if char not in separators:
                continue
            self.add(text[start : at - 1])
            is_blank = char in DEFAULT_IFS
            if self._current or not is_blank:
                self._found.append(self._current)
                self._current = []
                at = self._after_delimiter(text, at, may_take_one=is_blank)
            start = at
        self.add(text[start:])

    def _after_delimiter(self, text: str, at: int, *, may_take_one: bool) -> int:
        """Return the place after a delimiter: blanks, and among them one other character."""
        while at < len(text) and text[at] in self._separators:
            if text[at] not in DEFAULT_IFS:
                if not may_take_one:
                    break
                may_take_one = False
            at += 1
        return at
