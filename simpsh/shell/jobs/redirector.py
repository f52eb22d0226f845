"""Carries out redirections: permanently in a child, and reversibly in the shell itself."""

from __future__ import annotations

import errno
import os

from simpsh.base import failed_call
from simpsh.base.errors import RedirectionProblem
from simpsh.base.phrases import named
from simpsh.kernel import call_observer, descriptors
from simpsh.shell.plan.job_plan import PIPE_HOLDS, CloseDescriptor, Duplicate, HereText, OpenFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.shell.plan.job_plan import Action


def apply(actions: Sequence[Action]) -> None:
    """Carry out redirections in this process, in order, until one raises RedirectionProblem."""
    for action in actions:
        try:
            match action:
                case OpenFile(descriptor, path, flags):
                    _move(descriptors.open_file(path, flags), descriptor)
                case Duplicate(descriptor, source):
                    check_source(source)
                    put(source, descriptor)
                case CloseDescriptor(descriptor):
                    if descriptors.is_open(descriptor):
                        descriptors.close(descriptor)
                case HereText(descriptor, data):
                    _move(readable(data), descriptor)
        except OSError as error:
            failure = RedirectionProblem(problem(action, error))
            if isinstance(action, HereText) and action.is_pipe:
                failure.status = 126  # as for each pipe of a pipeline
            raise failure from error


def check_source(source: int) -> None:
    """Raise EBADF if a descriptor is the shell's own, or a placeholder for a closed one."""
    # Only these are close-on-exec.
    if descriptors.is_close_on_exec(source):
        error = OSError(errno.EBADF, os.strerror(errno.EBADF))
        failed_call.mark(error, "dup2", (source,))
        raise error


def _move(opened: int, descriptor: int) -> None:
    try:
        put(opened, descriptor)
    finally:
        if opened != descriptor:
            descriptors.close(opened)


def put(source: int, descriptor: int) -> None:
    """Make `descriptor` a duplicate of `source`, not close-on-exec; raises like dup2."""
    if source == descriptor:
        # dup2 would not clear the close-on-exec flag.
        descriptors.set_flags(descriptor, 0)
    else:
        descriptors.dup2(source, descriptor)


def readable(data: bytes) -> int:
    """Return a close-on-exec descriptor from which `data` can be read; raises like pipe2."""
    if len(data) <= PIPE_HOLDS:
        pipe = descriptors.pipe2()
        try:
            descriptors.write_all(pipe.write_end, data)
        finally:
            descriptors.close(pipe.write_end)
        return pipe.read_end
    file = descriptors.memfd_create("here-document")
    descriptors.write_all(file, data)
    descriptors.lseek(file, 0, os.SEEK_SET)
    return file


def own_file(name: str) -> int:
    """Return a new file in memory, with a descriptor of the shell's own; raises like memfd_create.

    The call is not narrated.
    """
    with call_observer.observing(None):
        made = descriptors.memfd_create(name)
        try:
            return descriptors.dup_above(made)
        finally:
            descriptors.close(made)


def problem(action: Action, error: OSError) -> str:
    """Return one line about a redirection that failed."""
    number = error.errno or errno.EIO
    reason = os.strerror(number)
    match action:
        case OpenFile(descriptor) if number == errno.EBADF:
            # dup2 has failed, not open: the number is above the limit.
            return f"{descriptor}: {reason}; the number must be below ulimit -n"
        case OpenFile(_, path, flags):
            if number == errno.EEXIST and flags & os.O_EXCL:
                reason = "cannot overwrite existing file (set -C is on; >| does)"
            return f"{named(path)}: {reason}"
        case Duplicate(descriptor, source):
            return f"{source}: {reason}"
        case CloseDescriptor(descriptor):
            return f"{descriptor}: {reason}"
        case HereText():
            name = "pipe" if action.is_pipe else "here-document"
            return f"{name}: {reason}"


class redirected:  # noqa: N801 - reads as a statement: with redirected(actions)
    """Redirect the shell's own descriptors, until close() or the end of a `with` block."""

    def __init__(
        self, actions: Sequence[Action], complain: Callable[[RedirectionProblem], None]
    ) -> None:
        """Redirect now; if an action fails, report it, undo all and raise RedirectionProblem.

        `complain` prints the problem, where `2>file` before the failed redirection sends it.
        """
        self._saved: list[tuple[int, int | None]] = []
        try:
            for action in actions:
                descriptor = action.descriptor
                if all(descriptor != saved for saved, _ in self._saved):
                    try:
                        is_open = descriptors.is_open(descriptor)
                        copy = descriptors.dup_above(descriptor) if is_open else None
                    except OSError as error:
                        raise RedirectionProblem(problem(action, error)) from error
                    self._saved.append((descriptor, copy))
                apply((action,))
        except BaseException as failure:
            if isinstance(failure, RedirectionProblem):
                complain(failure)
                failure.is_reported = True
            self.close()
            raise

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Undo the redirections."""
        for descriptor, copy in reversed(self._saved):
            if copy is not None:
                is_own = descriptors.is_placeholder(copy)
                descriptors.dup2(copy, descriptor)
                if is_own:
                    descriptors.set_flags(descriptor, descriptors.FD_CLOEXEC)
                descriptors.close(copy)
            elif descriptors.is_open(descriptor):
                descriptors.close(descriptor)
        self._saved.clear()
