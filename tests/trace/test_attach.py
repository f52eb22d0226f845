"""`simpsh trace -p PID`: a running family is followed and left running."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from simpsh.base.events import (
    Continue,
    Exec,
    Exit,
    Fork,
    Reap,
    SignalDeliver,
    SignalSend,
    Start,
    Stop,
    Unfinished,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.base.targets import Member
from simpsh.kernel.machine.syscall_table import ARCHITECTURE
from simpsh.kernel.namespaces import become_user
from simpsh.process import proc
from simpsh.process.worker import in_own_process
from simpsh.trace.recording import recording_file
from simpsh.trace.tracer.attachment import attach
from simpsh.trace.tracer.family_account import TracerOptions
from simpsh.trace.tracer.process_tracer import Tracer
from simpsh.trace.tracer.traced_command import NotTraceable
from tests.harness.process import children_of, wait_for_state, wait_until
from tests.harness.recorded import whats
from tests.harness.sh import simpsh_command
from tests.trace.lie_detector import judged_at_lower_levels
from tests.trace.test_causes import timeline
from tests.trace.test_tracer import ALL_LEVELS

pytestmark = pytest.mark.long("each test attaches to a family, at each level")

# For each input line it forks a child, which executes the line, and prints its status.
SERVER = """
import os, signal, sys
for line in sys.stdin:
    print(os.spawnlp(os.P_WAIT, 'sh', 'sh', '-c', line), flush=True)
"""


@pytest.fixture
def attached(tmp_path):
    """Return a function that starts a Python program and attaches a tracer to it."""
    started = []

    def attach_to(program, level="calls", before=lambda _: None):
        argv = [sys.executable, "-ISc", program]
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(process)
        before(process)
        path = tmp_path / f"{len(started)}.jsonl"
        words = ["trace", "--level", level, "-o", str(path), "-p", str(process.pid)]
        tracing = subprocess.Popen([*simpsh_command(), *words], stderr=subprocess.PIPE, text=True)
        started.append(tracing)
        assert "^C stops the recording" in tracing.stderr.readline()
        return process, tracing, path

    yield attach_to
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            family = (*children_of(process.pid), process.pid)
            for pid in family:
                os.kill(pid, signal.SIGKILL)
            for pid in family:
                wait_for_state(pid, "ZX-")
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait()


def stopped_recording(tracing, path, number=signal.SIGINT):
    """Stop the tracing with a signal, and return the recording."""
    tracing.send_signal(number)
    assert tracing.wait() == (0 if number == signal.SIGINT else -number)
    return recording_file.read_file(str(path))


def ask(process, line):
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return process.stdout.readline()


def test_threads_in_the_same_call_are_counted_once_when_the_recording_ends(attached):
    program = """
import sys, threading
waiting = threading.Event()
for _ in range(3):
    threading.Thread(target=waiting.wait, daemon=True).start()
