"""A demonstration runs in its own process family, and its observation is complete."""

import atexit
import errno
import fcntl
import os
import resource
import shlex
import sys
from pathlib import Path

import pytest

from simpsh.base.events import (
    Assign,
    Call,
    Event,
    Exec,
    ExecError,
    Exit,
    Fork,
    Line,
    Open,
    Pipe,
    Read,
    Reap,
    SetPgid,
    SignalSend,
    Stop,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.base.targets import Member, Recorder
from simpsh.course.claims.claim import holds
from simpsh.course.claims.demonstration import NO_EDIT
from simpsh.course.run.demonstration_setup import DemonstrationSetup, further_calls, without_noise
from simpsh.course.run.typed_line import perform_line
from simpsh.course.screen.lane_picture import draw
from simpsh.kernel.descriptors import OWN_LOWEST as OWN
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.view.styled_text import plain_block
from tests.course import demonstrations as demo
from tests.course.demonstrations import perform
from tests.course.records import C, Claim, Compare, Edit, Run, replace
from tests.harness.process import as_ordinary_user

pytestmark = pytest.mark.long("each test records a run")

PAGES_OF_A_USER = Path("/proc/sys/fs/pipe-user-pages-soft")


def run(code, wrong=NO_EDIT, **fields):
    return perform(Run(code, id="x", **fields), wrong)


def whats(seen, kind, who=None):
    return [
        event.what
        for event in seen.events
        if isinstance(event.what, kind) and who in (None, event.proc)
    ]


def index_of(seen, kind, who, **fields):
    for index, event in enumerate(seen.events):
        what = event.what
        if not isinstance(what, kind) or event.proc != who:
            continue
        if all(getattr(what, name) == value for name, value in fields.items()):
            return index
    raise AssertionError(f"{who} has no {kind.__name__} with {fields}")


@pytest.mark.usual
def test_a_run_is_observed_with_its_names_outputs_lines_values_and_statuses():
    seen = run(demo.copied)
    # Processes are named after the variables that store the results of fork.
    assert seen.names == ("parent", "child")
    assert [what.child for what in whats(seen, Fork)] == ["child"]
    assert seen.problem == ""
    assert list(seen.chronicle.processes) == ["parent", "child"]
    assert seen.output == "child:  x = 2\nparent: x = 1\n"
    assert seen.printed("child") == "child:  x = 2\n"
    assert seen.printed("parent") == "parent: x = 1\n"
    assert [seen.events[index].proc for index in seen.outputs] == ["child", "parent"]
    # Events have line numbers of the listing.
    assert seen.source.split("\n")[3] == "child = os.fork()"
    assert seen.lines[index_of(seen, Fork, "parent")] == 4
    assert seen.lines[index_of(seen, Exit, "child")] == 8
    assert seen.lines[index_of(seen, WaitReturn, "parent")] == 9
    assert [line for _, process, line in seen.arrivals if process == "child"] == [5, 6, 7, 8]
    assert [what.value for what in whats(seen, Assign) if what.variable == "x"] == [1, 2]
    # The reports of lines are not recorded.
    assert all(getattr(event.what, "fd", 0) != -1 for event in seen.events)
    assert [what.status for what in whats(seen, Exit, "child")] == [0x0300]
    assert [what.status for what in whats(seen, WaitReturn)] == [0x0300]
    assert [(what.child, what.by) for what in whats(seen, Reap)] == [
        ("child", Member("parent")),
        ("parent", Recorder("reaper")),
    ]


def test_a_demonstration_runs_only_its_own_exit_handlers():
    def of_the_caller():
        os.write(1, b"of the caller ")

    atexit.register(of_the_caller)
    try:
        seen = run(demo.leaves_with_a_handler)
    finally:
        atexit.unregister(of_the_caller)
    assert seen.output == "child's copy, text parent's end, "
    assert [what.status for what in whats(seen, Exit, "parent")] == [3 << 8]


def test_a_demonstration_has_three_descriptors_even_with_a_low_limit():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    stray = fcntl.fcntl(1, fcntl.F_DUPFD, 300)
    os.set_inheritable(stray, True)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (250, before[1]))
        seen = run(demo.lists_its_descriptors)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        os.close(stray)
    # Descriptor 3 belongs to the listing of the directory.
    assert seen.output == "0 1 2 3\n"


