"""POSIX message queues; see mq_overview(7).

The kernel makes the calls, in an IPC namespace without queues: the explorer removes the queues that
a run leaves. The rules model the queues and their messages, and so know when a call returns.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Mapping
from typing import NamedTuple

from simpsh.base.phrases import counted
from simpsh.explore import flags
from simpsh.explore.objects.kernel_state import (
    ANYTHING,
    DependsOn,
    HistoryEdge,
    KeptKey,
    Kernel,
    Operation,
    Prediction,
    followed,
)
from simpsh.explore.objects.process_state import Result
from simpsh.explore.objects.stop import Stop
from simpsh.explore.objects.symbolic_names import is_queue, queue_name, shown

OF_OTHERS = "message queues of other programs"
_ATTRIBUTES = struct.Struct("8l")
"""struct mq_attr: mq_flags, mq_maxmsg, mq_msgsize, mq_curmsgs, and four unused fields."""
_LIMITS = ("msg_max", "msg_default", "msgsize_max", "msgsize_default")
_MOST_BYTES, _LONGEST_NAME, _PRIORITIES = 1 << 20, 255, 1 << 15


class Queue(NamedTuple):
    """The state of a message queue."""

    name: str
    """The name; empty after the queue was unlinked."""
    mode: int
    most: int
    """The maximum number of messages in the queue."""
    size: int
    """The maximum number of bytes in a message."""
    messages: tuple[tuple[int, bytes], ...] = ()
    """Each message's priority, and data with pids as `<P1>`, in the order of their receipt."""


class _QueueKey(KeptKey):
    """The key of a queue: the open file description that made it."""

    __slots__ = ()

    def remaining(self, kernel: Kernel, value: object) -> object:
        """Return the queue as long as it has a name, or a process has it open."""
        kept = kernel.kept.items()
        users = (key for key, opened in kept if isinstance(opened, _Opened) and opened[0] == self)
        is_named = isinstance(value, Queue) and value.name
        return value if is_named or any(kernel.is_held(user[1], "q") for user in users) else None


class _Opened(NamedTuple):
    """An open file description, which fork shares."""

    key: KeptKey
    flags: int
    """The flags of open(2)."""


class _Description(KeptKey):
    __slots__ = ()

    def remaining(self, kernel: Kernel, value: object) -> object:
        """Return the open file description as long as a process has a descriptor of it."""
        return value if kernel.is_held(self[1], "q") else None


def _queue_named(kernel: Kernel, name: str) -> tuple[KeptKey, Queue] | None:
    for key, value in kernel.kept.items():
        if isinstance(value, Queue) and value.name == name:
            return key, value
    return None


def _attributes_at(stop: Stop, address: int) -> tuple[int, ...] | None:
    """Return the struct mq_attr at an address, or zeros for NULL; None if it cannot be read."""
    data = stop.read(address, _ATTRIBUTES.size) if address else bytes(_ATTRIBUTES.size)
    return _ATTRIBUTES.unpack(data) if len(data) == _ATTRIBUTES.size else None


# -- names -----------------------------------------------------------------------------------------


def _name_at(stop: Stop) -> str:
    """Return the queue name in a call; empty if the kernel refuses it in any state."""
    text = stop.text(stop.args[0])  # without the slash, which the C library removes
    if "/" in text or text in ("", ".", "..") or len(os.fsencode(text)) > _LONGEST_NAME:
        return ""
    if not stop.workplace.is_private:
        stop.flag_family(flags.SYSTEM_V)
        return ""
    stop.known.independent_of.add(OF_OTHERS)
    if stop.call == "mq_open" and stop.args[1] & os.O_CREAT:
        stop.run.queues.add(text)
    return queue_name(os.fsdecode(stop.names.symbolic(os.fsencode(text))))


def _limits(stop: Stop, asked: int, asked_size: int) -> tuple[int, int]:
    """Return a new queue's limits: messages, and bytes per message; 0 if they are refused."""
    most, usual, size, usual_size = (stop.queue_limit(name) for name in _LIMITS)
    if not most:
        stop.cut_off(flags.SYSTEM_V.of(stop.call))  # the kernel has no message queues
    if stop.workplace.has_other_limits:
        stop.flag(flags.OTHER_LIMITS)
    if not stop.args[3]:
        return min(usual, most), min(usual_size, size)
    is_too_much = asked > most or asked_size > size
    if is_too_much and stop.is_mighty:
        stop.flag(flags.LACKS_RIGHT.of(stop.call))
    return (0, 0) if is_too_much or asked <= 0 or asked_size <= 0 else (asked, asked_size)


