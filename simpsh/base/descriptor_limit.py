"""Errors EMFILE and ENFILE, reported with the limit that was reached.

The usual message would name the file to be opened, which may be a module of Python's library.
"""

from __future__ import annotations

import errno


def is_met(error: OSError | ImportError) -> bool:
    """Return whether an error means that no descriptor was left.

    If the dynamic linker could not open a shared library, it is an ImportError with the reason in
    its text.
    """
    if isinstance(error, OSError):
        return error.errno in (errno.EMFILE, errno.ENFILE)
    import os  # simpsh.shell.language can be imported without os

    return os.strerror(errno.EMFILE) in str(error)


def limit_words(number: int | None = errno.EMFILE) -> str:
    """Return a sentence about the limit that EMFILE or ENFILE means, and what to do."""
    if number == errno.ENFILE:
        return "no descriptor is left in the whole system: /proc/sys/fs/file-max is its limit"
    import os

    return (
        f"no descriptor is left: this process may have {os.sysconf('SC_OPEN_MAX')} open "
        "(RLIMIT_NOFILE, `ulimit -n`); close some, or raise the limit"
    )


def blame(error: OSError | ImportError) -> None:
    """Raise an OSError that names the limit, if the error means that it was reached."""
    if is_met(error):
        number = error.errno if isinstance(error, OSError) else errno.EMFILE
        raise OSError(number, limit_words(number)) from None