def test_a_second_child_of_a_line_is_numbered_and_a_nameless_one_is_named_after_its_parent():
    seen = run(demo.loops_and_nameless)
    assert " ".join(seen.names) == "parent child child.1 child 2 child 2.1 child 3 child 3.1"
    seen = run(demo.loops_and_nameless, births=("inner", "inner", "inner"), main="main")
    assert seen.names == ("main", "child", "inner", "child 2", "inner 2", "child 3", "inner 3")


def test_calls_that_fail_are_events():
    seen = run(demo.failing)
    assert [what.errno for what in whats(seen, WaitReturn)] == [10]
    assert [(what.path, what.errno) for what in whats(seen, ExecError)] == [
        ("/proc/nonexistent", 2)
    ]
    assert ("setsid", 1) in [(what.name, what.errno) for what in whats(seen, Call)]
    assert [(what.signal, what.errno) for what in whats(seen, SignalSend)] == [(99, 22)]
    assert [(what.path, what.errno) for what in whats(seen, Open)] == [("log", 0)]
    assert ("flock", 0) in [(what.name, what.errno) for what in whats(seen, Call)]
    # A demonstration has its own directory, which is empty at first.
    assert seen.moments["end"].files == {"log": "kept"}
    assert not os.path.exists("log")


def asks_for_its_priority() -> None:
    os.getpriority(os.PRIO_PROCESS, 0)


def test_calls_named_by_a_comparisons_claims_are_observed_in_each_row():
    table = Compare(
        Run(asks_for_its_priority, "asks"),
        "table",
        {"asked": Edit(), "not asked": replace("os.getpriority(os.PRIO_PROCESS, 0)", "pass")},
        columns={},
        claims=[Claim("It asks.", "row('asked').parent.succeeds('getpriority')")],
    )
    rows = table.perform()
    verdicts = [holds("parent.succeeds('getpriority')", rows[row]) for row in rows]
    assert verdicts == [True, False]


@pytest.mark.usual("buffered")
@pytest.mark.parametrize(
    ("code", "output"),
    [
        # Output waits in the buffer as in any program whose output is a pipe.
        (demo.prints_twice, "before\nbefore\n"),
        # Output can exceed the size of a pipe.
        (demo.writes_much, "x" * 40 * 65536),
        # A signal to the process's own group reaches no process outside it.
        (demo.kills_its_group, "still here\n"),
    ],
    ids=["buffered", "much", "its group"],
)
def test_a_run_writes_the_output_of_a_real_program(code, output):
    seen = run(code)
    assert (seen.output, seen.hangs) == (output, False)


def test_a_loop_that_computes_is_not_slowed_for_ever():
    seen = run(demo.computes)
    assert seen.output == "4999950000\n"
    assert len(whats(seen, Line)) < 2_000


@pytest.mark.usual
def test_a_line_runs_in_this_simpsh_and_processes_are_named_after_their_programs():
    seen = perform_line("(echo in; exit 3); echo out | cat")
    assert seen.output == "in\nout\n"
    assert seen.names == ("shell", "shell.1", "echo", "echo 2", "cat")
    assert [what.child for what in whats(seen, Fork, "shell.1")] == ["echo"]
    assert set(seen.moments["end"].looks) == {"shell"}


C_SOURCE = """
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    if (fork() == 0) { printf("child\\n"); fflush(stdout); _exit(3); }
    int status; wait(&status);
    printf("status %d\\n", status);
    return 0;
}
"""


@pytest.mark.usual
@pytest.mark.needs("compiler")
def test_a_c_program_is_compiled_once_and_its_processes_are_named_in_order_of_birth():
    code = C(C_SOURCE)
    seen = run(code, births=("child",))
    assert (seen.output, seen.names) == ("child\nstatus 768\n", ("parent", "child"))
    cache = os.path.join(os.environ["XDG_CACHE_HOME"], "simpsh", "lessons")
    before = {one: os.stat(os.path.join(cache, one)).st_ino for one in os.listdir(cache)}
    assert run(code).output == seen.output
    assert {one: os.stat(os.path.join(cache, one)).st_ino for one in os.listdir(cache)} == before
    assert run(code, wrong=replace("_exit(3)", "_exit(4)")).output == "child\nstatus 1024\n"


BORROWED = C(
    """#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (vfork() == 0)
        _exit(0);
    write(1, "2", 1);
    wait(0);
}
"""
)


