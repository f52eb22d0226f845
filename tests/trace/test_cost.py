"""The cost of observation: the number of times that the tracer stops a program.

The tests count stops, because times on a loaded machine mean nothing.
"""

import mmap
import signal
from functools import partial

import pytest

from simpsh.kernel.machine import ptrace
from simpsh.trace.recording.recording_file import RecordingWriter
from simpsh.trace.tracer import traced_run
from simpsh.trace.tracer.family_account import TracerOptions
from tests.harness.process import started, wait_until
from tests.harness.recorded import recorded
from tests.harness.sh import simpsh_command

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
    for (int i = 0; i != atoi(argv[1]); i++) { read(in, &byte, 1); write(out, &byte, 1); }
    return 0;
}
"""


def calls_of(monkeypatch, owner, name, *argv, level):
    """Return the number of times that the tracer calls a function."""
    count = memoryview(mmap.mmap(-1, 8)).cast("Q")
    original = getattr(owner, name)

    def counted(*arguments, **options):
        count[0] += 1
        return original(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, counted)
        recorded(*argv, level=level)
    return count[0]


def stops_of(monkeypatch, *argv, level):
    """Return the number of statuses that the tracer receives, one for each stop or exit."""
    return calls_of(monkeypatch, ptrace, "Status", *argv, level=level)


@pytest.mark.parametrize(("level", "most"), [("events", 6), ("calls", 10), ("io", 38)])
def test_a_fork_exec_exit_wait_stops_a_bounded_number_of_times(level, most, compiled, monkeypatch):
    program = compiled(CYCLES)
    few = stops_of(monkeypatch, program, "5", level=level)
    many = stops_of(monkeypatch, program, "25", level=level)
    assert (many - few) / 20 <= most


def test_a_busy_recording_is_written_in_batches(compiled, monkeypatch):
    program = compiled(CYCLES)
    assert calls_of(monkeypatch, RecordingWriter, "write", program, "50", level="calls") < 100


def test_events_are_in_the_file_while_the_command_sleeps(tmp_path):
    path = tmp_path / "run.jsonl"
    argv = [*simpsh_command(), "trace", "-o", str(path), "sleep", "1000"]
    with started(argv):
        wait_until(lambda: path.exists() and '"event":"exec"' in path.read_text(), "it is there")


def test_a_request_reaches_the_tracer_of_a_busy_family(compiled, tmp_path):
    program = compiled(BYTES)
    path = tmp_path / "run.jsonl"
    argv = [*simpsh_command(), "trace", "--level", "io", "-o", str(path)]
    with started([*argv, program, "-1"]) as tracing:
        wait_until(lambda: path.exists() and '"event":"write"' in path.read_text(), "it writes")
        tracing.terminate()
        assert tracing.wait() == -signal.SIGTERM


@pytest.mark.parametrize("level", ["events", "calls"])
def test_reads_and_writes_stop_no_process_below_level_io(level, compiled, monkeypatch):
    program = compiled(BYTES)
    few = stops_of(monkeypatch, program, "1", level=level)
    assert stops_of(monkeypatch, program, "20000", level=level) == few


def test_a_flood_of_reads_and_writes_is_counted_and_not_stored(compiled, monkeypatch):
    few = partial(TracerOptions, most_events=100)
    monkeypatch.setattr(traced_run, "TracerOptions", few)
    found = recorded(compiled(BYTES), "500", level="io")
    kinds = [type(event.what).__name__ for event in found.events]
    assert len(kinds) < 110
    assert kinds[-2:] == ["Exit", "Reap"]
    assert found.notes[0].endswith("further reads, writes and closes are not in the recording")
    assert int(found.notes[0].split()[0]) >= 900
