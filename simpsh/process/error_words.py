"""The words for an OSError, and who refused the call if a filter or a security module did."""

from __future__ import annotations

import errno

from simpsh import console


def error_words(error: OSError) -> str:
    """Return an error as one phrase: who refuses the call, else the kernel's own words."""
    if error.errno in (errno.EPERM, errno.ENOSYS) and not error.filename:
        # Only here: the table of probes is large, and needs a descriptor to be loaded.
        from simpsh.process.machine_permits import all_refused

        if refused := all_refused():
            return "; ".join(refused.values())
    return console.in_words(error)
