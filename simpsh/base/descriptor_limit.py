"""No descriptor is left: EMFILE and ENFILE, told with the limit that was met.

The kernel's own words blame whatever file was to be opened, be it a module of the library's.
"""

from __future__ import annotations

import errno


def is_met(error: OSError | ImportError) -> bool:
    """Return whether an error says that no further descriptor could be had.

    A shared library that the dynamic linker could not open for want of a descriptor is an
    ImportError, which has the reason only in its text.
    """
    if isinstance(error, OSError):
        return error.errno in (errno.EMFILE, errno.ENFILE)
    import os  # Loaded already wherever files are opened; the language alone does without.

    return os.strerror(errno.EMFILE) in str(error)


def limit_words(number: int | None = errno.EMFILE) -> str:
    """Return in one sentence which limit EMFILE, or ENFILE, tells of, and what to do."""
    if number == errno.ENFILE:
        return "no descriptor is left in the whole system: /proc/sys/fs/file-max is its limit"
    import os

    return (
        f"no descriptor is left: this process may have {os.sysconf('SC_OPEN_MAX')} open "
        "(RLIMIT_NOFILE, `ulimit -n`); close some, or raise the limit"
    )


def blame(error: OSError | ImportError) -> None:
    """Raise an OSError that names the limit if the error says that it was met."""
    if is_met(error):
        number = error.errno if isinstance(error, OSError) else errno.EMFILE
        raise OSError(number, limit_words(number)) from None
