"""Each cause that `why` lists for a signal is real."""

import os
import pty
import signal
import sys
import termios
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from simpsh.shell.causes import ANY, CAUSES
from tests.harness.compiled import compiled
from tests.harness.process import become_subreaper, sh
from tests.harness.sh import FORK, run_cases, run_command

SOURCE = Path(__file__).with_name("failing_programs.c")
PROGRAMS = {
    "an access to an address that is not mapped, such as a null pointer": "null",
    "a write to read-only memory, such as a string literal": "literal",
    "a stack that grew beyond its limit": "stack",
    "an access to a mapped page beyond the end of its file": "end-of-file {place}/a",
    "a full file system, at a write to a mapped page": "full {place}/small/file",
    "a division of an integer by zero": "division",
    "a division that overflows (INT_MIN / -1)": "overflow",
    "an instruction that this processor does not have": "instruction",
    "a breakpoint without a debugger": "breakpoint",
    "abort(3), as after a failed assert": "assert",
    "a damaged heap that the C library found": "heap",
    "its hard limit of CPU time": "hard-limit",
    "a write to a pipe that no process reads, as before | head": "pipe",
    "a write to a socket that the other side has closed": "socket",
    "an alarm or timer that it had set": "alarm",
    "a timer of its CPU time that it had set": "virtual; profile",
    "a file that grew beyond its limit (RLIMIT_FSIZE)": "size {place}/b",
    "more CPU time than its limit (RLIMIT_CPU)": "soft-limit",
    "a call that a seccomp filter refuses": "filter",
    "a lack of memory, on the machine or in its control group (OOM)": "memory",
}
"""The programs of failing_programs.c that show each cause."""
SENT = {"a process that asked it to end", "a process that stopped it"}
SIGNALS = {
    name: meaning.split("; ") for (name, number), (meaning, _) in CAUSES.items() if number == ANY
}
"""The causes of each signal; `why` adds that a process may have sent it."""
SIGNALS = {name: causes for name, causes in SIGNALS.items() if name.startswith("SIG")}


@contextmanager
def small_group():
    """Yield the file of a memory control group of 8 MiB that a process joins; skip without one."""
    for above, limit in (("memory", "memory.limit_in_bytes"), ("", "memory.max")):
        group = Path("/sys/fs/cgroup", above, f"simpsh-test-{os.getpid()}")
        with suppress(OSError):
            group.mkdir()
            try:
                (group / limit).write_text(f"{8 << 20}")
                yield str(group / "cgroup.procs")
                return
            finally:
                group.rmdir()
    pytest.skip("no memory control group can be made here")


@pytest.fixture
def program():
    return compiled(SOURCE, "-O0", "-lrt")


def test_programs_die_of_each_cause(program, tmp_path):
    (tmp_path / "small").mkdir()
    mounts = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "small"]
    left_out = {"memory"}
    if run_command(mounts, cwd=tmp_path).returncode:
        left_out.add("full {place}/small/file")
    if os.uname().machine != "x86_64":
        left_out |= {"division", "overflow"}
    mounted = f"unshare -rm sh -c 'mount -t tmpfs -o size=64k none {tmp_path}/small && exec {{}}'"
    cases, expected = {"timer": f"{program} timer"}, {"timer": "SIGUSR1"}
    for name, causes in SIGNALS.items():
        for words in {words for cause in causes for words in PROGRAMS.get(cause, "").split("; ")}:
            is_other = (words, name) in (("virtual", "SIGPROF"), ("profile", "SIGVTALRM"))
            if words and words not in left_out and not is_other:
                line = f"{program} {words}".format(place=tmp_path)
                cases[words] = mounted.format(line) if words.startswith("full") else line
                expected[words] = name
    answers = run_cases(FORK, cases)
    died = {words: signal.Signals(answer.status - 128).name for words, answer in answers.items()}
    assert died == expected


@pytest.mark.needs("root")
def test_a_lack_of_memory_in_a_control_group_kills(program):
    with small_group() as group:
        done = run_command(sh(f'echo $$ >{group} && exec "$1" memory', program))
    assert done.returncode == -signal.SIGKILL


