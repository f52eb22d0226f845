"""Writing a file whole or not at all, with one line if that fails."""

from __future__ import annotations

from simpsh.errors import SimpshError
from simpsh.whole_files import replace_file


def write_whole(path: str, text: str, mode: int = 0o644) -> None:
    """Put a text into a file; who reads it sees the old one or the new one, never a part.

    Raises:
        SimpshError: it cannot be written.
    """
    try:
        replace_file(path, text, mode)
    except OSError as error:
        raise SimpshError(f"{path}: {error.strerror}") from error
