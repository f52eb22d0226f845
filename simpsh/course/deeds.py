"""What a process does, as kinds of events: it reads, writes, sends, calls, comes to a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.being import Named
from simpsh.course.calls import begins, errno_number, errno_of, kernel_names, names_of_event
from simpsh.course.expectation import Happening, quoted
from simpsh.events import (
    Assign,
    Continue,
    Line,
    Open,
    Read,
    SetSid,
    SignalDeliver,
    SignalSend,
    Stop,
    Write,
)
from simpsh.signals import NAMES

if TYPE_CHECKING:
    from simpsh.course.scene import Scene
    from simpsh.events import Event

_NUMBERS = {name: number for number, name in NAMES.items()}


class Deeds(Named):
    """Reading, writing, signals, system calls, lines and variables; each is a Happening."""

    # Reading and writing ---------------------------------------------------------------------

    def writes(self, text: str = "") -> Happening:
        """A write of its succeeds, with this text in it."""
        return self._does(
            f"writes{' ' + quoted(text) if text else ''}",
            lambda _, event: (
                isinstance(event.what, Write) and event.what.count >= 0 and text in event.what.text
            ),
        )

    def reads(self, text: str = "") -> Happening:
        """A read of its brings something, with this text in it."""
        return self._does(
            f"reads{' ' + quoted(text) if text else ''}",
            lambda _, event: (
                isinstance(event.what, Read) and event.what.count > 0 and text in event.what.text
            ),
        )

    @property
    def sees_end_of_file(self) -> Happening:
        """A read of its comes back with nothing: 0 bytes."""
        return self._does(
            "sees end of file",
            lambda _, event: isinstance(event.what, Read) and event.what.count == 0,
        )

    def opens(self, path: str = "") -> Happening:
        """It opens a file whose path contains this."""
        return self._does(
            f"opens {path or 'a file'}",
            lambda _, event: (
                isinstance(event.what, Open) and event.what.fd >= 0 and path in event.what.path
            ),
        )

    # Signals -------------------------------------------------------------------------------

    def sends(self, signal: str = "", to: Named | None = None) -> Happening:
        """It sends a signal, by kill(2) or the like; to a group if its leader is meant."""
        number = signal_number(signal)
        return self._does(
            f"sends {signal or 'a signal'}{' to ' + to.called if to else ''}",
            lambda scene, event: (
                isinstance(event.what, SignalSend)
                and not event.what.errno
                and number in (0, event.what.signal)
                and (to is None or to.is_one(_bearer(scene, abs(event.what.target), event)))
            ),
        )

    def receives(self, signal: str = "", sender: Named | None = None) -> Happening:
        """A signal is delivered to it: it is not blocked, nor ignored by the kernel."""
        number = signal_number(signal)
        return self._does(
            f"receives {signal or 'a signal'}{' from ' + sender.called if sender else ''}",
            lambda scene, event: (
                isinstance(event.what, SignalDeliver)
                and event.what.effect != "ignored"
                and number in (0, event.what.signal)
                and (sender is None or sender.is_one(_bearer(scene, event.what.sender, event)))
            ),
        )

    def stops(self, signal: str = "") -> Happening:
        """A signal stops it."""
        number = signal_number(signal)
        return self._does(
            f"is stopped{' by ' + signal if signal else ''}",
            lambda _, event: isinstance(event.what, Stop) and number in (0, event.what.signal),
        )

    @property
    def continues(self) -> Happening:
        """It goes on after a stop."""
        return self._does("goes on", lambda _, event: isinstance(event.what, Continue))

    # Calls, lines and variables --------------------------------------------------------------

    def calls(self, call: str) -> Happening:
        """A system call of its comes back, successful or not; by its C name, such as `waitpid`."""
        names = kernel_names(call)
        return self._does(
            f"calls {call}", lambda _, event: bool(names & names_of_event(event.what)), names
        )

    def begins(self, call: str) -> Happening:
        """It begins a wait call, or another one that is told twice because it may block."""
        names = kernel_names(call)
        return self._does(
            f"begins {call}", lambda _, event: bool(names & begins(event.what)), names
        )

    def succeeds(self, call: str) -> Happening:
        """A system call of its comes back without an error."""
        names = kernel_names(call)
        return self._does(
            f"calls {call} with success",
            lambda _, event: bool(names & names_of_event(event.what)) and not errno_of(event.what),
            names,
        )

    def fails(self, call: str, errno: str = "") -> Happening:
        """A system call of its fails: `parent.fails("fork", "EAGAIN")`."""
        names, number = kernel_names(call), errno_number(errno) if errno else 0
        return self._does(
            f"fails to {call}{', ' + errno if errno else ''}",
            lambda _, event: (
                bool(names & names_of_event(event.what))
                and errno_of(event.what) != 0
                and number in (0, errno_of(event.what))
            ),
            names,
        )

    @property
    def begins_a_session(self) -> Happening:
        """It becomes the leader of a session of its own: setsid(2)."""
        return self._does("begins a session", lambda _, event: isinstance(event.what, SetSid))

    def reaches(self, code: str) -> Happening:
        """It comes to a line of the demonstration that contains this code; before it runs."""
        return Happening(
            f"{self.called} reaches “{code}”",
            lambda scene: [
                index
                for index, event in enumerate(scene.events)
                if isinstance(event.what, Line)
                and event.what.line in scene.lines_with(code)
                and self.is_one(scene.owner(index))
            ],
            topic="lines",
        )

    def sets(self, variable: str, value: object = ...) -> Happening:
        """A variable of its gets a new value: this one, or any."""
        what = "" if value is ... else f" to {value}"
        return self._does(
            f"sets {variable}{what}",
            lambda _, event: (
                isinstance(event.what, Assign)
                and event.what.variable == variable
                and (value is ... or event.what.value == value)
            ),
            topic="values",
        )


def signal_number(name: str) -> int:
    """Return the number of a signal such as `SIGTERM`; 0 for the empty name.

    Raises:
        ValueError: there is none of that name.
    """
    if name and name not in _NUMBERS:
        raise ValueError(f"there is no signal called {name}")
    return _NUMBERS.get(name, 0)


def _bearer(scene: Scene, pid: int, event: Event) -> str:
    """Return the shown name of who had a pid at the time of an event."""
    found = scene.run.chronicle.bearer(pid, _index(scene, event))
    return found.label if found is not None else ""


def _index(scene: Scene, event: Event) -> int:
    """Return the place of this very event: two may be equal."""
    return next(index for index, one in enumerate(scene.events) if one is event)
