"""Where a user's own files are kept; a directory for a while, removed whatever becomes of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from simpsh.base.errors import naming
from simpsh.kernel.processes import posix_spawn
from simpsh.kernel.program_execution import STANDARD_PATH, find_program
from simpsh.kernel.wait_calls import waitpid


def state_path(name: str, variables: Mapping[str, str] = os.environ) -> str:
    """Return `$XDG_STATE_HOME/simpsh/NAME`, by default below `~/.local/state`."""
    return _own_path("XDG_STATE_HOME", ".local/state", name, variables)


def cache_folder(name: str) -> str:
    """Return `$XDG_CACHE_HOME/simpsh/NAME`, by default below `~/.cache`: what can be made again."""
    return _own_path("XDG_CACHE_HOME", ".cache", name, os.environ)


def _own_path(variable: str, by_default: str, name: str, variables: Mapping[str, str]) -> str:
    # See the XDG Base Directory Specification: a relative directory is passed over.
    folder = variables.get(variable, "")
    if not folder.startswith("/"):
        home = variables.get("HOME") or os.path.expanduser("~")
        folder = os.path.join(home, by_default)
    return os.path.join(folder, "simpsh", name)


def make_private(folder: str) -> None:
    """Make a directory, and those above it, that only its owner can look into; raise SimpshError.

    One that is there already stays as it is.
    """
    with naming(folder):
        os.makedirs(folder, mode=0o700, exist_ok=True)


def is_first_time(what: str, *, unless_noted: bool = True) -> bool:
    """Return whether something is shown to this user for the first time, and note that it was.

    Where nothing can be noted, `unless_noted` is the answer: by default every time is the first.
    """
    path = state_path(what)
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except OSError:
        return unless_noted
    return True


@contextmanager
def own_directory(prefix: str) -> Iterator[str]:
    """Yield a new directory, which is removed afterwards, with all that is in it then."""
    import tempfile  # slow to load; the prompt keeps its history without it

    directory = tempfile.mkdtemp(prefix=prefix)
    try:
        yield directory
    finally:
        remove_tree(directory)


def remove_tree(top: str) -> None:
    """Remove a directory that no process uses any more; what cannot be removed is left."""
    import shutil  # slow to load, as above

    try:
        shutil.rmtree(top)
    except FileNotFoundError:
        return
    except (OSError, RecursionError):
        # Folders without permissions; or a tree that is deeper than a stack of calls may be.
        quiet = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
        for argv in (("chmod", "-R", "u+rwx", "--", top), ("rm", "-rf", "--", top)):
            with suppress(OSError):
                program = find_program(argv[0], STANDARD_PATH) or argv[0]
                waitpid(posix_spawn(program, argv, os.environ, file_actions=quiet))
