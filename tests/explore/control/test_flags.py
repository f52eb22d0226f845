"""Each action that explore cannot follow raises its flag, and the verdict is not COMPLETE."""

import os
from tempfile import NamedTemporaryFile

import pytest

from simpsh.explore import flags as known
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Place
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.workplace import private_world
from simpsh.explore.workplace.private_world import why_not_private

NOT_EXAMINED = {
    "programs/system_v_memory": "System V IPC",
    "programs/named_semaphore": "mapped files",
    **dict.fromkeys(("mapped_file",), "mapped files"),
    "locks_records": "record locks",
    "sets_flags_of_waiting": "descriptors that do not block",
    "sockets": "sockets",
    "polls_socket": "eventfd",
    **dict.fromkeys(("splices", "programs/copied_offset"), "bytes that are moved in the kernel"),
    "thread": "threads",
    "programs/vector_read": "several buffers in one call",
    "programs/own_lock": "a wait for a lock in its own memory",
    "has_its_parents_parent": "clone with flags that fork does not have",
    "makes_clone3": "calls that the C library makes for it",
    "waitid_leaves": "waits for other ends than wait, waitpid and wait3 report",
    "programs/pending_set": "the set of pending signals",
    "programs/limited_signal_wait": "sigtimedwait",
    "programs/timed_semaphore": "a wait for a lock with a timeout",
    **dict.fromkeys(
        ("programs/who_sent_it", "programs/how_child_ended"), "what a signal says about its sender"
    ),
    "usage_of_child": "the resources that processes have used",
    "programs/vfork_tells": "calls between vfork and exec that depend on other processes",
    "waits_for_a_signal": "sigwait of signals that it does not block",
    "blocked_sigpipe": "SIGPIPE while it is blocked",
    "signal_at_the_end": "a signal at its parent's end",
    "subreaper": "the adoption of orphans",
    **dict.fromkeys(("leaves_group", "kills_a_group_that_was_left"), "process groups"),
    "programs/shell_launch": "process groups",
    "programs/stops": "stop signals",
    "priority_of_another": "priorities, limits or the choice of processors",
    "looks_through_proc": "what /proc or /sys shows about processes and the machine",
    "terminal": "the terminal",
    "packets": "O_DIRECT or O_ASYNC",
    "sets_shared_flags": "flags of a file that processes share",
    **dict.fromkeys(("switches_a_link", "programs/link_turned"), "symbolic links that change"),
    "renames_a_directory": "renamed directories",
    "two_names": "hard links",
    "programs/directory_offset": "a position in a directory that processes share",
    "lock_converted": "shared locks",
    "room_left": "the kind of a file system, or the room left in it",
    "call_of_32_bits": "calls of another architecture",
    "unknown_call": "a call without a rule",
}
"""A program for each row of the table of calls, and what the verdict says that it uses."""

FLAGGED = {
    **dict.fromkeys(("quit_and_terminated", "acts_once"), known.EITHER_SIGNAL.words),
    **dict.fromkeys(("closes_several", "vfork_closes_late"), known.CLOSES_SEVERAL.words),
    **dict.fromkeys(
        ("executes_what_is_written", "open_when_executed"), known.CHANGES_MEANWHILE.words
    ),
    "signals_open": known.SIGNAL_INSIDE.of("open of a FIFO").words,
    "full_pipe": (known.BLOCKS.of("write").words, known.MAY_FILL.words),
    **dict.fromkeys(("large_pipe", "torn_write"), known.MAY_FILL.words),
    "memory_in_call": known.ODD_MEMORY.of("in the arguments of a call").words,
    "robust_mutex": known.ODD_MEMORY.of("a lock with a pid, as robust mutexes have").words,
    "computes_for_ever": known.COMPUTES.words,
    **dict.fromkeys(("cycle_counter", "one_clock", "until_a_time"), known.READS_CLOCK.words),
    **{name: known.NOT_EXAMINED.of(words).words for name, words in NOT_EXAMINED.items()},
    **{
        name: known.HANGS_ON.of(value).words
        for value, names in {
            "addresses": ("prints_address", "prints_unset_memory"),
            "the values of pids": ("odd_pid",),
            "random numbers": (
                "random_of_exec",
                "random_numbers",
                "random_device",
                "temporary_file_left",
            ),
            "the time of day": ("clock",),
            "how long the program computes": ("measured_time",),
            "inode numbers, times of files or the use of resources": (
                *("rest_of_sleep", "asks_what_is_left", "lists_unsorted"),
                *("newer_file", "room_of_file"),
                *("compares_devices", "inode_of_pipe"),
                *("orders_inodes", "prints_size_of_directory"),
                *("rest_of_select", "programs/links_of_directory"),
            ),
        }.items()
        for name in names
    },
}
"""Programs of tests/explore/flagged_programs, and the flag or flags that each raises."""

