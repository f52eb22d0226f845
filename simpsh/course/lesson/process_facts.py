"""What was seen of a process at a moment: an entry of a table, a page of memory, a descriptor.

A descriptor can be asked for more than one thing: `child.descriptor(3).offset == 35`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from simpsh.course.lesson.expectation import Expectation, Fact, NotThere, Scene, Unknown, Verdict
from simpsh.course.lesson.observation import ProcessLook, SeenDescriptor, SeenPage

_CLOSE = frozenset(("close",))
_SETS_FLAGS = frozenset(("fcntl", "ioctl"))


def entry(table: Mapping[str, object], name: str, kind: str) -> object:
    """Return an entry of a table; raises NotThere if it has none of that name."""
    if name not in table:
        raise NotThere(f"there was no {kind} {name}")
    return table[name]


def status_field(look: ProcessLook, name: str) -> object:
    """Return a field of /proc/PID/status: a number if it is one (without kB), else its text."""
    text = str(entry(look.status, name, "field"))
    words = text.split()
    return int(words[0]) if words and words[0].isdigit() and len(words) <= 2 else text


def is_in_mask(look: ProcessLook, fields: tuple[str, ...], signal: int) -> bool:
    """Return whether a signal is in one of the signal masks of /proc/PID/status."""
    bit = 1 << signal - 1
    return any(int(str(entry(look.status, name, "field")), 16) & bit for name in fields)


def page(look: ProcessLook, variable: str) -> SeenPage:
    """Return the page of an mmap that is a variable's; raises NotThere if it has none."""
    found = look.pages.get(variable)
    if found is None:
        raise NotThere(f"{variable} had no page of memory of its own: is it an mmap?")
    return found


class DescriptorFacts:
    """One descriptor at a moment: `child.descriptor(3).offset == 35`.

    Args:
        name: of the process.
        called: how a sentence speaks of it.
        number: of the descriptor.
    """

    def __init__(self, name: str, called: str, number: int) -> None:
        self._name = name
        self._called = called
        self.number = number
        self.text = f"{called}'s descriptor {number}"

    @property
    def target(self) -> Fact:
        """Where it leads: `output`, `pipe A`, a path, or what /proc shows."""
        return self._fact("target", lambda one: one.target)

    @property
    def access(self) -> Fact:
        """`read`, `write` or `both`."""
        return self._fact("access", lambda one: one.access)

    @property
    def offset(self) -> Fact:
        """Where the next read or write begins."""
        return self._fact("offset", lambda one: one.offset, frozenset(("lseek",)))

    @property
    def pipe(self) -> Fact:
        """The letter of its pipe; empty if it is none."""
        return self._fact("pipe", lambda one: one.pipe)

    @property
    def is_open(self) -> Expectation:
        """The process has it."""
        return Expectation(f"{self.text} is open", self._is_open, _CLOSE)

    @property
    def is_closed(self) -> Expectation:
        """The process, which is there, has it not."""
        return Expectation(
            f"{self.text} is closed", lambda scene: self._is_open(scene).negated(), _CLOSE
        )

    @property
    def closes_on_exec(self) -> Expectation:
        """FD_CLOEXEC is set: a flag of this descriptor alone."""
        return self.has_flag("O_CLOEXEC")

    def has_flag(self, name: str) -> Expectation:
        """A flag of open(2) is set, such as O_NONBLOCK or O_APPEND (those are the file's)."""
        flag: object = getattr(os, name, None)
        if not isinstance(flag, int):
            raise ValueError(f"open(2) has no flag {name}")  # noqa: TRY004 - its value is wrong

        def judge(scene: Scene) -> Verdict:
            holds = self._found(scene).flags & flag == flag
            return Verdict(
                holds=holds, because=f"{self.text} {'had' if holds else 'did not have'} {name}"
            )

        return Expectation(f"{self.text} has {name}", judge, _SETS_FLAGS)

    def shares_offset_with(self, other: DescriptorFacts) -> Expectation:
        """Both refer to the same open file description, so to one offset; see kcmp(2)."""

        def judge(scene: Scene) -> Verdict:
            mine, its = self._found(scene).description, other._found(scene).description
            if not mine or not its:
                scene.insist_on("descriptions")
                raise Unknown("open file descriptions cannot be compared here (kcmp)")
            holds = mine == its
            what = "the same open file description" if holds else "two open file descriptions"
            return Verdict(holds=holds, because=f"{self.text} and {other.text} were {what}")

        return Expectation(f"{self.text} shares its offset with {other.text}", judge)

    def _is_open(self, scene: Scene) -> Verdict:
        holds = self.number in scene.look(self._name).descriptors
        return Verdict(holds=holds, because=f"{self.text} was {'open' if holds else 'closed'}")

    def _found(self, scene: Scene) -> SeenDescriptor:
        found = scene.look(self._name).descriptors.get(self.number)
        if found is None:
            raise NotThere(f"{self._called} had no descriptor {self.number}")
        return found

    def _fact(
        self,
        text: str,
        get: Callable[[SeenDescriptor], object],
        calls: frozenset[str] = frozenset(),
    ) -> Fact:
        return Fact(f"{text} of {self.text}", lambda scene: get(self._found(scene)), calls)
