"""Where this system's C library waits for locks, found by letting a thread wait.

The layout of a mutex and the address of the waiting instruction differ between C libraries. So a
thread of this process waits once, and the kernel shows where. See pthread_mutex_lock(3), futex(2).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache
from time import monotonic, sleep

from simpsh.base.record import Record
from simpsh.kernel.machine.syscall_table import NUMBERS

_MUTEX_BYTES = 64
"""More than a pthread_mutex_t of any machine."""
_OWNER_AT = 8
_FUTEX_WAIT, _FUTEX_WAKE = 128, 129
"""With FUTEX_PRIVATE_FLAG."""
_MOST_SECONDS, _PAUSE_SECONDS = 2.0, 0.0005


class LockAddresses(Record):
    """Addresses in this process's C library, right after the instruction of the waiting call."""

    mutex: int
    """In pthread_mutex_lock(3)."""
    wrapper: int
    """In syscall(2), by which programs make such calls of their own."""


@cache
def lock_addresses() -> LockAddresses | None:
    """Return where the C library waits; None if it is not shown, or the layout is another one."""
    from threading import get_native_id

    library = ctypes.CDLL(None)
    mutex, word = ctypes.create_string_buffer(_MUTEX_BYTES), ctypes.c_uint32(0)
    if not hasattr(library, "pthread_mutex_lock") or "futex" not in NUMBERS:
        return None
    library.pthread_mutex_lock(mutex)
    owner = int.from_bytes(mutex.raw[_OWNER_AT : _OWNER_AT + 4], "little")
    futex, address = NUMBERS["futex"], ctypes.byref(word)
    in_mutex = _waiting_at(
        lambda: library.pthread_mutex_lock(mutex), lambda: library.pthread_mutex_unlock(mutex)
    )
    in_wrapper = _waiting_at(
        lambda: library.syscall(futex, address, _FUTEX_WAIT, 0, None, None, 0),
        lambda: library.syscall(futex, address, _FUTEX_WAKE, 1, None, None, 0),
    )
    is_as_expected = owner == get_native_id() and in_mutex and in_wrapper
    return LockAddresses(in_mutex, in_wrapper) if is_as_expected else None


def _waiting_at(wait: Callable[[], object], end: Callable[[], object]) -> int:
    """Return where a thread waits in this call, which `end` ends; 0 if that is not shown."""
    from threading import Thread, get_native_id  # only if a process waits for a lock in memory

    started: list[int] = []

    def body() -> None:
        started.append(get_native_id())
        wait()

    thread = Thread(target=body, daemon=True)
    thread.start()
    deadline, found = monotonic() + _MOST_SECONDS, 0
    while not found and monotonic() < deadline and thread.is_alive():
        if started:
            found = _find_place(started[0])
        # The kernel announces no thread's sleep: only its file shows it.
        sleep(_PAUSE_SECONDS)
    end()
    thread.join(_MOST_SECONDS)
    return found


def _find_place(thread: int) -> int:
    """Return the instruction pointer of a thread that waits in futex(2); otherwise 0."""
    try:
        file = os.open(f"/proc/self/task/{thread}/syscall", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        words = os.read(file, 256).split()
    except OSError:
        return 0
    finally:
        os.close(file)
    is_there = len(words) == 9 and words[0] == str(NUMBERS["futex"]).encode()
    return int(words[8], 16) if is_there else 0
