"""The lanes of drawn runs: a legend has exactly the signs that are drawn, and ∥ is never a guess.

The runs are random stories without real processes.
"""

import random
import re
from functools import cache
from itertools import pairwise

import pytest

from simpsh.base import waits
from simpsh.base.events import (
    Close,
    Continue,
    Exec,
    ExecError,
    Exit,
    Pipe,
    Read,
    Reap,
    Reparent,
    Rest,
    SignalDeliver,
    SignalSend,
    Stop,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.base.targets import Member, Outsider, PipeEnd
from simpsh.base.waits import Wait as Waiting
from simpsh.view.timeline.terminal_timeline import draw_timeline, lanes_for
from simpsh.view.timeline.timeline_rows import rows_of
from tests.support.lane_signs import signs_of_lanes, signs_of_legend
from tests.support.properties import given, st
from tests.view.made_runs import ROOT, Story, crowd, hang, one_after_another, pipeline, varied

WIDTHS = (40, 60, 80, 120)
MADE = {
    "pipeline": pipeline,
    "hang": hang,
    "varied": varied,
    "crowd of 3": lambda: crowd(3),
    "crowd of 60": lambda: crowd(60),
    "one after another": lambda: one_after_another(40),
}


class Wanderer:
    """A run in which random living processes do random things."""

    def __init__(self, seed, level="io"):
        self.chance, self.story = random.Random(seed), Story(level)
        self.parents, self.zombies, self.stopped = {ROOT: 1}, [], set()
        self.story.tell(ROOT, Pipe(3, 4, "77", "A"))
        for step in range(self.chance.randint(5, 60)):
            able = [pid for pid in self.parents if pid not in self.stopped]
            acts = [self.fork, self.call, self.call, self.send, self.stop, self.end, self.reap]
            self.chance.choice([*acts, self.rest])(self.chance.choice(able), 200 + step, able)

    def fork(self, pid, child, _):
        if len(self.parents) < 30:
            self.story.fork(pid, child)
            self.parents[child] = pid

    def call(self, pid, *_):
        ls = Exec(("ls",), "/bin/ls", ((1, PipeEnd("77", "w")),))
        calls = [ls, ExecError("/nosuch", 2), Write(4, 1, "77", "x"), Read(3, 1, "77", 0, "x")]
        self.story.tell(pid, self.chance.choice([*calls, Close(3), Wait(-1)]))

    def send(self, pid, *_):
        target = self.chance.choice([*self.parents, 9999])
        self.story.tell(pid, SignalSend(target, 10))
        if target in self.parents and target not in self.stopped:
            self.story.tell(target, SignalDeliver(10, pid))

    def stop(self, pid, *_):
        if self.stopped:
            self.story.tell(self.stopped.pop(), Continue())
        elif pid != ROOT:
            self.story.tell(pid, Stop(19))
            self.stopped.add(pid)

    def end(self, pid, *_):
        if pid == ROOT:
            return
        self.story.tell(pid, Exit(self.chance.choice([0, 9, 0x300])))
        self.zombies.append((pid, self.parents.pop(pid)))
        for orphan in [one for one, parent in self.parents.items() if parent == pid]:
            self.story.tell(orphan, Reparent(pid, 1, Outsider("init", 1)))
            self.parents[orphan] = 1

    def reap(self, *_):
        if not self.zombies:
            return
        pid, parent = self.zombies.pop(self.chance.randrange(len(self.zombies)))
        name = self.story.names[pid]
        if parent in self.parents and parent not in self.stopped:
            self.story.tell(parent, WaitReturn(pid, name, 0))
            self.story.tell(parent, Reap(pid, name, Member(self.story.names[parent])))
        else:
            self.story.tell(1, Reap(pid, name, Outsider("init", 1)))

    def rest(self, _, __, able):
        waiting = [(self.story.names[one], Waiting(waits.SIGNAL)) for one in able]
        self.story.tell(0, Rest(tuple(waiting)))


def wandering(seed, level="io"):
    return Wanderer(seed, level).story.chronicle()


def unequal_signs(chronicle, width):
    """Return the signs that are drawn and not explained, and the other way round."""
    lines = list(draw_timeline(chronicle, width=width))
    below = max(n for n, line in enumerate(lines) if set(line) == {"─"})
    right = 9 + lanes_for(chronicle, rows_of(chronicle), width).width
    drawn = signs_of_lanes(line[7:right] for line in lines[2:below])
    legend = [line for line in lines[below + 1 :] if "last lane together" not in line]
    explained = signs_of_legend(legend)
    return drawn - explained, explained - drawn


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", MADE)
def test_a_legend_has_exactly_the_signs_that_are_drawn(name, width):
    assert unequal_signs(MADE[name](), width) == (set(), set())


@given(seed=st.integers(0, 1 << 32))
def test_random_runs_have_exact_legends_and_fit_their_width(seed):
    chronicle = wandering(seed)
    for width in WIDTHS:
        assert unequal_signs(chronicle, width) == (set(), set()), width
        assert max(map(len, draw_timeline(chronicle, width=width))) <= width, width


def comes_before(chronicle):
    """Return a function that searches for a path of causes, without vector clocks."""
    chains, last = {}, {}
    for index, event in enumerate(chronicle.events):
        owner = chronicle.owners[index], event.tid
        chains[index] = []
        # An adoption happens to a process, whatever it does.
        if not isinstance(event.what, Reparent):
            chains[index] += [last[owner]] if owner in last else []
            last[owner] = index
    for edge in chronicle.edges:
        chains[edge.target].append(edge.source)

    @cache
    def before(first, second):
        return any(
            cause == first or before(first, cause) for cause in chains[second] if cause >= first
        )

    return before


def test_a_free_row_is_never_after_the_row_above_by_a_chain_of_causes():
    count = 0
    for seed in range(60):
        chronicle = wandering(seed)
        before, rows = comes_before(chronicle), rows_of(chronicle)
        for above, row in pairwise(rows):
            if row.is_free:
                count += 1
                assert not before(above.index, row.index), (seed, row.text)
                assert "rest" not in (above.kind, row.kind), (seed, row.text)
    assert count > 100
    assert not any(row.is_free for row in rows_of(wandering(1, "calls")))


def test_the_step_after_the_clock_has_woken_a_process_is_not_free():
    story = Story("io")
    story.fork(ROOT, 101)
    story.tell(ROOT, Wait(-1))
    story.tell(ROOT, Rest((("P1", Waiting(waits.TIMER)),), (("P1", 0.5),)))
    story.tell(101, Exit(0))
    rows = rows_of(story.chronicle())
    assert [row.text for row in rows][-2:] == [
        "All processes sleep; the clock will wake P1 in 0.5 s",
        "P1 exits with status 0",
    ]
    assert not any(row.is_free for row in rows)


def test_a_signal_to_a_group_has_an_arrow_to_each_process_that_gets_it():
    story = Story("io")
    story.fork(ROOT, 101)
    story.fork(ROOT, 102)
    story.tell(ROOT, SignalSend(-101, 15))
    for pid in (101, 102):
        story.tell(pid, SignalDeliver(15, ROOT))
    [row] = [row for row in rows_of(story.chronicle()) if row.kind == "signal"]
    assert row.others == ("P1", "P2")
    lines = list(draw_timeline(story.chronicle()))
    assert any(re.match(r" +3\.0[ ∥] ┃╌▶╂╌▶┃ ", line) for line in lines), lines


def test_a_delivery_has_the_arrow_if_no_call_of_the_sender_was_recorded():
    def drawn(level, *, is_sending_recorded):
        story = Story(level)
        story.fork(ROOT, 101)
        story.fork(ROOT, 102)
        if is_sending_recorded:
            story.tell(102, SignalSend(101, 10))
        story.tell(ROOT, Pipe(3, 4, "77", "A"))
        story.tell(101, SignalDeliver(10, 102))
        story.tell(101, Exit(0))
        return {line[16:].strip(): line[9:16] for line in draw_timeline(story.chronicle())}

    lanes = drawn("events", is_sending_recorded=False)
    assert lanes["P1 gets SIGUSR1 from P2"] == "┃  ┃◀╌┃"
    lanes = drawn("calls", is_sending_recorded=True)
    assert lanes["P2 sends SIGUSR1 to P1"] == "┃  ┃◀╌┃"
    assert [row for row in lanes if "SIGUSR1" in row] == ["P2 sends SIGUSR1 to P1"]


def test_an_adopted_process_has_an_arrow_from_its_adopter():
    story = Story()
    story.fork(ROOT, 101)
    story.fork(101, 102)
    story.tell(101, Exit(0))
    story.tell(102, Reparent(101, ROOT, Member("P0")))
    lines = list(draw_timeline(story.chronicle()))
    assert "    4.0  ┃┄┄z┄▶┃   P2 is adopted by P0" in lines


def test_a_signal_to_itself_or_from_outside_touches_no_other_lane():
    story = Story("io")
    story.fork(ROOT, 101)
    story.tell(101, SignalSend(101, 10))
    story.tell(101, Reparent(ROOT, 1, Outsider("init", 1)))
    lines = list(draw_timeline(story.chronicle()))
    assert any("┃ ▶┃   P1 sends SIGUSR1 to P1" in line for line in lines), lines
    crowded = crowd(20)
    story = Story("io")
    story.events, story.names = list(crowded.events[:30]), {101 + n: f"P{n + 1}" for n in range(20)}
    story.tell(110, SignalSend(110, 10))
    [line] = [line for line in draw_timeline(story.chronicle()) if "P10 sends" in line]
    assert "┃┠┃" in line.replace(" ", "")
    assert "▶" not in line
