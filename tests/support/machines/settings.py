"""Settings of a machine, as administrators make them: each is made, checked in, and taken back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simpsh.kernel.namespaces import APPARMOR_SETTING

GROUPS = "/sys/fs/cgroup"
SESSION = f"{GROUPS}/session"
STUDENT = 1000


@dataclass(frozen=True)
class Knob:
    """One thing that is set, and set back."""

    name: str
    turn: Callable[[], Callable[[], object]]
    """Sets it, and returns how to set it back. Raises OSError: this kernel has it not."""


@dataclass(frozen=True)
class Setting:
    """The user of the machine, and the forbidden system calls."""

    name: str
    title: str
    is_root: bool = False
    knobs: tuple[Knob, ...] = ()
    file: str = ""
    """Only kernels with this file have the setting."""

    def enter(self) -> None:
        """In the child that will be the user's program: take the place of a user's session.

        The group first: only root may move a process into the tree that the student was given.
        """
        if DELEGATED in self.knobs:
            Path(f"{SESSION}/shell/cgroup.procs").write_text("0")
        if not self.is_root:
            os.setgroups([])
            os.setresgid(STUDENT, STUDENT, STUDENT)
            os.setresuid(STUDENT, STUDENT, STUDENT)


def _file(path: str, value: str) -> Knob:
    """Return the knob that is one file of /proc or /sys."""

    def turn() -> Callable[[], object]:
        file = Path(path)
        before = file.read_text()
        file.write_text(value)
        if file.read_text().strip() != value:
            raise OSError(0, f"{path} does not keep {value}")
        return lambda: file.write_text(before)

    return Knob(path, turn)


def _delegate() -> Callable[[], object]:
    """Make a control group that belongs to the student, as systemd delegates one to a session."""
    Path(GROUPS, "cgroup.subtree_control").write_text("+pids +memory")
    os.makedirs(f"{SESSION}/shell", exist_ok=True)
    for place in (SESSION, f"{SESSION}/shell"):
        for name in ("", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"):
            os.chown(f"{place}/{name}", STUDENT, STUDENT)
    Path(SESSION, "cgroup.subtree_control").write_text("+pids +memory")
    return lambda: None


def _hide_processes() -> Callable[[], object]:
    _mount("hidepid=2")
    return lambda: _mount("hidepid=0")


def _mount(option: str) -> None:
    done = subprocess.run(
        ["mount", "-o", f"remount,{option}", "/proc"], capture_output=True, text=True
    )
    if done.returncode:
        raise OSError(0, done.stderr.strip())


def _take_rights_from_namespaces() -> Callable[[], object]:
    """Do what Ubuntu does at its start: a user's new user namespace gives no rights."""
    profile = ["apparmor_parser", "-r", "/etc/apparmor.d/unprivileged_userns"]
    done = subprocess.run(profile, capture_output=True, text=True)
    if done.returncode:
        raise OSError(0, done.stderr.strip())
    return RESTRICTED.turn()


APPARMOR = "/proc/sys/" + APPARMOR_SETTING.replace(".", "/")
RESTRICTED = _file(APPARMOR, "1")
YAMA_1 = _file("/proc/sys/kernel/yama/ptrace_scope", "1")
YAMA_2 = _file("/proc/sys/kernel/yama/ptrace_scope", "2")
ONE_PROCESSOR = _file("/sys/devices/system/cpu/cpu1/online", "0")
NO_NAMESPACES = _file("/proc/sys/user/max_user_namespaces", "0")
WITHOUT_RIGHTS = Knob("AppArmor", _take_rights_from_namespaces)
HIDDEN = Knob("hidepid", _hide_processes)
DELEGATED = Knob("cgroup", _delegate)

SETTINGS = (
    Setting("root", "root", is_root=True),
    Setting("user", "ordinary user"),
    Setting("cgroup", "user, cgroup v2 delegated", knobs=(DELEGATED,)),
    Setting("yama-1", "user, Yama 1", knobs=(YAMA_1,)),
    Setting("yama-2", "user, Yama 2: no ptrace", knobs=(YAMA_2,)),
    Setting("one-cpu", "user, one processor", knobs=(ONE_PROCESSOR,)),
    Setting("no-namespaces", "user, no user namespaces", knobs=(NO_NAMESPACES,)),
    Setting(
        "apparmor",
        "user, namespaces without rights (AppArmor)",
        knobs=(WITHOUT_RIGHTS,),
        file=APPARMOR,
    ),
    Setting("hidepid", "user, /proc with hidepid=2", knobs=(HIDDEN,)),
    Setting(
        "all-forbidden", "user, all of these", knobs=(YAMA_2, ONE_PROCESSOR, NO_NAMESPACES, HIDDEN)
    ),
)
"""In this order; the first is the one in which everything is checked wholly."""
