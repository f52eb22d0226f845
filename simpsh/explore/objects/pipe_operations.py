"""Descriptors: reading and writing pipes, files and the output; making and closing descriptors.

A pipe that may become full raises a flag.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import struct
from collections.abc import Iterable, Mapping, Sequence

from simpsh.base.phrases import listed
from simpsh.explore import flags
from simpsh.explore.objects.file_operations import OTHER_END, histories, lengthen
from simpsh.explore.objects.held_call import HeldCall
from simpsh.explore.objects.kernel_state import (
    ANYTHING,
    INTERRUPTED,
    HistoryEdge,
    HistoryNode,
    Kernel,
    Learned,
    OnObject,
    Operation,
    Prediction,
    Quiet,
    follows,
)
from simpsh.explore.objects.name_words import PLAIN, Naming, quoted
from simpsh.explore.objects.process_state import WORD, Result
from simpsh.explore.objects.signal_operations import Pause
from simpsh.explore.objects.symbolic_names import (
    OUT,
    SIDES,
    Channel,
    Fifo,
    File,
    Foreign,
    HeldEnd,
    Name,
    Output,
    OwnFile,
    Pipe,
    Side,
    Stored,
)
from simpsh.explore.objects.virtual_clock import RANDOM_DEVICES, answer_random, leave_rest, sleep

# -- reading and writing ---------------------------------------------------------------------------


_MOST_BYTES = 1 << 20


def _bytes_moved(stop: HeldCall, count: int) -> bytes:
    """Return the bytes that a call will write or has read."""
    return stop.read(stop.args[1], min(count, _MOST_BYTES))


def _moves(stop: HeldCall, end: Side, size: int) -> bool:
    """Return whether a call can move bytes; for 0 bytes, or at the wrong end, it never waits."""
    return size > 0 and end in stop.ends_of(stop.number(0))


_NULL = File("/dev/null")


class _Moves(OnObject):
    def finds_nothing(self, result: object) -> bool:
        """Return whether a call on a file failed."""
        return isinstance(result, int) and result < 0 and isinstance(self.object, Stored)


@follows("read", "pread64")
class Read(_Moves):
    """Reads from a pipe or a file.

    A read from a pipe returns at most `size` of its bytes; end of file if no writer is left.
    """

    size: int
    moves: bool = False
    """Whether the read moves an offset in a file that other processes share."""

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        """Follow a read; in a file, the read may move an offset that another process shares."""
        name, size = stop.object_of(stop.number(0)), stop.args[2]
        if stop.call == "pread64":
            return cls(name, size) if isinstance(name, Stored) and stop.is_shared(name) else None
        if name in RANDOM_DEVICES:
            answer_random(stop, *stop.args[1:3])
            return None
        stop.take_input(name)
        if isinstance(name, Foreign) and name.is_pipe:
            stop.not_examined("a pipe from outside")
        elif name == OUT or (isinstance(name, File) and name.is_terminal):
            stop.not_examined("the terminal")
        if isinstance(name, Channel):
            return cls(name, size) if _moves(stop, "r", size) else None
        if not isinstance(name, Stored):
            return None
        if not stop.has_shared_offset(name) and not stop.is_shared(name):
            return None
        # Another process may only write, or seek, at the offset that this read moves.
        return cls(name, size, name in stop.process.files.shared)

    def came_back(self, stop: HeldCall, result: int) -> Result:
        return result if result < 0 else _bytes_moved(stop, result)

    def note(self, learned: Learned, name: str) -> None:
        learned.pipes.note_use(name, self.object, "r", self.size)

    def words(self, naming: Naming = PLAIN) -> str:
        count = "1 byte" if self.size == 1 else f"up to {self.size} bytes"
        return f"reads {count} from {naming.object(self.object)}"

    def awaited(self, kernel: Kernel, _name: str) -> list[str]:
        return kernel.holders(self.object, "w")

    def reason(self, name: str, awaited: Sequence[str], naming: Naming) -> str:
        pipe, itself = naming.object(self.object), naming.process(name)
        others = naming.of_processes(writer for writer in awaited if writer != name)
        if not others:
            return (
                f"{pipe} is empty, and no process but {itself} itself holds a write end: "
                "it waits for itself"
            )
        itself = f", and so does {itself} itself" if name in awaited else ""
        holds = "holds a write end" if len(others) == 1 else "hold write ends"
        return f"{pipe} is empty, and {listed(others)} still {holds}{itself}"

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Return whether the pipe has bytes or no writer."""
        pipe = self.object
        if not isinstance(pipe, Channel):
            return True
        return pipe in kernel.pipes or not kernel.is_held(pipe, "w")

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the bytes; for a file, the history that they depend on."""
        if isinstance(self.object, Channel):
            return kernel.pipes.get(self.object, b"")[: self.size]
        return histories(kernel, self.object) if isinstance(self.object, Stored) else ANYTHING

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        """Remove the bytes from the pipe; in a file, move the offset for all that share it."""
        pipe, data = self.object, edge.result
        if isinstance(pipe, Stored) and self.moves:
            lengthen(kernel, edge, pipe)
        elif isinstance(pipe, Channel) and isinstance(data, bytes) and data:
            unread = kernel.pipes.pop(pipe, b"")[len(data) :]
            if unread:
                kernel.pipes[pipe] = unread

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether no other process reads, and the pipe has the bytes or no writer."""
        pipe, name = self.object, node.name
        if not isinstance(pipe, Channel) or isinstance(pipe, Fifo):
            return False  # a writer may still open a FIFO
        is_alone = kernel.holders(pipe, "r") == [name]
        pipes = kernel.learned.pipes
        if not is_alone and not pipes.is_only_reader(name, pipe):
            return False
        enough = len(kernel.pipes.get(pipe, b"")) >= self.size
        return enough or not kernel.is_held(pipe, "w")


