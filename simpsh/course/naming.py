"""Names for the processes of a demonstration: the variable that fork's result goes into.

The tracer knows the line at which a fork happens, and the listing which variable that line sets.
In a loop the second child is `child 2`; a fork whose result goes nowhere makes `server.1`.
Programs in other languages get names in order of birth, or are called after what they execute.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simpsh.course.observation import REAPER
from simpsh.events import Exec, Fork, Reap, Reparent, Rest, WaitReturn
from simpsh.record import changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simpsh.events import Event, What

_SYMBOL = re.compile(r"\bP\d+\b")


class Naming:
    """Gives each process of one run its name at its birth.

    Args:
        main: the first one's.
        fork_names: by the line of the fork.
        births: for forks on other lines, in order of birth.
        uses_symbols: call all P0, P1 … for now; see program_names().
    """

    def __init__(
        self,
        main: str,
        fork_names: Mapping[int, str],
        births: Sequence[str],
        *,
        uses_symbols: bool = False,
    ) -> None:
        self.names: list[str] = []
        """All names so far, in order of birth."""
        self._main = main
        self._fork_names = fork_names
        self._births = list(births)
        self._uses_symbols = uses_symbols and not births
        self._children: dict[str, int] = {}

    def name(self, parent: str, line: int) -> str:
        """Return the name of a process just born to `parent`, which is at this line."""
        found = self._chosen(parent, line)
        self._children[parent] = self._children.get(parent, 0) + 1
        self.names.append(found)
        return found

    def _chosen(self, parent: str, line: int) -> str:
        if self._uses_symbols:
            return f"P{len(self.names)}"
        if not self.names:
            return self._main
        base = self._fork_names.get(line, "")
        if not base and self._births:
            base = self._births.pop(0)
        base = base or f"{parent}.{self._children.get(parent, 0) + 1}"
        return numbered(base, self.names)


def numbered(base: str, taken: Sequence[str]) -> str:
    """Return a name that is not taken: the base, or the base and a number.

    >>> numbered("child", ["parent"]), numbered("child", ["parent", "child", "child 2"])
    ('child', 'child 3')
    """
    number = 1
    found = base
    while found in taken:
        number += 1
        found = f"{base} {number}"
    return found


def program_names(events: Sequence[Event], symbols: Sequence[str], main: str) -> Mapping[str, str]:
    """Return what to call the processes of a shell: after the programs they execute.

    One that executes none is called after its parent: `shell.1`.
    """
    parents: dict[str, str] = {}
    programs: dict[str, str] = {}
    for event in events:
        if isinstance(event.what, Fork) and event.what.child:
            parents[event.what.child] = event.proc
        elif isinstance(event.what, Exec) and event.what.argv:
            programs.setdefault(event.proc, event.what.argv[0].rsplit("/", 1)[-1])
    names = {symbols[0]: main} if symbols else {}
    births: dict[str, int] = {}
    for symbol in symbols[1:]:
        parent = names.get(parents.get(symbol, ""), main)
        births[parent] = births.get(parent, 0) + 1
        base = programs.get(symbol) or f"{parent}.{births[parent]}"
        names[symbol] = numbered(base, list(names.values()))
    return names


def renamed(event: Event, names: Mapping[str, str]) -> Event:
    """Return an event with other names for the processes."""
    what = _renamed(event.what, names)
    proc = names.get(event.proc, event.proc)
    if what is event.what and proc == event.proc:
        return event
    return changed(event, proc=proc, what=what)


def _renamed(what: What, names: Mapping[str, str]) -> What:
    match what:
        case Fork() | WaitReturn() if what.child:
            return changed(what, child=names.get(what.child, what.child))
        case Reap():
            child = names.get(what.child, what.child)
            return changed(what, child=child, by=names.get(what.by, what.by))
        case Reparent():
            return changed(what, adopter=names.get(what.adopter, what.adopter or REAPER))
        case Rest():
            told = tuple(
                (
                    names.get(name, name),
                    _SYMBOL.sub(lambda found: names.get(found[0], found[0]), words),
                )
                for name, words in what.waiting
            )
            return Rest(told)
        case _:
            return what
