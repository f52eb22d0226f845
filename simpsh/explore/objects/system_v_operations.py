"""System V semaphores, message queues and shared memory; see sysvipc(7).

The explorer answers the calls itself, except those that map memory: objects in the kernel would
survive from run to run. An object gets the id that it has in an empty IPC namespace, as in free
runs.

If an object is removed, a process that sleeps in a call gets EIDRM, and a process that has not yet
made the call gets EINVAL. The model does not distinguish the two, so it flags that.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Sequence
from typing import NamedTuple

from simpsh.base.phrases import counted, listed
from simpsh.explore import flags
from simpsh.explore.objects.file_operations import KEY_OF_FILE
from simpsh.explore.objects.kernel_state import (
    INTERRUPTED,
    HistoryEdge,
    KeptKey,
    Kernel,
    Operation,
    Prediction,
    Quiet,
    follows,
)
from simpsh.explore.objects.marked_text import ProcessId, Text
from simpsh.explore.objects.memory_operations import MOST_BYTES, note_sharing, whole_pages
from simpsh.explore.objects.name_words import PLAIN, Naming
from simpsh.explore.objects.process_state import MemoryRegion, Result, Segment
from simpsh.explore.objects.stop import Stop

OF_OTHERS = "System V objects of other programs"
SEMAPHORES, QUEUE, MEMORY = "semaphore set", "message queue", "shared memory segment"
_IPC_CREAT, _IPC_EXCL, _IPC_NOWAIT, _IPC_RMID = 0o1000, 0o2000, 0o4000, 0
_MODE, _READS_AND_WRITES = 0o777, 0o600
_INDEX_BITS, _LEAST_CYCLE = 15, 64


# -- the existing objects --------------------------------------------------------------------------


class SemaphoreSet(NamedTuple):
    """The state of a set of semaphores."""

    key: int
    mode: int
    values: tuple[int, ...]
    undos: tuple[tuple[str, int, int], ...] = ()
    """Each entry: a process, a semaphore, and the number added to the semaphore at the process's
    end (SEM_UNDO)."""

    @property
    def size(self) -> int:
        """The number of semaphores."""
        return len(self.values)


class Message(NamedTuple):
    """A message in a queue."""

    type: int | ProcessId
    data: Text
    length: int
    """The number of bytes of the text."""


class MessageQueue(NamedTuple):
    """The state of a message queue."""

    key: int
    mode: int
    messages: tuple[Message, ...] = ()

    @property
    def size(self) -> int:
        """0, because msgget takes no size."""
        return 0


class SharedMemory(NamedTuple):
    """The state of a segment, except its contents; see memory_operations."""

    key: int
    mode: int
    size: int


SystemVObject = SemaphoreSet | MessageQueue | SharedMemory


class _ObjectKey(KeptKey):
    """The kind and the id of an object."""

    __slots__ = ()

    def remaining(self, kernel: Kernel, value: object) -> object:
        """Raise a flag if a process has ended before its changes were undone; return the value."""
        undos = value.undos if isinstance(value, SemaphoreSet) else ()
        if kernel.procs and any(name not in kernel.procs for name, _, _ in undos):
            kernel.learned.doubts.add(flags.UNDOES_AT_END)
        return value


def _key(kind: str, number: int) -> _ObjectKey:
    return _ObjectKey((kind, str(number)))


def _set(kernel: Kernel, number: int) -> SemaphoreSet | None:
    value = kernel.kept.get(_key(SEMAPHORES, number))
    return value if isinstance(value, SemaphoreSet) else None


def _queue(kernel: Kernel, number: int) -> MessageQueue | None:
    value = kernel.kept.get(_key(QUEUE, number))
    return value if isinstance(value, MessageQueue) else None


def _objects(kernel: Kernel, kind: str) -> dict[int, SystemVObject]:
    """Return the objects of a kind by id."""
    return {
        int(str(key[1])): value
        for key, value in kernel.kept.items()
        if key[0] == kind and isinstance(value, SystemVObject)
    }


def _next_number(kernel: Kernel, kind: str) -> tuple[int, int]:
    """Return the index and the sequence number of the next object, as chosen by ipc_addid()."""
    last, sequence = kernel.kept_tuple(KeptKey(("numbers", kind))) or (-1, 0)
    assert isinstance(last, int)
    assert isinstance(sequence, int)
    used = {number % (1 << _INDEX_BITS) for number in _objects(kernel, kind)}
    # In cyclic order, so that the index of a removed object is not reused at once.
    most = max(len(used) * 3 // 2, _LEAST_CYCLE)
    indexes = (*range(last + 1, most), *range(most))
    index = next(index for index in indexes if index not in used)
    return index, sequence + (index <= last)


def sets_to_undo(kernel: Kernel, name: str) -> list[tuple[KeptKey, SemaphoreSet]]:
    """Return the sets whose values change at the end of a process (SEM_UNDO)."""
    sets = ((key, each) for key, each in kernel.kept.items() if isinstance(each, SemaphoreSet))
    return [(key, each) for key, each in sets if any(undo[0] == name for undo in each.undos)]


def undo(kernel: Kernel, name: str) -> None:
    """Undo an ending process's changes to semaphores (SEM_UNDO), set by set as the kernel does."""
    changed = sets_to_undo(kernel, name)
    if len(changed) > 1:
        kernel.learned.doubts.add(flags.UNDOES_AT_END)
    for key, semaphores in changed:
        values = list(semaphores.values)
        for owner, index, count in semaphores.undos:
            if owner == name:
                values[index] = min(max(values[index] + count, 0), _MOST_VALUE)
        left = tuple(each for each in semaphores.undos if each[0] != name)
        kernel.kept[key] = semaphores._replace(values=tuple(values), undos=left)


