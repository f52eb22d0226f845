"""Frozen control groups: a process of one does not run, whatever it waits for. See cgroups(7)."""

from __future__ import annotations

import os

from simpsh.process import proc


def frozen_group(pid: int) -> str:
    """Return the directory of the group that was frozen with this process; empty for none.

    Only groups of version 2 that this mount namespace shows. No errors. See cgroups(7).
    """
    groups = os.fsdecode(proc.contents(pid, "cgroup")).splitlines()
    own = next((line.removeprefix("0::") for line in groups if line.startswith("0::")), "/")
    for line in os.fsdecode(proc.contents("self", "mountinfo")).splitlines():
        before, _, after = line.partition(" - ")
        mount = before.split()[4]
        if after.startswith("cgroup2 ") and "frozen 1" in _text_of(f"{mount}{own}/cgroup.events"):
            path = own
            while path != "/" and _text_of(f"{mount}{path}/cgroup.freeze") != "1\n":
                path = os.path.dirname(path)
            return f"{mount}{own if path == '/' else path}"
    return ""


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""