@followed("mq_open", uses_own_state=True)
class OpenQueue(Operation):
    """Opens a message queue, or makes one."""

    name: str
    flags: int
    """The flags of open(2)."""
    mode: int = 0
    """The permissions of a new queue, with the umask applied."""
    most: int = 0
    """The maximum number of messages in a new queue; 0 if the limits are refused."""
    size: int = 0
    """The maximum number of bytes in each message."""

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        bits, mode, address = stop.args[1:4]
        attributes = _attributes_at(stop, address)
        name = _name_at(stop)
        if attributes is None or not name:
            return None
        if not bits & os.O_CREAT:
            return cls(name, bits)
        return cls(name, bits, mode & 0o777 & ~stop.umask, *_limits(stop, *attributes[1:3]))

    def came_back(self, stop: Stop, result: int) -> Result:
        """Return the descriptor and its open file description, or minus the errno."""
        process = stop.process
        if result in (-errno.EMFILE, -errno.ENOSPC):
            stop.flag(flags.MANY_QUEUES)
        if result < 0:
            return result
        description = queue_name(f"{process.name}#{process.count('opens')}")
        process.files.opened(result, description)
        process.files.mark_stale()
        stop.add_queue(result, self.name)
        return result, description

    def _words(self, letters: Mapping[str, str]) -> str:
        marks = ((os.O_CREAT, "create"), (os.O_EXCL, "new only"))
        named = ", ".join(word for bit, word in marks if self.flags & bit)
        return f"opens {shown(self.name, letters)}" + f" ({named})" * bool(named)

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return minus the errno, or the permissions that the result depends on."""
        existing = _queue_named(kernel, self.name)
        if existing is None:
            if not self.flags & os.O_CREAT:
                return -errno.ENOENT
            return ANYTHING if self.most else -errno.EINVAL
        is_new_only = self.flags & os.O_CREAT and self.flags & os.O_EXCL
        return -errno.EEXIST if is_new_only else DependsOn((existing[1].mode,))

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        if not isinstance(edge.result, tuple):
            return
        existing, description = _queue_named(kernel, self.name), edge.result[1]
        key = existing[0] if existing else _QueueKey(("queue", description))
        kernel.kept.setdefault(key, Queue(self.name, self.mode, self.most, self.size))
        kernel.kept[_Description(("opened", description))] = _Opened(key, self.flags)

    def finds_nothing(self, result: object) -> bool:
        return isinstance(result, int)


@followed("mq_unlink")
class UnlinkQueue(Operation):
    """Removes the name of a message queue, which exists as long as a process has it open."""

    name: str

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        name = _name_at(stop)
        return cls(name) if name else None

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"removes {shown(self.name, letters)}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        return 0 if _queue_named(kernel, self.name) else -errno.ENOENT

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        existing = _queue_named(kernel, self.name)
        if existing is not None and edge.result == 0:
            kernel.kept[existing[0]] = existing[1]._replace(name="")


# -- messages --------------------------------------------------------------------------------------


class _OnQueue(Operation):
    """Uses an open message queue."""

    description: str
    queue: str
    """The name of the queue when it was opened."""

    def _opened(self, kernel: Kernel) -> tuple[_Opened, Queue]:
        opened = kernel.kept[_Description(("opened", self.description))]
        assert isinstance(opened, _Opened)
        queue = kernel.kept[opened.key]
        assert isinstance(queue, Queue)
        return opened, queue


def _used(stop: Stop) -> tuple[str, str]:
    """Return the open file description and the name of a call's queue; empty if there is none."""
    name = stop.object_of(stop.number(0))
    description = stop.process.files.descriptions.get(stop.number(0), "")
    return (description, name) if is_queue(name) else ("", "")


