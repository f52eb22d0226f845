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

        parent = parent or tempfile.gettempdir()
        self._guard = -1
        # Before the directory exists, have all that its removal needs, such as two descriptors.
        pipe = pipe2()
        self._line = pipe.write_end
        try:
            # Neither a key of the terminal nor a hangup may end the guard before it has removed it.
            start = ChildStart(Signals(blocked=signals.ALL), *detach(pipe.read_end))
            self.path = os.path.realpath(tempfile.mkdtemp(prefix=prefix, dir=parent))
            # If no guard process can be created, only close() removes the directory.
            with suppress(OSError):
                self._guard = start.fork(partial(_guard, self.path, pipe.read_end))
        except BaseException:
            close(self._line)
            raise
        finally:
            close(pipe.read_end)

    def close(self) -> None:
        """Remove the directory and its contents."""
        close(self._line)
        if self._guard > 0:
            collect(self._guard)
        remove_tree(self.path)


def _guard(directory: str, line: int) -> int:
    """Wait until no process holds the other end of the pipe, then remove `directory`."""
    while os.read(line, 1):
        pass
    close(line)
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
