"""`simpsh trace -p PID`: a running family is followed and left running."""

import contextlib
import os
import signal
from subprocess import PIPE

import pytest

from simpsh.base.events import Continue, Exec, Exit, Fork, Reap, Start, Stop, Unfinished
from simpsh.base.targets import Member
from simpsh.kernel.namespaces import become_user
from simpsh.process import proc
from simpsh.process.worker import in_own_process
from simpsh.trace.recording import recording_file
from simpsh.trace.tracer.attachment import attach
from simpsh.trace.tracer.family_account import TracerOptions
from simpsh.trace.tracer.process_tracer import Tracer
from simpsh.trace.tracer.traced_command import NotTraceable
from tests.harness.process import python, send, started, wait_for_state, wait_until
from tests.harness.recorded import whats
from tests.harness.sh import simpsh_command

# For each input line it forks a child, which executes the line, and prints its status.
SERVER = """
import os, signal, sys
for line in sys.stdin:
    print(os.spawnlp(os.P_WAIT, 'sh', 'sh', '-c', line), flush=True)
"""


@pytest.fixture
def attached(tmp_path):
    """Return a function that starts a Python program and attaches a tracer to it."""
    with contextlib.ExitStack() as ended_afterwards:

        def attach_to(program, before=lambda _: None):
            enter = ended_afterwards.enter_context
            process = enter(started(python(program), stdin=PIPE, stdout=PIPE, text=True))
            before(process)
            path = tmp_path / "run.jsonl"
            words = ["trace", "-o", str(path), "-p", str(process.pid)]
            tracing = enter(started([*simpsh_command(), *words], stderr=PIPE, text=True))
            assert "^C stops the recording" in tracing.stderr.readline()
            return process, tracing, path

        yield attach_to


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
    _, tracing, path = attached(program, lambda process: process.stdout.readline())
    found = stopped_recording(tracing, path)
    inside = [(what.syscall, what.thread) for what in whats(found, Unfinished)]
    assert inside == [("read", False), ("futex", True)]


def test_a_running_process_is_followed_and_left_running(attached):
    process, tracing, path = attached(SERVER, lambda process: ask(process, "exit 1"))
    assert ask(process, "exit 3") == "3\n"
    wait_for_state(process.pid, "S")
    found = stopped_recording(tracing, path)
    assert found.events[0].what.state
    assert [what.argv[0] for what in whats(found, Exec)] == ["sh"]
    assert [what.status for what in whats(found, Exit)] == [0x0300]
    assert [(what.child, what.by) for what in whats(found, Reap)] == [("P1", Member("P0"))]
    # The server waits for a line in a read that is still unfinished at the end of the recording.
    assert [what.syscall for what in whats(found, Unfinished)] == ["read"]
    assert "the recording was stopped here; 1 process went on" in found.notes
    assert proc.tracer_pid(process.pid) == 0
    assert ask(process, "exit 4") == "4\n"


@pytest.mark.parametrize("victim", ["simpsh", "tracer"])
def test_the_family_continues_if_the_tracer_is_killed(attached, victim):
    process, tracing, _ = attached(SERVER)
    assert ask(process, "exit 3") == "3\n"
    tracer = proc.tracer_pid(process.pid)
    send(tracing.pid if victim == "simpsh" else tracer, signal.SIGKILL)
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


def test_stops_zombies_pending_signals_and_threads_stay_as_they_were(attached):
    pids = []

    def ready(process):
        pids.extend(map(int, process.stdout.readline().split()))
        wait_until(lambda: len(proc.numbers(process.pid, "task")) == 2, "it has its thread")

    program = FAMILY.replace("[signal.SIGUSR1]", "[signal.SIGUSR1, signal.SIGUSR2]")
    process, tracing, path = attached(program, ready)
    stopped, _ = pids
    send(process.pid, signal.SIGUSR2)
    assert process.stdout.readline() == "1280 {<Signals.SIGUSR1: 10>}\n"
    found = stopped_recording(tracing, path)
    starts = {event.pid: event.what for event in found.events if isinstance(event.what, Start)}
    assert starts.keys() == {process.pid, stopped}
    assert starts[stopped].state == "T"
    assert whats(found, Stop) == whats(found, Continue) == whats(found, Fork) == []
    wait_for_state(stopped, "T")
    for pid in (process.pid, stopped):
        assert proc.tracer_pid(pid) == 0
    send(stopped, signal.SIGCONT)
    wait_for_state(stopped, "S")


def test_a_shell_sees_the_stops_of_its_job_while_it_is_traced_and_after(attached):
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
        program, lambda process: pids.append(int(process.stdout.readline()))
    )
    (child,) = pids
    send(child, signal.SIGTSTP)
    assert ask(process, "") == f"{signal.SIGTSTP << 8 | 0x7F}\n"
    send(child, signal.SIGCONT)
    assert ask(process, "") == f"{0xFFFF}\n"
    send(child, signal.SIGSTOP)
    assert ask(process, "") == f"{signal.SIGSTOP << 8 | 0x7F}\n"
    found = stopped_recording(tracing, path)
    assert [what.signal for what in whats(found, Stop)] == [signal.SIGTSTP, signal.SIGSTOP]
    assert len(whats(found, Continue)) == 1
    wait_for_state(child, "T")
    send(child, signal.SIGCONT)
    assert ask(process, "") == f"{0xFFFF}\n"
    send(child, signal.SIGTERM)
    assert ask(process, "") == f"{int(signal.SIGTERM)}\n"


def refusal(pid):
    """Return why this process cannot be traced."""
    with pytest.raises(NotTraceable, match=f"^process {pid} ") as caught:
        attach(Tracer(lambda _: None, "events", TracerOptions()), pid)
    return str(caught.value).removeprefix(f"process {pid} ")


def test_a_process_that_is_traced_or_a_zombie_is_refused(tmp_path):
    """Refusals of other arguments are in tests/spec/trace_refusals.spec."""
    if proc.command_name(2) == "kthreadd":
        assert refusal(2) == "is a thread of the kernel"
    with started(["cat"], stdin=PIPE) as cat:
        words = ("trace", "-o", str(tmp_path / "run"), "-p", str(cat.pid))
        with started([*simpsh_command(), *words], stderr=PIPE) as tracing:
            tracing.stderr.readline()
            assert refusal(cat.pid).startswith("is already traced by simpsh-")
            cat.stdin.close()
            # cat is a zombie until it is waited for.
            wait_for_state(cat.pid, "Z")
        assert refusal(cat.pid) == "has ended already, and waits to be collected"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_a_process_of_another_user_is_refused_with_the_name_of_the_user():
    def refused():
        become_user(65534)
        return refusal(cat.pid)

    with started(["cat"], stdin=PIPE) as cat:
        words = in_own_process(refused, 60)
    assert words == "belongs to root: only that user, or root, may trace it"
