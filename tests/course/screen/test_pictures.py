"""Pictures of demonstrations: lanes, line numbers, states, and marks if an order is not forced."""

import contextlib
import fcntl
import os
import pickle
import signal
import termios
from itertools import product

import pytest

from simpsh.base import waits as situations
from simpsh.base.events import (
    Assign,
    Call,
    Close,
    Continue,
    Exec,
    Exit,
    Fork,
    Line,
    Pipe,
    Read,
    Reap,
    Rest,
    SetSid,
    SignalDeliver,
    SignalSend,
    Stop,
    Write,
)
from simpsh.base.record import changed
from simpsh.base.targets import Kernel, Member, Outsider, PipeEnd, Recorder
from simpsh.base.waits import Edge, Wait as Waiting
from simpsh.course.claims.claim import calls_of
from simpsh.course.claims.observation import (
    REAPER,
    YOU,
    Observation,
    ProcessLook,
    Role,
    SeenDescriptor,
    StuckOutput,
)
from simpsh.course.run.typed_line import perform_line
from simpsh.course.screen.lane_picture import draw
from simpsh.course.screen.picture_rows import picture_rows
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.view.event_sentences import sentence
from simpsh.view.styled_text import line_width, plain, plain_block
from simpsh.view.timeline.lane_canvas import legend
from tests.course.demonstrations import perform
from tests.course.handmade_observations import (
    adopted,
    collects,
    forks,
    made,
    pid_of,
    prints,
    reads,
    rests,
    returns,
    sends,
    waits,
)
from tests.course.records import Claim, Run, Shell
from tests.support.lesson_screens import contradictions

PIPE = "777"


def picture(run, **options):
    return plain_block(draw(run, **options).lines)


def variable():
    return made(
        ("parent", "child"),
        [
            (1, "parent", Line(1)),
            (2, "parent", Assign("x", 1)),
            (2, "parent", Line(2)),
            (2, "parent", forks("child")),
            (7, "parent", waits("child")),
            (4, "child", Line(4)),
            (5, "child", Assign("x", 2)),
            (5, "child", prints("child:  x = 2\n")),
            (6, "child", Exit(0)),
            (7, "parent", returns("child")),
            (7, "parent", collects("child", "parent")),
            (8, "parent", prints("parent: x = 1\n")),
            (8, "parent", Exit(0)),
        ],
    )


def hang(*after, **fields):
    reads_a = Waiting(situations.EMPTY_PIPE, PipeEnd(PIPE, "r"), (Edge(Member("server")),))
    story = [
        (10, "caller", Pipe(3, 4, PIPE, "A")),
        (11, "caller", forks("program", ((3, PipeEnd(PIPE, "r")), (4, PipeEnd(PIPE, "w"))))),
        (17, "caller", Close(4)),
        (2, "program", forks("server", ((4, PipeEnd(PIPE, "w")),))),
        (6, "program", Write(1, 8, PIPE, "started\n")),
        (7, "program", Exit(0)),
        (18, "caller", reads("started\n", PIPE)),
        (0, "", Rest((("caller", reads_a), *rests("server").waiting))),
        *after,
    ]
    looks = {
        "caller": ProcessLook(1, "S", "read", line=18),
        "program": ProcessLook(2, "Z"),
        "server": ProcessLook(3, "S", "pause", line=4),
    }
    return made(
        ("caller", "program", "server"), story, marks={"rest": (8, looks)}, hangs=True, **fields
    )


def test_a_variable_has_a_value_in_each_process():
    assert (
        picture(variable(), watch=("x",))
        == """\
line  parent  child
  1      ┠             parent: x = 1
  2      ┣━━━━━━┓      parent forks child
  7      ┊      ┃      parent waits for child
  4      ┊      ┠      child: x = 2
  5      ┊      ┠      child prints “child:  x = 2”
  6      ┊      ●      child exits with status 0
  7      ┃◀━━━━━┛      parent collects child: status 0
  8      ┠             parent prints “parent: x = 1”
  8      ●             parent exits with status 0"""
    )
    # A variable that is not watched has no row.
    assert "x = 1\n" not in picture(variable())


def test_a_picture_of_a_hang_shows_why_each_process_sleeps():
    run = hang()
    assert (
        picture(run)
        == """\
line  caller  program server
 10      ┠                     caller makes pipe A: read end 3, write end 4
 11      ┣━━━━━━━┓             caller forks program
  2      ┃       ┣━━━━━━━┓     program forks server
  6      ┃       ┠       ┃     program writes “started” to pipe A
  7      ┃       ●       ┃     program exits with status 0
 18      ┠       z       ┃     caller reads “started” from pipe A
 18      ┊       z       ┊     caller reads pipe A, which is empty
  4      ┊       z       ┊     server waits for a signal
         …       z       …     no process can move any more"""
    )


