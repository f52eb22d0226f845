"""A temporary directory that is removed at the end of a block, and the removal of a tree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, pipe2
from simpsh.kernel.processes import posix_spawn
from simpsh.kernel.program_execution import STANDARD_PATH, find_program
from simpsh.kernel.wait_calls import collect, waitpid
from simpsh.process.child_changes import ChildStart, Signals, detach
from simpsh.process.way_out import ENDING_SIGNALS


class GuardedDirectory:
    """A new directory in `parent`, which a helper process removes if this process is killed."""

    def __init__(self, prefix: str, parent: str | None = None) -> None:
        import tempfile  # slow to load; the prompt keeps its history without it

        self.path = os.path.realpath(tempfile.mkdtemp(prefix=prefix, dir=parent))
        self._line = self._guard = -1
        # If no pipe or guard process can be created, only close() removes the directory.
        with suppress(OSError):
            pipe = pipe2()
            self._line = pipe.write_end
            try:
                # Neither a key of the terminal nor a hangup may end it before it has removed it.
                changes = Signals(blocked=signals.ALL), *detach(pipe.read_end)
                self._guard = ChildStart(*changes).fork(partial(_guard, self.path, pipe.read_end))
            finally:
                close(pipe.read_end)

    def close(self) -> None:
        """Remove the directory and its contents."""
        remove_tree(self.path)
        if self._line >= 0:
            close(self._line)
        if self._guard > 0:
            collect(self._guard)


def _guard(directory: str, line: int) -> int:
    """Wait until no process holds the other end of the pipe, then remove `directory`."""
    while os.read(line, 1):
        pass
    remove_tree(directory)
    return 0


@contextmanager
def own_directory(prefix: str, parent: str | None = None) -> Iterator[str]:
    """Yield a new directory, which is removed afterwards with its contents."""
    made = None
    try:
        # Block signals, so that none ends this process between the two steps or during the removal.
        with signals.Blocked(*ENDING_SIGNALS):
            made = GuardedDirectory(prefix, parent)
        yield made.path
    finally:
        with signals.Blocked(*ENDING_SIGNALS):
            if made is not None:
                made.close()


def replace_folder(new: str, path: str) -> None:
    """Rename a new folder to `path` in the same file system, replacing the folder there.

    Raises OSError; then the old folder is unchanged.
    """
    if not os.path.lexists(path):
        os.rename(new, path)
        return
    old = f"{new}-old"
    os.rename(path, old)
    try:
        os.rename(new, path)
    except OSError:
        os.rename(old, path)
        raise
    remove_tree(old)


def remove_tree(top: str) -> None:
    """Remove a directory that no process uses any more, as far as possible."""
    import shutil  # slow to load

    try:
        shutil.rmtree(top)
    except FileNotFoundError:
        return
    except (OSError, RecursionError):
        # Folders without permissions, trees that exceed the recursion limit, or no descriptor left.
        quiet = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
        for argv in (("chmod", "-R", "u+rwx", "--", top), ("rm", "-rf", "--", top)):
            with suppress(OSError):
                program = find_program(argv[0], STANDARD_PATH) or argv[0]
                waitpid(posix_spawn(program, argv, os.environ, file_actions=quiet))
