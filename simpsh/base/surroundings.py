"""The surroundings of this process at its start: the one place that checks the environment.

Others set these variables, so any of them may be missing, empty, relative, too long or no text. A
function here returns a value that can be used, or raises a SimpshError that says what to set.
Standard descriptors that are closed: `reserve_standard_descriptors` in kernel/descriptors.py, which
the start needs before anything else is imported.
"""

from __future__ import annotations

import os

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_GREATEST_SIZE = 9_999
"""The largest number of columns or lines that is believed; see console.width()."""


class NoHome(SimpshError, OSError):
    """No directory for the user's files is known, so none are stored or read."""


def home(variables: Mapping[str, str] = os.environ) -> str:
    """Return the absolute path of the user's home directory: HOME, if it is not set passwd(5)'s.

    Raises NoHome: HOME is empty or relative, so a file below it would depend on the working
    directory; or it is not set, and the user has no home.
    """
    value = variables.get("HOME")
    if value is None:
        # Imported here because HOME is nearly always set.
        import pwd

        try:
            value = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            raise NoHome("HOME is not set: set it to a directory of yours") from None
    if not value.startswith("/"):
        what = f"{named(value)}, which is not an absolute path" if value else "empty"
        raise NoHome(f"HOME is {what}: set it to a directory of yours")
    return value


def base_folder(variable: str, by_default: str, variables: Mapping[str, str] = os.environ) -> str:
    """Return the absolute path of a directory of the XDG Base Directory Specification.

    The specification demands that a relative value is ignored. Raises NoHome.
    """
    folder = variables.get(variable, "")
    return folder if folder.startswith("/") else os.path.join(home(variables), by_default)


def base_folders(names: tuple[str, ...]) -> list[str]:
    """Return the absolute paths among the values of these variables, normalized."""
    values = (os.environ.get(name, "") for name in names)
    return [os.path.normpath(value) for value in values if value.startswith("/")]


def size(name: str, otherwise: int) -> int:
    """Return the value of COLUMNS or LINES; `otherwise` if it is no possible size."""
    value = os.environ.get(name, "")
    if not (value.isascii() and value.isdecimal()) or len(value) > 6:
        return otherwise
    return int(value) if 1 <= int(value) <= _GREATEST_SIZE else otherwise


def search_folders(variables: Mapping[str, str] = os.environ) -> list[str]:
    """Return the directories of PATH; an empty entry is the working directory (POSIX XBD 8.3)."""
    return [folder or "." for folder in variables.get("PATH", os.defpath).split(":")]
