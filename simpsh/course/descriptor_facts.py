"""A descriptor of a process, by number: where it leads, and whose offset it uses."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.course.expectation import Expectation, Fact, NotThere, Unknown, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.course.observation import Descriptor
    from simpsh.course.scene import Scene


class DescriptorSymbol:
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
        return self._fact("offset", lambda one: one.offset)

    @property
    def pipe(self) -> Fact:
        """The letter of its pipe; empty if it is none."""
        return self._fact("pipe", lambda one: one.pipe)

    @property
    def is_open(self) -> Expectation:
        """The process has it."""
        return Expectation(f"{self.text} is open", self._is_open)

    @property
    def is_closed(self) -> Expectation:
        """The process, which is there, has it not."""

        def judge(scene: Scene) -> Verdict:
            verdict = self._is_open(scene)
            return Verdict(holds=not verdict.holds, because=verdict.because)

        return Expectation(f"{self.text} is closed", judge)

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

        return Expectation(f"{self.text} has {name}", judge)

    def shares_offset_with(self, other: DescriptorSymbol) -> Expectation:
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

    def _found(self, scene: Scene) -> Descriptor:
        found = scene.look(self._name).descriptors.get(self.number)
        if found is None:
            raise NotThere(f"{self._called} had no descriptor {self.number}")
        return found

    def _fact(self, text: str, get: Callable[[Descriptor], object]) -> Fact:
        return Fact(f"{text} of {self.text}", lambda scene: get(self._found(scene)))
