"""Moments of a run that `order` names: `fork`, `exec sort`, `wait`, `signal SIGUSR1`."""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.base import events
from simpsh.base.events import Event
from simpsh.base.signal_names import Signal
from simpsh.base.targets import Member
from simpsh.grade.sandbox.closed_set import has_name

MOMENTS: Mapping[str, type[events.What]] = {
    "fork": events.Fork,
    "exec": events.Exec,
    "wait": events.Wait,
    "collect": events.Reap,
    "signal": events.SignalDeliver,
    "send": events.SignalSend,
    "pipe": events.Pipe,
    "exit": events.Exit,
}
"""The event of each word. After `exec` may come the program's name, after `signal` and `send` the
signal's."""


def happens(event: Event, moment: str) -> bool:
    """Return whether an event is this moment. A call that failed, or made a thread, is none."""
    word, _, name = moment.partition(" ")
    what = event.what
    if not isinstance(what, MOMENTS[word]):
        return False
    if isinstance(what, events.Exec):
        return name in ("", what.exe) or has_name(what, name)
    if isinstance(what, events.SignalDeliver):
        return name in ("", Signal(what.signal).name)
    if isinstance(what, events.SignalSend):
        return not what.errno and name in ("", Signal(what.signal).name)
    if isinstance(what, events.Reap):
        # Not the collection of the program itself, or of an orphan, by the judge.
        return isinstance(what.by, Member)
    return not (isinstance(what, events.Fork) and what.thread)
