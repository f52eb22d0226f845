"""The timeline in a terminal: colours, widths, lanes, legends. Pictures are in tests/spec."""

import random
import re
import sys

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
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.view.run_formats import NAMES, render
from simpsh.view.timeline.terminal_timeline import draw_timeline, lanes_for
from simpsh.view.timeline.timeline_rows import rows_of
from tests.support.lane_signs import signs_of_lanes, signs_of_legend
from tests.support.properties import given, st
from tests.view.made_runs import (
    ROOT,
    Story,
    crowd,
    hang,
    one_after_another,
    pipeline,
    varied,
    with_source,
)


def test_colours_change_no_character():
    plain = list(draw_timeline(with_source(), title="x"))
    painted = list(draw_timeline(with_source(), title="x", in_colour=True))
    assert painted != plain
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in painted] == plain
    assert "\x1b" not in "".join(plain)
    # The source line of a step is faint.
    assert "\x1b[2mmain.c:4\x1b[0m" in "".join(painted)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("count", [3, 60])
def test_few_and_many_processes_fit_the_width_with_room_for_the_sentence(count, width):
    lines = list(draw_timeline(crowd(count), width=width, title="story " * 40))
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for number in range(1, count + 1):
        assert f"P0 forks P{number}\n" in text
        assert f"P{number} execs sleep 1\n" in text
        assert re.search(rf"P0 collects P{number}: status [01]", text)


def test_many_processes_share_lanes_and_the_others_are_counted():
    lines = list(draw_timeline(crowd(60), width=80))
    assert lines[-1] == "in the last lane together: 44 processes"
    # Every lane is headed by the name of its process.
    lines = list(draw_timeline(crowd(9), width=80))
    assert "    7.0  ┣━━╂━━╂━━╂━━╂━━╂━━╂━━P7        P0 forks P7" in lines
    # A lane is reused after its process has ended.
    story = Story()
    for pid in range(101, 131):
        story.fork(ROOT, pid)
        story.end(pid)
    lines = list(draw_timeline(story.finish(), width=80))
    assert any(line.endswith("┣━━━P30  P0 forks P30") for line in lines)
    assert max(map(len, lines)) <= 80


def test_an_empty_recording_is_drawn_in_every_form():
    for form in NAMES:
        assert "".join(render(chronicle_of(()), form))
    with pytest.raises(ValueError, match="no form 'paint'"):
        list(render(chronicle_of(()), "paint"))


def test_many_events_are_written_in_linear_time():
    def calls(count):
        recorded, made = chronicle_of(one_after_another(count).events, "calls"), 0

        def count_calls(_frame, event, _argument):
            nonlocal made
            made += event in ("call", "c_call")

        sys.setprofile(count_calls)
        try:
            for _ in render(recorded, "text"):
                pass
        finally:
            sys.setprofile(None)
        return made

    # Ten times the events need ten times the calls, plus a margin.
    assert calls(400) < 12 * calls(40)


def failures(*whats):
    """Return the paths of the failed execs that a timeline of these events shows."""
    story = Story()
    story.fork(ROOT, 101)
    for what in whats:
        story.tell(101, what)
    story.end(101)
    run = story.finish()
    failed = [run.events[row.index].what for row in rows_of(run) if row.kind == "exec-error"]
    return [what.path for what in failed]


SEARCH = [ExecError(f"/{directory}/ls", 2) for directory in ("a", "b", "c")]
FOUND = Exec(("ls",), "/bin/ls")


def test_failed_execs_are_shown_except_of_a_search_that_succeeded():
    # A failed search along PATH shows its last failure.
    assert failures(*SEARCH) == ["/c/ls"]
    assert failures(*SEARCH, FOUND) == []
    assert failures(*SEARCH, Exec(("ls",), "/bin/busybox")) == []
    # PATH may contain a directory twice.
    assert failures(*SEARCH, *SEARCH, FOUND) == []
    # Failed execs of other names are all shown.
    others = [ExecError("/etc/passwd", 13), ExecError("/tmp", 13)]
    assert failures(*others) == ["/etc/passwd", "/tmp"]
    assert failures(*others, *SEARCH, FOUND) == ["/etc/passwd", "/tmp"]
    assert failures(*SEARCH, *others) == ["/c/ls", "/etc/passwd", "/tmp"]


@pytest.mark.parametrize(
    ("level", "read", "is_told"),
    [
        ("io", "vm\nvm\n", True),
        ("io", "vm\n", False),
        ("io", "ab\n", True),
        ("calls", "ab\n", False),
    ],
)
def test_reads_of_more_than_was_written_are_remarked_at_level_io(level, read, is_told):
    story = Story(level)
    story.tell(ROOT, Pipe(3, 4, "77"))
    story.tell(ROOT, Write(4, 3, "77", "vm\n"))
    story.tell(ROOT, Read(3, len(read), "77", 0, read))
    for form in ("text", "plain", "html"):
        assert ("pipe A: the recorded" in "".join(render(story.finish(), form))) == is_told


# -- lanes: a legend has exactly the signs that are drawn ----------------------------------------


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


def test_a_signal_to_itself_in_a_shared_lane_has_no_arrow():
    crowded = crowd(20)
    story = Story("io")
    story.events, story.names = list(crowded.events[:30]), {101 + n: f"P{n + 1}" for n in range(20)}
    story.tell(110, SignalSend(110, 10))
    [line] = [line for line in draw_timeline(story.chronicle()) if "P10 sends" in line]
    assert "┃┠┃" in line.replace(" ", "")
    assert "▶" not in line
