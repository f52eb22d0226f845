"""Which system calls of a demonstration are told of, and which of them are of no interest."""

from __future__ import annotations

import termios
from typing import TYPE_CHECKING

from simpsh.events import Call, Close, Event, Read
from simpsh.trace import proc_files
from simpsh.trace.other_calls import FORKS, OPENS, is_of_programs

if TYPE_CHECKING:
    from simpsh.course.staging import Staging

_FURTHER = frozenset(
    (
        *("alarm", "chdir", "chroot", "fchdir", "fcntl", "flock", "ftruncate", "ioctl", "lseek"),
        *("mlock", "mount", "pidfd_open", "prctl", "pread64", "prlimit64", "pwrite64", "rename"),
        *("rt_sigaction", "rt_sigprocmask", "rt_sigtimedwait", "sched_setaffinity", "setitimer"),
        *("setresuid", "setrlimit", "umask", "umount2", "unlink", "unlinkat", "unshare", *FORKS),
    )
)
# Those with a kind of event of their own fail without one.
_OWN_KIND = frozenset(("setsid",))


def further_calls(staging: Staging) -> frozenset[str]:
    """Return the calls to tell of beside those that every recording of level io has."""
    opens = frozenset(OPENS) if staging.opens else frozenset[str]()
    most = frozenset(FORKS) if staging.names_programs else _FURTHER
    return most | opens | staging.calls | _OWN_KIND


def is_noise(event: Event) -> bool:
    """Tell whether it is about a file that programs open for themselves, before their own code."""
    match event.what:
        case Call(name="ioctl", args=(_, termios.TCGETS, *_)):
            # isatty(3), which open() of Python asks of every file.
            return True
        case Read(fd=number) | Close(fd=number):
            pass
        case Call(name="pread64" | "lseek" | "fcntl" | "ioctl", args=(int(number), *_)):
            pass
        case _:
            return False
    return is_of_programs(proc_files.descriptor(event.pid, number))
