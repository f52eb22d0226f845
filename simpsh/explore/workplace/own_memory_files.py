"""A /dev/shm of the program's own: what shm_open and sem_open name there is the whole machine's.

The program gets a mount namespace, in which a directory of its run stands in the place of
/dev/shm. See shm_overview(7) and mount_namespaces(7).
"""

from __future__ import annotations

import os
from contextlib import suppress

from simpsh.base.wait_status import Exited
from simpsh.kernel import namespaces
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.wait_calls import waitpid

FOLDER, OWN = "/dev/shm", "shm"
"""What it stands in the place of; its name in the workspace's root."""


def have_own(root: str) -> None:
    """Let this process, and its children, find a directory of a workspace as /dev/shm, for good.

    Raises:
        OSError: EPERM …; this system does not permit that.
    """
    own = os.path.join(root, OWN)
    namespaces.enter_mount_namespace()
    if os.path.dirname(root) == FOLDER:
        # The workspace would be hidden, too.
        here = os.path.join(own, os.path.basename(root))
        os.makedirs(here, exist_ok=True)
        namespaces.bind(root, here)
    namespaces.bind(own, FOLDER)


def can_have_own(root: str) -> bool:
    """Return whether have_own() would succeed."""
    child = fork()
    if child == 0:  # in the child
        status = 1
        try:
            with suppress(OSError):
                have_own(root)
                status = 0
        finally:
            exit_now(status)
    ended = waitpid(child)
    return ended is not None and ended[1] == Exited(0)
