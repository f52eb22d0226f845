"""`--trace FILE` records the shell, its copies and their children as JSON lines."""

import json
import os
import stat

from simpsh.base.events import Exec, ExecError, Exit, Fork, Pipe, Reap, Wait, WaitReturn
from simpsh.trace.recording.recording_file import read_file
from tests.harness.sh import FORK, run, simpsh


def recorded(script, place, *options, **how):
    """Run a script with --trace and read the recording."""
    shell = simpsh("--trace", f"{place.base}/recording", *options)
    outcome = run(shell, script, place=place, **how)
    return outcome, read_file(f"{place.base}/recording")


def of(recording, kind):
    return [event for event in recording.events if isinstance(event.what, kind)]


def test_a_recording_is_private_and_has_one_object_per_line(place):
    _, recording = recorded("true | (cat; nosuch) >f; x=$(pwd); sh -c 'kill -9 $$' & wait", place)
    with open(f"{place.base}/recording") as file:
        lines = [json.loads(line) for line in file]
    assert lines[0]["schema"] == "simpsh.trace/2"
    assert len(lines) == len(recording.events) + 1
    assert not recording.is_cut_short
    assert recording.header.source == "shell"
    assert all(line["event"] and line["pid"] > 0 for line in lines[1:])
    assert stat.S_IMODE(os.stat(f"{place.base}/recording").st_mode) == 0o600
    # An existing file is truncated, and its mode becomes 0600.
    with open(f"{place.base}/recording", "w") as file:
        file.write("old\n" * 1000)
    os.chmod(f"{place.base}/recording", 0o644)
    _, recording = recorded("true", place)
    assert len(of(recording, Fork)) == 1
    assert stat.S_IMODE(os.stat(f"{place.base}/recording").st_mode) == 0o600


def test_a_process_is_recorded_from_fork_to_reap(place):
    _, recording = recorded("sh -c 'exit 7'", place, extra={"PATH": "/proc/absent:/usr/bin"})
    kinds = (Fork, ExecError, Exec, Wait, Exit, WaitReturn, Reap)
    events = [event for event in recording.events if isinstance(event.what, kinds)]
    # The shell may wait before or after its child executes.
    assert {type(event.what) for event in events[1:4]} == {ExecError, Exec, Wait}
    fork, failed, executed, wait, ended, returned, reaped = sorted(
        events, key=lambda event: kinds.index(type(event.what))
    )
    assert (fork, ended, returned, reaped) == (events[0], *events[4:])
    shell, child = fork.pid, fork.what.child_pid
    pids = [event.pid for event in (failed, executed, wait, ended, returned, reaped)]
    assert pids == [child, child, shell, child, shell, shell]
    assert (failed.what.path, failed.what.errno) == ("/proc/absent/sh", 2)
    assert executed.what.exe == "/usr/bin/sh"
    assert executed.what.argv == ("sh", "-c", "exit 7")
    assert ended.what.status == returned.what.status == 7 << 8
    assert (wait.proc, executed.proc, reaped.what.child) == ("P0", "P1", "P1")
    assert [event.ts for event in events] == sorted(event.ts for event in events)


def test_copies_of_the_shell_are_recorded_with_all_their_children(place):
    script = "(true | cat; (sh -c 'exit 5'; exit 4); exit 3); x=$(:; pwd | cat); { true; } | cat"
    _, recording = recorded(script, place)
    forks = {event.what.child_pid: event.pid for event in of(recording, Fork)}
    ends = {event.pid: event.what.status >> 8 for event in of(recording, Exit)}
    # ( ): itself, true, cat, the inner ( ) and sh; $( ): itself, pwd, cat; last pipeline: two.
    assert len(forks) == 10
    assert set(ends) == set(forks)
    assert sorted(ends.values(), reverse=True)[:3] == [5, 4, 3]
    innermost = next(pid for pid, status in ends.items() if status == 5)
    chain = [ends[forks[innermost]], ends[forks[forks[innermost]]]]
    assert chain == [4, 3]
    collected = {event.what.child_pid: event.pid for event in of(recording, Reap)}
    assert collected == forks


def test_recordings_of_pipes_kills_and_odd_bytes_can_be_read_again(place):
    # A pipe is recorded with both descriptors.
    _, recording = recorded("true | true | true", place)
    assert [(event.what.read_fd, event.what.write_fd) for event in of(recording, Pipe)] == [
        (3, 4),
        (4, 5),
    ]
    # A killed shell leaves a readable recording.
    outcome, recording = recorded("true; kill -KILL $$; true", place)
    assert outcome.status == -9
    assert len(of(recording, Exec)) == 1
    # Bytes that are not valid UTF-8 survive in a recording.
    outcome, recording = recorded(b"printf '%s' '\xff\xfe' >'\xe9'", place)
    assert outcome.status == 0
    assert of(recording, Exec)[0].what.argv == ("printf", "%s", "\udcff\udcfe")


def test_recording_changes_no_output_and_no_status(place):
    script = "printf x | cat; (exit 3); echo $?; nosuch; cat <<E\ntext\nE\nexit 4"
    plain = run(FORK, script, place=place)
    outcome, _ = recorded(script, place)
    assert outcome == plain


def test_a_recording_that_cannot_be_written_is_one_line(place):
    # If the file cannot be opened, one line is printed and nothing is run.
    for path, reason in (
        ("/proc/absent/file", "No such file or directory"),
        ("/", "Is a directory"),
    ):
        outcome = run(simpsh("--trace", path), "echo never", place=place)
        assert outcome.text == ""
        assert outcome.error == f"simpsh: --trace {path}: {reason}\n"
        assert outcome.status > 0
    # A full device does not stop the commands.
    outcome = run(simpsh("--trace", "/dev/full"), "echo on; exit 4", place=place)
    assert b"Traceback" not in outcome.stderr
    assert outcome.error.count("\n") <= 1
    assert outcome.text == "on\n" or outcome.error
