"""Hand-made observations, for tests that run no demonstration.

run = made(("parent", "child"), [
    (2, "parent", forks("child")),            # line, who, what
    (4, "child", prints("x")),
])
"""

from simpsh.base import waits as waits_of
from simpsh.base.events import (
    Event,
    Fork,
    Read,
    Reap,
    Reparent,
    Rest,
    SignalSend,
    Start,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.base.targets import Member
from simpsh.course.claims.observation import Observation, SeenMoment

PIDS = {"parent": 10, "child": 11}


def pid_of(name):
    return PIDS.setdefault(name, 10 + len(PIDS))


def made(names, story, *, marks=None, **fields):
    """Return an observation of the processes `names`; `story` has line, process and event in order.

    `marks` maps the title of each moment to the index of the event before it, and the looks.
    """
    events = [Event(pid_of(names[0]), Start(1, ("demo",)), proc=names[0])]
    lines, outputs = {}, []
    for line, who, what in story:
        if isinstance(what, Write) and what.fd == 1 and not what.pipe:
            outputs.append(len(events))
        if line:
            lines[len(events)] = line
        pid = pid_of(who) if who in names else 1
        events.append(Event(pid, what, len(events), len(events) + 1, who))
    moments = {title: SeenMoment(index, looks) for title, (index, looks) in (marks or {}).items()}
    return Observation(
        events=tuple(events),
        names=tuple(names),
        moments=moments,
        outputs=tuple(outputs),
        lines=lines,
        **fields,
    )


def forks(name, pipes=()):
    return Fork(pid_of(name), name, pipes=pipes)


def prints(text):
    return Write(1, len(text), "", text)


def reads(text, pipe):
    return Read(3, len(text), pipe, 0, text)


def waits(name):
    return Wait(pid_of(name))


def returns(name, status=0):
    return WaitReturn(pid_of(name), name, status)


def collects(name, by):
    return Reap(pid_of(name), name, Member(by))


def sends(signal, name):
    return SignalSend(pid_of(name), signal)


def rests(*names):
    """Return the rest of processes that wait for a signal."""
    return Rest(tuple((name, waits_of.Wait(waits_of.SIGNAL)) for name in names))


def adopted(former, by):
    return Reparent(pid_of(former), pid_of(by), Member(by))
