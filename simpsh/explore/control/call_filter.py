"""The seccomp filter of a run: which calls stop a process. All others are private to it."""

from __future__ import annotations

import os
from functools import cache

from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.objects.call_classes import PRIVATE_CALLS, WITHOUT_PLACES
from simpsh.kernel.machine import seccomp

# Calls that are visible only if signals are sent (one may arrive there), or if files matter.
_OF_SIGNALS = ("rt_sigprocmask", "rt_sigreturn")
_OF_FILES = ("chdir", "getcwd")
# The most frequent calls during the start of an interpreter; and its opening of libraries and
# locales, which only reads. It opens its program without O_CLOEXEC.
_OF_A_START = (
    *("fstat", "newfstatat", "stat", "lstat", "access", "readlink"),
    *("read", "pread64", "lseek", "close", "getdents64"),
)
_OPENS_A_LIBRARY = [
    (2, os.O_CLOEXEC, True),
    (2, os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC, False),
]
_LOW_WORD, _CLOCK_MONOTONIC, _MAP_SHARED, _MAP_ANONYMOUS = 0xFFFFFFFF, 1, 1, 0x20
# TCGETS, TIOCGWINSZ, FIONCLEX, FIOCLEX, TCGETS2; F_GETFD, F_SETFD: they concern one process.
_PRIVATE_REQUESTS: dict[str, tuple[int, ...]] = {
    "ioctl": (0x5401, 0x5413, 0x5450, 0x5451, 0x802C542A),
    "fcntl": (1, 2),
}
# The bits of arch_prctl options that set something other than registers (fs, gs).
_KEPT_OPTIONS = 0x4030


def is_private(call: str, args: tuple[int, ...]) -> bool:
    """Return whether no other process can notice a call, whatever the program does."""
    return call in PRIVATE_CALLS or args[1] in _PRIVATE_REQUESTS.get(call, ())


@cache
def assemble_filter(
    *,
    signals_matter: bool,
    files_matter: bool,
    shares_memory: bool = False,
    calls_matter: bool = False,
    is_starting: bool = False,
) -> bytes:
    """Return the seccomp filter for a run.

    If signals matter or memory is shared, the calls that change or restore the signal mask stop.
    If files matter, chdir and getcwd stop; if memory is shared, calls that may use it. If calls
    matter, all stop, because a handler may run there. During an interpreter's start, reads do not
    stop; see interpreter_startup.
    """
    if calls_matter and not is_starting:
        return seccomp.allow_list((), {}, {})
    allowed = [
        name for name in sorted(PRIVATE_CALLS) if name in WITHOUT_PLACES or not shares_memory
    ]
    allowed += () if signals_matter or shares_memory else _OF_SIGNALS
    allowed += () if files_matter else _OF_FILES
    # The C library makes a dozen mappings when it starts, and Python reads every disposition.
    masked = {
        "mmap": [(3, _MAP_SHARED, False)],
        "rt_sigaction": [(1, _LOW_WORD, False)],
        "arch_prctl": [(0, _KEPT_OPTIONS, False)],
    }
    if is_starting:
        allowed += _OF_A_START
        masked["openat"] = _OPENS_A_LIBRARY
        others = _LOW_WORD - _CLOCK_MONOTONIC
        masked["clock_gettime"] = [(0, _CLOCK_MONOTONIC, True), (0, others, False)]
    elif files_matter:
        masked["mmap"].append((3, _MAP_ANONYMOUS, True))
    return seccomp.allow_list(allowed, _PRIVATE_REQUESTS, masked)


def filter_of(knowledge: Knowledge, *, is_starting: bool = False) -> bytes:
    """Return the filter for the next run of a program."""
    return assemble_filter(
        signals_matter=knowledge.signals_matter,
        files_matter=knowledge.files_matter,
        shares_memory=knowledge.shares_memory,
        calls_matter=knowledge.calls_matter,
        is_starting=is_starting,
    )