@pytest.mark.needs("compiler")
def test_a_parent_continues_after_its_vfork_child_and_may_want_no_status():
    expected = "before(child.ends, parent.writes('2'))"
    seen = run(BORROWED, births=("child",))
    assert holds(expected, seen)
    assert not holds(expected, run(BORROWED, replace("vfork", "fork"), births=("child",)))
    # A wait without a status pointer collects the child, too.
    rows = plain_block(draw(seen).lines)
    assert "parent collects child: status 0" in rows
    assert "asks: no child" not in rows


@pytest.mark.needs("compiler")
def test_a_mistake_in_a_c_program_is_reported_in_the_words_of_the_compiler():
    from simpsh.course.run.c_compilation import CompilerSays

    with pytest.raises(CompilerSays, match=r"^line 1:25: error:"):
        run(C("int main(void) { return undefined_name; }\n"))


@pytest.mark.usual
def test_the_process_at_the_lowest_mark_continues_first():
    seen = run(demo.meets_thrice)
    assert list(seen.moments) == ["①", "②", "③", "③ 2", "③ 3", "end"]
    # Each process is held before its marked line until no other process moves.
    assert {look.state for look in seen.moments["①"].looks.values()} == {"held"}
    assert len(seen.moments["①"].looks) == 4
    assert seen.moments["③ 2"].looks["child 2"].state == "Z"
    assert seen.problem == ""
    # A handler that is due while its process is held runs after the mark, with its own lines.
    seen = run(demo.collects_when_held)
    assert seen.lines[index_of(seen, WaitReturn, "parent")] == 4


# The calls and values of a demonstration that are recorded.


def searches():
    """The program is in the second directory of PATH."""
    child = os.fork()
    if child == 0:
        os.execvpe("true", ["true"], {"PATH": "/none:/bin"})
    os.waitpid(child, 0)


def in_several_pieces():
    """Write in several pieces, like a C library with a buffer and a new text."""
    read_end, write_end = os.pipe()
    os.writev(write_end, [b"", b"one ", b"two", b" three"])
    os.readv(read_end, [bytearray(1), bytearray(3), bytearray(99)])


def moves_bytes():
    """Move bytes within the kernel, like some builds of cat."""
    with open("file", "w+b", buffering=0) as file:
        file.write(b"moved")
        number = file.fileno()
        for name, args in {
            "sendfile": (1, number, 0, 5),
            "copy_file_range": (number, 1, 5),
        }.items():
            try:
                getattr(os, name)(*args)
            except OSError as error:
                os.write(1, f"{errno.errorcode[error.errno]} ".encode())


def opens_a_file():
    with open("log", "w") as log:
        print("a word", file=log)


def test_calls_and_values_are_recorded_as_the_code_has_them():
    run = perform(Run(searches, id="search"))
    row = "child cannot exec /none/true: ENOENT"
    assert row not in plain_block(draw(run).lines)
    assert row in plain_block(draw(run, watch=("execve",)).lines)
    # The text of writev has all pieces.
    run = perform(Run(in_several_pieces, id="pieces"))
    assert holds("parent.writes('one two three')", run)
    assert holds("parent.reads('one two three')", run)
    # A value without a moment is the last one.
    run = perform(Run(demo.copied, id="x"))
    assert holds("child['x'] == 2", run)
    assert holds("parent['x'] == 1", run)
    assert holds("value('x') == 2", run)
    assert not holds("parent['y'] == 1", run)
    # Python's check whether a file is a terminal is omitted.
    assert "ioctl" not in plain_block(draw(perform(Run(opens_a_file, id="file"))).lines)


@pytest.mark.usual
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="other machines lack some of the calls")
def test_every_observable_call_has_a_number():
    assert further_calls(DemonstrationSetup()) <= set(NUMBERS)


def test_visible_bytes_are_read_and_written_and_others_are_moved():
    assert perform(Run(moves_bytes, "moves")).output == "ENOSYS ENOSYS "
    sends = "import os; os.sendfile(1, os.open(os.__file__, 0), 0, 1)"
    line = f"{shlex.quote(sys.executable)} -c '{sends}' 2>&1"
    assert "Function not implemented" in perform_line(line).output
    run = Run(moves_bytes, "moves", claims=[Claim("", "parent.calls('sendfile')")])
    assert perform(run).output.startswith("moved")


# The shell's internal events are omitted from a line's observation.


def story(*pairs):
    """Events of processes, by name."""
    return [Event(1, what, index, index + 1, who) for index, (who, what) in enumerate(pairs)]


HIT, MISS, LAST = Exec(("ls",), "/b/ls"), ExecError("/a/ls", 2), ExecError("/b/ls", 2)


