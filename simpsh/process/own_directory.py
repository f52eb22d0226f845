"""A temporary directory that is removed at the end of a block, and the removal of a tree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from simpsh.kernel import signals
from simpsh.kernel.processes import posix_spawn
from simpsh.kernel.program_execution import STANDARD_PATH, find_program
from simpsh.kernel.wait_calls import waitpid


@contextmanager
def own_directory(prefix: str, place: str | None = None) -> Iterator[str]:
    """Yield a new directory, which is removed afterwards, with all that is in it then.

    `place` is where it is made, by default where temporary files are.
    """
    import tempfile  # slow to load; the prompt keeps its history without it

    from simpsh.process.way_out import ENDING_SIGNALS

    directory = ""
    try:
        # No signal ends this process between the two steps, nor in the midst of the removal.
        with signals.Blocked(*ENDING_SIGNALS):
            directory = tempfile.mkdtemp(prefix=prefix, dir=place)
        yield directory
    finally:
        with signals.Blocked(*ENDING_SIGNALS):
            if directory:
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