class _MayWait(_OnQueue):
    """Waits until the queue permits it, or until a timeout."""

    limit: int | None

    _wrong_mode = os.O_RDONLY

    def _outcome(self, kernel: Kernel) -> Queue | int | None:
        """Return the queue after the call, or minus the errno; None if the call waits."""
        opened, queue = self._opened(kernel)
        if opened.flags & os.O_ACCMODE == self._wrong_mode:
            return -errno.EBADF
        outcome = self._after(queue)
        return -errno.EAGAIN if outcome is None and opened.flags & os.O_NONBLOCK else outcome

    def _after(self, queue: Queue) -> Queue | int | None:
        """Return what _outcome() returns, for a call that is permitted and may block."""
        raise NotImplementedError

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether the call need not wait, or may time out."""
        return self.may_be_over(kernel, name) or self._outcome(kernel) is not None

    def waits_for_time(self, kernel: Kernel, _name: str) -> bool:
        return self._outcome(kernel) is None

    def prepare(self, kernel: Kernel, stop: Stop) -> None:
        if stop.process.prediction == -errno.ETIMEDOUT:
            stop.run.wait_until(stop.process.due)
            stop.skip(-errno.ETIMEDOUT)

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        outcome = self._outcome(kernel)
        if isinstance(outcome, Queue):
            return 0
        return -errno.ETIMEDOUT if outcome is None else outcome

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        outcome = self._outcome(kernel)
        if isinstance(outcome, Queue):
            kernel.kept[self._opened(kernel)[0].key] = outcome

    def finds_nothing(self, result: object) -> bool:
        return result in (-errno.EAGAIN, -errno.ETIMEDOUT)


def _waiting(stop: Stop) -> tuple[str, str, int | None] | None:
    """Return the fields of _MayWait; None if the kernel refuses the call in any state."""
    time = stop.args[4]
    description, name = _used(stop)
    if not description or (time and stop.time_at(time) is None):
        return None
    return description, name, stop.time_left(time, is_relative=False) if time else None


@followed("mq_timedsend", uses_own_state=True)
class SendToQueue(_MayWait):
    """Adds a message to a queue, after others of equal priority; waits while the queue is full."""

    priority: int
    data: bytes
    """The message, with pids of the run as `<P1>`."""
    length: int

    _waits_for = "the queue is full"

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        address, length, priority = stop.args[1:4]
        priority &= 0xFFFFFFFF
        waiting, data = _waiting(stop), stop.read(address, min(length, _MOST_BYTES))
        is_readable = len(data) == min(length, _MOST_BYTES)
        if waiting is None or priority >= _PRIORITIES or not is_readable:
            return None
        return cls(*waiting, priority, stop.names.symbolic_message(data), length)

    def _words(self, letters: Mapping[str, str]) -> str:
        size = counted(self.length, "byte")
        return f"sends {size} of priority {self.priority} to {shown(self.queue, letters)}"

    def _after(self, queue: Queue) -> Queue | int | None:
        if self.length > queue.size:
            return -errno.EMSGSIZE
        if len(queue.messages) >= queue.most:
            return None
        index = sum(priority >= self.priority for priority, _ in queue.messages)
        earlier, later = queue.messages[:index], queue.messages[index:]
        return queue._replace(messages=(*earlier, (self.priority, self.data), *later))


@followed("mq_timedreceive", uses_own_state=True)
class TakeFromQueue(_MayWait):
    """Takes the oldest message of the highest priority; waits while the queue is empty."""

    size: int
    shows_priority: bool

    _wrong_mode = os.O_WRONLY
    _waits_for = "the queue is empty"

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        waiting = _waiting(stop)
        return cls(*waiting, stop.args[2], bool(stop.args[3])) if waiting else None

    def came_back(self, stop: Stop, result: int) -> Result:
        """Return the priority and the bytes of the message, or minus the errno."""
        if result == -errno.EFAULT:
            stop.cut_off(flags.SYSTEM_V.of(stop.call))  # the message is lost
        if result < 0:
            return result
        priority = int.from_bytes(stop.read(stop.args[3], 4), "little") if stop.args[3] else None
        return priority, stop.names.symbolic_message(stop.read(stop.args[1], result))

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"receives a message from {shown(self.queue, letters)}"

    def _after(self, queue: Queue) -> Queue | int | None:
        if self.size < queue.size:
            return -errno.EMSGSIZE
        return queue._replace(messages=queue.messages[1:]) if queue.messages else None

    def result(self, kernel: Kernel, name: str) -> Prediction:
        if not isinstance(self._outcome(kernel), Queue):
            return super().result(kernel, name)
        priority, data = self._opened(kernel)[1].messages[0]
        return priority if self.shows_priority else None, data


@followed("mq_getsetattr", uses_own_state=True)
class QueueAttributes(_OnQueue):
    """Reads the attributes of a queue, or sets O_NONBLOCK; see mq_getattr(3)."""

    sets: int | None
    asks: bool

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        new, old = stop.args[1:3]
        description, name = _used(stop)
        if not description or not (new or old):
            return None
        attributes = _attributes_at(stop, new)
        if attributes is None or attributes[0] & ~os.O_NONBLOCK:
            return None
        return cls(description, name, attributes[0] if new else None, bool(old))

    def came_back(self, stop: Stop, result: int) -> Result:
        attributes = _attributes_at(stop, stop.args[2]) if result == 0 and self.asks else None
        return attributes[:4] if attributes else result

    def _words(self, letters: Mapping[str, str]) -> str:
        verb = "looks at" if self.sets is None else "sets whether it waits for"
        return f"{verb} {shown(self.queue, letters)}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the first four fields of struct mq_attr."""
        opened, queue = self._opened(kernel)
        bits = opened.flags & os.O_NONBLOCK
        return (bits, queue.most, queue.size, len(queue.messages)) if self.asks else 0

    def doubt(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> None:
        """Flag setting O_NONBLOCK while another process may be asleep in a call.

        That process continues to wait.
        """
        for other, (node, _) in kernel.procs.items():
            call = node.operation
            is_same = isinstance(call, _MayWait) and call.description == self.description
            if self.sets and other != name and is_same and call.waits_for_time(kernel, other):
                kernel.learned.doubts.add(flags.NO_LONGER_WAITS)

    def act(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> None:
        opened, _ = self._opened(kernel)
        if self.sets is not None:
            bits = opened.flags & ~os.O_NONBLOCK | self.sets
            kernel.kept[_Description(("opened", self.description))] = opened._replace(flags=bits)
