"""Senders, order and causes come from the recorded edges, or are attributed to the kernel."""

import errno
import os
import select
import signal
from pathlib import Path

import pytest

from simpsh.base.events import (
    Continue,
    Exec,
    Exit,
    Read,
    SignalDeliver,
    Stop,
    Unfinished,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.chronicle.chronicle_model import Link
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.trace.recording import recording_file
from simpsh.view.timeline.timeline_rows import rows_of
from tests.harness.process import (
    descendants_of,
    name_of,
    python,
    send,
    started,
    state_of,
    wait_until,
)
from tests.harness.recorded import disorder, first, record, recorded, whats
from tests.harness.sh import simpsh_command
from tests.trace.lie_detector import judged_at_lower_levels
from tests.trace.test_other_worlds import needs_namespaces
from tests.trace.test_tracer import ALL_LEVELS

pytestmark = pytest.mark.long("each program is recorded at each level")

CALLS = pytest.mark.parametrize("level", ["calls", "io"])
# The fixture adds the #include lines; see conftest.py.
BROKEN = r"""
int main(void) {
    int ends[2]; pipe(ends);
    signal(SIGPIPE, SIG_DFL);
    close(ends[0]);
    if (fork() == 0) { write(ends[1], "x", 1); _exit(0); }
    wait(0);
    if (fork() == 0) { kill(getpid(), SIGPIPE); _exit(0); }
    wait(0);
    struct rlimit limit = {4, 4}; setrlimit(RLIMIT_FSIZE, &limit);
    if (fork() == 0) { int file = open("large", O_CREAT | O_WRONLY, 0600);
                       signal(SIGXFSZ, SIG_DFL); write(file, "12345678", 8); write(file, "9", 1); }
    wait(0);
    return 0;
}
"""
ORPHANED_GROUP = r"""
int main(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (fork() == 0) {
        setsid();
        pid_t job = fork();
        if (job == 0) { signal(SIGHUP, SIG_IGN); setpgid(0, 0); raise(SIGSTOP); _exit(3); }
        setpgid(job, job); waitpid(job, 0, WUNTRACED); _exit(0);
    }
    while (wait(0) > 0) continue;
    return 0;
}
"""
FIRST_ENDS = r"""
#include <sched.h>
int main(void) {
    unshare(CLONE_NEWPID);
    if (fork() == 0) { for (int i = 0; i < 3; i++) if (fork() == 0) for (;;) pause(); _exit(3); }
    wait(0);
    return 0;
}
"""
FIRST_DROPS = r"""
#include <sched.h>
static void note(int signal) {}
int main(void) {
    unshare(CLONE_NEWPID);
    int ready[2], go[2]; char c; pipe(ready); pipe(go);
    pid_t init = fork();
    if (init == 0) {
        signal(SIGUSR1, note); write(ready[1], "x", 1); read(go[0], &c, 1);
        if (fork() == 0) { kill(1, SIGINT); kill(1, SIGSTOP); kill(1, SIGKILL); kill(1, SIGUSR1);
                           _exit(0); }
        while (wait(0) < 0 && errno == EINTR) continue;
        _exit(7);
    }
    read(ready[0], &c, 1); kill(init, SIGTERM); write(go[1], "x", 1); wait(0);
    return 0;
}
"""
WAITS_WITHOUT_NEWS = r"""
int main(void) {
    siginfo_t info;
    wait(0);
    signal(SIGCHLD, SIG_IGN); if (fork() == 0) _exit(1); wait(0); signal(SIGCHLD, SIG_DFL);
    pid_t child = fork(); if (child == 0) _exit(3);
    waitid(P_PID, child, &info, WEXITED | WNOWAIT); waitpid(child, 0, 0);
    waitpid(-1, 0, WNOHANG);
    return waitpid(child, 0, WNOHANG) != -1;
}
"""
REUSED = r"""
int main(int argc, char **argv) {
    char bytes[4]; close(1); open("data", O_CREAT | O_RDWR, 0600); write(1, "row1", 4);
    dup2(1, 2); write(2, "row2", 4); close(0); open(argv[0], O_RDONLY); read(0, bytes, 4);
    return 0;
}
"""
VFORKS = r"""
int main(void) {
    for (int i = 0; i < 30; i++) {
        pid_t child = vfork();
        if (child == 0) { if (i % 2) execl("/bin/true", "true", (char *) 0); _exit(1); }
        waitpid(child, 0, 0);
    }
    return 0;
}
"""


def rows(found, level, kind):
    """Return the `what` of the events of this kind that have a row in the timeline."""
    drawn = [found.events[row.index].what for row in rows_of(chronicle_of(found.events, level))]
    return [what for what in drawn if isinstance(what, kind)]


def origin(found, level, process, number):
    """Return where the first delivery of a signal to the process comes from.

    It is the kind of its origin, and the process and the kind of the event that caused it.
    """
    chronicle = chronicle_of(found.events, level)
    for index, event in enumerate(found.events):
        is_of_process = event.proc == process and isinstance(event.what, SignalDeliver)
        if is_of_process and event.what.signal == number:
            kind, cause = chronicle.origin_of(index)
            if kind != "event":
                return (kind,)
            return (kind, chronicle.owners[cause], type(found.events[cause].what))
    raise AssertionError(f"{process} gets no {number}")


def assert_true(found, level):
    assert disorder(found.events) == []
    if level == "io":
        assert judged_at_lower_levels(found.events)[0] == []


@pytest.mark.usual("events")
@ALL_LEVELS
def test_sigpipe_and_sigxfsz_come_from_the_kernel(compiled, level, tmp_path):
    found = recorded(compiled(BROKEN), level=level, directory=str(tmp_path))
    if level == "events":
        # The siginfo_t is the same for both origins.
        assert origin(found, level, "P1", signal.SIGPIPE) == ("",)
        assert origin(found, level, "P2", signal.SIGPIPE) == ("",)
    else:
        assert origin(found, level, "P1", signal.SIGPIPE) == ("kernel",)
        assert origin(found, level, "P2", signal.SIGPIPE) == ("process",)
        assert origin(found, level, "P3", signal.SIGXFSZ) == ("kernel",)
    if level == "io":
        chronicle = chronicle_of(found.events, level)
        causes = chronicle.causes_of(first(found, SignalDeliver, signal=signal.SIGPIPE))
        assert [edge.kind for edge in causes] == [Link.BROKEN_PIPE]
    assert_true(found, level)


@pytest.mark.usual("calls")
@ALL_LEVELS
def test_a_member_of_an_orphaned_group_continues_after_the_end_that_orphaned_it(compiled, level):
    for _ in range(5):
        found = recorded(compiled(ORPHANED_GROUP), level=level)
        end = first(found, Exit, status=0)
        assert first(found, Stop) < end < first(found, Continue)
        assert end < first(found, SignalDeliver, signal=signal.SIGHUP)
        assert origin(found, level, "P1.1", signal.SIGHUP) == ("kernel",)
        assert origin(found, level, "P1.1", signal.SIGCONT) == ("kernel",)
        assert_true(found, level)


@pytest.mark.usual("io")
@needs_namespaces
@ALL_LEVELS
def test_process_1_of_a_namespace_ends_before_those_that_its_end_kills(compiled, level):
    if os.geteuid():
        pytest.skip("only root makes a PID namespace without a user namespace")
    for _ in range(5):
        found = recorded(compiled(FIRST_ENDS), level=level)
        end = first(found, Exit, status=0x0300)
        killed = [i for i, e in enumerate(found.events) if getattr(e.what, "status", 0) == 9]
        killed = [i for i in killed if isinstance(found.events[i].what, Exit)]
        assert len(killed) == 3
        assert end < min(killed)
        assert_true(found, level)


@needs_namespaces
@ALL_LEVELS
def test_process_1_of_a_namespace_gets_no_signal_without_a_handler(compiled, level):
    if os.geteuid():
        pytest.skip("only root makes a PID namespace without a user namespace")
    found = recorded(compiled(FIRST_DROPS), level=level)
    effects = {what.signal: what.effect for what in whats(found, SignalDeliver)}
    dropped = (signal.SIGTERM, signal.SIGINT, signal.SIGSTOP)
    assert [effects[number] for number in dropped] == ["dropped"] * 3
    assert effects[signal.SIGUSR1] == ""
    # SIGSTOP does not stop it either, just as without a tracer.
    assert whats(found, Stop) == []
    assert [what.status for what in whats(found, Exit)] == [0, 0x0700, 0]
    assert_true(found, level)


@ALL_LEVELS
def test_a_parent_continues_after_vfork_only_when_its_child_has_executed_or_ended(compiled, level):
    found = recorded(compiled(VFORKS), level=level)
    assert len(whats(found, Exec)) == 16
    assert_true(found, level)


@pytest.mark.usual("calls")
@CALLS
def test_a_wait_that_collects_nothing_has_a_row(compiled, level):
    found = recorded(compiled(WAITS_WITHOUT_NEWS), level=level)
    drawn = rows(found, level, WaitReturn)
    # A refused poll for any child has no row, because shells poll all the time.
    assert [what.errno for what in drawn].count(errno.ECHILD) == 3
    assert [what.child for what in drawn if what.is_left] == ["P2"]


@pytest.mark.usual
def test_a_descriptor_whose_number_was_reused_is_named_by_its_file(compiled, tmp_path):
    program = compiled(REUSED)
    found = recorded(program, level="io", directory=str(tmp_path))
    # A copy of a descriptor needs no name: the model knows what it refers to.
    copied = first(found, Write, text="row2")
    table = chronicle_of(found.events, "io").processes["P0"].table_at(copied)
    assert table[2].path == f"{tmp_path}/data"
    files = [what.file and what.file.path for what in whats(found, Write) if what.fd == 1]
    assert files == [f"{tmp_path}/data"]
    [read] = [what.file for what in whats(found, Read) if what.fd == 0]
    assert read.path == os.path.realpath(program)
    assert_true(found, "io")


HANGS = {
    "read": "import os; r, w = os.pipe(); os.read(r, 1)",
    "wait4": "import os, signal; os.fork() or signal.pause(); os.wait()",
    "poll": "import select; select.poll().poll()",
    "clock_nanosleep": "import time; time.sleep(1000)",
    "futex": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
}


@pytest.mark.usual("read-9")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("name", HANGS)
def test_a_run_that_is_ended_while_it_hangs_shows_the_call_that_did_not_return(
    name, number, tmp_path
):
    path = tmp_path / "run.jsonl"
    program = f"import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); {HANGS[name]}"
    argv = [*simpsh_command(), "trace", "--level", "io", "-o", path, *python(program)]
    with started(argv, start_new_session=False) as tracing:

        def hanging():
            """Return the pid of the first process if it sleeps in the call."""
            for pid in descendants_of(tracing.pid):
                if name_of(pid).startswith("python") and state_of(pid) == "S":
                    call = Path(f"/proc/{pid}/syscall").read_text()
                    if call.startswith(f"{NUMBERS[name]} "):
                        return pid
            return None

        pid = wait_until(hanging, "it hangs")
        # A parent ends before its children, so that its wait(2) does not return.
        for each in [pid, *descendants_of(pid)]:
            end = os.pidfd_open(each)
            send(each, number)
            select.select([end], [], [])
            os.close(end)
        tracing.wait()
    found = recording_file.read_file(str(path))
    unfinished = [(e.pid, e.what.syscall) for e in found.events if isinstance(e.what, Unfinished)]
    assert (pid, name) in unfinished


# The program prints the result of every wait, of all kinds: with and without zombies, with other
# exit signals, and with SIGCHLD caught, blocked and ignored.
WAITS = r"""
int said(int got) {
    printf("%d %d\n", got < 0 ? got : got > 0, got < 0 ? errno : 0);
    fflush(stdout);
    return got;
}
void nothing(int number) {}
int child(int milliseconds) {
    int pid = fork();
    if (!pid) { usleep(milliseconds * 1000); _exit(3); }
    return pid;
}
int sends(void *signal) { usleep(20000); return 0; }
static char stack[65536];
int main(void) {
    int status; sigset_t chld, old; struct sigaction act = {.sa_handler = nothing};
    sigemptyset(&chld); sigaddset(&chld, SIGCHLD);
    said(waitpid(-1, 0, 0));
    said(waitpid(-1, 0, WNOHANG));
    said(waitpid(1, 0, WNOHANG));
    int first = child(30);
    said(waitpid(-1, &status, WNOHANG));
    said(waitpid(first, &status, WNOHANG));
    said(waitpid(1, &status, WNOHANG));
    said(wait(&status));
    sigaction(SIGCHLD, &act, 0);
    child(20); said(wait(&status));
    child(0); usleep(30000); said(wait(&status));
    child(0); usleep(30000); said(waitpid(-1, &status, WNOHANG));
    sigprocmask(SIG_BLOCK, &chld, &old);
    child(20); said(wait(&status));
    child(20); child(40); said(wait(&status)); said(wait(&status));
    sigprocmask(SIG_SETMASK, &old, 0);
    sigaction(SIGALRM, &act, 0); ualarm(10000, 0);
    first = child(60); said(waitpid(first, &status, 0)); said(waitpid(first, &status, 0));
    act.sa_flags = SA_RESTART; sigaction(SIGALRM, &act, 0); ualarm(10000, 0);
    first = child(60); said(waitpid(first, &status, 0));
    clone(sends, stack + sizeof stack, SIGUSR2, 0); signal(SIGUSR2, nothing);
    said(waitpid(-1, &status, WNOHANG)); said(waitpid(-1, &status, __WALL));
    child(0); child(20); said(wait(&status)); said(wait(&status)); said(wait(&status));
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!fork()) { if (!fork()) _exit(4); usleep(30000); _exit(0); }
    while (said(wait(&status)) > 0) {}
    if (!fork()) { child(40); _exit(0); }
    while (said(wait(&status)) > 0) {}
    first = child(60);
    if (!fork()) { kill(first, SIGSTOP); usleep(20000); kill(first, SIGCONT); _exit(0); }
    said(waitpid(first, &status, WUNTRACED)); said(waitpid(first, &status, 0));
    said(wait(&status));
    signal(SIGCHLD, SIG_DFL); child(20); said(wait(&status));
    act.sa_flags = SA_NOCLDWAIT; sigaction(SIGCHLD, &act, 0); child(20); child(40);
    said(wait(&status));
    signal(SIGCHLD, SIG_IGN); child(20); child(40); said(wait(&status));
    return 0;
}
"""


@CALLS
def test_each_recorded_wait_has_the_result_that_the_program_got(level, compiled, tmp_path):
    program, output = compiled("#include <sched.h>\n" + WAITS), tmp_path / "output"
    with output.open("w") as file:
        found = record((program,), level=level, descriptors={1: file.fileno()})
    seen = [
        f"{min(what.child_pid, 1)} {what.errno}"
        for event in found.events
        if isinstance(what := event.what, WaitReturn) and event.proc == "P0"
    ]
    assert seen == output.read_text().splitlines()
    begun = [event for event in found.events if isinstance(event.what, Wait)]
    assert len([event for event in begun if event.proc == "P0"]) >= len(seen)
