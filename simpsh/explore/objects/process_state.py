"""The kernel's state of a process, as far as operations use and change it."""

from __future__ import annotations

import struct
from collections.abc import Container, Iterable
from typing import Protocol

from simpsh.base.record import Mutable, fresh
from simpsh.base.signal_names import IGNORED_BY_DEFAULT, SIGCHLD, SIGKILL, STOP_SIGNALS
from simpsh.explore.objects.symbolic_names import Description, HeldEnd, Name, Region

WORD = struct.calcsize("P")
SA_NOCLDWAIT = 2
Result = int | str | bytes | tuple[object, ...] | None
"""The real result of an operation's call, in symbolic form."""
DEFAULT, IGNORE, HANDLER = "default", "ignore", "handler"
"""The dispositions of a signal."""
_SA_SIGINFO, _SA_RESETHAND = 4, 0x80000000


def with_sent(pending: tuple[int, ...], signal: int) -> tuple[int, ...]:
    """Return pending signals with one more; a signal is pending only once."""
    return tuple(sorted({*pending, signal}))


class Dispositions(Protocol):
    """The signal dispositions and the signal mask of a process."""

    @property
    def caught(self) -> frozenset[int]:
        """The signals with a handler."""

    @property
    def ignored(self) -> frozenset[int]:
        """The ignored signals."""

    @property
    def blocked(self) -> frozenset[int]:
        """The blocked signals."""


def has_no_effect(target: Dispositions, signal: int) -> bool:
    """Return whether a signal is ignored, explicitly or by default."""
    is_default = signal not in target.caught
    return signal in target.ignored or (is_default and signal in IGNORED_BY_DEFAULT)


def is_lost(target: Dispositions, signal: int) -> bool:
    """Return whether a signal sent now has no effect, whatever happens later.

    A blocked signal stays pending: it may be caught by the time it is unblocked.
    """
    return signal not in target.blocked and has_no_effect(target, signal)


def is_fatal(target: Dispositions, signal: int) -> bool:
    """Return whether the delivery of a signal ends the process."""
    is_default = signal not in target.caught and signal not in target.ignored
    return bool(signal) and is_default and signal not in IGNORED_BY_DEFAULT | STOP_SIGNALS


class SignalState(Mutable):
    """The pending signals, dispositions and signal mask of a process."""

    pending: tuple[int, ...] = ()
    """The signals sent to the process that have not arrived yet, sorted."""
    caught: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    """The signal mask; only up to date if signals matter."""
    actions: dict[int, bytes] = fresh(dict)
    """The struct given to sigaction for each signal since the last exec; /proc does not show it."""
    lets_children_vanish: bool = False
    """Whether the process has ever ignored SIGCHLD, or set SA_NOCLDWAIT, so children vanish."""

    def _flags(self, signal: int) -> int:
        return int.from_bytes(self.actions.get(signal, b"")[WORD:][:8], "little")

    @property
    def child_flags(self) -> int:
        """SA_NOCLDWAIT, if the process has set it for SIGCHLD."""
        return self._flags(SIGCHLD) & SA_NOCLDWAIT

    @property
    def deliverable(self) -> tuple[int, ...]:
        """The pending signals that are not blocked."""
        return tuple(each for each in self.pending if each == SIGKILL or each not in self.blocked)

    def shows_sender(self, signal: int) -> bool:
        """Return whether a handler gets a siginfo_t, which names the signal's sender."""
        return signal in self.caught and bool(self._flags(signal) & _SA_SIGINFO)

    def set_action(self, signal: int, disposition: str, action: bytes) -> None:
        """Set a signal's disposition; a pending signal that is now ignored is dropped."""
        was_ignored = signal in self.ignored
        self.actions[signal] = action
        self.caught, self.ignored = self.caught - {signal}, self.ignored - {signal}
        if disposition == HANDLER:
            self.caught |= {signal}
        elif disposition == IGNORE:
            self.ignored |= {signal}
        if signal == SIGCHLD:
            vanish = was_ignored or disposition == IGNORE or self.child_flags & SA_NOCLDWAIT
            self.lets_children_vanish |= bool(vanish)
        if SIGKILL not in self.pending and has_no_effect(self, signal):
            self.remove(signal)

    def is_reset(self, signal: int) -> bool:
        """Return whether the disposition is reset when the handler begins (SA_RESETHAND)."""
        return bool(self._flags(signal) & _SA_RESETHAND)

    def begin_handler(self, signal: int) -> None:
        """Record that a handler begins."""
        if self.is_reset(signal):
            self.caught -= {signal}

    def remove(self, signal: int) -> None:
        """Record that a signal is no longer pending."""
        self.pending = tuple(number for number in self.pending if number != signal)

    def send_to_itself(self, signal: int) -> None:
        """Record a signal that the process has sent to itself; it may arrive in the same step."""
        if signal in (0, SIGKILL) or SIGKILL in self.pending or is_lost(self, signal):
            return
        self.pending = with_sent(self.pending, signal)


class OpenFiles(Mutable):
    """The descriptors of a process, as far as other processes may notice them."""

    ends: frozenset[HeldEnd] = frozenset()
    are_stale: bool = True
    """Whether `ends` may have changed."""
    descriptions: dict[int, Description] = fresh(dict)
    """The open file descriptions of locked files, by descriptor."""
    shared: frozenset[Name] = frozenset()
    """Files that were open at a fork; any descriptor of such a file may share its offset."""

    def keep(self, numbers: Container[int]) -> None:
        descriptions = self.descriptions.items()
        self.descriptions = {number: name for number, name in descriptions if number in numbers}

    def set_ends(self, ends: Iterable[HeldEnd]) -> None:
        self.ends, self.are_stale = frozenset(ends), False

    def add(self, number: int, description: Description) -> None:
        self.descriptions[number] = description

    def duplicate(self, old: int, new: int) -> None:
        """Record that `new` is now a duplicate of `old`."""
        self.descriptions.pop(new, None)
        if old in self.descriptions:
            self.descriptions[new] = self.descriptions[old]


class Life(Mutable):
    """The birth and the progress towards the end of a process."""

    was_vforked: bool = False
    """Whether the process was made by vfork, and so has written to its parent's memory."""
    vfork_call: list[int] = fresh(list)
    """The registers of the vfork that the process is about to make, or that has made it."""
    has_executed: bool = False
    """Whether the process has called exec since its birth."""
    is_released: bool = False
    """Whether the process has executed a program or ended; a vfork parent waits for that."""
    is_exiting: bool = False
    """Whether the process has called exit, so that handlers no longer run."""
    dying_of: int = 0
    """The signal that ends the process after its descriptors are closed; 0 for none."""
    is_struck: bool = False
    """Whether that signal has been sent to it."""

    @property
    def is_in_parents_memory(self) -> bool:
        """Whether the process was made by vfork, and has neither executed a program nor ended."""
        return self.was_vforked and not self.is_released

    def vforks(self, call: list[int], *, as_child: bool = False) -> None:
        """Record `call`, the registers of a vfork; it is empty once the vfork has been made."""
        self.vfork_call, self.was_vforked = call, self.was_vforked or as_child


class MemoryRegion(Mutable):
    """A part of a process's memory that others share."""

    name: Region
    address: int
    length: int
    is_closed: bool = False
    """Whether every use of the region stops the process."""

    def has(self, address: int) -> bool:
        return self.address <= address < self.address + self.length
