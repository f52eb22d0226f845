"""What a demonstration may need of the machine, whether it is there, and what to do if not.

A need is named in a lesson (`needs=("root",)`). It is tried when it is first asked for, once.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from simpsh.course.sources import C, Shell
from simpsh.course.steps import Explore, Try
from simpsh.errors import UsageProblem
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simpsh.course.steps import AnyStep

_UNCONFINED = "in a container: docker run --security-opt seccomp=unconfined"


class Need(Record):
    """Something that a machine permits or does not."""

    name: str
    what: str
    """What it is good for, in a phrase."""
    probe: str
    """The function of course.probing that tries it; after a colon, its argument."""
    remedy: str
    """What whoever prepares a class can do."""


_LIST = (
    Need(
        "ptrace",
        "watch demonstrations from outside: events, lines, causes",
        "ptrace",
        "leave strace or the debugger; in a container: docker run --cap-add SYS_PTRACE",
    ),
    Need("root", "change the user, bind a bomb to one of its own", "root", "sudo simpsh …"),
    Need(
        "second cpu",
        "show two processes that really run at the same time",
        "second_cpu",
        "start it without taskset; give the machine or container a second processor (--cpus 2)",
    ),
    Need(
        "namespaces",
        "give a demonstration pids of its own",
        "private_pids",
        f"be root, or sysctl user.max_user_namespaces=1000; {_UNCONFINED}",
    ),
    Need(
        "next pid",
        "let a pid be used again on purpose",
        "next_pid",
        f"be root, or sysctl user.max_user_namespaces=1000; {_UNCONFINED}",
    ),
    Need(
        "cgroup",
        "limit processes by a control group, which binds root too",
        "control_group",
        "be root; in a container: docker run --privileged, or a delegated cgroup",
    ),
    Need(
        "guard",
        "contain a bomb, whatever it does",
        "guard",
        f"be root, or sysctl user.max_user_namespaces=1000; {_UNCONFINED}",
    ),
    Need("compiler", "show C programs", "compiler", "install a C compiler: apt install gcc"),
    Need(
        "terminal",
        "show who owns the keyboard: foreground, background, ^C",
        "terminal",
        "mount /dev/pts; in a container: docker run -t",
    ),
    Need("pidfd", "hold a process by a descriptor", "pidfd", f"Linux 5.3 or later; {_UNCONFINED}"),
    Need(
        "page numbers",
        "show which page of physical memory is behind an address",
        "page_numbers",
        "sudo simpsh …; without it the sharing itself is still shown",
    ),
    Need(
        "kcmp",
        "prove that two descriptors are one open file",
        "kcmp",
        f"a kernel with CONFIG_KCMP; {_UNCONFINED}",
    ),
    Need(
        "core dumps",
        "show the bit that says a core was dumped",
        "core_dumps",
        "sysctl kernel.core_pattern=core; ulimit -Hc unlimited",
    ),
    Need("memory", "let a process grow to a gigabyte", "memory", "close what else needs memory"),
    Need("bash", "compare with another shell", "program:bash", "apt install bash"),
    Need("dash", "compare with another shell", "program:dash", "apt install dash"),
    Need("strace", "compare with strace", "program:strace", "apt install strace"),
    Need("gdb", "follow a child with a debugger", "program:gdb", "apt install gdb"),
)
NEEDS = {need.name: need for need in _LIST}
"""All needs by name, in the order in which they are reported."""


@cache
def missing(name: str) -> str:
    """Return why a need is not met here, in one line; empty if it is.

    Raises:
        UsageProblem: there is no such need.
    """
    need = NEEDS.get(name)
    if need is None:
        raise UsageProblem(f"need “{name}”: it is one of {', '.join(NEEDS)}")
    from simpsh.course import probing

    function, _, argument = need.probe.partition(":")
    if argument:
        return probing.program(argument)
    found = getattr(probing, function)()
    return str(found)


def why_not(names: Iterable[str]) -> str:
    """Return why something with these needs cannot be shown here; empty if it can.

    Raises:
        UsageProblem: there is no such need.
    """
    for name in names:
        reason = missing(name)
        if reason:
            return f"{name}: {reason}"
    return ""


def needs_of(step: AnyStep) -> tuple[str, ...]:
    """Return what a step needs: what it says, and what follows from what it is."""
    found = [*getattr(step, "needs", ())]
    base = getattr(step, "run", step)
    if base is not step:
        found += needs_of(base)
    code = getattr(base, "code", None)
    if isinstance(code, C):
        found.append("compiler")
    if isinstance(code, Shell) and code.program and code.program[0] in NEEDS:
        found.append(code.program[0])
    if getattr(base, "guard", None) is not None:
        found.append("guard")
    if getattr(base, "terminal", False):
        found.append("terminal")
    if isinstance(base, Explore | Try):
        found.append("ptrace")
    return tuple(dict.fromkeys(found))
