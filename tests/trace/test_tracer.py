"""Kernel events in constructed cases, and their recordings."""

import errno
import os
import signal
import sys

import pytest

from simpsh.base.events import (
    Close,
    Continue,
    Exec,
    ExecError,
    Exit,
    Fork,
    Pipe,
    Read,
    Reap,
    Reparent,
    SetSid,
    SignalDeliver,
    SignalSend,
    Start,
    Stop,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.base.own_program import INTERPRETER, OBSERVED
from simpsh.base.targets import NO_WAIT_NEEDED, Kernel, Member, Recorder
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.chronicle.chronicle_model import Link
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.kernel.machine import ptrace
from simpsh.trace.recording.recording_file import LEVELS
from tests.harness.process import descendants_of, state_of, wait_until
from tests.harness.recorded import disorder, first, recorded, whats

pytestmark = pytest.mark.long("each program is recorded at each level")

ALL_LEVELS = pytest.mark.parametrize("level", LEVELS)

ORPHAN = r"""
int main(void) {
    /* The root is a subreaper, so the orphan's adopter is in the family. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int hold[2]; pipe(hold);
    pid_t middle = fork();
    if (middle == 0) {
        if (fork() == 0) { char c; close(hold[1]); read(hold[0], &c, 1); _exit(5); }
        _exit(4);
    }
    waitpid(middle, 0, 0);
    close(hold[0]); close(hold[1]);
    int status; wait(&status);
    return WEXITSTATUS(status);
}
"""

ZOMBIE = r"""
int main(void) {
    int told[2]; pipe(told);
    if (fork() == 0) _exit(7);
    siginfo_t info;
    waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);   /* it is a zombie now, and stays one */
    if (fork() == 0) _exit(8);
    waitid(P_PID, info.si_pid, 0, WEXITED);
    wait(0);
    return 0;
}
"""

STOPPED = r"""
static int told[2];
static void note(int signal) { write(told[1], "x", 1); }
int main(void) {
    int status; char c;
    pipe(told);
    signal(SIGCONT, note);
    pid_t child = fork();
    if (child == 0) for (;;) pause();
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    waitpid(child, &status, WCONTINUED);
    read(told[0], &c, 1);      /* else SIGTERM, the lower number, could be delivered first */
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
    return 0;
}
"""

STOPPED_AND_UNASKED = r"""
int main(void) {
    pid_t child = fork();
    if (child == 0) for (;;) pause();
    for (int i = 0; i < 20; i++) {
        kill(child, SIGSTOP);
        waitpid(child, 0, WUNTRACED);
        kill(child, SIGCONT);
        waitpid(child, 0, WCONTINUED);
    }
    kill(child, SIGKILL);
    waitpid(child, 0, WUNTRACED);
    return 0;
}
"""

COALESCED = r"""
static volatile int count;
static void note(int signal) { count++; }
int main(void) {
    int ready[2], go[2]; char c;
    pipe(ready); pipe(go);
    pid_t child = fork();
    if (child == 0) {
        sigset_t usr, old; sigemptyset(&usr); sigaddset(&usr, SIGUSR1);
        signal(SIGUSR1, note);
        sigprocmask(SIG_BLOCK, &usr, &old);
        write(ready[1], "x", 1);
        read(go[0], &c, 1);
        sigprocmask(SIG_SETMASK, &old, 0);
        _exit(count);
    }
    read(ready[0], &c, 1);
    for (int i = 0; i < 3; i++) kill(child, SIGUSR1);
    write(go[1], "x", 1);
    waitpid(child, 0, 0);
    return 0;
}
"""

IGNORED = r"""
int main(void) {
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) _exit(1);
    while (wait(0) > 0) ;
    return 0;
}
"""


EXEC_FROM_THREAD = r"""
static volatile int is_made;  // strace does not know a thread whose exec ends its own clone
static void *work(void *unused) { while (!is_made); execl("/bin/true", "true", NULL); return 0; }
int main(void) {
    pthread_t one;
    is_made = !pthread_create(&one, 0, work, 0);
    pause();
    return 3;
}
"""

SPAWN = r"""
extern char **environ;
int main(void) {
    pid_t pid; char *argv[] = {"true", 0};
    posix_spawn(&pid, "/bin/true", 0, 0, argv, environ);
    return waitpid(pid, 0, 0) == pid ? 0 : 1;
}
"""


@pytest.mark.usual("events")
@ALL_LEVELS
def test_a_command_has_a_start_an_exec_an_exit_and_is_collected(level):
    found = recorded("/bin/sh", "-c", "exit 3", level=level)
    assert isinstance(found.events[0].what, Start)
    assert found.events[0].what.argv == ("/bin/sh", "-c", "exit 3")
    assert [what.argv for what in whats(found, Exec)] == [("/bin/sh", "-c", "exit 3")]
    assert [what.status for what in whats(found, Exit)] == [0x0300]
    assert [(what.child, what.by) for what in whats(found, Reap)] == [("P0", Recorder("simpsh"))]
    assert [event.seq for event in found.events] == list(range(1, len(found.events) + 1))
    assert found.header.level == level


@pytest.mark.usual("calls")
@ALL_LEVELS
def test_an_orphan_is_adopted_by_the_subreaper_which_collects_it(compiled, level):
    found = recorded(compiled(ORPHAN), level=level)
    adoption = first(found, Reparent)
    assert found.events[adoption].proc == "P1.1"
    assert found.events[adoption].what.adopter == Member("P0")
    assert first(found, Exit, status=0x0400) < adoption < first(found, Exit, status=0x0500)
    assert [(what.child, what.by) for what in whats(found, Reap)] == [
        ("P1", Member("P0")),
        ("P1.1", Member("P0")),
        ("P0", Recorder("simpsh")),
    ]
    assert disorder(found.events) == []


@pytest.mark.parametrize("effect", ["_exit(5);", "fork(); _exit(5);"])
def test_the_first_collected_child_is_recorded_first_by_a_late_tracer(
    compiled, monkeypatch, effect
):
    """The parent reaps one child, then the other child continues, before the tracer looks."""
    for name in ("next_reporter", "next_status"):
        monkeypatch.setattr(ptrace, name, _late(getattr(ptrace, name)))
    # Block SIGCHLD, because its delivery would stop the parent for the tracer.
    blocking = "int main(void) { sigset_t all; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, 0);"
    program = ORPHAN.replace("_exit(5);", effect).replace("int main(void) {", blocking)
    found = recorded(compiled(program), level="events")
    collected = first(found, Reap, child="P1")
    assert first(found, Exit, status=0x0400) < collected
    places = [place for place, event in enumerate(found.events) if event.proc == "P1.1"]
    assert isinstance(found.events[places[0]].what, Reparent)
    assert len(places) > 1
    assert collected < places[1]


def _late(take):
    """Return a function that calls `take` once all traced processes sleep or are stopped."""

    def later(*args, **options):
        wait_until(
            lambda: all((state_of(pid) or "Z") in "tTZS" for pid in descendants_of(os.getpid())),
            "all wait",
        )
        return take(*args, **options)

    return later


SIBLING = r"""
#include <sched.h>
int main(void) {
    int ends[2]; pipe(ends);
    if (fork() == 0) {
        close(ends[1]);
        if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0) _exit(3);
        _exit(4);
    }
    while (wait(0) > 0) continue;
    return 0;
}
"""


@pytest.mark.usual("io")
@ALL_LEVELS
def test_a_birth_has_the_true_parent_and_the_descriptors_at_that_moment(level, compiled):
    found = recorded(compiled(SIBLING), level=level)
    child, sibling = whats(found, Fork)
    assert (child.parent, sibling.parent) == (None, Member("P0"))
    assert whats(found, Reparent) == []
    [reap] = [e for e in found.events if isinstance(e.what, Reap) and e.what.child == "P1.1"]
    assert (reap.proc, reap.what.by) == ("P0", Member("P0"))
    # The caller of clone had closed the write end.
    # Only this pipe is compared: the tests may have inherited other descriptors.
    [inode] = [end.inode for _, end in sibling.pipes if not end.is_write]
    made, kept = (
        [end.end for _, end in each.pipes if end.inode == inode] for each in (child, sibling)
    )
    assert (made, kept) == (["r", "w"], ["r"])
    assert [number for number, _ in sibling.files][:3] == [0, 1, 2]
    ends = {event.proc: event.what.pipes for event in found.events if isinstance(event.what, Exit)}
    if level == "io":
        assert ends["P1"] == ends["P1.1"] == sibling.pipes
    else:
        assert ends["P1.1"] is None


def test_descriptors_that_simpsh_keeps_for_itself_are_not_recorded():
    found = recorded(*INTERPRETER, *OBSERVED, "-c", "exec 3</dev/null; true | cat")
    births = [event for event in whats(found, Fork) if event.files]
    assert len(births) == 2
    for birth in births:
        assert dict(birth.files)[3].path == "/dev/null"
        assert not [number for number, _ in birth.files if number >= OWN_LOWEST]


READS_STAT = """
import ctypes, os
file = ctypes.CDLL(None).open(b"/proc/self/stat", FLAGS)
os.read(file, 4096); os.write(1, b"closes"); os.close(file); os.write(1, b"closed")
file = os.open("/proc/self/stat", os.O_RDONLY)
os.read(file, 4096)
"""


@pytest.mark.parametrize(("flags", "number"), [("0", 0), ("os.O_CLOEXEC", 1)])
def test_the_read_by_which_os_fork_of_python_3_12_counts_threads_is_not_recorded(flags, number):
    text = READS_STAT.replace("FLAGS", flags)
    found = recorded(sys.executable, "-I", "-S", "-c", text, level="io")
    reads = [read for read in whats(found, Read) if " (python" in read.text]
    assert len(reads) == number + 1
    writes = (first(found, Write, text=word) for word in ("closes", "closed"))
    assert [isinstance(it.what, Close) for it in found.events[slice(*writes)]].count(True) == number


@pytest.mark.usual("calls")
@ALL_LEVELS
def test_a_zombie_lasts_from_its_exit_until_it_is_waited_for(compiled, level):
    found = recorded(compiled(ZOMBIE), level=level)
    exited, second = first(found, Exit, status=0x0700), first(found, Fork, child="P2")
    reaped = first(found, Reap, child="P1")
    assert exited < second < reaped
    assert found.events[reaped].what.by == Member("P0")
    assert disorder(found.events) == []


@pytest.mark.usual("events")
@ALL_LEVELS
def test_a_stop_has_a_sender_and_ends_with_sigcont(compiled, level):
    found = recorded(compiled(STOPPED), level=level)
    root = found.events[0].pid
    delivery = first(found, SignalDeliver, signal=19)
    assert found.events[delivery].what.sender == root
    stop, goes_on = first(found, Stop), first(found, Continue)
    assert delivery < stop < goes_on < first(found, Exit, status=15)
    assert [event.what.signal for event in found.events if isinstance(event.what, Stop)] == [19]
    reports = [what for what in whats(found, SignalDeliver) if what.signal == signal.SIGCHLD]
    assert {what.effect for what in reports} == {"nothing"}
    assert disorder(found.events) == []
    if level == "events":
        return
    # The sending of a signal is recorded before its effect.
    assert [what.signal for what in whats(found, SignalSend)] == [19, 18, 15]
    assert first(found, SignalSend, signal=19) < first(found, SignalDeliver, signal=19)
    assert first(found, SignalSend, signal=18) < first(found, Continue)
    assert first(found, SignalSend, signal=15) < first(found, SignalDeliver, signal=15)
    statuses = [what.status for what in whats(found, WaitReturn)]
    assert statuses == [0x137F, 0xFFFF, 15]


def test_a_change_of_state_is_recorded_before_the_wait_that_returned_for_it(compiled):
    found = recorded(compiled(STOPPED_AND_UNASKED))
    kinds = (Stop, Continue, WaitReturn, Exit)
    changes = [type(event.what) for event in found.events if isinstance(event.what, kinds)]
    # The first process exits last.
    assert changes == [*([Stop, WaitReturn, Continue, WaitReturn] * 20), Exit, WaitReturn, Exit]


@pytest.mark.usual("calls")
@ALL_LEVELS
def test_the_kernel_reaps_a_child_whose_parent_ignores_sigchld(compiled, level):
    found = recorded(compiled(IGNORED), level=level)
    assert next((what.child, what.by) for what in whats(found, Reap)) == (
        "P1",
        Kernel(NO_WAIT_NEEDED),
    )
    assert disorder(found.events) == []
    # posix_spawn is recorded as vfork.
    found = recorded(compiled(SPAWN), level=level)
    assert [fork.syscall for fork in whats(found, Fork)] == ["vfork"]
    assert disorder(found.events) == []


CLOSES_BY_EXEC = """
import os
read_end, write_end = os.pipe()
if os.fork() == 0:
    os.execv("/bin/true", ["true"])
os.close(write_end)
os.read(read_end, 1)
os.wait()
"""


def test_an_exec_that_closes_the_last_write_end_comes_before_the_end_of_file():
    for _ in range(10):
        found = recorded(sys.executable, "-I", "-S", "-c", CLOSES_BY_EXEC, level="io")
        pipe = whats(found, Pipe)[0].pipe
        causes = [
            edge.source
            for edge in chronicle_of(found.events, "io").edges
            if edge.kind is Link.END_OF_FILE and found.events[edge.target].what.pipe == pipe
        ]
        assert causes == [first(found, Exec, argv=("true",))]


@pytest.mark.usual
def test_waits_failed_execs_and_new_sessions_are_recorded(compiled):
    found = recorded("/bin/sh", "-c", "/bin/true & wait $!; exit 0")
    waits = whats(found, Wait)
    assert waits
    assert all(wait.syscall == "wait4" for wait in waits)
    returned = [what for what in whats(found, WaitReturn) if what.child_pid > 0]
    assert [(what.child, what.status) for what in returned] == [("P1", 0)]
    program = compiled('int main(void){execl("/nowhere/at-all","x",(char*)0);return errno;}')
    found = recorded(program)
    assert whats(found, ExecError) == [ExecError("/nowhere/at-all", 2)]
    assert [what.status for what in whats(found, Exit)] == [0x0200]
    assert len(whats(recorded("/usr/bin/setsid", "/bin/true"), SetSid)) == 1


@pytest.mark.usual("SA_RESTART-1-returns0-calls")
@pytest.mark.parametrize("level", ["calls", "io"])
@pytest.mark.parametrize(
    ("flags", "waits", "returns"),
    [("SA_RESTART", 1, [(True, 0)]), ("0", 2, [(False, errno.EINTR), (True, 0)])],
)
def test_a_wait_restarted_by_the_kernel_is_one_and_a_repeated_wait_is_two(
    flags, waits, returns, level, compiled
):
    # The program repeats its call at the same address, as the kernel does on a restart.
    program = compiled(
        r"""
        static int told[2];
        static void note(int signal) { write(told[1], "n", 1); }
        int main(void) {
            struct sigaction action = {.sa_handler = note, .sa_flags = FLAGS};
            char path[64], shown[64] = "", expected[64];
            sigaction(SIGUSR1, &action, 0);
            pipe(told);
            pid_t parent = getpid();
            if (fork() == 0) {
                sprintf(path, "/proc/%d/syscall", parent);
                sprintf(expected, "%d ", SYS_wait4);
                while (strncmp(shown, expected, strlen(expected)) != 0) {
                    int file = open(path, O_RDONLY);
                    read(file, shown, sizeof shown - 1);
                    close(file);
                }
                kill(parent, SIGUSR1);
                read(told[0], shown, 1);
                _exit(0);
            }
            while (wait(0) < 0 && errno == EINTR) ;
            return 0;
        }
        """.replace("FLAGS", flags)
    )
    found = recorded(program, level=level)
    assert len(whats(found, Wait)) == waits
    returned = whats(found, WaitReturn)
    assert [(what.child_pid > 0, what.errno) for what in returned] == returns
    places = [first(found, SignalDeliver, signal=signal.SIGUSR1)]
    places += [first(found, WaitReturn, errno=number) for _, number in returns]
    assert places == sorted(places)
