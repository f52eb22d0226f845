"""What a demonstration may need of the machine, whether it is there, and what to do if not.

A need is named in a lesson (`needs=("root",)`). It is tried when it is first asked for, once.
`simpsh doctor` tries all before a class, and says which lessons lose what.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial

from simpsh.base.errors import UsageProblem
from simpsh.base.record import Record
from simpsh.course.guard import machine_probes
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.lesson_steps import AnyStep, C, Compare, Explore, Lesson, Run, Shell, Try
from simpsh.kernel.namespaces import APPARMOR_SETTING

_UNCONFINED = "in a container: docker run --security-opt seccomp=unconfined"
_NAMESPACES = (
    "be root, or sysctl user.max_user_namespaces=1000; on Ubuntu also sysctl "
    f"{APPARMOR_SETTING}=0; {_UNCONFINED}"
)


class Need(Record):
    """Something that a machine permits or does not."""

    name: str
    what: str
    """What it is good for, in a phrase."""
    probe: Callable[[], str]
    """Tries it; returns why it is missing, empty if it is there."""
    remedy: str
    """What an instructor who prepares a class can do."""


def _program(name: str, what: str) -> Need:
    return Need(name, what, partial(machine_probes.program, name), f"apt install {name}")


_LIST = (
    Need(
        "ptrace",
        "watch demonstrations from outside: events, lines, causes",
        machine_probes.ptrace,
        "leave strace or the debugger; in a container: docker run --cap-add SYS_PTRACE",
    ),
    Need(
        "root",
        "change the user, run a fork bomb under a user id of its own",
        machine_probes.root,
        "sudo simpsh …",
    ),
    Need(
        "second cpu",
        "show two processes that really run at the same time",
        machine_probes.second_cpu,
        "start it without taskset; give the machine or container a second processor (--cpus 2)",
    ),
    Need(
        "namespaces",
        "give a demonstration pids of its own",
        machine_probes.private_pids,
        _NAMESPACES,
    ),
    Need(
        "next pid",
        "let a pid be used again on purpose",
        machine_probes.next_pid,
        _NAMESPACES,
    ),
    Need(
        "cgroup",
        "limit processes by a control group; this holds for root, too",
        machine_probes.control_group,
        "be root of the machine itself, or have a delegated cgroup",
    ),
    Need(
        "guard",
        "contain a bomb, whatever it does",
        machine_probes.guard,
        _NAMESPACES,
    ),
    Need(
        "compiler",
        "show C programs",
        machine_probes.compiler,
        "install a C compiler: apt install gcc",
    ),
    Need(
        "glibc",
        "show what the GNU C library alone does",
        machine_probes.glibc,
        "use a system with the GNU C library",
    ),
    Need(
        "terminal",
        "show who owns the keyboard: foreground, background, ^C",
        machine_probes.terminal,
        "mount /dev/pts; in a container: docker run -t",
    ),
    Need(
        "pidfd",
        "hold a process by a descriptor",
        machine_probes.pidfd,
        f"Linux 5.3 or later; {_UNCONFINED}",
    ),
    Need(
        "page numbers",
        "show which page of physical memory an address has",
        machine_probes.page_numbers,
        "sudo simpsh …; without it the sharing itself is still shown",
    ),
    Need(
        "small pages",
        "show sizes that count pages: of page tables, of a pipe",
        machine_probes.small_pages,
        "a kernel with pages of 4 KiB",
    ),
    Need(
        "watchpoints",
        "explore handlers of C programs, instruction by instruction",
        machine_probes.watchpoints,
        "an x86-64 processor, or one of aarch64 with atomic instructions (LSE), and watchpoints",
    ),
    Need(
        "kcmp",
        "prove that two descriptors are one open file",
        machine_probes.kcmp,
        "a kernel with CONFIG_KCMP; in a container: docker run --cap-add SYS_PTRACE",
    ),
    Need(
        "core dumps",
        "show the bit that says a core was dumped",
        machine_probes.core_dumps,
        "sysctl kernel.core_pattern=core; ulimit -Hc unlimited",
    ),
    Need(
        "other names",
        "run a program by a name of one's own",
        machine_probes.other_names,
        "install echo as a program of its own (GNU coreutils)",
    ),
    Need(
        "memory",
        "let a process grow to a gigabyte",
        machine_probes.memory,
        "close what else needs memory",
    ),
    _program("bash", "compare with another shell"),
    _program("dash", "compare with another shell"),
    _program("strace", "compare with strace"),
    _program("gdb", "follow a child with a debugger"),
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
    return need.probe()


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


# Before a class: what this machine permits, and which lessons lose what.

DOCTOR_SCHEMA = "simpsh.doctor/1"
_NARROW = 78


@dataclass(frozen=True, slots=True)
class LostStep:
    """A step, or claims of it, that cannot be shown here."""

    lesson: str
    step: int
    """Its number, from 1."""
    what: str
    """The id of the run, or what kind of step it is."""
    need: str
    is_whole: bool
    """Whether the whole step is lost, or only some of its claims."""


@dataclass(frozen=True, slots=True)
class MachineReport:
    """What was found."""

    missing: dict[str, str]
    """Why a need is not met, by its name."""
    losses: list[LostStep]
    lessons: int
    problems: list[str]
    """Lessons that cannot be loaded."""

    @property
    def is_good(self) -> bool:
        """Whether every lesson shows everything."""
        return not self.losses and not self.problems


def examine(library: Library) -> MachineReport:
    """Try every need, and look through all lessons for what they lose."""
    lacking = {name: reason for name in NEEDS if (reason := missing(name))}
    lessons, problems = library.all()
    losses = [loss for lesson in lessons for loss in losses_of(lesson, lacking)]
    return MachineReport(lacking, losses, len(lessons), problems)


def losses_of(lesson: Lesson, missing: dict[str, str]) -> Iterator[LostStep]:
    """Yield the steps of a lesson that cannot be shown, or not wholly."""
    for number, step in enumerate(lesson.steps, 1):
        wanted = needs_of(step)
        if isinstance(step, Run | Compare) and "ptrace" in missing:
            # Its processes run and print, but they are not seen.
            wanted = (*wanted, "ptrace")
        what = _name_of(step)
        for need in wanted:
            if need in missing:
                yield LostStep(lesson.id, number, what, need, is_whole=True)
        of_claims = {need for claim in getattr(step, "claims", ()) for need in claim.needs}
        for need in sorted(of_claims - {*wanted}):
            if need in missing:
                yield LostStep(lesson.id, number, what, need, is_whole=False)


def _name_of(step: AnyStep) -> str:
    if isinstance(step, Run | Compare | Explore):
        return step.id
    return "a task at the prompt" if isinstance(step, Try) else type(step).__name__.lower()


# -------------------------------------------------------------------------------- telling


def lines_of(found: MachineReport) -> Iterator[str]:
    """Yield the report, for people: at most 80 columns where the reasons allow it."""
    yield f"{machine()}:"
    for name, need in NEEDS.items():
        if name not in found.missing:
            yield f"  ✓ {name:13} {need.what}"
    for name, reason in found.missing.items():
        yield f"  ✗ {name:13} {NEEDS[name].what}"
        yield from _wrapped(f"missing: {reason}", 18)
        yield from _wrapped(f"to do:   {NEEDS[name].remedy}", 18)
    yield from found.problems
    touched = list(dict.fromkeys(loss.lesson for loss in found.losses))
    whole = found.lessons - len(touched)
    if not found.lessons:
        yield "There are no lessons here; --path DIR names a folder of them."
    elif not touched:
        yield f"All {found.lessons} lessons show everything on this machine."
    else:
        yield f"{whole} of {found.lessons} lessons show everything; in the others is only told:"
    for lesson in touched:
        yield from _wrapped(
            f"{lesson}: {_losses([o for o in found.losses if o.lesson == lesson])}", 2
        )


def machine() -> str:
    """Say in a phrase what this machine is."""
    user = "root" if os.geteuid() == 0 else "an ordinary user"
    count = len(os.sched_getaffinity(0))
    processors = "one processor" if count == 1 else f"{count} processors"
    terminal = (
        f"a terminal ({os.environ.get('TERM', 'unnamed')})" if os.isatty(1) else "no terminal"
    )
    version = ".".join(map(str, sys.version_info[:3]))
    return f"Linux {platform.release()}, Python {version}, {processors}, {user}, {terminal}"


def _losses(losses: Sequence[LostStep]) -> str:
    parts = []
    for step in dict.fromkeys(loss.step for loss in losses):
        of_step = [loss for loss in losses if loss.step == step]
        wanted = ", ".join(dict.fromkeys(loss.need for loss in of_step))
        part = "" if any(loss.is_whole for loss in of_step) else "some claims of "
        parts.append(f"{part}step {step} “{of_step[0].what}” ({wanted})")
    return "; ".join(parts)


def _wrapped(text: str, indent: int) -> Iterator[str]:
    import textwrap

    room = _NARROW - indent
    first = True
    for line in textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False):
        yield " " * indent + ("" if first else "  ") + line
        first = False


def as_json(found: MachineReport) -> str:
    """Return the report as JSON of schema simpsh.doctor/1.

    An object: schema, machine, complete (a truth value), needs (name, what, met, reason, remedy),
    lost (lesson, step from 1, what, need, whole) and problems (lines).
    """
    needed = [
        {
            "name": name,
            "what": need.what,
            "met": name not in found.missing,
            "reason": found.missing.get(name, ""),
            "remedy": need.remedy,
        }
        for name, need in NEEDS.items()
    ]
    lost = [asdict(loss) for loss in found.losses]
    for loss in lost:
        loss["whole"] = loss.pop("is_whole")
    whole = {
        "schema": DOCTOR_SCHEMA,
        "machine": machine(),
        "complete": found.is_good,
        "needs": needed,
        "lost": lost,
        "problems": found.problems,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
