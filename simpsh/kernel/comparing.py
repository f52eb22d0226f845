"""Two processes can share one kernel object: the kernel tells whether they do."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ctypes

_KCMP = {"x86_64": 312, "aarch64": 272, "riscv64": 272}
_KCMP_FILE = 0
_library: ctypes.CDLL | None = None


def same_description(pid: int, descriptor: int, other: int, other_descriptor: int) -> bool | None:
    """Tell whether two descriptors of two processes refer to one open file description.

    Returns:
        None if that cannot be told: the call is unknown here, refused, or a descriptor is gone.

    See kcmp(2), KCMP_FILE.
    """
    global _library
    import ctypes

    number = _KCMP.get(os.uname().machine)
    if number is None:
        return None
    if _library is None:
        _library = ctypes.CDLL(None, use_errno=True)
    arguments = (number, pid, other, _KCMP_FILE, descriptor, other_descriptor)
    order = _library.syscall(*(ctypes.c_long(value) for value in arguments))
    return None if order < 0 else order == 0