@follows("write", "pwrite64")
class Write(_Moves):
    """Writes to the output, a pipe, or a file.

    The output always has room. A write to a pipe without a reader fails with EPIPE.
    """

    data: bytes

    depends_on_others = False

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        name = stop.object_of(stop.number(0))
        if isinstance(name, Foreign) and name.is_pipe:
            stop.not_examined("a pipe from outside")
        elif isinstance(name, File) and name.is_terminal:
            stop.not_examined("the terminal")
        match name:
            case Stored() if not stop.changes(name):
                return None
            case Stored() | Channel() | Output():
                pass
            case Name() | None:
                return None
        data = _bytes_moved(stop, stop.args[2])
        is_channel = isinstance(name, Channel)
        if is_channel and not _moves(stop, "w", len(data)):
            return None
        # A pipe with room takes all bytes at once; see act().
        if len(data) > select.PIPE_BUF and len(stop.run.living) > 1 and not is_channel:
            stop.flag(flags.MAY_FILL)
        return cls(name, stop.names.output_text(data) if name == OUT else data)

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        if not isinstance(self.object, Channel):
            return
        if stop.process.prediction is ANYTHING:
            stop.flag(flags.MAY_FILL)
        if self.object in stop.run.left_late and not kernel.is_held(self.object, "r"):
            stop.flag(flags.CLOSES_SEVERAL)

    def came_back(self, stop: HeldCall, result: int) -> Result:
        """Return the length of the data, because a pid's number of digits differs between runs."""
        if result < 0:
            return result
        is_whole = result == stop.args[2]
        if self.object == OUT:
            data = self.data if is_whole else self.data[:result]
            stop.run.wrote(data)
        return len(self.data) if is_whole else result

    def note(self, learned: Learned, name: str) -> None:
        learned.pipes.note_use(name, self.object, "w", len(self.data))

    def words(self, naming: Naming = PLAIN) -> str:
        return f"writes {quoted(self.data)} to {naming.object(self.object)}"

    def awaited(self, kernel: Kernel, _name: str) -> list[str]:
        return kernel.holders(self.object, "r")

    def reason(self, _name: str, awaited: Sequence[str], naming: Naming) -> str:
        readers = listed(naming.of_processes(awaited), "or")
        return f"{naming.object(self.object)} is full until {readers} reads from it"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        if isinstance(self.object, Stored):
            return histories(kernel, self.object)
        if not isinstance(self.object, Channel):
            return ANYTHING
        if not kernel.is_held(self.object, "r"):
            return -errno.EPIPE
        before, added = len(kernel.pipes.get(self.object, b"")), len(self.data)
        return added if before + added <= flags.SURE_BYTES else ANYTHING

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Append the bytes to the pipe, print them, or change the file."""
        pipe = self.object
        if isinstance(pipe, Stored):
            lengthen(kernel, edge, pipe)
            return
        if not isinstance(edge.result, int) or edge.result < 0:
            return
        if pipe == OUT:
            # Print all data: with marks for pids, its length may differ from the result.
            kernel.printed = self.data
        elif isinstance(pipe, Channel) and edge.result > 0:
            before = kernel.pipes.get(pipe, b"")
            kernel.pipes[pipe] = before + self.data[: edge.result]
            doubts, has_two = kernel.learned.doubts, kernel.learned.pipes.has_two_users(pipe)
            is_torn = len(self.data) > select.PIPE_BUF and not has_two
            if len(kernel.pipes[pipe]) > flags.SURE_BYTES or is_torn:
                doubts.add(flags.MAY_FILL)

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether no other process can notice when the write is made.

        Then the pipe is a channel with a reader that stays until the end of file.
        """
        pipe, name, learned = self.object, node.name, kernel.learned
        if not isinstance(pipe, Channel) or not learned.pipes.is_channel(pipe):
            return False
        readers = kernel.holders(pipe, "r")
        if not learned.reachable.isdisjoint(readers) or learned.memory.extent:
            return False
        return any(reader == name or learned.pipes.stays(reader, pipe) for reader in readers)


