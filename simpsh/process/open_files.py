"""The descriptor table of a process: numbers, and the files that they refer to."""

from __future__ import annotations

import os
import stat as modes

from simpsh.base.record import Record
from simpsh.base.targets import File, PipeEnd, Target
from simpsh.process.proc import ProcDirectory, gone, parse_field_lines, stat_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from simpsh.base.targets import FileKind

    DescriptorKind = Literal["pipe"] | FileKind
    Mode = Literal["r", "w", "rw", "path"]
    EndWords = Literal["read end", "write end", "both ends", ""]

_O_ACCMODE = 0o3
_KINDS: Mapping[int, DescriptorKind] = {
    modes.S_IFSOCK: "socket",
    modes.S_IFREG: "file",
    modes.S_IFDIR: "directory",
    modes.S_IFBLK: "device",
}
_END_WORDS: Mapping[Mode, EndWords] = {
    "r": "read end",
    "w": "write end",
    "rw": "both ends",
    "path": "",
}
_MODES: Mapping[int, Mode] = {os.O_RDONLY: "r", os.O_WRONLY: "w", os.O_RDWR: "rw"}


class Descriptor(Record):
    """One line of a descriptor table; see proc_pid_fd(5) and proc_pid_fdinfo(5)."""

    number: int
    target: str
    """The link in /proc: a path, `pipe:[INODE]`, `socket:[INODE]`, `anon_inode:[eventfd]` …"""
    mode: Mode
    """`path` for O_PATH."""
    is_close_on_exec: bool
    offset: int
    """The file offset of the next read or write; 0 if the file has none."""
    kind: DescriptorKind
    """pipe, fifo, socket, file, directory, terminal, device, or anonymous (eventfd, epoll …)."""
    device: int
    inode: int
    """With `device`, identifies the file; the two ends of a pipe have the same inode."""

    def target_for(self, *, is_reader: bool) -> Target:
        """Return its file as a value; of a pipe, the end that a reader or a writer has.

        No errors. See pipe(7).
        """
        if self.kind == "pipe":
            return PipeEnd(str(self.inode), "r" if is_reader else "w")
        return File(self.target, self.kind, self.device, self.inode)

    @property
    def end(self) -> EndWords:
        """For a pipe or FIFO: which of its ends; empty for other files, and for O_PATH."""
        if self.kind not in ("pipe", "fifo"):
            return ""
        return _END_WORDS[self.mode]


def descriptors(pid: int) -> tuple[Descriptor, ...]:
    """Return the descriptor table of a process, in ascending order; a zombie has none.

    Raises ProcessLookupError: ESRCH; there is no such process. PermissionError: EACCES; it belongs
    to another user. See proc_pid_fd(5), proc_pid_fdinfo(5).
    """
    with ProcDirectory(pid) as directory:
        table: list[Descriptor] = []
        for number in numbers(directory):
            if directory.is_own(number):
                continue
            try:
                table.append(descriptor(directory, number))
            except ProcessLookupError:
                continue  # closed since the listing
            except PermissionError:
                if stat_of(directory).is_ending:
                    break
                raise
    return tuple(table)


def numbers(directory: ProcDirectory) -> list[int]:
    """Return the numbers that are open, in ascending order; errors as for descriptors()."""
    try:
        return directory.numbers("fd")
    except PermissionError:
        # /proc files of a dead process belong to root: its own user cannot see that its table is
        # empty.
        if stat_of(directory).is_ending:
            return []
        raise


def descriptor(directory: ProcDirectory, number: int) -> Descriptor:
    """Return one line of the table; ProcessLookupError if it is not open. See proc_pid_fd(5)."""
    target = directory.link(f"fd/{number}")
    status = directory.status_of(f"fd/{number}")
    info = dict(fdinfo_lines(directory, number))
    try:
        flags, offset = int(info["flags"], 8), int(info["pos"])
    except (KeyError, ValueError):
        raise gone(directory.pid) from None
    mode: Mode = "path" if flags & os.O_PATH else _MODES.get(flags & _O_ACCMODE, "rw")
    is_close_on_exec = bool(flags & os.O_CLOEXEC)
    kind = file_kind(target, status)
    return Descriptor(
        number, target, mode, is_close_on_exec, offset, kind, status.st_dev, status.st_ino
    )


def fdinfo_lines(directory: ProcDirectory, number: int) -> list[tuple[str, str]]:
    """Return the lines of /proc/PID/fdinfo/NUMBER, key and value; errors as for descriptor()."""
    return parse_field_lines(directory.read(f"fdinfo/{number}"))


def file_kind(target: str, status: os.stat_result) -> DescriptorKind:
    """Return the kind of an open file, as in Descriptor, from its link in /proc and its status."""
    mode = status.st_mode
    if modes.S_ISFIFO(mode):
        # A FIFO has a path, which begins with a slash, whatever its name is.
        return "pipe" if target == f"pipe:[{status.st_ino}]" else "fifo"
    if modes.S_ISCHR(mode):
        # 4: virtual consoles and serial lines; 136 to 143: pseudo-terminals; 5: /dev/tty and the
        # console, but 5:2 is /dev/ptmx, the other end of a pseudo-terminal.
        major, minor = os.major(status.st_rdev), os.minor(status.st_rdev)
        is_terminal = major == 4 or 136 <= major <= 143 or (major == 5 and minor != 2)
        return "terminal" if is_terminal else "device"
    return _KINDS.get(modes.S_IFMT(mode), "anonymous")