FEW = ExplorationLimits(budget_seconds=60, natives=3)


def explored(compiled, name, directory, *arguments, limits=FEW):
    directory.joinpath("data").write_text("ab")
    folder = "" if "/" in name else "flagged_programs/"
    program = compiled(f"{folder}{name}.c")
    return explore(program_of((program, *arguments), directory=str(directory)), limits)


@pytest.mark.skipif(bool(why_not_private()), reason="only a private world has pids of its own")
def test_a_far_pid_is_tried(compiled, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("an ordinary user's world has no far pids")
    # With near pids the set seemed COMPLETE, or another value was blamed.
    result = explored(compiled, "far_pid", tmp_path)
    assert [str(flag) for flag in result.flags] == [
        known.HANGS_ON.text.format("the values of pids")
    ]


def test_the_place_names_the_call_whatever_a_file_is_called():
    place = Place(call="openat")
    for name in ("/sys/a", "/sys/a(b", "/sys/{}"):
        words = f"not examined: uses the device {name} (openat), at a.c:3"
        assert place.after(known.NOT_EXAMINED.of(f"the device {name}"), "a.c:3") == words


def test_a_flag_says_what_to_change():
    flags = {name: flag for name, flag in vars(known).items() if isinstance(flag, known.Flag)}
    assert not [name for name, flag in flags.items() if not flag.advice]


@pytest.mark.usual(
    *("thread", "clock", "sockets", "programs/system_v_memory", "prints_address", "unknown_call")
)
@pytest.mark.long("each program is explored")
@pytest.mark.parametrize("name", FLAGGED)
def test_an_action_without_a_model_raises_its_flag(name, compiled, tmp_path, monkeypatch):
    monkeypatch.setattr("simpsh.explore.control.tracee_stops._MOST_CPU_SECONDS", 0.2)
    expected = [FLAGGED[name]] if isinstance(FLAGGED[name], str) else [*FLAGGED[name]]
    result = explored(compiled, name, tmp_path)
    assert [flag.words for flag in result.flags] == expected
    assert not result.has_every_order


@pytest.mark.usual("kills_outside")
@pytest.mark.long("each program is explored")
@pytest.mark.parametrize("name", ["kills_outside", "kills_its_parent", "kills_everybody"])
def test_a_signal_to_a_process_outside_is_refused(name, compiled, tmp_path):
    result = explored(compiled, name, tmp_path)
    assert [*result.flags] == [known.REFUSED.of("a signal")]
    assert result.texts == {"refused"}


IN_A_COPY = {
    "beside_the_directory": known.OTHER_WORLD.of("a path outside its directory").words,
    "lists_shared_memory": known.NOT_EXAMINED.of("the list of /dev/shm").words,
    "writes_outside /tmp": known.REFUSED.text,
    "writes_outside /dev/shm": known.REFUSED.text,
}
"""Programs that notice a copy of their directory but not a private world, and the flag of each."""


@pytest.mark.usual("False-beside_the_directory", "True-beside_the_directory")
@pytest.mark.long("each program is explored")
@pytest.mark.parametrize("name", IN_A_COPY)
@pytest.mark.parametrize("is_refused", [False, True])
def test_a_difference_of_a_copy_is_named_only_in_a_copy(
    name, is_refused, compiled, tmp_path, monkeypatch
):
    if is_refused:
        monkeypatch.setattr(private_world, "_refusals", ["no namespaces"])
    elif why_not_private():
        pytest.skip(why_not_private())
    program, _, folder = name.partition(" ")
    with NamedTemporaryFile(dir=folder or None) as outside:
        result = explored(compiled, program, tmp_path, outside.name)
        assert os.path.getsize(outside.name) == 0
    named = [IN_A_COPY[name].format(outside.name)] if is_refused else []
    assert [flag.words for flag in result.flags] == named
    assert result.has_every_order != is_refused


def test_a_race_for_a_file_in_dev_shm_is_seen(compiled, tmp_path):
    with NamedTemporaryFile(dir="/dev/shm") as outside:
        result = explored(compiled, "races_outside", tmp_path, outside.name)
    assert result.texts == {"0", "1"}


def test_a_loop_without_calls_ends_the_search(compiled, tmp_path):
    result = explored(compiled, "programs/loop_ended_by_signal", tmp_path)
    assert [*result.flags] == [known.COMPUTES]


def test_a_loop_that_prints_has_no_end(compiled, tmp_path):
    result = explored(
        compiled,
        "prints_while_it_polls",
        tmp_path,
        limits=ExplorationLimits(budget_seconds=60, natives=0),
    )
    assert result.reasons == ("a loop prints, so that outputs have no end; let its loops end",)
