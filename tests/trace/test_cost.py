"""What being looked at costs: counted always, measured on request (SIMPSH_MEASURE=1).

A loaded machine makes times meaningless, so the ordinary run counts what costs time: how often a
program is stopped for the tracer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from functools import partial

import pytest

from simpsh.kernel.machine import ptrace
from simpsh.trace.tracer import traced_run as tracing
from simpsh.trace.tracer.family_account import TracerOptions
from simpsh.trace.tracer.syscall_events import RULES
from simpsh.trace.tracer.traced_command import TracedCommand
from tests.trace.traced_runs import run

CYCLES = r"""
int main(int argc, char **argv) {
    for (int i = 0; i < atoi(argv[1]); i++) {
        pid_t pid = fork();
        if (pid == 0) { execl("/bin/true", "true", (char *) 0); _exit(127); }
        waitpid(pid, 0, 0);
    }
    return 0;
}
"""
BYTES = r"""
int main(int argc, char **argv) {
    char byte; int in = open("/dev/zero", O_RDONLY), out = open("/dev/null", O_WRONLY);
    for (int i = 0; i < atoi(argv[1]); i++) { read(in, &byte, 1); write(out, &byte, 1); }
    return 0;
}
"""


def stops_of(monkeypatch, *argv, level):
    """How many statuses the tracer takes: each is a stop, or an end."""
    count = 0
    original = ptrace.next_status

    def counted(*arguments, **options):
        nonlocal count
        status = original(*arguments, **options)
        count += status is not None
        return status

    monkeypatch.setattr(ptrace, "next_status", counted)
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            tracing.follow(TracedCommand(argv), lambda _: None, tracing.FollowOptions(level))
            os.write(write_end, str(count).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    os.waitpid(pid, 0)
    with open(read_end) as file:
        return int(file.read())


@pytest.mark.parametrize(("level", "most"), [("events", 6), ("calls", 10), ("io", 40)])
def test_a_fork_exec_exit_wait_stops_a_bounded_number_of_times(level, most, compiled, monkeypatch):
    program = compiled(CYCLES)
    few = stops_of(monkeypatch, program, "5", level=level)
    many = stops_of(monkeypatch, program, "25", level=level)
    assert (many - few) / 20 <= most


@pytest.mark.parametrize("level", ["events", "calls"])
def test_reads_and_writes_stop_nobody_below_level_io(level, compiled, monkeypatch):
    program = compiled(BYTES)
    few = stops_of(monkeypatch, program, "1", level=level)
    assert stops_of(monkeypatch, program, "20000", level=level) == few


def test_at_level_io_every_read_and_write_is_told(compiled):
    found = run(compiled(BYTES), "50", level="io")
    kinds = [type(event.what).__name__ for event in found.events]
    assert kinds.count("Write") == 50
    assert kinds.count("Read") >= 50


def test_a_flood_of_reads_and_writes_is_counted_rather_than_kept(compiled, monkeypatch):
    few = partial(TracerOptions, most_events=100)
    monkeypatch.setattr(tracing, "TracerOptions", few)
    found = run(compiled(BYTES), "500", level="io")
    told = [type(event.what).__name__ for event in found.events]
    assert len(told) < 110
    assert told[-2:] == ["Exit", "Reap"]
    assert found.notes[0].endswith("further reads, writes and closes are not in the recording")
    assert int(found.notes[0].split()[0]) >= 900


# -- measured on request -----------------------------------------------------------------------

measured = pytest.mark.skipif(
    not os.environ.get("SIMPSH_MEASURE"), reason="times are measured with SIMPSH_MEASURE=1"
)


def seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def best_ratio(plain, watched, rounds=7):
    """The best of each, taken in turns, so that the machine's mood is the same for both."""
    pairs = [(seconds(plain), seconds(watched)) for _ in range(rounds)]
    return min(pair[1] for pair in pairs) / min(pair[0] for pair in pairs)


def plain_run(*argv):
    return lambda: subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)


def trace_run(level, *argv):
    """Trace in a process that is there already: only what looking costs is measured."""

    def work():
        pid = os.fork()
        if pid == 0:
            try:
                events = []
                tracing.follow(TracedCommand(argv), events.append, tracing.FollowOptions(level))
            finally:
                os._exit(0)
        os.waitpid(pid, 0)

    return work


@measured
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("level", "most"), [("events", 1.8), ("calls", 2.0), ("io", 2.6)])
def test_500_commands_cost_at_most(level, most, compiled, capsys):
    program = compiled(CYCLES)
    ratio = best_ratio(plain_run(program, "500"), trace_run(level, program, "500"))
    with capsys.disabled():
        print(f"\n500 commands at level {level}: {ratio:.2f} × untraced", file=sys.stderr)
    assert ratio <= most


@measured
@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("level", ["events", "calls", "io"])
def test_500_commands_cost_less_than_under_strace(level, compiled, capsys):
    program = compiled(CYCLES)
    strace = plain_run("strace", "-f", "-o", os.devnull, program, "500")
    ratio = best_ratio(strace, trace_run(level, program, "500"), rounds=5)
    with capsys.disabled():
        print(f"\n500 commands at level {level}: {ratio:.2f} × strace -f", file=sys.stderr)
    assert ratio <= 1.0


@measured
@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_500_commands_cost_less_than_under_strace_with_a_filter(compiled, capsys):
    program = compiled(CYCLES)
    followed = [name for name, rule in RULES.items() if rule.level == "calls" and not rule.second]
    calls = f"trace={','.join(followed)},fork,vfork,clone,clone3"
    strace = plain_run(
        "strace", "-f", "--seccomp-bpf", "-e", calls, "-o", os.devnull, program, "500"
    )
    ratio = best_ratio(strace, trace_run("calls", program, "500"))
    with capsys.disabled():
        print(f"\n500 commands at level calls: {ratio:.2f} × strace --seccomp-bpf", file=sys.stderr)
    assert ratio <= 1.0


@measured
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("level", "most"), [("events", 1.15), ("calls", 1.6)])
def test_a_million_reads_and_writes_cost_at_most(level, most, compiled, capsys):
    program = compiled(BYTES)
    ratio = best_ratio(plain_run(program, "500000"), trace_run(level, program, "500000"))
    with capsys.disabled():
        print(
            f"\n1,000,000 reads and writes at level {level}: {ratio:.2f} × untraced",
            file=sys.stderr,
        )
    assert ratio <= most
