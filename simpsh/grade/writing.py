"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile

from simpsh.errors import SimpshError


def write_whole(path: str, text: str, mode: int = 0o644) -> None:
    """Put a text into a file; who reads it sees the old one or the new one, never a part.

    Raises:
        SimpshError: it cannot be written.

    See rename(2).
    """
    try:
        descriptor, temporary = tempfile.mkstemp(
            dir=os.path.dirname(path) or ".", prefix=".simpsh-"
        )
    except OSError as error:
        raise SimpshError(f"{path}: {error.strerror}") from error
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
        os.replace(temporary, path)
    except OSError as error:
        os.unlink(temporary)
        raise SimpshError(f"{path}: {error.strerror}") from error