print("ready", flush=True)
sys.stdin.readline()
"""
    _, tracing, path = attached(program, before=lambda process: process.stdout.readline())
    found = stopped_recording(tracing, path)
    inside = [(what.syscall, what.thread) for what in whats(found, Unfinished)]
    assert inside == [("read", False), ("futex", True)]
    assert "P0 has a thread that is still in futex(2)" in "\n".join(timeline(found, "calls"))


@pytest.mark.usual("calls")
@ALL_LEVELS
def test_a_running_process_is_followed_and_left_running(attached, level):
    process, tracing, path = attached(SERVER, level, lambda process: ask(process, "exit 1"))
    assert ask(process, "exit 3") == "3\n"
    wait_for_state(process.pid, "S")
    found = stopped_recording(tracing, path)
    assert found.events[0].what.state
    assert [what.argv[0] for what in whats(found, Exec)] == ["sh"]
    assert [what.status for what in whats(found, Exit)] == [0x0300]
    assert [(what.child, what.by) for what in whats(found, Reap)] == [("P1", Member("P0"))]
    assert bool(whats(found, Wait)) == (level != "events")
    # The server waits for a line in a read that is still unfinished at the end of the recording.
    assert [what.syscall for what in whats(found, Unfinished)] == ["read"]
    assert "the recording was stopped here; 1 process went on" in found.notes
    assert proc.tracer_pid(process.pid) == 0
    assert ask(process, "exit 4") == "4\n"
    if level == "io":
        assert [what.text for what in whats(found, Write) if what.fd == 1] == ["3\n"]
        assert judged_at_lower_levels(found.events)[0] == []


@pytest.mark.usual("tracer-io")
@ALL_LEVELS
@pytest.mark.parametrize("victim", ["simpsh", "tracer"])
def test_the_family_continues_if_the_tracer_is_killed(attached, victim, level):
    process, tracing, _ = attached(SERVER, level)
    assert ask(process, "exit 3") == "3\n"
    tracer = proc.tracer_pid(process.pid)
    os.kill(tracing.pid if victim == "simpsh" else tracer, signal.SIGKILL)
    wait_until(lambda: proc.tracer_pid(process.pid) == 0, "nothing traces it")
    for number in range(20):
        assert ask(process, f"exit {number}") == f"{number}\n"
    tracing.wait()


FAMILY = """
import os, signal, sys, threading
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
stopped = os.fork() or signal.pause()
os.kill(stopped, signal.SIGSTOP); os.waitpid(stopped, os.WUNTRACED)
zombie = os.fork() or os._exit(5)
os.waitid(os.P_PID, zombie, os.WEXITED | os.WNOWAIT)
threading.Thread(target=lambda: sys.stdin.read(), daemon=True).start()
os.kill(os.getpid(), signal.SIGUSR1)
print(stopped, zombie, flush=True)
signal.sigwait([signal.SIGUSR2])
print(os.waitpid(zombie, 0)[1], signal.sigpending(), flush=True)
signal.pause()
"""


@pytest.mark.usual("io")
@ALL_LEVELS
def test_stops_zombies_pending_signals_and_threads_stay_as_they_were(attached, level):
    pids = []

    def ready(process):
        pids.extend(map(int, process.stdout.readline().split()))
        wait_until(lambda: len(proc.numbers(process.pid, "task")) == 2, "it has its thread")

    program = FAMILY.replace("[signal.SIGUSR1]", "[signal.SIGUSR1, signal.SIGUSR2]")
    process, tracing, path = attached(program, level, ready)
    stopped, zombie = pids
    os.kill(process.pid, signal.SIGUSR2)
    assert process.stdout.readline() == "1280 {<Signals.SIGUSR1: 10>}\n"
    found = stopped_recording(tracing, path)
    starts = {event.pid: event.what for event in found.events if isinstance(event.what, Start)}
    assert starts.keys() == {process.pid, stopped}
    assert starts[stopped].state == "T"
    assert whats(found, Stop) == whats(found, Continue) == whats(found, Fork) == []
    if level != "events":
        # The child was a zombie before the attach, so its name and its exit are unknown.
        assert [(w.child_pid, w.child) for w in whats(found, WaitReturn)] == [(zombie, "")]
    wait_for_state(stopped, "T")
    for pid in (process.pid, stopped):
        assert proc.tracer_pid(pid) == 0
    os.kill(stopped, signal.SIGCONT)
    wait_for_state(stopped, "S")


@ALL_LEVELS
def test_a_shell_sees_the_stops_of_its_job_while_it_is_traced_and_after(attached, level):
    """The process plays the shell; its child stops, continues and ends under the tracer."""
    program = """
import os, signal, sys
child = os.fork() or signal.pause()
# The group that both were in is orphaned: SIGTSTP would stop no member of it.
os.setpgid(child, child)
print(child, flush=True)
for line in sys.stdin:
    print(os.waitpid(child, os.WUNTRACED | os.WCONTINUED)[1], flush=True)
"""
    pids = []
    process, tracing, path = attached(
        program, level, lambda process: pids.append(int(process.stdout.readline()))
    )
    (child,) = pids
    os.kill(child, signal.SIGTSTP)
    assert ask(process, "") == f"{signal.SIGTSTP << 8 | 0x7F}\n"
    os.kill(child, signal.SIGCONT)
    assert ask(process, "") == f"{0xFFFF}\n"
    os.kill(child, signal.SIGSTOP)
    assert ask(process, "") == f"{signal.SIGSTOP << 8 | 0x7F}\n"
    found = stopped_recording(tracing, path)
    assert [what.signal for what in whats(found, Stop)] == [signal.SIGTSTP, signal.SIGSTOP]
    assert len(whats(found, Continue)) == 1
    wait_for_state(child, "T")
    os.kill(child, signal.SIGCONT)
    assert ask(process, "") == f"{0xFFFF}\n"
    os.kill(child, signal.SIGTERM)
    assert ask(process, "") == f"{int(signal.SIGTERM)}\n"


# Each call would fail with EINTR if its thread were stopped and continued; see signal(7).
DISTURBED = r"""
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/sem.h>
static void *wait_at_epoll(void *unused) {
    struct epoll_event event;
    int epoll = epoll_create1(0);
    if (epoll_wait(epoll, &event, 1, -1) < 0) puts("epoll_wait failed");
    exit(1);
}
static int semaphores;
static void *wait_at_semaphore(void *unused) {
    struct sembuf take = {0, -1, 0};
    if (semop(semaphores, &take, 1) == 0 || errno == EINTR) puts("semop failed");
    return 0;
}
int main(void) {
    pthread_t one, two; sigset_t set; sigemptyset(&set); sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    semaphores = semget(IPC_PRIVATE, 1, 0600);
    pthread_create(&one, 0, wait_at_epoll, 0); pthread_create(&two, 0, wait_at_semaphore, 0);
    while (sigwaitinfo(&set, 0) < 0) puts("sigwaitinfo failed");
    puts("signalled");
    semctl(semaphores, 0, IPC_RMID);
    return 0;
}
"""


@pytest.mark.usual("calls")
@pytest.mark.skipif(ARCHITECTURE != "x86_64", reason="failed calls begin again on x86-64 alone")
@pytest.mark.parametrize("level", ["calls", "io"])
def test_attaching_makes_no_call_fail(compiled, attached, level):
    program = compiled(DISTURBED)

    def ready(process):
        tasks = lambda: proc.numbers(process.pid, "task")  # noqa: E731
        wait_until(
            lambda: len(tasks()) == 3 and all(proc.state(tid) == "S" for tid in tasks()),
            "all threads wait",
        )

    process, tracing, path = attached(
        f"import os; os.execv({program!r}, ['program'])", level, ready
    )
    os.kill(process.pid, signal.SIGUSR1)
    assert process.stdout.read() == "signalled\n"
    assert process.wait() == 0
    assert tracing.wait() == 0
    # The process has exited, so the recording is complete.
    found = recording_file.read_file(str(path))
    assert [what.status for what in whats(found, Exit)] == [0]


@pytest.mark.parametrize("level", ["calls", "io"])
def test_senders_and_handlers_are_seen_as_under_a_command(attached, level):
    program = """
