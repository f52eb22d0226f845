"""Output that another process writes to the terminal while a line is edited.

The line editor moves the cursor relative to its last drawing. Output of a background job moves the
cursor, too: the editor would then erase this output instead of its own rows.

The kernel reports each write to the terminal's file through inotify(7). This is a fact, unlike the
list of jobs: a job may print nothing, and a process that is not a job may print.

Three cases are not covered, and the next drawing may erase the output. A process may write to
/dev/tty: that is one file for all sessions, so a watch would report the writes of every other
session, too. inotify merges equal events, so output between a write of the editor and discard_own()
after it counts as the editor's own. And the kernel may refuse inotify, as for the terminal of
another user.
"""

from __future__ import annotations

import os
import struct

from simpsh.base.record import suppress
from simpsh.kernel.call_observer import observing
from simpsh.kernel.descriptors import IN_MODIFY, inotify_add_watch, inotify_init1, move_above

_EVENT = struct.Struct("iIII")
"""An event without a name: watch, mask, cookie, length."""
_BLOCK = 4096 * _EVENT.size


class ForeignOutput:
    """Whether another process may have written to the terminal."""

    def __init__(self, descriptor: int) -> None:
        """Watch the terminal to which the editor writes through `descriptor`."""
        self._is_noted = False
        self._watch, self._own = -1, -1
        with suppress(OSError), observing(None):  # inotify is refused, or no descriptor is left
            self._watch = move_above(inotify_init1())
            os.set_blocking(self._watch, False)
            self._own = self._add_watch(f"/proc/self/fd/{descriptor}")
            for inherited in filter(os.isatty, range(3)):
                self._add_watch(f"/proc/self/fd/{inherited}")

    def _add_watch(self, path: str) -> int:
        with suppress(OSError):  # another user's terminal, or a file that does not exist here
            return inotify_add_watch(self._watch, path, IN_MODIFY)
        return -1

    def take(self) -> bool:
        """Return whether there may have been output since the last call."""
        self.note()
        is_noted, self._is_noted = self._is_noted, False
        return is_noted

    def note(self) -> None:
        """Remember output until now, before the editor itself writes."""
        self._is_noted |= bool(self._events())

    def discard_own(self) -> None:
        """Discard the event of a write by the editor."""
        self._is_noted |= bool(self._events() - {self._own})

    def _events(self) -> set[int]:
        """Return the watches with events; -1 if some events were lost."""
        watches: set[int] = set()
        while self._watch >= 0:
            try:
                data = os.read(self._watch, _BLOCK)
            except BlockingIOError:
                break
            watches |= {event[0] for event in _EVENT.iter_unpack(data)}
        return watches

    def close(self) -> None:
        """Close the descriptor of inotify."""
        if self._watch >= 0:
            os.close(self._watch)
            self._watch = -1