def test_actions_of_the_user_are_drawn_from_outside():
    run = hang(
        (0, YOU, sends(15, "server")),
        (4, "server", SignalDeliver(15)),
        (4, "server", Exit(15)),
        (18, "caller", Read(3, 0, PIPE)),
        (20, "caller", returns("program")),
        (20, "caller", collects("program", "caller")),
        (20, "caller", Exit(0)),
    )
    assert picture(run).splitlines()[-6:] == [
        "         …       z       …     no process can move any more",
        "         ┊       z     ╌▶┃     you send SIGTERM to server",
        "  4      ┃       z       ●     server is killed by SIGTERM",
        " 18      ┠       z       z     caller reads end of file from pipe A",
        " 20      ┃◀━━━━━━┛       z     caller collects program: status 0",
        " 20      ●               z     caller exits with status 0",
    ]
    # Typed characters are shown as names of keys.
    run = made(("parent",), [(0, YOU, Write(-1, 1, "", "\x03")), (5, "parent", Exit(2))])
    assert picture(run).splitlines()[1:] == [
        "         ┃     you type ^C",
        "  5      ●     parent is killed by SIGINT",
    ]
    # The picture omits the ends of survivors, which the engine kills.
    run = hang((4, "server", Exit(9)))
    cut = changed(run, moments=dict(run.moments, end=run.moments["rest"]))
    assert "SIGKILL" not in picture(cut)
    assert picture(cut).splitlines()[-1].endswith("no process can move any more")


def test_a_picture_shows_orphans_signals_stops_and_executed_programs():
    run = made(
        ("shell", "parent", "child"),
        [
            (1, "shell", forks("parent")),
            (2, "parent", forks("child")),
            (3, "parent", Exit(0)),
            (3, "child", adopted("parent", "shell")),
            (4, "shell", sends(19, "child")),
            (4, "child", SignalDeliver(19, pid_of("shell"))),
            (4, "child", Stop(19)),
            (5, "shell", sends(18, "child")),
            (5, "child", Continue()),
            (5, "child", SignalDeliver(18, pid_of("shell"))),
            (6, "child", SetSid()),
            (6, "child", Exec(("ls", "-l"), "/bin/ls")),
            (6, "child", Exit(0x300)),
            (9, "shell", collects("child", "shell")),
        ],
    )
    assert (
        picture(run)
        == """\
line  shell   parent  child
  1     ┣━━━━━━━━┓             shell forks parent
  2     ┃        ┣━━━━━━┓      parent forks child
  3     ┃        ●      ┃      parent exits with status 0
  3     ┃┄┄┄┄┄┄┄┄z┄┄┄┄┄▶┃      child is adopted by shell
  4     ┃╌╌╌╌╌╌╌╌z╌╌╌╌╌▶┃      shell sends SIGSTOP to child
  4     ┃        z      ‖      child is stopped by SIGSTOP
  5     ┃╌╌╌╌╌╌╌╌z╌╌╌╌╌▶‖      shell sends SIGCONT to child
  5     ┃        z      ┃      child continues
  6     ┃        z      ┠      child starts a session of its own
  6     ┃        z      ◆      child execs ls -l
  6     ┃        z      ●      child exits with status 3
  9     ┃◀━━━━━━━z━━━━━━┛      shell collects child: status 3"""
    )


def test_a_failed_call_is_marked_as_failed():
    run = made(("parent",), [(3, "parent", Call("fork", errno=11)), (4, "parent", Exit(0x100))])
    assert picture(run).splitlines()[1:] == [
        "  3      ┠     parent is refused: fork fails with EAGAIN",
        "  4      ●     parent exits with status 1",
    ]


CHANGES = [
    (
        Call("fcntl", (3, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)),
        "sets the flags of 3: O_APPEND O_NONBLOCK",
    ),
    (Call("fcntl", (3, fcntl.F_SETFD, 1)), "sets FD_CLOEXEC of 3"),
    (Call("fcntl", (3, fcntl.F_SETFD, 0)), "clears FD_CLOEXEC of 3"),
    (Call("rt_sigsuspend", (), 0), "calls sigsuspend"),
]


def test_a_call_that_changes_something_has_a_row_if_it_is_watched():
    for call, words in CHANGES:
        run = made(("parent",), [(1, "parent", call), (2, "parent", Exit(0))])
        assert words in picture(run, watch=(call.name,))
        assert words not in picture(run)


