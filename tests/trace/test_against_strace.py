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

from simpsh.events import Exec, Exit, Fork, SignalDeliver
from simpsh.signals import Signal
from tests.trace.runs import run, whats
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
        timeout=30,
    )
    text = notes.read_text()
    forks = re.findall(r"(?:fork|clone3?)(?:\(| resumed>).*= \d+$", text, re.MULTILINE)
    threads = len(re.findall(r"CLONE_THREAD.*", text))
    thread_ids = set()
    for line in text.splitlines():
        if "CLONE_THREAD" in line and (made := re.search(r"= (\d+)$", line)):
            thread_ids.add(made.group(1))
        if "clone3 resumed" in line and (made := re.search(r"= (\d+)$", line)) and threads:
            thread_ids.add(made.group(1))
    ends = Counter()
    for line in text.splitlines():
        end = re.match(r"(\d+) +\+\+\+ (exited with \d+|killed by SIG\w+)", line)
        if end and end.group(1) not in thread_ids:
            ends[end.group(2)] += 1
    execs = re.findall(r'execve\("([^"]*)".*= 0$', text, re.MULTILINE)
    execs += re.findall(
        r'execve\("([^"]*)", .*<(?:unfinished|pid changed to).*>$', text, re.MULTILINE
    )
    signals = re.findall(r"--- (SIG\w+) \{", text)
    return {
        "forks": len(forks) - len(thread_ids),
        "threads": len(thread_ids),
        "programs": Counter(path.rsplit("/", 1)[-1] for path in execs),
        "ends": ends,
        "signals": Counter(name for name in signals if name != "SIGCHLD"),
    }


def as_the_tracer_sees_it(argv, level):
    found = run(*argv, level=level)
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
