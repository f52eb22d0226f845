"""The timeline in a terminal: lanes, glyphs, widths, ASCII, colour, plain sentences."""

import re
import sys

import pytest

from simpsh.base.events import (
    CallSite,
    Event,
    Exec,
    ExecError,
    Exit,
    Fork,
    Pipe,
    Read,
    SignalDeliver,
    SignalSend,
    Start,
    Stop,
    Write,
)
from simpsh.base.record import changed
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.view.run_formats import NAMES, render
from simpsh.view.timeline.terminal_timeline import draw_timeline, timeline_sentences
from simpsh.view.timeline.timeline_rows import rows_of
from tests.view.made_runs import ROOT, Story, crowd, hang, one_after_another, pipeline


def test_a_pipeline_is_drawn_as_lanes_and_sentences():
    drawn = (
        "ls / | wc -l\n"
        "────────────────────────────────────────────────────────────────────────────────\n"
        "     ms  lanes     3 processes, 14 steps\n"
        "    0.0  ┃         P0 starts: sh -c story\n"
        "    1.0  ┠         P0 makes pipe A: read end 3, write end 4\n"
        "    2.0  ┣━━P1     P0 forks P1\n"
        "    3.0  ┣━━╂━━P2  P0 forks P2\n"
        "    4.0  ┊  ┃  ┃   P0 waits for any child\n"
        "    5.0  ┊  ◆  ┃   P1 execs ls / (stdin ← /dev/tty, stdout → pipe A)\n"
        "    6.0  ┊  ┃  ◆   P2 execs wc -l (stdin ← pipe A, stdout → /dev/tty)\n"
        "    7.0  ┊  ●  ┃   P1 exits with status 0\n"
        "    9.0  ┃◀━┛  ┃   P0 collects P1: status 0\n"
        "   10.0  ┊     ┃   P0 waits for any child\n"
        "   11.0  ┊     ●   P2 exits with status 3\n"
        "   13.0  ┃◀━━━━┛   P0 collects P2: status 3\n"
        "   14.0  ●         P0 exits with status 0\n"
        "   15.0  ┛         simpsh collects P0: status 0\n"
        "────────────────────────────────────────────────────────────────────────────────\n"
        "┃ there: runs or sleeps (not watched)  ┊ in wait(2) (seen)  ┠ acts\n"
        "◆ another program  ● ends  ┣━ forks  ◀┛ collected"
    )
    assert "\n".join(draw_timeline(pipeline(), title="ls / | wc -l")) == drawn


def story_with_lines(file="/home/ann/race.c"):
    story = Story()
    story.fork(ROOT, 101)
    story.end(101)
    chronicle = story.finish()
    lines = {Fork: CallSite(file, 12, "main"), Exit: CallSite(file, 20, "main", has_returned=True)}
    placed = [changed(event, at=lines.get(type(event.what))) for event in chronicle.events]
    return chronicle_of(placed, "calls")


@pytest.mark.parametrize("width", [80, 120])
def test_the_source_line_is_at_the_right_edge(width):
    lines = list(draw_timeline(story_with_lines(), width=width))
    [fork] = [line for line in lines if "P0 forks" in line]
    assert fork.endswith("P0 forks P1" + " " * (width - 27 - len("end of main")) + "race.c:12")
    assert all(len(line) <= width for line in lines)
    assert sum(line.endswith("end of main") for line in lines) == 2
    assert not any("race.c" in line for line in lines if "collects" in line)


def test_a_sentence_is_not_cut_by_its_source_line():
    lines = list(draw_timeline(story_with_lines(), width=44))
    assert not any("race.c" in line for line in lines)
    assert any("P1 exits with status 0" in line for line in lines)
    name = f"/home/{'x' * 60}.c"
    lines = list(draw_timeline(story_with_lines(name), width=80))
    assert any(line.endswith("P0 forks P1") for line in lines)
    assert any(line.endswith("end of main") for line in lines)
    # The plain sentences name the line as well.
    sentences = list(timeline_sentences(story_with_lines()))
    assert sentences[2] == "2. After 1.0 milliseconds: P0 forks P1 (race.c:12)."
    assert sentences[3].endswith("P1 exits with status 0 (end of main).")


def test_colours_change_no_character():
    plain = list(draw_timeline(pipeline(), title="x"))
    painted = list(draw_timeline(pipeline(), title="x", in_colour=True))
    assert painted != plain
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in painted] == plain
    assert "\x1b" not in "".join(plain)


def test_the_source_line_of_a_step_is_faint():
    painted = "\n".join(draw_timeline(story_with_lines(), title="x", in_colour=True))
    assert re.search(r"\x1b\[2mrace\.c:12\x1b\[0m", painted)


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


