"""The history in the line editor: to go back to, and to suggest while one types."""

from __future__ import annotations

from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.history import History

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Sequence

    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.document import Document


class Recalled(History):
    """The entries for the editor's keys; what is added is decided by the conversation."""

    def __init__(self, entries: Sequence[str]) -> None:
        super().__init__()
        self._entries = entries

    async def load(self) -> AsyncGenerator[str, None]:
        """Go through the entries, the latest first."""
        for entry in reversed(self._entries):
            yield entry

    def get_strings(self) -> list[str]:
        """Return the entries, oldest first."""
        return list(self._entries)

    def append_string(self, string: str) -> None:
        """Do nothing: the conversation adds a command when it has been read."""

    def load_history_strings(self) -> Iterable[str]:
        """Return the entries, the latest first."""
        return reversed(self._entries)

    def store_string(self, string: str) -> None:
        """Do nothing: the history writes its own file."""


class Suggester(AutoSuggest):
    """Suggests the rest of the latest entry that begins with what is typed."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._entries = entries

    def get_suggestion(self, _buffer: Buffer, document: Document) -> Suggestion | None:
        """Return what would complete the line, or None."""
        rest = suggestion(document.text, self._entries)
        return Suggestion(rest) if rest else None


def suggestion(text: str, entries: Sequence[str]) -> str:
    """Return the rest of the latest entry of one line that begins with `text`, or nothing.

    >>> suggestion("ls", ["ls -l", "ls -a", "ps"])
    ' -a'
    """
    if not text.strip():
        return ""
    for entry in reversed(entries):
        if entry.startswith(text) and "\n" not in entry:
            return entry[len(text) :]
    return ""
