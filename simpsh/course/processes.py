"""The people of a lesson: processes by name. No pid is ever written down.

A process is called like the variable that fork's result went into; of several forks in one place
the second is `child 2`, and so on.
"""

from __future__ import annotations

from simpsh.course.acts import Acts
from simpsh.course.belongings import Belongings
from simpsh.course.deeds import Deeds
from simpsh.course.observation import REAPER
from simpsh.course.traits import Traits

_PROGRAMS = frozenset(("cat", "echo", "head", "setsid", "sh", "sleep", "yes"))
"""Names that are programs' and no part that a process plays: they have no article."""


class Process(Acts, Deeds, Traits, Belongings):
    """One process of a demonstration, or several that are meant together.

    Args:
        name: as it is shown; the first process is `parent` unless Run(main=…) says otherwise.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def called(self) -> str:
        """How a sentence speaks of it.

        >>> Process("child").called, Process("child 2").called, Process("echo").called
        ('the child', 'child 2', 'echo')
        """
        is_part = self.name.replace(" ", "").isalpha() and self.name not in _PROGRAMS
        return f"the {self.name}" if is_part else self.name

    def is_one(self, name: str) -> bool:
        """Tell whether a process of the run, by shown name, is meant."""
        return name == self.name

    def __repr__(self) -> str:
        return f"<Process: {self.name}>"


class _Several(Process):
    """Whoever is one of them."""

    @property
    def called(self) -> str:
        """How a sentence speaks of them."""
        return self.name


class _Anyone(_Several):
    """Every process of the demonstration, with exceptions."""

    def __init__(self, exceptions: tuple[Process, ...] = ()) -> None:
        but = f" but {' and '.join(one.called for one in exceptions)}" if exceptions else ""
        super().__init__(f"anyone{but}")
        self._exceptions = exceptions

    def is_one(self, name: str) -> bool:
        """Tell whether a process of the run, by shown name, is meant."""
        return bool(name) and not any(one.is_one(name) for one in self._exceptions)


class _Namesakes(_Several):
    """All that are called alike: child, child 2, child 3 and so on."""

    def __init__(self, name: str) -> None:
        super().__init__(f"any {name}")
        self._name = name

    def is_one(self, name: str) -> bool:
        """Tell whether a process of the run, by shown name, is meant."""
        first, _, number = name.rpartition(" ")
        return name == self._name or (first == self._name and number.isdigit())


def processes(*names: str) -> tuple[Process, ...]:
    """Return the people of a lesson: `parent, child = processes("parent", "child")`."""
    return tuple(Process(name) for name in names)


def anyone_but(*exceptions: Process) -> Process:
    """Return everybody with exceptions, for events: `anyone_but(shell).prints("2")`."""
    return _Anyone(exceptions)


def everyone_called(name: str) -> Process:
    """Return all namesakes: child, child 2, child 3 and so on, for events and counts."""
    return _Namesakes(name)


anyone: Process = _Anyone()
"""Every process of the demonstration, for events."""
reaper = Process(REAPER)
"""Whoever adopts the orphans: the nearest subreaper, or init."""
