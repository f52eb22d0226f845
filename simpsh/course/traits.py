"""What a process is or has at a moment: `child.state == "Z"`, `server.holds("A", "write")`.

They are asked of a moment, `at("②", …)` or `at("rest", …)`; without one, of the end of the run,
where only those are left who outlived it. How somebody ended, and what it wrote, is asked of the
whole run.
"""

from __future__ import annotations

import os

from simpsh.course.being import Named, entry
from simpsh.course.deeds import signal_number
from simpsh.course.descriptor_facts import DescriptorSymbol
from simpsh.course.expectation import Expectation, Fact, NotThere, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.course.observation import Look
    from simpsh.course.scene import Scene


class Traits(Named):
    """What the kernel says of a process; a Fact, or an Expectation where it is yes or no."""

    # What the kernel says of it --------------------------------------------------------------

    @property
    def state(self) -> Fact:
        """The letter of proc(5): R S D T Z; `held` for one that the lesson holds at a mark."""
        return self._fact("state", lambda look: look.state)

    @property
    def exists(self) -> Expectation:
        """It is there at the moment, be it as a zombie."""
        return self._is("is there", "is not there", lambda _: True)

    @property
    def is_gone(self) -> Expectation:
        """It is not there at the moment: not born yet, or collected."""

        def judge(scene: Scene) -> Verdict:
            scene.insist_on("looks")
            looks = scene.now().looks
            found = [name for name in looks if self.is_one(name)]
            if found:
                return Verdict(
                    holds=False,
                    because=f"{self.called} was there, in state {looks[found[0]].state}",
                )
            return Verdict(holds=True, because=f"{self.called} was not there")

        return Expectation(f"{self.called} is gone", judge)

    @property
    def asleep_in(self) -> Fact:
        """The system call that it sleeps in: `read`, `wait4`, `pause` …; empty if in none."""
        return self._fact("system call", lambda look: look.call)

    @property
    def pid(self) -> Fact:
        """Its pid, once and for all; compare it with another fact, never with a number."""
        return Fact(f"{self.called}'s pid", self._pid)

    @property
    def parent(self) -> Fact:
        """Its parent: `child.parent == parent`, `orphan.parent == reaper`."""
        return self._fact("parent", lambda look: look.parent)

    @property
    def group(self) -> Fact:
        """Its process group; equal to the leader's pid."""
        return self._fact("process group", lambda look: look.group)

    @property
    def session(self) -> Fact:
        """Its session; equal to the leader's pid."""
        return self._fact("session", lambda look: look.session)

    @property
    def terminal(self) -> Fact:
        """Its controlling terminal; the empty text without one."""
        return self._fact("controlling terminal", lambda look: look.terminal)

    @property
    def in_foreground(self) -> Expectation:
        """Its group is the one that its terminal listens to."""

        def judge(scene: Scene) -> Verdict:
            group, foreground = scene.look(self.name).group, scene.now().foreground
            holds = group == foreground and bool(scene.look(self.name).terminal)
            return Verdict(
                holds=holds,
                because=f"{self.called}'s group {'was' if holds else 'was not'} in the foreground",
            )

        return Expectation(f"{self.called} is in the foreground", judge)

    @property
    def threads(self) -> Fact:
        """How many threads it has."""
        return self._fact("number of threads", lambda look: look.threads)

    @property
    def program(self) -> Fact:
        """The file name of the program that it runs, without its directory."""
        return self._fact("program", lambda look: os.path.basename(look.exe))

    @property
    def argv(self) -> Fact:
        """Its command line, as a tuple of words; empty for a zombie."""
        return self._fact("command line", lambda look: tuple(look.argv))

    @property
    def cwd(self) -> Fact:
        """Its working directory; `(deleted)` stands behind one that is gone."""
        return self._fact("working directory", lambda look: look.cwd)

    @property
    def umask(self) -> Fact:
        """Its file mode creation mask."""
        return self._fact("umask", lambda look: look.umask)

    def limit(self, name: str) -> Fact:
        """A soft limit, `NPROC`, `NOFILE` …; -1 is none."""
        return self._fact(f"limit {name}", lambda look: entry(look.limits, name, "limit"))

    def field(self, name: str) -> Fact:
        """A field of /proc/PID/status: a number if it is one (without kB), else its text."""
        return self._fact(name, lambda look: _as_number(entry(look.status, name, "field")))

    def has_no_field(self, name: str) -> Expectation:
        """A field is not in /proc/PID/status: a zombie has no `VmRSS`."""
        return self._is(
            f"has no {name} in its status",
            f"has {name} in its status",
            lambda look: name not in look.status,
        )

    # Signals -------------------------------------------------------------------------------

    def blocks(self, signal: str) -> Expectation:
        """The signal is in its mask."""
        return self._in_mask("blocks", ("SigBlk",), signal)

    def ignores(self, signal: str) -> Expectation:
        """The signal is ignored: SIG_IGN."""
        return self._in_mask("ignores", ("SigIgn",), signal)

    def catches(self, signal: str) -> Expectation:
        """It has a handler for the signal."""
        return self._in_mask("catches", ("SigCgt",), signal)

    def has_pending(self, signal: str) -> Expectation:
        """The signal was sent and is not delivered yet."""
        return self._in_mask("has pending", ("SigPnd", "ShdPnd"), signal)

    # Descriptors ---------------------------------------------------------------------------

    def descriptor(self, number: int) -> DescriptorSymbol:
        """Return a descriptor by number: its target, access, offset, flags; whether it is open."""
        return DescriptorSymbol(self.name, self.called, number)

    def holds(self, pipe: str, end: str) -> Expectation:
        """One of its descriptors is an end, `read` or `write`, of a pipe by letter."""
        return self._is(
            f"holds the {end} end of pipe {pipe}",
            f"does not hold the {end} end of pipe {pipe}",
            lambda look: any(
                one.pipe == pipe and one.access in (end, "both")
                for one in look.descriptors.values()
            ),
        )

    def holds_file(self, path: str) -> Expectation:
        """One of its descriptors leads to a file whose path ends like this."""
        return self._is(
            f"has {path} open",
            f"does not have {path} open",
            lambda look: any(one.target.endswith(path) for one in look.descriptors.values()),
        )

    def holds_nothing(self) -> Expectation:
        """It has no descriptor at all, as a zombie."""
        return self._is(
            "has no open descriptor", "has open descriptors", lambda look: not look.descriptors
        )

    @property
    def descriptors(self) -> Fact:
        """The numbers of its open descriptors, as a tuple."""
        return self._fact("descriptors", lambda look: tuple(sorted(look.descriptors)))

    def _pid(self, scene: Scene) -> int:
        for process in scene.run.chronicle.processes.values():
            if self.is_one(process.label):
                return process.pid
        scene.insist_on("events")
        raise NotThere(f"there was no process “{self.name}” in this run")

    def _in_mask(self, verb: str, fields: tuple[str, ...], signal: str) -> Expectation:
        bit = 1 << signal_number(signal) - 1

        def test(look: Look) -> bool:
            return any(int(str(entry(look.status, name, "field")), 16) & bit for name in fields)

        return self._is(f"{verb} {signal}", f"is not one that {verb} {signal}", test)


def _as_number(text: object) -> object:
    words = str(text).split()
    return int(words[0]) if words and words[0].isdigit() and len(words) <= 2 else text
