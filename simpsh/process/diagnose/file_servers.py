"""Which process serves the file system of FUSE that a call waits for? See fuse(4).

The files there are never touched: the question would wait for the same server.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from simpsh.base import waits
from simpsh.kernel.namespaces import Mount, mount_of
from simpsh.process.diagnose.blocked_process import BlockedProcess, Finding, edges_to, functions_in
from simpsh.process.diagnose.facts import Deed, FileSystem, UsesServed
from simpsh.process.file_holders import holders_by


def find(case: BlockedProcess) -> Finding | None:
    """Find out which processes have to answer; None if the file system is not known."""
    mount = _mount(case)
    if mount is None:
        return None
    # fdinfo shows the number of the file system, whose major number is 0.
    number = mount.device.removeprefix("0:")
    holders = holders_by("/fuse", "fuse_connection", number)
    if not holders.seen:
        # Older kernels do not show it.
        return None
    edges = edges_to((it.pid for it in holders.seen), Deed.SERVES, FileSystem(mount.path))
    return Finding(
        situation=waits.FILE,
        act=UsesServed(mount.path),
        proof=functions_in(case.seen.wchan),
        edges=edges,
        not_permitted=holders.not_permitted,
        is_closed=True,
    )


def _mount(case: BlockedProcess) -> Mount | None:
    """Return the mount of FUSE that the call is about; None if that is in doubt."""
    try:
        lines = case.directory.read("mountinfo").splitlines()
    except (ProcessLookupError, PermissionError):
        return None
    mounts = [mount_of(line) for line in lines]
    served = [it for it in mounts if it.kind.startswith("fuse") and it.kind != "fusectl"]
    if len({it.device for it in served}) < 2:
        return served[-1] if served else None
    number = dict(case.fdinfo(case.integer(0))).get("mnt_id")
    meant = [it for it in served if str(it.number) == number] or _named(case, mounts)
    return meant[-1] if meant and meant[-1] in served else None


def _named(case: BlockedProcess, mounts: Sequence[Mount]) -> list[Mount]:
    """Return the mounts that contain the path in the call, the innermost one last."""
    for index in (0, 1):
        path = os.fsdecode(case.text(case.argument(index)))
        if path and path.isprintable():
            with suppress(ProcessLookupError, PermissionError):
                path = os.path.normpath(os.path.join(case.directory.link("cwd"), path))
            inside = [it for it in mounts if f"{path}/".startswith(f"{it.path.rstrip('/')}/")]
            return sorted(inside, key=lambda it: len(it.path))
    return []