# -- making and removing ---------------------------------------------------------------------------


class SystemVCall(Operation):
    """A call about a System V object, which the explorer answers."""

    def prepare(self, kernel: Kernel, stop: Stop) -> None:
        if stop.process.prediction == INTERRUPTED:
            stop.skip(-errno.EINTR)
            return
        try:
            stop.skip(self._answer(kernel, stop))
        except OSError:
            # The address is invalid (EFAULT), and a message is lost.
            stop.cut_off(flags.ODD_SYSTEM_V.of(f"{stop.call} {_BAD_ADDRESS}"))

    def _answer(self, _kernel: Kernel, stop: Stop) -> int:
        """Write the requested data to the process's memory, and return the call's result."""
        prediction = stop.process.prediction
        assert isinstance(prediction, int)
        return prediction

    def came_back(self, stop: Stop, result: int) -> Result:
        prediction = stop.process.prediction
        return prediction if isinstance(prediction, tuple) else result

    def finds_nothing(self, result: object) -> bool:
        return result in (-errno.EAGAIN, -errno.ENOMSG)


class GetObject(SystemVCall):
    """Finds the object with a key, or makes one."""

    kind: str
    key: int
    bits: int
    size: int = 0
    """The number of semaphores, or of bytes."""

    def words(self, naming: Naming = PLAIN) -> str:
        return f"asks for a {self.kind}" + (f" with key {self.key:#x}" if self.key else "")

    def _existing(self, kernel: Kernel) -> tuple[int, SystemVObject] | None:
        objects = _objects(kernel, self.kind).items()
        return next((each for each in objects if self.key and self.key == each[1].key), None)

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the object's id, or minus the errno."""
        existing = self._existing(kernel)
        if existing is None:
            if self.key and not self.bits & _IPC_CREAT:
                return -errno.ENOENT
            if self.kind != QUEUE and not self.size:
                return -errno.EINVAL
            index, sequence = _next_number(kernel, self.kind)
            return (sequence << _INDEX_BITS) + index
        if self.bits & _IPC_CREAT and self.bits & _IPC_EXCL:
            return -errno.EEXIST
        number, value = existing
        return -errno.EINVAL if self.size > value.size else number

    def _answer(self, kernel: Kernel, stop: Stop) -> int:
        number = super()._answer(kernel, stop)
        if self._existing(kernel) is None and number >= 0:
            if self.kind == SEMAPHORES:
                stop.run.set_sizes[number] = self.size
            elif self.kind == MEMORY:
                stop.make_segment(number, self.size)
        return number

    def _new(self) -> SystemVObject:
        common = self.key, self.bits & _MODE
        if self.kind == SEMAPHORES:
            return SemaphoreSet(*common, (0,) * self.size)
        return MessageQueue(*common) if self.kind == QUEUE else SharedMemory(*common, self.size)

    def doubt(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> None:
        """Flag a request for rights that the object's mode does not grant, except to root."""
        existing = self._existing(kernel)
        asked = self.bits >> 6 | self.bits >> 3 | self.bits
        if existing is not None and asked & ~(existing[1].mode >> 6) & 7:
            kernel.learned.doubts.add(flags.ASKS_FOR_MORE.of(self.kind))

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        if self._existing(kernel) is None and isinstance(edge.result, int) and edge.result >= 0:
            kernel.kept[KeptKey(("numbers", self.kind))] = _next_number(kernel, self.kind)
            kernel.kept[_key(self.kind, edge.result)] = self._new()


class RemoveObject(SystemVCall):
    """Removes an object."""

    kind: str
    number: int

    def words(self, naming: Naming = PLAIN) -> str:
        return f"removes {self.kind} {self.number}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        return 0 if _key(self.kind, self.number) in kernel.kept else -errno.EINVAL

    def doubt(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> None:
        """Flag a removal while another process may be asleep in a call on the object."""
        key = _key(self.kind, self.number)
        for other, (node, _) in kernel.procs.items():
            call = node.operation
            uses_object = isinstance(call, _MayWait) and call.key == key
            if other != name and uses_object and not call.is_ready(kernel, other):
                kernel.learned.doubts.add(flags.REMOVES_AWAITED.of(self.kind))

    def _answer(self, kernel: Kernel, stop: Stop) -> int:
        segment = stop.run.segments.get(self.number)
        if self.kind == MEMORY and segment is not None:
            segment.is_removed = True
        return super()._answer(kernel, stop)

    def act(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> None:
        kernel.kept.pop(_key(self.kind, self.number), None)


_BAD_ADDRESS = "with an address that it may not use"
_OTHER_COMMAND = "with another command than IPC_RMID"


def _is_followed(stop: Stop, oddity: str = "") -> bool:
    """Return whether a call is followed; otherwise flag it.

    `oddity` says what the rules do not cover in the call; it is empty if they cover it.
    """
    if not stop.workplace.is_private:
        stop.flag_family(flags.SYSTEM_V)
        return False
    if oddity:
        # The kernel cannot make the call, because it does not have the objects.
        stop.cut_off(flags.ODD_SYSTEM_V.of(f"{stop.call} {oddity}"))
    stop.known.independent_of.add(OF_OTHERS)
    return True


@follows("semget", "msgget", "shmget")
def _get(stop: Stop) -> Operation | None:
    key, is_queue = stop.number(0), stop.call == "msgget"
    bits, size = stop.number(1 if is_queue else 2), 0 if is_queue else stop.args[1]
    kind, most = _KINDS[stop.call]
    is_open = bits & _READS_AND_WRITES == _READS_AND_WRITES
    finds = key and not bits & _IPC_CREAT
    oddity = "" if is_open or finds else "with a mode that its owner cannot use, unlike 0600"
    if _is_followed(stop, oddity or (f"of more than {most:,}" if size > most else "")):
        number = key & KEY_OF_FILE
        project = key & 0xFFFFFFFF & ~KEY_OF_FILE
        return GetObject(kind, project | stop.run.keys.get(number, number), bits, size)
    return None


class _MayWait(SystemVCall):
    """A call that waits until the object permits it."""

    number: int

    kind = ""

    @property
    def key(self) -> KeptKey:
        return _key(self.kind, self.number)

    def _outcome(self, kernel: Kernel, name: str) -> object:
        """Return the object after the call, or minus the errno; None if the call waits."""
        raise NotImplementedError

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        return self._outcome(kernel, name) is not None

    def result(self, kernel: Kernel, name: str) -> Prediction:
        outcome = self._outcome(kernel, name)
        return outcome if isinstance(outcome, int) else 0

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> None:
        outcome = self._outcome(kernel, name)
        if isinstance(outcome, SemaphoreSet | MessageQueue):
            kernel.kept[self.key] = outcome


# -- semaphores ------------------------------------------------------------------------------------

_MOST_SEMAPHORES, _MOST_VALUE, _MOST_CHANGES, _SEM_UNDO = 32000, 32767, 500, 0x1000
_KINDS = {
    "semget": (SEMAPHORES, _MOST_SEMAPHORES),
    "msgget": (QUEUE, 0),
    "shmget": (MEMORY, MOST_BYTES),
}
"""The kind of object that a call makes, and its largest size."""
_CHANGE = struct.Struct("Hhh")
_GETVAL, _GETALL, _SETVAL, _SETALL = 12, 13, 16, 17


def _of_set(number: int) -> str:
    """Return a phrase for a set; empty for the first one."""
    return f" of set {number}" if number else ""


class SemaphoreChange(_MayWait):
    """Changes semaphores of a set atomically; see semop(2)."""

    changes: tuple[tuple[int, int, int], ...]
    """The index of a semaphore, the number to add (0 to wait for 0), and the flags."""

    kind = SEMAPHORES

    def words(self, naming: Naming = PLAIN) -> str:
        parts = []
        for index, change, _ in self.changes:
            verb = f"adds {change} to" if change > 0 else f"takes {-change} from"
            parts.append(f"{verb if change else 'waits for 0 in'} semaphore {index}")
        return listed(parts) + _of_set(self.number)

    def reason(self, _name: str, _awaited: Sequence[str], _naming: Naming) -> str:
        if len(self.changes) > 1:
            return "the values do not permit that"
        change = self.changes[0][1]
        return f"its value is below {-change}" if change else "its value is not 0"

    def _outcome(self, kernel: Kernel, name: str) -> SemaphoreSet | int | None:
        semaphores = _set(kernel, self.number)
        if semaphores is None:
            return -errno.EINVAL
        values = list(semaphores.values)
        undos = {(owner, index): count for owner, index, count in semaphores.undos}
        if any(index >= len(values) for index, _, _ in self.changes):
            return -errno.EFBIG
        for index, change, bits in self.changes:
            value = values[index] + change
            if value < 0 or (not change and value):
                return -errno.EAGAIN if bits & _IPC_NOWAIT else None
            if value > _MOST_VALUE:
                return -errno.ERANGE
            values[index] = value
            if bits & _SEM_UNDO:
                undos[name, index] = undos.get((name, index), 0) - change
        left = ((*key, count) for key, count in sorted(undos.items()) if count)
        return semaphores._replace(values=tuple(values), undos=tuple(left))


@follows("semop", "semtimedop")
def _semop(stop: Stop) -> Operation | None:
    address, count = stop.args[1:3]
    has_limit = stop.call == "semtimedop" and stop.args[3] != 0
    if not _is_followed(stop, "with a time limit" if has_limit else ""):
        return None
    if not 0 < count <= _MOST_CHANGES:
        stop.skip(-errno.E2BIG if count else -errno.EINVAL)
        return None
    data = stop.read(address, _CHANGE.size * count)
    if len(data) < _CHANGE.size * count:
        return None  # EFAULT
    changes = tuple(_CHANGE.iter_unpack(data))
    if any(bits & _SEM_UNDO for _, _, bits in changes):
        stop.run.undoers.add(stop.process.name)
        stop.process.count("undoes", 1)
    return SemaphoreChange(stop.number(0), changes)


class SetSemaphores(SystemVCall):
    """Sets one semaphore of a set, or all (SETVAL, SETALL)."""

    number: int
    first: int
    values: tuple[int, ...]

    def words(self, naming: Naming = PLAIN) -> str:
        target = f"semaphore {self.first}" if len(self.values) == 1 else "the semaphores"
        values = listed(list(map(str, self.values)))
        return f"sets {target}{_of_set(self.number)} to {values}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        old = _set(kernel, self.number)
        if any(not 0 <= value <= _MOST_VALUE for value in self.values):
            return -errno.ERANGE
        is_in_set = old is not None and 0 <= self.first <= len(old.values) - len(self.values)
        return 0 if is_in_set else -errno.EINVAL

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        """Set the values, and clear their undo entries."""
        old = _set(kernel, self.number)
        if edge.result == 0 and old is not None:
            changed = range(self.first, self.first + len(self.values))
            values = *old.values[: self.first], *self.values, *old.values[changed.stop :]
            undos = tuple(undo for undo in old.undos if undo[1] not in changed)
            new = old._replace(values=values, undos=undos)
            kernel.kept[_key(SEMAPHORES, self.number)] = new


class ReadSemaphores(SystemVCall):
    """Reads one semaphore of a set, or all (GETVAL, GETALL)."""

    number: int
    index: int | None
    """None for all."""

    def words(self, naming: Naming = PLAIN) -> str:
        target = "the semaphores" if self.index is None else f"semaphore {self.index}"
        return f"reads {target}{_of_set(self.number)}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        semaphores = _set(kernel, self.number)
        if semaphores is None:
            return -errno.EINVAL
        values, index = semaphores.values, self.index
        if index is None:
            return values
        return values[index] if 0 <= index < len(values) else -errno.EINVAL

    def _answer(self, kernel: Kernel, stop: Stop) -> int:
        values = stop.process.prediction
        if not isinstance(values, tuple):
            return super()._answer(kernel, stop)
        stop.write(stop.args[3], struct.pack(f"{len(values)}H", *values))
        return 0


@follows("semctl")
def _semctl(stop: Stop) -> Operation | None:
    number, index, command, size = stop.number(0), stop.number(1), stop.number(2), 0
    is_known = command in (_IPC_RMID, _GETVAL, _GETALL, _SETVAL, _SETALL)
    oddity = "" if is_known else "with another command than IPC_RMID, and to get or set values"
    if command == _SETALL:
        size = stop.run.set_sizes.get(number, 0)
        data = stop.read(stop.args[3], 2 * size)
        oddity = "" if size > 0 and len(data) == 2 * size else _BAD_ADDRESS
    if not _is_followed(stop, oddity):
        return None
    if command == _IPC_RMID:
        return RemoveObject(SEMAPHORES, number)
    if command == _SETVAL:
        return SetSemaphores(number, index, (stop.number(3),))
    if command == _SETALL:
        return SetSemaphores(number, 0, struct.unpack(f"{size}H", data))
    return ReadSemaphores(number, index if command == _GETVAL else None)


# -- messages --------------------------------------------------------------------------------------

_MOST_IN_MESSAGE, _MOST_IN_QUEUE = 8192, 16384
_MSG_NOERROR = 0o10000
_TYPE = struct.Struct("q")


def _type_of(stop: Stop, number: int) -> int | ProcessId:
    """Return the type of a message, which may be a pid of the run."""
    process = stop.process_with(number)
    return number if process is None else ProcessId(process.name)


def _type_words(kind: int | ProcessId, naming: Naming) -> str:
    return naming.process(kind.process) if isinstance(kind, ProcessId) else str(kind)


class SendMessage(_MayWait):
    """Appends a message to a queue; waits while the queue is full."""

    message: Message
    waits: bool

    kind = QUEUE
    _reason = "the queue is full"

    def words(self, naming: Naming = PLAIN) -> str:
        size = counted(self.message.length, "byte")
        kind = _type_words(self.message.type, naming)
        return f"sends {size} of type {kind} to queue {self.number}"

    def _outcome(self, kernel: Kernel, name: str) -> MessageQueue | int | None:
        queue = _queue(kernel, self.number)
        if queue is None:
            return -errno.EINVAL
        messages = *queue.messages, self.message
        if sum(message.length for message in messages) > _MOST_IN_QUEUE:
            return None if self.waits else -errno.EAGAIN
        return queue._replace(messages=messages)

    def _answer(self, kernel: Kernel, stop: Stop) -> int:
        result = super()._answer(kernel, stop)
        if result == 0:
            data = stop.read(stop.args[1], _TYPE.size + self.message.length)
            stop.run.messages.setdefault(self.number, []).append(data)
        return result


@follows("msgsnd")
def _msgsnd(stop: Stop) -> Operation | None:
    number, address, length = stop.number(0), *stop.args[1:3]
    size = _TYPE.size + min(length, _MOST_IN_MESSAGE)
    data = stop.read(address, size)
    if not _is_followed(stop, "" if len(data) == size else _BAD_ADDRESS):
        return None
    (kind,) = _TYPE.unpack_from(data)
    if kind < 1 or length > _MOST_IN_MESSAGE:
        stop.skip(-errno.EINVAL)
        return None
    message = Message(_type_of(stop, kind), stop.names.fixed(data[_TYPE.size :]), length)
    return SendMessage(number, message, not stop.number(3) & _IPC_NOWAIT)


class ReceiveMessage(_MayWait):
    """Takes a message from a queue; waits until the queue has one of the type."""

    type: int | ProcessId
    """0 for any type; a negative number for the lowest type up to its absolute value."""
    size: int
    bits: int

    kind = QUEUE
    _reason = "the queue holds no such message"

    def words(self, naming: Naming = PLAIN) -> str:
        wanted = f"a message of type {_type_words(self.type, naming)}" if self.type else "a message"
        if isinstance(self.type, int) and self.type < 0:
            wanted = f"a message of a type up to {-self.type}"
        return f"receives {wanted} from queue {self.number}"

    def _index(self, messages: tuple[Message, ...]) -> int | None:
        """Return the index of the message that the call takes; None if there is none."""
        types = [message.type for message in messages]
        wanted = self.type
        if isinstance(wanted, int) and wanted < 0:
            low = [kind for kind in types if isinstance(kind, int) and kind <= -wanted]
            if not low:
                return None
            wanted = min(low)
        if wanted == 0:
            return 0 if types else None
        return types.index(wanted) if wanted in types else None

    def _outcome(self, kernel: Kernel, name: str) -> MessageQueue | int | None:
        queue = _queue(kernel, self.number)
        if queue is None:
            return -errno.EINVAL
        index = self._index(queue.messages)
        if index is None:
            return -errno.ENOMSG if self.bits & _IPC_NOWAIT else None
        if queue.messages[index].length > self.size and not self.bits & _MSG_NOERROR:
            return -errno.E2BIG
        messages = queue.messages[:index] + queue.messages[index + 1 :]
        return queue._replace(messages=messages)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the type and the bytes of the message, or minus the errno."""
        queue = _queue(kernel, self.number)
        outcome = self._outcome(kernel, name)
        if queue is None or not isinstance(outcome, MessageQueue):
            return outcome
        message = queue.messages[self._index(queue.messages) or 0]
        return message.type, message.data[: self.size + len(message.data) - message.length]

    def doubt(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> None:
        """Flag a comparison of types by number if the type of a queued message is a pid."""
        queue = _queue(kernel, self.number)
        types = [message.type for message in queue.messages] if queue is not None else []
        is_compared = isinstance(self.type, int) and self.type < 0
        if is_compared and any(isinstance(kind, ProcessId) for kind in types):
            kernel.learned.doubts.add(flags.COMPARES_PIDS)

    def _answer(self, kernel: Kernel, stop: Stop) -> int:
        queue = _queue(kernel, self.number)
        if queue is None or not isinstance(stop.process.prediction, tuple):
            return super()._answer(kernel, stop)
        message = stop.run.messages[self.number].pop(self._index(queue.messages) or 0)
        stop.write(stop.args[1], message[: _TYPE.size + self.size])
        return min(self.size, len(message) - _TYPE.size)


@follows("msgrcv")
def _msgrcv(stop: Stop) -> Operation | None:
    size, wanted = stop.args[2:4]
    bits, wanted = stop.number(4), wanted - (1 << 64) if wanted >> 63 else wanted
    is_known = size <= 1 << 20 and not bits & ~(_IPC_NOWAIT | _MSG_NOERROR)
    if not _is_followed(stop, "" if is_known else "with other flags, or of more than 1 MB"):
        return None
    return ReceiveMessage(stop.number(0), _type_of(stop, wanted), size, bits)


@follows("msgctl")
def _msgctl(stop: Stop) -> Operation | None:
    if _is_followed(stop, "" if stop.number(1) == _IPC_RMID else _OTHER_COMMAND):
        return RemoveObject(QUEUE, stop.number(0))
    return None


# -- memory ----------------------------------------------------------------------------------------


class Attached(Quiet):
    """Attaches shared memory, whose uses are visible as soon as there are other processes."""

    segment: Segment
    before: tuple[int, ...]
    """The registers at the call."""

    _phrase = "attaches shared memory"

    def came_back(self, stop: Stop, result: int) -> Result:
        stop.restore_arguments(self.before)
        if result >= 0:
            region = MemoryRegion(self.segment.region, result, whole_pages(self.segment.size))
            stop.process.share(region)
            if stop.run.is_alone:
                self.segment.is_open = True
            else:
                stop.close_region(region)
        return result


@follows("shmat")
def _shmat(stop: Stop) -> Operation | None:
    """Follow shmat, except for a removed segment, or one that a process uses unwatched."""
    segment = stop.run.segments.get(stop.number(0))
    is_used = segment is not None and segment.is_open and not stop.run.is_alone
    oddity = ""
    if segment is not None and segment.is_removed:
        oddity = "of a removed segment"
    elif is_used:
        oddity = "of a segment that is already in use: attach it once, before fork"
    elif any(stop.args[1:3]):
        oddity = "with an address or SHM_RDONLY"
    elif not stop.can_follow_memory:
        oddity = "on this processor"
    if not _is_followed(stop, oddity):
        return None
    if segment is None:
        stop.skip(-errno.EINVAL)
        return None
    note_sharing(stop)
    return Attached(segment, stop.replace("shmat", (segment.real, 0, 0)))


@follows("shmdt")
def _shmdt(stop: Stop) -> None:
    stop.process.unshare(stop.args[0])


@follows("shmctl")
def _shmctl(stop: Stop) -> Operation | None:
    if _is_followed(stop, "" if stop.number(1) == _IPC_RMID else _OTHER_COMMAND):
        return RemoveObject(MEMORY, stop.number(0))
    return None