import os, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: print('handled', flush=True))
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os.kill(os.getppid(), signal.SIGUSR1); os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""
    process, tracing, path = attached(program, level)
    assert ask(process, "") == "handled\n"
    assert process.stdout.readline() == "0\n"
    found = stopped_recording(tracing, path)
    assert [what.signal for what in whats(found, SignalSend)] == [signal.SIGUSR1]
    delivered = [what for what in whats(found, SignalDeliver) if what.signal == signal.SIGUSR1]
    assert [what.sender for what in delivered] == [whats(found, Fork)[0].child_pid]
    assert 0 in [what.status for what in whats(found, WaitReturn)]


def test_sigterm_leaves_the_family_and_ends_simpsh(attached):
    process, tracing, path = attached(SERVER)
    found = stopped_recording(tracing, path, signal.SIGTERM)
    assert whats(found, Start)
    assert ask(process, "exit 3") == "3\n"


def refusal(*words):
    argv = [*simpsh_command(), "trace", *words]
    done = subprocess.run(argv, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stderr.splitlines()[0]


@pytest.mark.usual
def test_each_refusal_is_one_line_with_a_reason(tmp_path, compiled):
    assert refusal("-p", "x") == (2, "simpsh: trace: x: this is not a pid")
    assert refusal("-p", "1", "ls") == (2, "simpsh: trace: ls: -p takes no command")
    assert refusal("-p", "4194304") == (1, "simpsh: process 4194304 does not exist")
    with subprocess.Popen(["sh", "-c", "exec cat"], stdin=subprocess.PIPE) as cat:
        strace = subprocess.Popen(
            [*simpsh_command(), "trace", "-o", str(tmp_path / "run"), "-p", str(cat.pid)],
            stderr=subprocess.PIPE,
        )
        with strace:
            strace.stderr.readline()
            status, line = refusal("-p", str(cat.pid))
            assert status == 1
            assert line.startswith(f"simpsh: process {cat.pid} is already traced by simpsh-")
            cat.stdin.close()
        # cat is a zombie until it is waited for.
        wait_for_state(cat.pid, "Z")
        words = "has ended already, and waits to be collected"
        assert refusal("-p", str(cat.pid)) == (1, f"simpsh: process {cat.pid} {words}")
    if proc.command_name(2) == "kthreadd":
        assert refusal("-p", "2") == (1, "simpsh: process 2 is a thread of the kernel")
    program = "import os, sys; os.execv(sys.argv[1], [*sys.argv[1:], '-p', str(os.getpid())])"
    argv = [sys.executable, "-ISc", program, *simpsh_command(), "trace"]
    done = subprocess.run(argv, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.endswith("is simpsh itself\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_a_process_of_another_user_is_refused_with_the_name_of_the_user():
    def refused():
        become_user(65534)
        with pytest.raises(NotTraceable) as caught:
            attach(Tracer(lambda _: None, "calls", TracerOptions()), other.pid)
        return str(caught.value)

    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        words = in_own_process(refused, 60)
        other.stdin.close()
    assert words == f"process {other.pid} belongs to root: only that user, or root, may trace it"
