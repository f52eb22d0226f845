"""Files in /dev/shm, by shm_open and sem_open: which operation a call is; what came of it.

sem_open makes a file by a name that it draws by chance, maps it, and then links it to its name.
Before that, no other process can know the file.
"""

from __future__ import annotations

import os
import re
import struct
import zlib

from simpsh.explore.control.clock_and_random import take_back_drawing
from simpsh.explore.control.held_process import HeldProcess, Result
from simpsh.explore.control.run_state import RunState
from simpsh.explore.control.sharing.shared_memory import (
    SHARED_MEMORY,
    MemoryMapped,
    can_be_mapped,
)
from simpsh.explore.operations.memory_files import (
    FOLDER,
    SIZE_AT,
    AskMemorySize,
    FindMemoryFile,
    LinkMemoryFile,
    MemoryFileOperation,
    OpenMemoryFile,
    SetMemorySize,
    UnlinkMemoryFile,
    is_memory_file,
)
from simpsh.explore.operations.visible_operations import Operation, Quiet
from simpsh.kernel.machine import memory_access, ptrace
from simpsh.kernel.machine.syscall_table import ARCHITECTURE
from simpsh.process import proc
from simpsh.trace.tracee_proc import signed

NOT_FOLLOWED = "uses a file in /dev/shm otherwise than shm_open, mmap and sem_open do ({})"
IS_THERE = "uses {}, which is there already, and which other processes see"
MAPS_IN_PART = "maps a file in /dev/shm at a fixed address, in part, or for execution"
_DRAWN = re.compile(r"/dev/shm/sem\.[0-9A-Za-z]{6}")
_OPEN_FLAGS = (
    os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC | 0o100000
)
# Where the path is among the arguments: (place of the directory's descriptor or -1, place).
_BY_PATH = {
    **dict.fromkeys(("open", "creat", "stat", "lstat", "unlink"), (-1, 0)),
    **dict.fromkeys(("access", "readlink", "truncate"), (-1, 0)),
    **dict.fromkeys(("openat", "newfstatat", "statx", "faccessat", "faccessat2"), (0, 1)),
    **dict.fromkeys(("unlinkat", "readlinkat", "openat2"), (0, 1)),
    "link": (-1, 1),
    "linkat": (2, 3),
}
_BY_DESCRIPTOR = frozenset(
    (
        *("read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "pwritev"),
        *("fstat", "ftruncate", "fallocate", "fchmod", "fchown", "lseek", "flock", "mmap"),
        *("fsetxattr", "fgetxattr", "flistxattr", "fremovexattr", "sendfile", "copy_file_range"),
    )
)
_DESCRIPTORS_AT = {"mmap": (4,), "sendfile": (0, 1), "copy_file_range": (0, 2)}
_AT_FDCWD, _AT_EMPTY_PATH = -100, 0x1000
_MAP_SHARED, _MAP_ANONYMOUS = 1, 0x20
_OPENS = {"open": 1, "openat": 2}
_LOCKS = range(5, 8)
_OPEN_DESCRIPTION_LOCKS = range(36, 39)


class MakesNameless(Quiet):
    """Makes a file by a name drawn by chance, which no other process knows."""

    path: str


class LetThrough(Quiet):
    """Does what no other process can notice, or what was named."""


class AboutNameless(LetThrough):
    """Writes to, looks for or removes a file that no other process knows."""


def needs_memory_files(run: RunState, path: str) -> bool:
    """Let the program have a /dev/shm of its own from the next run on, if it opens a file there.

    Returns:
        Whether that is so: then it must not be done in this run.
    """
    known = run.knowledge
    if not is_memory_file(path) or known.setup.owns_memory_files or os.path.lexists(path):
        return False
    if not known.setup.can_have_own_memory_files:
        return False
    known.owns_memory_files = known.shares_memory = known.must_restart = True
    return True


def memory_file_call(run: RunState, process: HeldProcess) -> Operation | None:
    """Return what a call is about that is about a file in /dev/shm; None for any other."""
    call, args = process.call, process.args
    drew, process.has_drawn = process.has_drawn, False
    if call in _BY_PATH and not (call == "newfstatat" and args[3] & _AT_EMPTY_PATH):
        base, place = _BY_PATH[call]
        path = run.names.path(process, args[place], args[base] if base >= 0 else _AT_FDCWD)
        if is_memory_file(path):
            return _by_path(run, process, path, drew=drew)
        return None
    if call == "newfstatat" or call in _BY_DESCRIPTOR or (call == "fcntl" and _locks(args)):
        for place in _DESCRIPTORS_AT.get(call, (0,)):
            region = region_of(run, process, signed(args[place]))
            if region and not (call == "mmap" and args[3] & _MAP_ANONYMOUS):
                return _by_descriptor(run, process, region)
    return None


def _locks(args: tuple[int, ...]) -> bool:
    return args[1] in _LOCKS or args[1] in _OPEN_DESCRIPTION_LOCKS


def region_of(run: RunState, process: HeldProcess, descriptor: int) -> str:
    """Return the region that a descriptor of a file in /dev/shm stands for; empty for others."""
    if not is_memory_file(proc.link(process.pid, f"fd/{descriptor}")):
        return ""
    try:
        found = os.stat(f"/proc/{process.pid}/fd/{descriptor}")
    except OSError:
        return ""
    return run.memory_files.get(found.st_ino, "")


def _named(run: RunState, process: HeldProcess) -> LetThrough:
    run.flag(NOT_FOLLOWED.format(process.call))
    return LetThrough()


def _by_path(run: RunState, process: HeldProcess, path: str, *, drew: bool) -> Operation:
    if os.path.lexists(path):
        run.flag(IS_THERE.format(path))
    if drew and process.call in ("newfstatat", "lstat") and _DRAWN.fullmatch(path):
        process.nameless = path
        take_back_drawing(run)
        return AboutNameless()
    own = _by_own_path(process) if path == process.nameless else None
    if own is not None:
        return own
    return _by_shared_path(run, process, path)


def _by_own_path(process: HeldProcess) -> Operation | None:
    """Return what is done to a file that no other process knows, by its path."""
    call, args = process.call, process.args
    if call in ("unlink", "unlinkat"):
        process.nameless = ""
        return AboutNameless()
    if call in _OPENS and args[_OPENS[call]] & os.O_EXCL:
        return MakesNameless(process.nameless)
    return None


def _by_shared_path(run: RunState, process: HeldProcess, path: str) -> Operation:
    call, args = process.call, process.args
    if call in _OPENS and not args[_OPENS[call]] & ~_OPEN_FLAGS:
        flags = args[_OPENS[call]]
        kind = OpenMemoryFile if flags & (os.O_CREAT | os.O_TRUNC) else FindMemoryFile
        return kind(path, 0, 1, flags, f"{process.name}~{process.regions_made + 1}")
    if call in ("unlink", "unlinkat"):
        return UnlinkMemoryFile(path, 0, 1)
    if call in ("link", "linkat"):
        base, place = (-1, 0) if call == "link" else (0, 1)
        source = run.names.path(process, args[place], args[base] if base >= 0 else _AT_FDCWD)
        if source == process.nameless:
            return _links(run, source, path)
    return _named(run, process)


def _links(run: RunState, source: str, path: str) -> LinkMemoryFile:
    real = run.knowledge.setup.workspace.memory_file(source.removeprefix(FOLDER))
    with open(real, "rb") as file:
        contents = file.read()
        region = run.memory_files[os.fstat(file.fileno()).st_ino]
    return LinkMemoryFile(path, 0, 1, region, contents)


def _by_descriptor(run: RunState, process: HeldProcess, region: str) -> Operation:
    call, args = process.call, process.args
    if call == "mmap":
        return _maps(run, process, region)
    if call == "ftruncate":
        return SetMemorySize(region, SIZE_AT, 1, args[1])
    if call in ("fstat", "newfstatat"):
        return AskMemorySize(region, SIZE_AT, 1)
    if call == "write" and process.nameless:
        target = proc.link(process.pid, f"fd/{signed(args[0])}")
        if target == process.nameless and region not in run.sizes:
            return AboutNameless()
    return _named(run, process)


def _maps(run: RunState, process: HeldProcess, region: str) -> Operation:
    length, protection, flags = process.args[1:4]
    is_whole = not process.args[0] and not process.args[5]
    if not flags & _MAP_SHARED:
        return _named(run, process)
    if not is_whole or not can_be_mapped(run, process, length, protection):
        run.flag(MAPS_IN_PART if memory_access.is_known() else SHARED_MEMORY)
        return LetThrough()
    return MemoryMapped(length, protection, region)


def memory_file_result(
    run: RunState, process: HeldProcess, operation: MemoryFileOperation, result: int
) -> Result:
    """Note what a call did that has come back, and return its result in symbolic form."""
    match operation:
        case OpenMemoryFile(makes=makes) if result >= 0:
            region = _region(run, process, result, makes)
            if region == makes or operation.flags & os.O_TRUNC:
                run.sizes[region] = 0
            return region
        case LinkMemoryFile(target=region, contents=contents) if result == 0:
            run.sizes[region] = len(contents)
        case SetMemorySize(region=region, size=size) if result == 0:
            run.sizes[region] = size
        case AskMemorySize(region) if result == 0:
            return _seen(run, process, region)
        case _:
            pass
    return result


def note_nameless(run: RunState, process: HeldProcess, descriptor: int) -> None:
    """Know a file that was made by a name drawn by chance."""
    _region(run, process, descriptor, f"{process.name}~{process.regions_made + 1}")


def _region(run: RunState, process: HeldProcess, descriptor: int, makes: str) -> str:
    inode = os.stat(f"/proc/{process.pid}/fd/{descriptor}").st_ino
    if inode not in run.memory_files:
        run.memory_files[inode] = makes
        process.regions_made += 1
    return run.memory_files[inode]


# Of struct stat: the file's number, its size, its blocks and times; its links, and how many bytes
# these have.
_NUMBER_AT, _SIZE_AT, _BLOCKS_AT = 8, 48, 64
_LINKS_AT, _LINKS = (20, "I") if ARCHITECTURE == "aarch64" else (16, "Q")


def _seen(run: RunState, process: HeldProcess, region: str) -> Result:
    """Return the size; what else fstat tells hangs on the run, and is made to."""
    address = process.args[1 if process.call == "fstat" else 2]
    data = ptrace.read_memory(process.pid, address + _SIZE_AT, 8)
    other = run.knowledge.turn()
    number = zlib.crc32(region.encode())
    ptrace.write_memory(process.pid, address + _NUMBER_AT, struct.pack("q", number))
    ptrace.write_memory(process.pid, address + _LINKS_AT, struct.pack(_LINKS, 1 + other))
    ptrace.write_memory(process.pid, address + _BLOCKS_AT, struct.pack("7q", *[8 * other] * 7))
    return int.from_bytes(data, "little")