KILLED, STOPPED, NOT_FOUND = Exit(9), Stop(19), Exit(127 << 8)
OWN_PIPE, GO, WENT = Pipe(3, 4, "11", "A"), Write(OWN, 2, "11", "gg"), Read(OWN, 1, "11", 0, "g")
DATA, HIGH = Write(1, 3, "11", "gg"), Write(OWN, 3, "", "gg")
POLL, LATE, EARLY = Wait(-1, ("WNOHANG",)), SetPgid(7, 7, 13), SetPgid(7, 7)
NO_CHILD, ENDED = WaitReturn(-1, errno=10), WaitReturn(7, "ls", 0)
STORIES = {
    "of a search along PATH the last attempt counts": (
        (("sh", MISS), ("sh", LAST), ("other", MISS), ("sh", HIT)),
        (("other", MISS), ("sh", HIT)),
    ),
    "of one that fails, too": ((("sh", MISS), ("sh", LAST)), (("sh", LAST),)),
    "a search that a signal ended": ((("sh", MISS), ("sh", KILLED)), (("sh", KILLED),)),
    "one that a signal stopped": ((("sh", MISS), ("sh", STOPPED)), (("sh", STOPPED),)),
    "what follows a search that failed": (
        (("sh", LAST), ("sh", NOT_FOUND)),
        (("sh", LAST), ("sh", NOT_FOUND)),
    ),
    # `exec N>file` is part of the line, and cat inherits the descriptor.
    "the gate of a pipeline, unlike a descriptor of the line": (
        (
            *(("shell", OWN_PIPE), ("shell", GO), ("cat", WENT)),
            *(("cat", HIT), ("cat", DATA), ("cat", HIGH)),
        ),
        (("shell", OWN_PIPE), ("cat", HIT), ("cat", DATA), ("cat", HIGH)),
    ),
    "what a command substitution reads, unlike the shell's signals": (
        (("shell", OWN_PIPE), ("shell", WENT), ("shell", Read(OWN, 1, "12", 0, "S"))),
        (("shell", OWN_PIPE), ("shell", WENT)),
    ),
    "a wait with WNOHANG that found no child": ((("shell", POLL), ("shell", WaitReturn(0))), ()),
    "a wait with WNOHANG without children": ((("shell", POLL), ("shell", NO_CHILD)), ()),
    "a wait with WNOHANG that found a child": (
        (("shell", POLL), ("shell", ENDED)),
        (("shell", POLL), ("shell", ENDED)),
    ),
    "a wait": (
        (("shell", Wait(-1)), ("shell", NO_CHILD)),
        (("shell", Wait(-1)), ("shell", NO_CHILD)),
    ),
    "a group for what is another program already": (
        (("shell", LATE), ("shell", EARLY)),
        (("shell", EARLY),),
    ),
    "a group that a program sets": ((("py", HIT), ("py", LATE)), (("py", HIT), ("py", LATE))),
}


@pytest.mark.parametrize(("events", "left"), STORIES.values(), ids=STORIES)
def test_internal_actions_of_a_shell_are_omitted(events, left):
    assert [(event.proc, event.what) for event in without_noise(story(*events))] == list(left)


@pytest.mark.usual
@pytest.mark.needs("ptrace")
def test_a_pipeline_has_one_pipe_and_each_program_is_executed_once():
    seen = perform_line("printf x | cat")
    assert [one.what.name for one in seen.events if isinstance(one.what, Pipe)] == ["A"]
    assert [one.proc for one in seen.events if isinstance(one.what, Exec)].count("cat") == 1
    assert not [one for one in seen.events if isinstance(one.what, ExecError)]
    assert seen.output == "x"


@pytest.mark.skipif(PAGES_OF_A_USER.read_text() == "0\n", reason="pipes have no limit here")
def test_a_user_whose_pipes_hold_all_pages_of_the_limit_sees_a_run():
    held = []

    # A user without CAP_SYS_RESOURCE may not enlarge pipes beyond the limit; see pipe(7).
    def hold_large_pipes():
        while True:
            held.append(os.pipe())
            fcntl.fcntl(held[-1][1], fcntl.F_SETPIPE_SZ, 1 << 20)

    def perform_with_many_pipes():
        with pytest.raises(PermissionError):
            hold_large_pipes()
        assert run(demo.copied).names == ("parent", "child")

    as_ordinary_user(perform_with_many_pipes)
