"""Run a program that is refused system calls, named as for `simpsh doctor --deny`.

    python container_profile.py CALLS PROGRAM [ARGUMENT ...]

It needs simpsh, for the numbers of system calls and the profiles of containers.
"""

from __future__ import annotations

import os
import sys

from simpsh.kernel.machine import seccomp
from simpsh.process.machine_permits import filters_of

if __name__ == "__main__":
    for assembled in filters_of(sys.argv[1]):
        seccomp.install(assembled)
    os.execvp(sys.argv[2], sys.argv[2:])
