"""What expansion may ask of the shell: parameters, substitutions, homes, and directories."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.language.tree import List
    from simpsh.state import State


class ShellScope:
    """The shell as expansion sees it."""

    def __init__(self, state: State, substitute: Callable[[List], str]) -> None:
        self._state = state
        self.parameter = state.parameter
        self.substitute = substitute

    @property
    def positional(self) -> Sequence[str]:
        """The positional parameters, `$1` first."""
        return self._state.positional

    @property
    def is_nounset(self) -> bool:
        """Whether an unset parameter is an error: `set -u`."""
        return self._state.options.nounset

    @property
    def is_noglob(self) -> bool:
        """Whether patterns are left alone: `set -f`."""
        return self._state.options.noglob

    def home(self, user: str) -> str | None:
        """Return a user's home directory; of the user `""`, $HOME. See getpwnam(3)."""
        if not user:
            return self._state.variables.get("HOME")
        import pwd

        try:
            return pwd.getpwnam(user).pw_dir
        except (KeyError, ValueError, UnicodeEncodeError):
            return None

    @staticmethod
    def entries(directory: str) -> Sequence[str]:
        """Return the names in a directory; none if it cannot be read. See readdir(3)."""
        try:
            return os.listdir(directory or ".")
        except (OSError, ValueError):
            return ()

    @staticmethod
    def exists(path: str) -> bool:
        """Tell whether there is such a file, be it a dangling link. See lstat(2)."""
        return os.path.lexists(path)

    @staticmethod
    def is_directory(path: str) -> bool:
        """Tell whether the path leads to a directory. See stat(2)."""
        return os.path.isdir(path)
