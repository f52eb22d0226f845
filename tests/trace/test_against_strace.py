"""The tracer sees the same forks, programs, ends and signals as `strace -f`.

Lost by nature, and therefore not compared: how many deliveries of SIGCHLD there are (pending ones
coalesce, and two tracers slow a program differently), and the delivery of SIGKILL, which neither
ever sees. A parent killed between its fork and its report loses the report; the tracer concludes
the fork when the parent dies and marks it `inferred` (see the stress test).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter

import pytest

from simpsh.base.events import Exec, Exit, Fork, SignalDeliver
from simpsh.base.signal_names import Signal
from tests.trace.test_tracer import (
    COALESCED,
    EXEC_FROM_THREAD,
    IGNORED,
    ORPHAN,
    SPAWN,
    STOPPED,
    THREADS,
    ZOMBIE,
)
from tests.trace.traced_runs import run, whats

SHELL = [
    "true",
    "exit 7",
    "/bin/echo a | /bin/cat | /bin/cat > /dev/null",
    "(exit 3); (exit 4)",
    "/bin/true & /bin/false & wait",
    "kill -TERM $$",
    "trap 'exit 9' USR1; kill -USR1 $$",
    "exec /bin/sh -c 'exec /bin/true'",
    "/nowhere/at-all",
    "for i in 1 2 3 4 5; do /bin/true; done",
    "/bin/cat <<END >/dev/null\ntext\nEND",
    "printf 'a b c' | xargs -n1 /bin/true",
    "/bin/sh -c '/bin/sh -c /bin/true'",
    "x=$(/bin/echo deep); exit ${#x}",
    "/bin/sh -c 'kill -KILL $$'; true",
    "setsid /bin/true",
]
PROGRAMS = [
    ORPHAN,
    ZOMBIE,
    STOPPED,
    COALESCED,
    IGNORED,
    THREADS,
    EXEC_FROM_THREAD,
    SPAWN,
    "int main(void){abort();}",
]


def as_strace_sees_it(argv, tmp_path):
    notes = tmp_path / "notes"
    calls = "trace=fork,vfork,clone,clone3,execve"
    subprocess.run(
        ["strace", "-f", "-s", "4096", "-e", calls, "-o", notes, *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
    )
    return what_strace_recorded(notes.read_text())


def whole_calls(text):
    """Return the lines of a recording, the two halves of each interrupted call joined to one.

    strace writes `… <unfinished ...>` when another process has something to report before the call
    returns, and `<... NAME resumed>` with the rest later. A thread that calls execve(2) takes the
    pid of its process over (`<pid changed to …>`): the second half then comes from that pid.
    """
    lines, begun = [], {}
    for line in text.splitlines():
        pid, _, rest = line.partition(" ")
        rest = rest.lstrip()
        if half := re.fullmatch(r"((\w+)\(.*?) *<unfinished \.\.\.>", rest):
            begun[pid, half.group(2)] = half.group(1)
        elif changed := re.fullmatch(r"(.*?) *<(?:\.\.\. )?pid changed to (\d+) \.\.\.>", rest):
            # Who had the pid may be inside a call of its own, whose end is told as well.
            first = begun.pop((pid, "execve"), "") or changed.group(1)
            begun[changed.group(2), "execve"] = first
        elif resumed := re.match(r"<\.\.\. (\w+) resumed>", rest):
            first = begun.pop((pid, resumed.group(1)), "")
            lines.append(f"{pid} {first}{rest[resumed.end() :]}")
        else:
            lines.append(f"{pid} {rest}")
    return lines


def what_strace_recorded(text):
    births, threads, execs, ends, signals = [], set(), [], [], []
    for line in whole_calls(text):
        pid, _, what = line.partition(" ")
        if born := re.fullmatch(r"(?:v?fork|clone3?)\((.*)\) += (\d+)", what):
            # The number of a process may be that of another in another PID namespace.
            is_thread = "CLONE_THREAD" in born.group(1)
            (threads.add if is_thread else births.append)(born.group(2))
        elif program := re.fullmatch(r'execve\("([^"]*)".*= 0', what):
            execs.append(program.group(1).rsplit("/", 1)[-1])
        elif end := re.match(r"\+\+\+ (exited with \d+|killed by SIG\w+)", what):
            ends.append((pid, end.group(1)))
        elif delivery := re.match(r"--- (SIG\w+) \{", what):
            signals.append(delivery.group(1))
    return {
        "forks": len(births),
        "threads": len(threads),
        "programs": Counter(execs),
        "ends": Counter(end for pid, end in ends if pid not in threads),
        "signals": Counter(name for name in signals if name != "SIGCHLD"),
    }


RECORDED = """\
100 execve("/tmp/program", ["/tmp/program"], 0x7ffe /* 39 vars */) = 0
100 clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0} => {parent_tid=[101]}, 88) = 101
101 +++ exited with 0 +++
100 clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0} <unfinished ...>
102 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD <unfinished ...>
100 <... clone3 resumed> => {parent_tid=[102]}, 88) = 102
103 +++ exited with 7 +++
102 <... clone resumed>, child_tidptr=0x7f) = 103
100 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=103} ---
102 vfork( <unfinished ...>
104 execve("/nowhere", ["x"], 0x7ffe /* 39 vars */ <unfinished ...>
104 <... execve resumed>) = -1 ENOENT (No such file or directory)
104 execve("/bin/true", ["true"], 0x7ffe /* 39 vars */ <unfinished ...>
102 <... vfork resumed>) = 104
104 <... execve resumed>) = 0
104 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=100} ---
104 +++ killed by SIGTERM +++
102 execve("/bin/echo", ["echo"], 0x7ffe /* 39 vars */ <unfinished ...>
102 <... pid changed to 100 ...>
100 +++ superseded by execve in pid 102 +++
100 <... execve resumed>) = 0
100 +++ exited with 0 +++
"""


def test_births_of_threads_that_strace_splits_over_two_lines_are_threads():
    assert what_strace_recorded(RECORDED) == {
        "forks": 2,
        "threads": 2,
        "programs": {"program": 1, "true": 1, "echo": 1},
        "ends": {"exited with 7": 1, "killed by SIGTERM": 1, "exited with 0": 1},
        "signals": {"SIGTERM": 1},
    }


def as_the_tracer_sees_it(argv, level):
    return as_the_tracer_counts(run(*argv, level=level))


def as_the_tracer_counts(found):
    forks = whats(found, Fork)
    ends = Counter()
    for what in whats(found, Exit):
        signal = what.status & 0x7F
        ends[f"killed by {Signal(signal)}" if signal else f"exited with {what.status >> 8}"] += 1
    signals = [Signal(what.signal).name for what in whats(found, SignalDeliver)]
    return {
        "forks": sum(not fork.thread for fork in forks),
        "threads": sum(fork.thread for fork in forks),
        "programs": Counter(what.argv[0].rsplit("/", 1)[-1] for what in whats(found, Exec)),
        "ends": ends,
        "signals": Counter(name for name in signals if name != "SIGCHLD"),
    }


OVERTAKEN = """\
100 execve("/tmp/program", ["/tmp/program"], 0x7ffe /* 39 vars */) = 0
100 clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0} <unfinished ...>
101 execve("/bin/true", ["true"], 0x7ffe /* 39 vars */ <unfinished ...>
101 <... pid changed to 100 ...>
100 <... clone3 resumed> => {parent_tid=[101]}, 88) = 101
100 +++ superseded by execve in pid 101 +++
100 <... execve resumed>) = 0
100 +++ exited with 0 +++
"""


def test_an_exec_that_overtakes_the_birth_of_its_thread_is_read():
    assert what_strace_recorded(OVERTAKEN) == {
        "forks": 0,
        "threads": 1,
        "programs": Counter({"program": 1, "true": 1}),
        "ends": Counter({"exited with 0": 1}),
        "signals": Counter(),
    }


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("level", ["events", "calls"])
@pytest.mark.parametrize("number", range(len(SHELL) + len(PROGRAMS)))
def test_the_tracer_sees_what_strace_sees(number, level, compiled, tmp_path):
    assert len(SHELL) + len(PROGRAMS) >= 20
    if number < len(SHELL):
        argv = ["/bin/sh", "-c", SHELL[number]]
    else:
        argv = [compiled(PROGRAMS[number - len(SHELL)])]
    assert as_the_tracer_sees_it(argv, level) == as_strace_sees_it(argv, tmp_path)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_python_and_its_subprocesses_are_seen_alike(tmp_path):
    code = "import subprocess; subprocess.run(['/bin/true']); subprocess.run(['/bin/false'])"
    argv = [sys.executable, "-S", "-E", "-c", code]
    ours, theirs = as_the_tracer_sees_it(argv, "calls"), as_strace_sees_it(argv, tmp_path)
    assert ours == theirs
