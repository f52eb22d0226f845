"""A dead child is a zombie until it is collected, or until no process is left that might ask.

SIGCHLD does not count: a hundred deaths may be one signal. Whoever collects on it must continue
until there is nothing more.
"""

from __future__ import annotations

from types import FrameType
from typing import TYPE_CHECKING, Self

from simpsh.base.signal_names import SIGCHLD
from simpsh.kernel.signals import (
    SA_NOCLDSTOP,
    SA_NOCLDWAIT,
    SIG_DFL,
    SIG_IGN,
    change_sigaction_flags,
    disposition,
    sigaction,
)
from simpsh.kernel.wait_calls import P_ALL, WEXITED, WNOHANG, ExitInfo, waitid_with_rusage

if TYPE_CHECKING:
    from simpsh.kernel.signals import Disposition

_FLAGS = SA_NOCLDSTOP | SA_NOCLDWAIT


def reap_all() -> tuple[ExitInfo, ...]:
    """Collect every child that is dead now, in the kernel's order; the living are not waited for.

    Raises NotSupported: the number of waitid is not known on this machine. See waitid(2).
    """
    collected: list[ExitInfo] = []
    while True:
        try:
            info = waitid_with_rusage(P_ALL, 0, WEXITED | WNOHANG)
        except ChildProcessError:
            return tuple(collected)
        if info is None:
            return tuple(collected)
        collected.append(info)


class ReapingHandler:
    """A SIGCHLD handler that collects every dead child, keeps the statuses and tells the next.

    Install it with install() or a `with` block, in the main thread. It takes the status of every
    child: other waits in this process then find ECHILD. Python runs it between two instructions of
    the main thread, not at the instant of the death.

    Raises ValueError: install() was called outside the main thread. See sigaction(2), waitid(2).
    """

    def __init__(self) -> None:
        self.collected: list[ExitInfo] = []
        """How each child ended, in the order of collecting; yours to empty."""
        self._before: ChildSignalSetting | None = None
        self._is_installed = False

    def install(self) -> None:
        """Become the handler of SIGCHLD, and collect who died before that.

        Raises ValueError: this is not the main thread; only there Python sets handlers. See
        sigaction(2).
        """
        if self._is_installed:
            return
        self._before = _set_disposition(self)
        self._is_installed = True
        # After installing, not before: a death in between would go unseen.
        self.collected.extend(reap_all())

    def uninstall(self) -> None:
        """Put the previous handler back, after a last collecting.

        Raises ValueError: this is not the main thread. See sigaction(2).
        """
        if self._is_installed and self._before is not None:
            self._before.restore()
            self._is_installed = False
            self.collected.extend(reap_all())

    def __call__(self, signal: int, frame: FrameType | None) -> None:
        """Collect all who are dead; then call the handler that was there before."""
        self.collected.extend(reap_all())
        if self._before is not None and callable(self._before.disposition):
            self._before.disposition(signal, frame)

    def status_of(self, pid: int) -> ExitInfo | None:
        """Return how the child ended that last had this pid; None if it was not collected.

        No errors. See waitid(2).
        """
        return next((info for info in reversed(self.collected) if info.pid == pid), None)

    def __enter__(self) -> Self:
        self.install()
        return self

    def __exit__(self, *_error: object) -> None:
        self.uninstall()


class ChildSignalSetting:
    """How SIGCHLD was set before; restore() or the end of a `with` block sets it so again.

    Raises ValueError: restore() was called outside the main thread. See sigaction(2).
    """

    def __init__(self, disposition_before: Disposition, flags_before: int) -> None:
        self.disposition = disposition_before
        """What SIGCHLD did before."""
        self._flags = flags_before
        self._is_restored = False

    def restore(self) -> None:
        """Set SIGCHLD as it was before; a second time does nothing.

        Raises ValueError: this is not the main thread. See sigaction(2).
        """
        if self._is_restored:
            return
        self._is_restored = True
        if disposition(SIGCHLD) != self.disposition:
            # None is a handler that C code installed, which Python cannot put back.
            sigaction(SIGCHLD, SIG_DFL if self.disposition is None else self.disposition)
        change_sigaction_flags(SIGCHLD, self._flags & _FLAGS, _FLAGS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.restore()


def ignore_children() -> ChildSignalSetting:
    """Ignore SIGCHLD: children that end from now on vanish, and their statuses with them.

    A wait then lasts until the last child is gone and fails with ECHILD. The disposition survives
    execve: programs started from here would ignore their children too. What is returned restores
    the setting. Raises ValueError: this is not the main thread. See sigaction(2), wait(2) under
    NOTES.
    """
    return _set_disposition(SIG_IGN)


def no_stop_notices() -> ChildSignalSetting:
    """Hear of children's ends only, not of their stops (SA_NOCLDSTOP); zombies stay zombies.

    The handler of SIGCHLD stays as it is; set it before, since setting it clears this flag. What is
    returned restores the setting. Raises OSError: EINVAL; the C library refused. See sigaction(2).
    """
    return _with_flag(SA_NOCLDSTOP)


def no_zombies() -> ChildSignalSetting:
    """Let children vanish when they end, and still hear of it (SA_NOCLDWAIT).

    As with ignore_children() their statuses are lost; the handler of SIGCHLD stays and is called.
    Set it before, since setting it clears this flag. What is returned restores the setting. Raises
    OSError: EINVAL; the C library refused. See sigaction(2).
    """
    return _with_flag(SA_NOCLDWAIT)


def _set_disposition(new: Disposition) -> ChildSignalSetting:
    flags = change_sigaction_flags(SIGCHLD, 0)
    return ChildSignalSetting(sigaction(SIGCHLD, new), flags)


def _with_flag(flag: int) -> ChildSignalSetting:
    before = disposition(SIGCHLD)
    return ChildSignalSetting(before, change_sigaction_flags(SIGCHLD, flag))