def test_rest_names_every_process_and_draws_them_at_rest():
    story = hang()
    lines = list(draw_timeline(story, width=80))
    start = next(place for place, line in enumerate(lines) if "No process can move" in line)
    text = " ".join(line[16:].strip() for line in lines[start : start + 2])
    assert text == (
        "No process can move any more: P0 waits for a child to end; P1 reads pipe A, which is empty"
    )
    assert lines[start].startswith("    6.0  …  …  ")
    assert "  … at rest  " in "\n".join(lines)


def test_a_row_that_could_come_earlier_is_marked_only_at_level_io():
    def marked(level):
        story = Story(level)
        story.fork(ROOT, 101)
        story.fork(ROOT, 102)
        story.tell(101, Exec(("a",), "/a"))
        story.tell(102, Exec(("b",), "/b"))
        return [row.text for row in rows_of(story.chronicle()) if row.is_free]

    assert marked("io") == ["P1 execs a", "P2 execs b"]
    assert marked("calls") == []
    assert marked("events") == []
    story = Story("io")
    story.fork(ROOT, 101)
    story.tell(ROOT, Exec(("b",), "/b"))
    story.tell(101, Exec(("a",), "/a"))
    lines = list(draw_timeline(story.chronicle()))
    assert "    3.0∥ ┃  ◆   P1 execs a" in lines
    assert "∥ nothing recorded puts it after the row above" in "\n".join(lines)


def test_a_signal_has_one_row_if_one_is_enough():
    # A sending and its delivery next to each other share a row.
    story = Story()
    story.fork(ROOT, 101)
    story.tell(ROOT, SignalSend(101, 15))
    story.tell(101, SignalDeliver(15, ROOT))
    story.tell(101, Exit(15))
    texts = [row.text for row in rows_of(story.chronicle())]
    assert texts[2:] == ["P0 sends SIGTERM to P1", "P1 is killed by SIGTERM"]
    # Coalesced signals are delivered once.
    story = Story()
    story.fork(ROOT, 101)
    for _ in range(3):
        story.tell(ROOT, SignalSend(101, 10))
    story.tell(101, SignalDeliver(10, ROOT))
    texts = [row.text for row in rows_of(story.chronicle())]
    assert texts[-1] == "P1 gets SIGUSR1, once for 3 that were sent"
    # A stop whose sender has no lane is described in words.
    story = Story()
    story.tell(ROOT, SignalDeliver(20, 0))
    story.tell(ROOT, Stop(20))
    lines = list(draw_timeline(story.chronicle()))
    assert any("P0 gets SIGTSTP" in line for line in lines)
    assert any("‖" in line and "P0 is stopped by SIGTSTP" in line for line in lines)


def test_plain_sentences_hold_no_drawing_and_say_everything():
    lines = list(timeline_sentences(pipeline(), title="ls | wc"))
    assert lines[0] == "This is what happened when this ran: ls | wc"
    assert lines[1] == "There were 3 processes and 14 steps."
    assert lines[2] == "1. After 0.0 milliseconds: P0 starts: sh -c story."
    assert not re.search("[┃┊◆●━]", "".join(lines))
    assert next(timeline_sentences(Story().chronicle())) == "There was 1 process and 1 step."
    story = Story()
    story.fork(ROOT, 101)
    assert next(timeline_sentences(story.chronicle())) == "There were 2 processes and 2 steps."


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


def test_a_pipe_of_the_shells_own_record_has_its_letter_without_an_inode():
    seen = [Event(7, Start(1, ("simpsh (this shell)",), is_this_shell=True), seq=1, proc="P0")]
    seen += [Event(7, Pipe(3, 4), ts=1, seq=2, proc="P0")]
    drawn = "".join(render(chronicle_of(seen, "calls"), title="a | b"))
    assert "P0 makes pipe A: read end 3, write end 4" in drawn
    assert "P0 is simpsh (this shell)" in drawn


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


@pytest.mark.parametrize("form", ["text", "plain", "html"])
def test_a_read_without_a_recorded_write_is_remarked_at_level_io(form):
    cases = ("io", "vm\nvm\n", 1), ("io", "vm\n", 0), ("io", "ab\n", 1), ("calls", "vm\nvm\n", 0)
    for level, came, is_told in cases:
        story = Story(level)
        story.tell(ROOT, Pipe(3, 4, "77"))
        story.tell(ROOT, Write(4, 3, "77", "vm\n"))
        story.tell(ROOT, Read(3, len(came), "77", 0, came))
        text = " ".join("".join(render(story.finish(), form)).split())
        assert ("pipe A: the recorded writes and reads differ" in text) == is_told