def test_every_listed_cause_has_its_program():
    known = {*PROGRAMS, *SESSIONS, *SENT}
    assert {cause for causes in SIGNALS.values() for cause in causes} == known


# In a session of its own with a terminal. The first process leads the session; the job is its
# child, in a foreground or a background group.

SESSIONS = {
    "a terminal that hung up": ("HUP", "leader", "", b""),
    "the end of the leader of its session": ("HUP", "foreground", "leader exits", b""),
    "^C at the terminal, for the whole foreground group": ("INT", "foreground", "", b"\x03"),
    "^\\ at the terminal, for the whole foreground group": ("QUIT", "foreground", "", b"\x1c"),
    "^Z at the terminal, for the whole foreground group": ("TSTP", "foreground", "", b"\x1a"),
    "a read from the terminal in the background": ("TTIN", "background", "reads", b""),
    "a change of the terminal's modes in the background": ("TTOU", "background", "sets", b""),
    "a write to the terminal in the background, after stty tostop": (
        "TTOU", "background", "writes", b"",
    ),
}  # fmt: skip
"""The signal, the place of the process, an action, and the keys typed at its terminal."""


@pytest.mark.usual(
    "^C at the terminal, for the whole foreground group",
    "a read from the terminal in the background",
)
@pytest.mark.long("each cause needs a session on a terminal")
@pytest.mark.parametrize("cause", SESSIONS)
def test_a_terminal_or_session_sends_each_signal(cause):
    name, place, action, keys = SESSIONS[cause]
    assert cause in SIGNALS[f"SIG{name}"]
    done = run_command([sys.executable, __file__, place, action, keys.hex()])
    assert done.stdout == f"SIG{name}\n", done


def _job(place, action, ready):
    """Run as the job: act, or say that it is ready and wait for a signal."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP):
        signal.signal(number, signal.SIG_DFL)
    modes = termios.tcgetattr(0)
    if action == "reads":
        os.read(0, 1)
    elif action == "sets":
        termios.tcsetattr(0, termios.TCSANOW, modes)
    elif action == "writes":
        modes[3] |= termios.TOSTOP
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        termios.tcsetattr(0, termios.TCSANOW, modes)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTTOU})
        os.write(1, b"x")
    if place == "stopped":
        os.kill(os.getpid(), signal.SIGSTOP)
    os.write(ready, b"x")
    signal.pause()
    os._exit(0)


def _lead(place, action, numbers, ready, go):
    """Run as the session's leader: start the job, and report its end or stop."""
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        if place == "foreground":
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
            os.tcsetpgrp(0, os.getpid())
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTTOU})
        _job(place, action, ready)
    os.write(numbers, b"%d\n" % job)
    if place == "stopped":
        os.waitid(os.P_PID, job, os.WSTOPPED | os.WNOWAIT)
        os.write(ready, b"x")
    if action == "leader exits":
        os.read(go, 1)
    else:
        _, status = os.waitpid(job, os.WUNTRACED)
        os.write(numbers, b"%d\n" % _signal_in(status))
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(job, signal.SIGKILL)
            os.waitpid(job, 0)
    os._exit(0)


def _signal_in(status):
    return os.WSTOPSIG(status) if os.WIFSTOPPED(status) else os.WTERMSIG(status)


def main(place, action, keys):
    """Run a case, and print the signal that ended or stopped its job."""
    become_subreaper()
    (told, numbers), (is_ready, ready), (go, asked) = os.pipe(), os.pipe(), os.pipe()
    lines = os.fdopen(told, "rb")
    leader, terminal = pty.fork()
    if leader == 0:
        if place == "leader":
            _job(place, action, ready)
        _lead(place, action, numbers, ready, go)
    job = leader if place == "leader" else int(lines.readline())
    if not action or action == "leader exits":
        os.read(is_ready, 1)
    os.write(terminal, keys)
    if place == "leader":
        os.close(terminal)
    os.write(asked, b"x")
    if place != "leader" and action != "leader exits":
        number = int(lines.readline())
        os.waitpid(leader, 0)
    else:
        if job != leader:
            os.waitpid(leader, 0)
        number = _signal_in(os.waitpid(job, 0)[1])
    print(signal.Signals(number).name)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]))
