"""A run in the Chrome trace-event format, which Perfetto and chrome://tracing open; real time.

Each process is a track of slices: the program it runs, inside it what it waits for or that it is
stopped, then its time as a zombie. Forks, statuses and signals are flows between tracks; a flow
that does not begin and end inside a slice would be dropped in silence, so each end is put into
one. Pids are synthetic, since a real one may be given twice; the real one is in the arguments.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

from simpsh.base.events import SCHEMA, Event, Exit, Pipe, Reap, Reparent, Rest, SignalDeliver, Stop
from simpsh.base.phrases import place_words
from simpsh.chronicle.chronicle_model import Chronicle, ProcessLife
from simpsh.view.event_sentences import sentence

_SHORTEST = 1.0
"""Microseconds; a slice of no length could hold no flow's end."""
_MARGIN = 0.2
_INSTANTS = (Exit, Pipe, Reparent, Rest, Stop)
_WORDS = {"waiting": "waits for a child", "blocked": "blocked", "stopped": "stopped"}


def perfetto_of(chronicle: Chronicle, title: str = "") -> Iterator[str]:
    """Return the run as the text of a JSON file, piece by piece."""
    about = json.dumps({"generator": "simpsh", "schema": SCHEMA, "command": title})
    yield f'{{"displayTimeUnit":"ms","otherData":{about},"traceEvents":[\n'
    separator = ""
    for event in _PerfettoExport(chronicle).events():
        yield separator + json.dumps(event, separators=(",", ":"))
        separator = ",\n"
    yield "\n]}\n"


class _PerfettoExport:
    def __init__(self, chronicle: Chronicle) -> None:
        self._chronicle = chronicle
        self._numbers: dict[str, int] = {}
        self._spans: dict[str, tuple[float, float, float]] = {}
        self._last = chronicle.events[-1].ts / 1000 + _SHORTEST if chronicle.events else _SHORTEST
        self._flow = 0

    def events(self) -> Iterator[dict[str, object]]:
        """Return the run as trace events, one dictionary each."""
        for number, process in enumerate(self._chronicle.processes.values(), start=1):
            yield from self.track(number, process)
        yield from self.flows()
        yield from self.instants()

    def track(self, number: int, process: ProcessLife) -> Iterator[dict[str, object]]:
        """Tell of one process: its names, then its slices, the outer before the inner."""
        self._numbers[process.name] = number
        program = process.programs[-1].name if process.programs else "?"
        yield self._about(number, "process_name", name=f"{process.label} {program}")
        yield self._about(number, "process_sort_index", sort_index=number)
        yield self._about(number, "thread_name", name="states")
        birth = self._time(process.birth)
        end = max(self._time(process.exit), birth + _SHORTEST)
        gone = max(self._time(process.reap), end + _SHORTEST) if process.exit is not None else end
        self._spans[process.name] = birth, end, gone
        yield from self._programs(number, process, birth, end)
        yield from self._states(number, process, birth, end)
        if process.exit is not None:
            yield self._slice(number, "state", "zombie", (end, gone))

    def flows(self) -> Iterator[dict[str, object]]:
        """Tell of every fork, status and signal between two processes, as a pair."""
        for process in self._chronicle.processes.values():
            if process.parent in self._spans:
                birth = self._time(process.birth)
                yield from self._pair("fork", process.parent, birth, process.name, birth)
        for edge in self._chronicle.edges:
            source = self._chronicle.owners[edge.source]
            target = self._chronicle.owners[edge.target]
            name = self._flow_name(edge.kind, edge.target)
            if name and source in self._spans and target in self._spans and source != target:
                begin, end = self._time(edge.source), self._time(edge.target)
                yield from self._pair(name, source, begin, target, end)

    def instants(self) -> Iterator[dict[str, object]]:
        """Tell of the events that are moments rather than stretches."""
        for index, event in enumerate(self._chronicle.events):
            owner = self._chronicle.owners[index]
            if isinstance(event.what, _INSTANTS) and owner in self._numbers:
                yield {
                    "ph": "i",
                    "s": "p",
                    "cat": "event",
                    "name": sentence(self._chronicle, index),
                    "pid": self._numbers[owner],
                    "tid": 1,
                    "ts": self._time(index),
                    "args": {"seq": event.seq, **_place(event)},
                }

    def _time(self, index: int | None) -> float:
        return self._last if index is None else self._chronicle.events[index].ts / 1000

    def _about(self, number: int, what: str, **values: object) -> dict[str, object]:
        return {"ph": "M", "name": what, "pid": number, "tid": 1, "args": values}

    def _slice(
        self, number: int, category: str, name: str, span: tuple[float, float], **about: object
    ) -> dict[str, object]:
        begin, end = span
        return {
            "ph": "X",
            "cat": category,
            "name": name,
            "pid": number,
            "tid": 1,
            "ts": round(begin, 3),
            "dur": round(max(end - begin, 0.001), 3),
            "args": about,
        }

    def _programs(
        self, number: int, process: ProcessLife, birth: float, end: float
    ) -> Iterator[dict[str, object]]:
        """Tell of the programs one after the other, from birth to exit without a gap."""
        if not process.programs:
            yield self._slice(number, "program", process.label, (birth, end), pid=process.pid)
            return
        starts = [birth, *(self._time(one.begin) for one in process.programs[1:])]
        for program, span in zip(process.programs, pairwise([*starts, end]), strict=True):
            name = f"{program.name} (a copy)" if program.is_copy else program.name
            argv = list(program.argv)
            yield self._slice(number, "program", name, span, pid=process.pid, argv=argv)

    def _states(
        self, number: int, process: ProcessLife, birth: float, end: float
    ) -> Iterator[dict[str, object]]:
        """Tell of the states inside the programs, cut where a program is replaced."""
        cuts = [self._time(one.begin) for one in process.programs[1:]]
        for interval in process.intervals:
            if interval.state not in _WORDS:
                continue
            begin = max(self._time(interval.begin), birth) + _MARGIN / 100
            until = min(self._time(interval.end), end) - _MARGIN / 100
            for cut in [*(one for one in cuts if begin < one < until), until]:
                if cut - begin > _MARGIN / 100:
                    yield self._slice(number, "state", _WORDS[interval.state], (begin, cut))
                begin = cut

    def _flow_name(self, kind: str, target: int) -> str:
        effect = self._chronicle.events[target].what
        if kind == "reap" and isinstance(effect, Reap):
            return "status"
        if kind == "signal" and isinstance(effect, SignalDeliver):
            return "signal"
        return kind if kind in ("data", "end of file") else ""

    def _pair(
        self, name: str, source: str, begin: float, target: str, end: float
    ) -> Iterator[dict[str, object]]:
        self._flow += 1
        common = {"cat": "flow", "name": name, "id": self._flow, "tid": 1}
        begin = self._inside(source, begin, may_be_zombie=name == "status")
        end = max(self._inside(target, end, may_be_zombie=False), begin)
        yield {"ph": "s", "pid": self._numbers[source], "ts": round(begin, 3), **common}
        yield {"ph": "f", "bp": "e", "pid": self._numbers[target], "ts": round(end, 3), **common}

    def _inside(self, name: str, moment: float, *, may_be_zombie: bool) -> float:
        """Move a moment into the slices of a process."""
        birth, end, gone = self._spans[name]
        last = gone if may_be_zombie else end
        return min(max(moment, birth + _MARGIN), last - _MARGIN)


def _place(event: Event) -> dict[str, str]:
    """Return the source line of an event, where it is known."""
    return {"at": place_words(event.at)} if event.at is not None else {}
