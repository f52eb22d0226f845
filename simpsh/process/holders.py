"""An open file lives as long as any process holds a descriptor for it: who does?

The kernel keeps no list of them. Every descriptor table is read, and those that we are not
permitted to read are counted: "nobody" may only be said when there are none.
"""

from __future__ import annotations

from simpsh.process.kinship import everybody
from simpsh.process.looking import argv_of, command_of
from simpsh.process.open_files import Descriptor, descriptor, numbers
from simpsh.process.proc_files import ProcDirectory
from simpsh.process.process_stat import stat
from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Holder(Record):
    """A process that holds a file open; see proc_pid_fd(5)."""

    pid: int
    command: str
    """Its command line, on one line."""
    ppid: int
    descriptors: tuple[Descriptor, ...]
    """Those of its descriptors that point there."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of its descriptors that point there."""
        return tuple(one.number for one in self.descriptors)

    def at(self, end: str) -> Holder | None:
        """Return the holder with its descriptors for one end only, or None if it has none.

        Args:
            end: `read end` or `write end`.

        No errors. See pipe(7).
        """
        letter = end[0]
        kept = tuple(one for one in self.descriptors if letter in one.mode)
        return Holder(self.pid, self.command, self.ppid, kept) if kept else None


class Holders(Record):
    """Everybody who was seen to hold a file open, and how much could not be seen."""

    seen: tuple[Holder, ...]
    not_permitted: tuple[int, ...]
    """Processes whose descriptors we may not look at; any of them may hold the file as well."""


class PipeHolders(Record):
    """Who holds which end of a pipe or FIFO; see pipe(7)."""

    inode: int
    readers: tuple[Holder, ...]
    """Those with a read end; while there is one, writing does not fail."""
    writers: tuple[Holder, ...]
    """Those with a write end; while there is one, a reader gets no end of file."""
    not_permitted: tuple[int, ...]
    """Processes whose descriptors we may not look at; any of them may hold an end as well."""


def pipe_holders(pipe: int | Descriptor) -> PipeHolders:
    """Find every process that holds an end of a pipe, as which descriptors.

    Args:
        pipe: the inode number N of `pipe:[N]`, or a line of descriptors(), which may be a FIFO.

    Returns:
        The holders of either end; empty ones if the pipe is gone. A descriptor that is on its way
        through a socket (SCM_RIGHTS in unix(7)) is in no table and not seen.

    Raises:
        ValueError: the descriptor is neither a pipe's nor a FIFO's.
        TypeError: it is no number at all.

    See pipe(7), proc_pid_fd(5).
    """
    if isinstance(pipe, Descriptor):
        if not pipe.end and pipe.kind not in ("pipe", "fifo"):
            raise ValueError(
                f"descriptor {pipe.number} is a {pipe.kind}, not a pipe: {pipe.target}"
            )
        inode, found = pipe.inode, holders_of(pipe.device, pipe.inode)
    elif isinstance(pipe, int):
        wanted = f"pipe:[{pipe}]"
        inode, found = pipe, _search(lambda _directory, _number, target: target == wanted)
    else:
        raise TypeError("a pipe is named by its inode number or by a Descriptor")
    return PipeHolders(
        inode=inode,
        readers=tuple(filter(None, (holder.at("read end") for holder in found.seen))),
        writers=tuple(filter(None, (holder.at("write end") for holder in found.seen))),
        not_permitted=found.not_permitted,
    )


def holders_of(device: int, inode: int) -> Holders:
    """Find every process that holds a file, a pipe or a socket open. See proc_pid_fd(5).

    Args:
        device: what stat(2) calls st_dev.
        inode: st_ino.
    """
    nameless = (f"pipe:[{inode}]", f"socket:[{inode}]")

    def is_it(directory: ProcDirectory, number: int, target: str) -> bool:
        if not target.startswith("/"):
            return target in nameless
        # A file may have several names, so that they cannot be compared.
        what = directory.status_of(f"fd/{number}")
        return (what.st_dev, what.st_ino) == (device, inode)

    return _search(is_it)


def _search(is_it: Callable[[ProcDirectory, int, str], bool]) -> Holders:
    seen, not_permitted = [], []
    for pid, process in everybody().items():
        if process.state in "ZXx" and process.threads <= 1:
            continue  # the dead hold nothing
        try:
            with ProcDirectory(pid) as directory:
                found = _matching(directory, is_it)
                if found:
                    command = command_of(argv_of(directory), process.comm)
                    seen.append(Holder(pid, command, process.ppid, found))
        except ProcessLookupError:
            continue
        except PermissionError:
            if not process.is_kernel_thread and not _is_ending(pid):
                not_permitted.append(pid)
    return Holders(tuple(seen), tuple(not_permitted))


def _matching(
    directory: ProcDirectory, is_it: Callable[[ProcDirectory, int, str], bool]
) -> tuple[Descriptor, ...]:
    found = []
    for number in numbers(directory):
        try:
            if is_it(directory, number, directory.link(f"fd/{number}")):
                found.append(descriptor(directory, number))
        except ProcessLookupError:
            continue  # closed since the list was made
    return tuple(found)


def _is_ending(pid: int) -> bool:
    try:
        return stat(pid).is_ending
    except (ProcessLookupError, PermissionError):
        return True
