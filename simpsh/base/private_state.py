"""Where a user's own files are kept, and directories that only their owner can look into."""

from __future__ import annotations

import os

from simpsh.base.errors import SimpshError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def state_path(name: str, variables: Mapping[str, str] = os.environ) -> str:
    """Return `$XDG_STATE_HOME/simpsh/NAME`, by default below `~/.local/state`.

    See the XDG Base Directory Specification: a relative directory is passed over.
    """
    state_home = variables.get("XDG_STATE_HOME", "")
    if not state_home.startswith("/"):
        home = variables.get("HOME") or os.path.expanduser("~")
        state_home = os.path.join(home, ".local", "state")
    return os.path.join(state_home, "simpsh", name)


def make_private(folder: str) -> None:
    """Make a directory, and those above it, that only its owner can look into; raise SimpshError.

    One that is there already stays as it is.
    """
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise SimpshError(f"{folder}: {error.strerror}") from error