def test_calls_of_other_programs_have_no_row():
    # Queries and calls of other programs have no rows.
    asks = [Call("fcntl", (3, fcntl.F_GETFL), 0), Call("lseek", (3, 0, os.SEEK_CUR), 5)]
    asks.append(Call("ioctl", (3, termios.TCGETS), 0))
    story = [(1, "parent", one) for one in asks]
    story += [(2, "parent", Exec(("sort",), "/bin/sort")), (0, "parent", Call("umask", (0,), 0))]
    rows = picture(made(("parent",), story), watch=("fcntl", "lseek", "ioctl", "umask")).split("\n")
    assert [row for row in rows if "parent" in row and "execs" not in row] == ["line  parent"]
    # Calls of a library between vfork and exec have no rows.
    reset = Call("rt_sigaction", (10,), 0)

    def rows(syscall):
        story = [(1, "parent", Fork(pid_of("child"), "child", syscall)), (0, "child", reset)]
        story += [(0, "child", Exec(("ls",), "/bin/ls")), (1, "parent", reset)]
        drawn = picture(made(("parent", "child"), story), watch=("rt_sigaction",)).split("\n")
        return [row.split()[-6] for row in drawn if "sets its action" in row]

    assert rows("vfork") == ["parent"]
    assert rows("fork") == ["child", "parent"]
    # The demonstration's own exec has no row.
    run = made(
        ("parent",),
        [(0, "parent", Exec(("demo",), "/tmp/demo")), (1, "parent", Exec(("ls",), "/bin/ls"))],
    )
    assert picture(run).splitlines()[1:] == ["  1      ◆     parent execs ls"]
    # Without observed events there is no picture, which would claim that nothing happened.
    assert draw(Observation(), most=10).lines == []


@pytest.mark.parametrize(
    ("claim", "calls"),
    [
        ("at(1).parent.fd(3).has('O_NONBLOCK')", {"fcntl", "ioctl"}),
        ("at(1).parent.fd(3).offset == 4", {"lseek"}),
        ("3 not in at(1).parent.descriptors", {"close"}),
        ("at(1).parent.umask == 0o22", {"umask"}),
        ("at(1).parent.cwd == '/'", {"chdir", "fchdir"}),
        ("at(1).parent.blocks('SIGINT')", {"rt_sigprocmask"}),
        ("at(1).parent.ignores('SIGINT')", {"rt_sigaction"}),
        ("parent.fails('waitpid')", {"wait4"}),
    ],
)
def test_the_subjects_of_a_claim_are_watched(claim, calls):
    assert calls_of(claim) == calls


def many():
    names = ("parent", "child", *(f"child {number}" for number in range(2, 11)))
    story = [(2, "parent", forks(name)) for name in names[1:]]
    story += [(4, name, Exit(0)) for name in names[1:]]
    story += [(6, "parent", collects(name, "parent")) for name in names[1:]]
    return made(names, story)


@pytest.mark.parametrize("run", [variable, hang, many])
def test_a_picture_fits_its_rows_and_columns(run):
    for most, width in product((4, 9, 40), (40, 52, 80, 120)):
        lines = draw(run(), most=most, width=width).lines
        assert len(lines) <= most + 1
        lines += ScreenForm().picture(run(), (), width, most)
        assert max(map(line_width, lines)) <= width


def test_the_picture_of_a_hang_is_counted_explained_and_trimmed():
    # Rows that do not fit are counted.
    rows = picture(hang(), most=4).splitlines()
    assert len(rows) == 5
    assert rows[3] == "         ⋮       ⋮       ⋮     … 6 steps more (:timeline)"
    assert rows[4].endswith("no process can move any more")
    # Lines have no blanks at their ends.
    for line in draw(hang()).lines:
        assert plain(line) == plain(line).rstrip()
    # Each sign is explained once.
    drawn = draw(hang())
    entries = [
        "┃ runs or sleeps",
        "┊ asleep",
        "z zombie",
        "… at rest",
        "┠ acts",
        "● ends",
        "┣━┓ forks",
    ]
    assert legend(drawn.drawn) == entries


def two_looks(**child):
    """A child that reads an empty pipe, while its parent is held before it writes."""
    ends = {
        3: SeenDescriptor("pipe A", "read", pipe="A"),
        4: SeenDescriptor("pipe A", "write", pipe="A"),
    }
    looks = {
        "parent": ProcessLook(1, "held", line=4, descriptors=ends),
        "child": ProcessLook(2, **{"state": "S", "descriptors": ends} | child),
    }
    story = [
        (1, "parent", Pipe(3, 4, PIPE, "A")),
        (2, "parent", forks("child", ((3, PipeEnd(PIPE, "r")), (4, PipeEnd(PIPE, "w"))))),
        (4, "parent", Write(4, 1, PIPE, "x")),
        (3, "child", reads("x", PIPE)),
        (3, "child", Exit(0)),
        (5, "parent", collects("child", "parent")),
        (6, "parent", Exit(0)),
    ]
    return made(("parent", "child"), story, marks={"①": (2, looks)}, source="\n\n\nwrite() # ①")


