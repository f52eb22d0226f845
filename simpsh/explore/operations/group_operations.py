"""Process groups and sessions, as operations; see setpgid(2), setsid(2), getsid(2).

A group and a session are called by the name of the process whose number is theirs; the session
that the program itself began in is OUTSIDE.
"""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.base.signal_names import Signal
from simpsh.explore.operations.visible_operations import Operation


class SetGroup(Operation):
    """Puts a process into a group: setpgid."""

    target: str
    group: str
    """Its leader's name; empty for a number that no process of the program has had."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        if self.target == self.group:
            return f"puts {self.target} into a group of its own"
        return f"puts {self.target} into the group of {self.group or 'no process'}"


class GetGroup(Operation):
    """Asks for a process's group: getpgid, getpgrp."""

    target: str

    _said = "asks for the group of {0.target}"


class NewSession(Operation):
    """Begins a session: setsid."""

    _said = "begins a session"


class GetSession(Operation):
    """Asks for a process's session: getsid."""

    target: str

    _said = "asks for the session of {0.target}"


class KillOn(Operation):
    """Sends its signal to the rest of a group, one process after the other."""

    signal: int
    rest: tuple[str, ...]
    """Who is still to get it, in order."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"sends {Signal(self.signal)} on to {self.rest[0]}"


GROUP_CALLS = SetGroup | GetGroup | NewSession | GetSession