_POLLFD = struct.Struct("ihh")
_MILLION, _IN_A_MICROSECOND = 1_000_000, 1000
_MOST_ENTRIES, _MOST_IN_SET = 64, 1024
_WANTED: Mapping[int, Side] = {select.POLLIN: "r", select.POLLOUT: "w"}
_READY = {
    "r": select.POLLIN | select.POLLHUP | select.POLLERR,
    "w": select.POLLOUT | select.POLLERR,
}
_LOST = {"r": select.POLLHUP, "w": select.POLLERR}


@follows("poll", "ppoll", "select", "pselect6")
class Poll(Operation):
    """Waits until one of several pipes is ready, or has lost its other end; see poll(2)."""

    call: str
    wanted: tuple[tuple[int, Side, Pipe | None], ...]
    """Each descriptor, in the call's order; whether it waits for reading or writing; its pipe. A
    file or the output, which is always ready, has no pipe."""
    limit: int | None
    """The timeout in nanoseconds; unless runs are timed, it may expire at any moment."""

    _reason = "they are empty, and not at their end"

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        """Return a sleep or a pause for a call without descriptors.

        On aarch64, pause() calls ppoll.
        """
        call, args, time = stop.call, stop.args, None
        if call == "poll":
            time = _MILLION * stop.number(2) if stop.number(2) >= 0 else None
        elif limit := args[_LIMITS[call]]:
            time = stop.time_left(limit, unit=_IN_A_MICROSECOND if call == "select" else 1)
        if {"ppoll": args[3], "pselect6": args[5]}.get(call):
            stop.not_examined("poll or select with a mask")
        wanted = tuple(_wanted(stop, number, end) for number, end in _requests(stop))
        if wanted:
            return cls(call, wanted, time)
        if time is not None:
            return sleep(stop, time)
        stop.need_signals()
        return Pause()

    @property
    def objects(self) -> tuple[Name, ...]:
        return tuple(pipe for _, _, pipe in self.wanted if pipe)

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        if stop.process.prediction == INTERRUPTED or any(self._events(kernel)):
            return
        # The call times out, but the time need not really pass.
        stop.run.wait_until(stop.process.due)
        if self.call in _OF_ENTRIES:
            for index, entry in enumerate(_entries(stop)):
                address = stop.args[0] + index * _POLLFD.size
                stop.write(address, _POLLFD.pack(*entry[:2], 0))
        else:
            stop.write_time(stop.args[4], 0)
            for address, data in _sets(stop):
                stop.write(address, bytes(len(data)))
        stop.skip(0)

    def came_back(self, stop: HeldCall, result: int) -> Result:
        if result < 0:
            return result
        if self.call in _OF_ENTRIES:
            return tuple(events for number, _, events in _entries(stop) if number >= 0)
        if result:
            self.break_off(stop)
        ready = {(number, end) for number, end in _requests(stop)}
        return tuple(int((number, end) in ready) for number, end, _ in self.wanted)

    def break_off(self, stop: HeldCall) -> None:
        if self.limit and self.call not in _OF_ENTRIES:
            leave_rest(stop, self.limit)

    def words(self, naming: Naming = PLAIN) -> str:
        names = [naming.object(name) for name in self.objects]
        call = "poll" if self.call in _OF_ENTRIES else "select"
        return f"waits for {listed(names, 'or') or 'a file that is always ready'} ({call})"

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        # A pending signal would end it before its timeout.
        is_over = self.limit is not None and not kernel.deliverable(name)
        return is_over or any(self._events(kernel))

    def waits_for_time(self, kernel: Kernel, _name: str) -> bool:
        return not any(self._events(kernel))

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the results that are stored for the descriptors; writes flag a full pipe."""
        events = self._events(kernel)
        if self.call in _OF_ENTRIES:
            return events
        pairs = zip(events, self.wanted, strict=True)
        return tuple(int(each & _READY[end] > 0) for each, (_, end, _) in pairs)

    def finds_nothing(self, result: object) -> bool:
        return self.limit is not None and isinstance(result, tuple) and not any(result)

    def _events(self, kernel: Kernel) -> tuple[int, ...]:
        """Return the events of each descriptor, as poll stores them."""
        readable = None, *kernel.pipes
        return tuple(
            (select.POLLOUT if end == "w" else select.POLLIN if pipe in readable else 0)
            | (0 if not pipe or kernel.is_held(pipe, OTHER_END[end]) else _LOST[end])
            for _, end, pipe in self.wanted
        )


_OF_ENTRIES = ("poll", "ppoll")
_LIMITS = {"ppoll": 2, "select": 4, "pselect6": 4}


def _requests(stop: HeldCall) -> list[tuple[int, Side | None]]:
    """Return the descriptors that a call waits for, and what for; None for other events."""
    if stop.call in _OF_ENTRIES:
        entries = ((number, events & ~select.POLLPRI) for number, events, _ in _entries(stop))
        return [(number, _WANTED.get(events)) for number, events in entries if number >= 0]
    wanted: tuple[Side | None, ...] = (*SIDES, None)
    ends = [end for address, end in zip(stop.args[1:4], wanted, strict=True) if address]
    sets = (int.from_bytes(data, "little") for _, data in _sets(stop))
    return [
        (number, end)
        for bits, end in zip(sets, ends, strict=True)
        for number in range(stop.number(0))
        if bits >> number & 1
    ]


def _wanted(stop: HeldCall, number: int, end: Side | None) -> tuple[int, Side, Pipe | None]:
    """Return a request of poll with its pipe; end the run if it is for another kind of object."""
    name = stop.object_of(number)
    is_plain = name == _NULL or stat.S_ISREG(stop.kind(name)) or (name == OUT and end == "w")
    is_pipe = isinstance(name, Pipe) and stop.ends_of(number) == (end,)
    if end is None or not (is_plain or is_pipe):
        stop.not_examined("poll or select of other descriptors than pipes")
    return number, end or "r", name if isinstance(name, Pipe) else None


def _entries(stop: HeldCall) -> list[tuple[int, int, int]]:
    """Return the entries of poll: each a descriptor, the requested and the returned events."""
    if stop.args[1] > _MOST_ENTRIES:
        stop.not_examined("poll of many descriptors")
    data = stop.read(stop.args[0], _POLLFD.size * min(stop.args[1], _MOST_ENTRIES))
    return list(_POLLFD.iter_unpack(data[: len(data) // _POLLFD.size * _POLLFD.size]))


def _sets(stop: HeldCall) -> list[tuple[int, bytes]]:
    """Return the addresses and bytes of select's descriptor sets."""
    size = -(-min(stop.number(0), _MOST_IN_SET) // (8 * WORD)) * WORD
    return [(address, stop.read(address, size)) for address in stop.args[1:4] if address]


# -- closing ---------------------------------------------------------------------------------------


class GivesUp(Operation):
    """Closes descriptors."""

    depends_on_others = False

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether closing the ends makes no difference to other processes.

        A write end may be closed early: then a reader only sees the end of file at a time when it
        would otherwise still sleep.
        """
        edge = node.successor(kernel)
        if edge is None or edge.target is None:
            return False
        return are_harmless(kernel, node.name, node.view.ends - edge.target.view.ends)


class GivesUpAtOnce(GivesUp):
    """Closes descriptors with one call."""

    def doubt(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Flag the closing of several ends: others may notice that the kernel closes one by one."""
        if edge.target is None:
            return
        lost = kernel.procs[name][0].view.ends - edge.target.view.ends
        noticed = set()
        for item, end in lost:
            others = (other != name for side in SIDES for other in kernel.holders(item, side))
            if end in SIDES and kernel.holders(item, end) == [name] and any(others):
                noticed.add(item)
        locks = [end for _, end in lost if end == "o"]
        if len(noticed) + len(locks) > 1:
            kernel.learned.doubts.add(flags.CLOSES_SEVERAL)


_CLOSE_RANGE_CLOEXEC, _LOW_WORD = 4, 0xFFFFFFFF


def _give_up(stop: HeldCall, numbers: Iterable[int]) -> Operation | None:
    """Return the operation that closes these descriptors; None if no process can notice it."""
    files, names = stop.process.files, list[Name]()
    for number in numbers:
        name = stop.object_of(number)
        if name is None:
            continue
        is_held = isinstance(name, Channel) or number in files.descriptions
        if is_held or stop.known.renamed:
            files.are_stale = True
        if is_held:
            names.append(name)
    return Close(tuple(dict.fromkeys(names))) if names else None


@follows("close", "close_range")
class Close(GivesUpAtOnce):
    """Closes a descriptor of a pipe or of a file that matters.

    Another descriptor may keep the same end open; see OpenFiles.ends.
    """

    closed: tuple[Name, ...]
    """The file or the pipes."""

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        if stop.call == "close":
            return _give_up(stop, [stop.number(0)])
        first, last, bits = (number & _LOW_WORD for number in stop.args[:3])
        if bits & _CLOSE_RANGE_CLOEXEC:
            return None
        return _give_up(stop, [each for each in stop.open_numbers() if first <= each <= last])

    def came_back(self, stop: HeldCall, result: int) -> Result:
        files, (old, new) = stop.process.files, (stop.number(0), stop.number(1))
        files.are_stale = True
        if result >= 0 and stop.call == "close_range":
            stop.run.look_at_ends(stop.process)
        elif result >= 0:
            # -1 is never a descriptor.
            files.duplicate(*((-1, old) if stop.call == "close" else (old, new)))
        return result

    @property
    def objects(self) -> tuple[Name, ...]:
        return self.closed

    def words(self, naming: Naming = PLAIN) -> str:
        return f"closes {' and '.join(naming.object(name) for name in self.objects)}"

    def note(self, learned: Learned, name: str) -> None:
        """Do nothing, because closing a pipe is a plain use; see PipeUsers.is_plain()."""


def are_harmless(kernel: Kernel, name: str, lost: frozenset[HeldEnd]) -> bool:
    """Return whether closing the ends in `lost` makes no difference to other processes."""
    learned = kernel.learned
    for item, end in lost:
        if end == "r" and not _is_read_end_harmless(kernel, name, item):
            return False
        if end == "o":
            return False  # another process may be about to lock the file
        if end == "w" and not learned.pipes.is_plain(item):
            return False
        if end == "w" and not learned.reachable.isdisjoint(kernel.holders(item, "r")):
            return False
    return True


def _is_read_end_harmless(kernel: Kernel, name: str, pipe: Name) -> bool:
    """Return whether closing a read end makes no difference to other processes."""
    pipes = kernel.learned.pipes
    if not pipes.is_plain(pipe):
        return False
    if kernel.holders(pipe, "w") in ([], [name]):
        return True
    others = [holder for holder in kernel.holders(pipe, "r") if holder != name]
    return kernel.learned.reachable.isdisjoint(others) and any(
        pipes.stays(holder, pipe) for holder in others
    )


# -- made, duplicated and changed descriptors ------------------------------------------------------


_F_DUPFD, _F_GETFL, _F_SETFL, _F_DUPFD_CLOEXEC = 0, 3, 4, 1030
_O_DIRECT, _O_ASYNC = 0o40000, 0o20000
_RECORD_LOCKS = (5, 6, 7, 36, 37, 38)
"""F_GETLK, F_SETLK, F_SETLKW, and the same of open file descriptions."""


@follows("dup", "dup2", "dup3")
class Duplicated(Quiet):
    """Duplicates a descriptor of a locked file."""

    old: int

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        old = stop.number(0)
        stop.process.files.are_stale = True
        is_replaced = stop.call in ("dup2", "dup3") and stop.number(1) != old
        closing = _give_up(stop, [stop.number(1)]) if is_replaced else None
        return closing or (cls(old) if old in stop.process.files.descriptions else None)

    def came_back(self, stop: HeldCall, result: int) -> Result:
        if result >= 0:
            stop.process.files.duplicate(self.old, result)
        return result


@follows("fcntl")
def _fcntl(stop: HeldCall) -> Operation | None:
    number, command, value = stop.number(0), *stop.args[1:3]
    if command in (_F_DUPFD, _F_DUPFD_CLOEXEC):
        return Duplicated.from_call(stop)
    name = stop.object_of(number)
    if command == _F_GETFL:
        return None
    if command in _RECORD_LOCKS:
        stop.not_examined("record locks")
    elif command != _F_SETFL:
        stop.not_examined("rare commands of fcntl")
    changed = stop.open_flags(number) ^ value
    if changed & (_O_DIRECT | _O_ASYNC):
        stop.not_examined("O_DIRECT or O_ASYNC")
    elif changed & os.O_NONBLOCK and not isinstance(name, Stored):
        stop.not_examined("descriptors that do not block")
    elif changed & (os.O_APPEND | os.O_NONBLOCK | os.O_NOATIME) and not stop.run.is_alone:
        stop.not_examined("flags of a file that processes share")
    return None


@follows("pipe", "pipe2")
class PipeMade(Quiet):
    """Makes a pipe."""

    address: int
    """The address of the two descriptors."""

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        stop.process.files.are_stale = True
        bits = stop.args[1] if stop.call == "pipe2" else 0
        if bits & _O_DIRECT:
            stop.not_examined("O_DIRECT or O_ASYNC")
        if bits & os.O_NONBLOCK:
            stop.not_examined("descriptors that do not block")
        return cls(stop.args[0])

    def came_back(self, stop: HeldCall, result: int) -> Result:
        if result >= 0:
            (descriptor, _) = struct.unpack("ii", stop.read(self.address, 8))
            stop.names.add_pipe(stop.process, descriptor)
        return result


@follows("socket")
def _socket(stop: HeldCall) -> None:
    """Flag sockets except those of AF_UNIX, which are private until they are connected or bound."""
    if stop.args[0] != _AF_UNIX:
        stop.not_examined("sockets")


@follows("connect")
def _connect(stop: HeldCall) -> None:
    """Let the C library look in vain for a service that knows the users; see getpwnam(3)."""
    name = stop.path(stop.args[1] + 2)
    is_unix = stop.read(stop.args[1], 2) == struct.pack("H", _AF_UNIX)
    if not is_unix or not isinstance(name, File) or stop.kind(name):
        stop.not_examined("sockets")
    stop.known.independent_of.add("services that know the users")


_AF_UNIX = 1


_FIONREAD, _FIONBIO, _OF_TERMINALS = 0x541B, 0x5421, 0x54
_FICLONE, _FS_IOC_FIEMAP = 0x40049409, 0xC020660B


@follows("ioctl")
def _ioctl(stop: HeldCall) -> None:
    request, name = stop.args[1], stop.object_of(stop.number(0))
    target = File(stop.target_of(f"fd/{stop.number(0)}")) if name == OUT else name
    if request == _FIONREAD:
        stop.not_examined("the number of bytes in a pipe")
    elif request == _FIONBIO:
        if any(stop.read(stop.args[2], 4)):
            stop.not_examined("descriptors that do not block")
    elif request in (_FICLONE, _FS_IOC_FIEMAP):
        # As on most file systems. Some check the arguments first.
        errors = errno.EOPNOTSUPP, errno.EINVAL
        stop.skip(-errors[stop.known.turn()])
    elif isinstance(target, File) and target.is_terminal:
        stop.not_examined("the terminal")
    elif name and request >> 8 != _OF_TERMINALS:  # terminal requests fail on other files
        if isinstance(name, OwnFile):
            stop.changes(name)
        stop.not_examined("ioctl")