def test_a_look_has_its_own_row_in_the_states_that_the_engine_observed():
    run = two_looks()
    assert "  4    ① ┃      ┊      we look" in picture(run)
    assert [*contradictions(run, picture_rows(run))] == []


def test_a_mark_is_at_the_held_process():
    def looks(line, value):
        page = {"page": object()}
        return {
            "parent": ProcessLook(1, "S", "wait4", values={"page": "draft"}, pages=page),
            "child": ProcessLook(2, "held", line=line, values={"page": value}, pages=page),
        }

    run = made(
        ("parent", "child"),
        [
            (3, "parent", forks("child")),
            (5, "child", Line(5)),
            (6, "child", Line(6)),
            (6, "child", Exit(0)),
        ],
        marks={"①": (2, looks(5, "draft")), "②": (3, looks(6, "FINAL"))},
    )
    assert picture(run, watch=("page",)).splitlines()[1:] == [
        "  3      ┣━━━━━━┓      parent forks child",
        "  5      ┊    ① ┃      we look",
        "  5      ┊      ┠      child: page = “FINAL”",
        "  6      ┊    ② ┃      we look",
        "  6      ┊      ●      child exits with status 0",
    ]


def test_a_signal_has_a_row_if_it_has_a_handler_or_is_watched():
    for effect, watch, words in (
        ("", (), ["parent gets SIGCHLD"]),
        ("nothing", (), []),
        ("nothing", ("SIGCHLD",), ["parent gets SIGCHLD: nothing happens"]),
        ("ignored", ("SIGCHLD",), ["parent gets SIGCHLD, and ignores it"]),
    ):
        run = made(("parent",), [(9, "parent", SignalDeliver(17, effect=effect))])
        rows = picture(run, watch=watch).splitlines()[1:]
        assert [row.split("     ")[-1] for row in rows] == words


def test_the_picture_shows_the_length_of_a_long_text_that_is_not_printed():
    names, text = ("parent", "child"), "x" * 40
    story = [
        (1, "parent", Pipe(3, 4, "77", "A")),
        (2, "parent", forks("child")),
        (3, "child", Write(4, 65536, "77", text)),
        (4, "child", Exit(0)),
    ]
    assert "child writes 65536 bytes “xxxxxxxxxxx…” to pipe A" in picture(made(names, story))


def test_a_line_shows_writes_to_the_output_and_no_calls_of_the_shell():
    text = picture(perform_line("sh -c 'exec >/dev/null; echo ready'; echo seen"))
    assert "sh writes “ready”" in text
    assert "echo prints “seen”" in text
    ignores = Claim("It is so.", "at('end').true.ignores('SIGINT')")
    run = perform(Run(Shell("true & wait"), id="line", claims=[ignores]))
    assert any(isinstance(one.what, Call) and one.what.name == "rt_sigaction" for one in run.events)
    text = picture(run, watch=("rt_sigaction",))
    assert "shell forks true" in text
    assert "sets its action" not in text


# A signal through a pidfd whose process is gone.


def signal_the_collected():
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)
    handle = os.pidfd_open(child)
    os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGTERM)


@pytest.mark.needs("ptrace", "pidfd")
def test_the_picture_and_the_timeline_report_a_gone_target():
    run = perform(Run(signal_the_collected, id="gone"))
    text = plain_block(draw(run).lines)
    assert "parent cannot send SIGTERM to a gone process: ESRCH" in text
    assert "everybody" not in text
    index = next(i for i, one in enumerate(run.events) if isinstance(one.what, SignalSend))
    assert sentence(run.chronicle, index) == (
        "parent cannot send SIGTERM to a gone process: ESRCH, no such process"
    )


def test_a_program_called_you_has_its_own_lane_and_signals():
    run = made(
        ("shell", "you"),
        [
            (1, "shell", forks("you")),
            (2, "you", sends(10, "shell")),
            (None, YOU, sends(15, "you")),
            (2, "you", Exit(15)),
            (3, "shell", Reap(pid_of("you"), "you", Recorder("reaper"))),
        ],
    )
    shown = picture(run)
    assert shown.splitlines()[0].split() == ["line", "shell", "you"]
    assert "you sends SIGUSR1 to shell" in shown
    assert "you send SIGTERM to you" in shown
    assert run.name_of("you") == "you" != run.name_of(YOU) == YOU
    assert (run.name_of(Outsider("you", 1)), run.name_of(Kernel(""))) == (REAPER, REAPER)


def test_an_output_that_looks_like_a_stuck_one_is_another_output():
    assert {StuckOutput("a"), "a"} == {"a", StuckOutput("a")}
    assert len({StuckOutput("a"), "a"}) == 2
    assert pickle.loads(pickle.dumps(StuckOutput("a"))) == StuckOutput("a") != Role("a") != "a"
