"""A temporary directory that is removed at the end of a block, and the removal of a tree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from simpsh.kernel.processes import posix_spawn
from simpsh.kernel.program_execution import STANDARD_PATH, find_program
from simpsh.kernel.wait_calls import waitpid


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
