"""What /proc says of a process, as an event: `-vvv`."""

from __future__ import annotations

from simpsh.base.events import Snapshot
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.process import open_files, process_snapshot


def snapshot_of(pid: int) -> Snapshot | None:
    """Look at a child, or at ourselves, now; None if it is gone, or we may not look.

    See proc_pid_stat(5), proc_pid_fd(5).
    """
    try:
        seen = process_snapshot.snapshot(pid)
        table = () if seen.state in "ZX" else open_files.descriptors(pid)
    except (ProcessLookupError, PermissionError):
        return None
    return Snapshot(
        seen.state,
        seen.ppid,
        seen.pgid,
        seen.sid,
        seen.tpgid,
        tuple(int(number) for number in seen.blocked),
        tuple(int(number) for number in seen.ignored),
        tuple(int(number) for number in seen.caught),
        tuple(
            (one.number, one.target, one.is_close_on_exec)
            for one in table
            # The shell's own, which every child loses at exec, would hide what is to be seen.
            if one.number < OWN_LOWEST
        ),
    )
