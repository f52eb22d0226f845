"""Timers, as operations; see alarm(2), setitimer(2).

Time is no synchronisation: once it has been set, a timer may ring at any later step, by a choice of
its own: `P.1~`.
"""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.explore.operations.visible_operations import Operation

RINGS = "~"
"""Behind a process's name: the choice that its timer rings."""


class SetTimer(Operation):
    """Sets the timer that sends SIGALRM once, or takes it back."""

    is_set: bool

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return "sets its alarm" if self.is_set else "takes its alarm back"


class Rings(Operation):
    """The timer sends SIGALRM: choice `P.1~`."""

    _said = "has its alarm ring"
