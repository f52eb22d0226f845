"""A program's view of the explorer: as without the explorer, or named as a reason.

The table walks prctl(2), proc(5), ioctl_list(2), stat(2) and statfs(2). Each row is one run of
asking_programs/asks.c.
"""

import os
import subprocess

import pytest

from simpsh.explore import flags as known
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.workplace import private_world
from simpsh.explore.workplace.private_world import why_not_private

LIMITS = ExplorationLimits(budget_seconds=60, natives=5)
ALIKE = (
    # Death signal, dumpable, secure bits, bounding set.
    *("prctl-at 2", "prctl 3", "prctl 27", "prctl 23 21", "prctl 23 99"),
    # membarrier
    "call 324",
    *("signals", "processors", "descriptors", "identity", "family", "limit 0", "limit 7"),
    *("target /proc/self/exe", "target /proc/self/cwd", "target /proc/self/root"),
    *("names /proc/self/fd", "contents /proc/self/comm", "contents /proc/self/cmdline"),
    *("contents /proc/self/cgroup", "contents /proc/version", "contents /proc/cpuinfo model"),
    *("contents /proc/filesystems", "contents /proc/sys/kernel/pid_max"),
    # TCGETS, TIOCGWINSZ, TIOCGPGRP
    *("ioctl 1 0x5401", "ioctl 1 0x5413", "ioctl 0 0x5401"),
    *("facts data m", "facts /etc/passwd m", "facts / m"),
    *(
        "may-write /tmp",
        "may-write /dev/shm",
        "opens /dev/null",
        "opens /dev/stdin",
        "contents /dev/fd/0",
        "opens data",
    ),
    # AT_PAGESZ, AT_HWCAP, AT_CLKTCK, AT_SECURE, AT_MINSIGSTKSZ; processors and pages
    *(f"auxiliary {word}" for word in (6, 16, 17, 23, 51)),
    *("system 84", "system 83", "system 85", "system 30"),
)
"""Files that read as without the explorer."""
_PROC = known.LOOKS_AT_PROCESSES.words
_VARIED = "inode numbers, times of files or the use of resources"
_FILE_SYSTEM = "the kind of a file system"
NAMED = {
    **dict.fromkeys(
        (f"contents /proc/self/status {key}" for key in ("TracerPid", "Seccomp", "Cap", "NSpid")),
        _PROC,
    ),
    **dict.fromkeys(
        (
            f"contents /proc/self/{file}"
            for file in (
                *("stat", "statm", "mountinfo", "mounts", "mountstats", "oom_score_adj", "limits"),
                *("syscall", "wchan", "sched", "io", "uid_map", "fdinfo/1", "autogroup", "timers"),
            )
        ),
        _PROC,
    ),
    **dict.fromkeys((f"target /proc/self/ns/{kind}" for kind in ("pid", "mnt", "user")), _PROC),
    **dict.fromkeys(
        (
            *("names /proc", "names /proc/self/task", "contents /proc/mounts", "facts /proc l"),
            *("contents /proc/uptime", "contents /proc/loadavg", "contents /proc/keys"),
            *("contents /proc/sys/kernel/ns_last_pid", "contents /proc/locks", "facts /proc/1 m"),
            "contents /sys/kernel/uevent_seqnum",
        ),
        _PROC,
    ),
    **dict.fromkeys(("facts . d", "facts . i", "facts data i", "facts /usr/bin i"), _VARIED),
    **dict.fromkeys(
        ("facts . l", "facts /usr l", "facts /dev/null mdi", "facts /etc/passwd mi"), _VARIED
    ),
    "attributes /": "facts that only statx shows",
    **dict.fromkeys(
        (f"file-system {fact}" for fact in (". t", ". b", ". i", "/dev/shm t")), _FILE_SYSTEM
    ),
    **dict.fromkeys(
        ("names /dev", "facts /dev s", *(f"may-write {name}" for name in ("/dev", "devices", "/"))),
        "does not show as outside: /",
    ),
    **dict.fromkeys(
        ("opens /proc/sys/kernel/pid_max", "opens /sys/kernel/mm/ksm/run"),
        "something outside, which was refused",
    ),
    "renames old": known.OTHER_WORLD.of("a directory of before is renamed").words,
    # FS_IOC_GETFLAGS, FIBMAP
    **dict.fromkeys(("ioctl-of . 0x80086601", "ioctl-of data 1"), "ioctl"),
    # PR_GET_SECCOMP, PR_GET_NO_NEW_PRIVS
    **dict.fromkeys(("prctl 21", "prctl 39"), "rights and other options of prctl"),
    # getcpu, capget, keyctl
    "call 309": "the number of its processor",
    "call 125": "rights",
    "call 250": "a call without a rule",
}
"""Objects that are named, with words of the reason."""
IN_A_COPY = {"opens /proc/self/comm": "something outside, which was refused"}
"""Objects that a copy without namespaces shows, with words of the reason."""


def asked(fact, compiled, directory):
    """Return the fact without the explorer, and the exploration of a program that prints it."""
    (directory / "old").mkdir()
    (directory / "data").write_text("ab")
    (directory / "devices").symlink_to("/dev")
    words = (compiled("asking_programs/asks.c"), *fact.split())
    program = program_of(words, directory=str(directory))
    result = explore(program, LIMITS)
    with open(os.devnull, "rb") as nothing:
        native = subprocess.run(
            words, cwd=directory, stdin=nothing, stdout=subprocess.PIPE, process_group=0, check=True
        )
    return native.stdout, result


@pytest.mark.usual("signals", "descriptors", "limit 0", "contents /proc/self/comm", "facts data m")
@pytest.mark.long("each fact is read in an exploration")
@pytest.mark.parametrize("fact", ALIKE)
def test_a_fact_is_read_as_without_the_explorer(fact, compiled, tmp_path):
    native, result = asked(fact, compiled, tmp_path)
    assert (result.reasons, result.unchecked) == ((), "")
    assert [outcome.output for outcome in result.outcomes] == [native]


@pytest.mark.usual("contents /proc/self/stat", "names /proc", "facts . d", "call 309")
@pytest.mark.long("each fact is read in an exploration")
@pytest.mark.parametrize("fact", NAMED)
def test_a_fact_that_differs_is_a_reason(fact, compiled, tmp_path):
    if reason := why_not_private():
        pytest.skip(reason)
    _, result = asked(fact, compiled, tmp_path)
    assert any(NAMED[fact] in reason for reason in result.reasons)


@pytest.mark.parametrize("fact", IN_A_COPY)
def test_a_fact_that_differs_in_a_copy_is_a_reason(fact, compiled, tmp_path, monkeypatch):
    monkeypatch.setattr(private_world, "_refusals", ["no namespaces"])
    _, result = asked(fact, compiled, tmp_path)
    assert any(IN_A_COPY[fact] in reason for reason in result.reasons)
