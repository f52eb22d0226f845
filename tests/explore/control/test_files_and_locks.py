"""Each run has a fresh copy of the files; changes and reads are steps; locks are followed."""

import fcntl
import os
import re
from contextlib import ExitStack, suppress
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN
from pathlib import Path
from signal import SIGKILL
from types import SimpleNamespace

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.explore.objects.file_operations import Flock
from simpsh.explore.objects.kernel_state import EMPTY, Kernel, Learned
from simpsh.explore.objects.symbolic_names import Description, OwnFile
from simpsh.explore.workplace.directory_copy import can_be_copied
from tests.explore.control.controlled_runs import knowledge_of, outputs, run
from tests.harness.process import run_alone, state_of, wait_until
from tests.support.untraceable import without

ORDINARY_USER = 54321


def test_each_run_finds_the_original_directory(compiled, tmp_path):
    (tmp_path / "counter").write_text("7")
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to("counter")
    line = "echo x >> counter; rm -r sub; mkdir sub2; cat counter"
    with knowledge_of(line, directory=tmp_path) as knowledge:
        assert outputs(knowledge, 3) == {b"7x\n"}
    assert (tmp_path / "counter").read_text() == "7"
    assert (tmp_path / "link").read_text() == "7"
    assert (tmp_path / "sub").is_dir()
    assert not (tmp_path / "sub2").exists()


def test_the_copy_equals_the_directory(tmp_path):
    here = tmp_path / "here"
    (here / "simpsh-explored-x" / "copy").mkdir(parents=True)
    (here / "closed").mkdir()
    (here / "closed" / "a").write_text("a")
    (here / "b").write_text("b")
    os.mkfifo(here / "fifo")
    (here / "fifo").chmod(0o666)
    (here / "link").symlink_to("b")
    (here / "b").chmod(0o4640)
    (here / "closed" / "a").chmod(0o600)
    for name, times in (("closed/a", (9, 9)), ("link", (7, 8)), ("b", (1, 2)), ("fifo", (3, 4))):
        os.utime(here / name, times, follow_symlinks=False)
    for name, mode in (("closed", 0o500), (".", 0o750)):
        (here / name).chmod(mode)
        os.utime(here / name, (5, 6))
    line = "stat -c '%n %F %a %h %Y' b closed/a closed fifo link .; ls; touch new"

    def twice():
        with knowledge_of(line, directory=here) as knowledge:
            return outputs(knowledge, 2)

    [lines] = [output.decode().splitlines() for output in without("sendfile", twice)]
    assert lines[:3] == [
        "b regular file 4640 1 2",
        "closed/a regular file 600 1 9",
        "closed directory 500 2 6",
    ]
    assert lines[3:6] == ["fifo fifo 666 1 4", "link symbolic link 777 1 8", ". directory 750 2 6"]
    assert lines[6:] == ["b", "closed", "fifo", "link"]


@pytest.fixture
def large(tmp_path):
    directory = tmp_path / "large"
    directory.mkdir()
    (directory / "data").write_bytes(b"x" * 10_000_001)
    return directory


def test_in_a_large_directory_a_program_works_in_place_and_is_stopped_before_it_changes_it(large):
    with knowledge_of("wc -c < data", directory=large) as knowledge:
        assert run(knowledge)[0].output == b"10000001\n"
        assert knowledge.setup.workspace.directory == str(large)
    (large / "old").touch()
    before = large.stat().st_mtime_ns, (large / "data").stat()
    for line in ("echo x > new", "echo x >> data", "rm data", "chmod 0 data", "mkdir new"):
        with (
            knowledge_of(line, directory=large) as knowledge,
            pytest.raises(UsageProblem, match="is too large to be copied for each run, or holds"),
        ):
            run(knowledge)
    changed = (large / "data").stat()
    assert (large.stat().st_mtime_ns, changed.st_mtime_ns, changed.st_mode) == (
        *(before[0], before[1].st_mtime_ns, before[1].st_mode),
    )


def test_a_program_of_the_directory_runs_in_the_copy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prog").write_text("#!/bin/sh\necho $0; echo changed > prog\n")
    (tmp_path / "prog").chmod(0o700)
    with knowledge_of("./prog", directory=tmp_path) as knowledge:
        assert outputs(knowledge, 2) == {b"./prog\n"}
        knowledge.check_program()
        assert knowledge.flags == {}
        (tmp_path / "prog").write_text("#!/bin/sh\n")
        knowledge.check_program()
        assert list(map(str, knowledge.flags)) == ["executes a file that is changed meanwhile"]


@pytest.mark.parametrize("name", ["file", "directory", "."])
def test_a_directory_with_unreadable_files_is_not_copied(name, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "directory").mkdir()
    (tmp_path / name).chmod(0o111)

    def as_ordinary_user():
        os.chdir(tmp_path)
        if os.getuid() == 0:
            os.setgroups([])
            os.setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
        assert not can_be_copied(".")

    try:
        assert can_be_copied(str(tmp_path)) is (os.getuid() == 0)
        run_alone(as_ordinary_user)
    finally:
        (tmp_path / name).chmod(0o700)


CALLS = LOCK_EX, LOCK_EX | LOCK_NB, LOCK_UN


def has_lock(file):
    return "lock:" in Path(f"/proc/self/fdinfo/{file.fileno()}").read_text()


def is_asleep(pid):
    return re.search(rf"-> FLOCK .* {pid} ", Path("/proc/locks").read_text())


def returned(file, call):
    """Call flock in a child that shares `file`; return its pid, and whether the call returned."""
    pid = os.fork()
    if pid == 0:
        with suppress(BlockingIOError):
            fcntl.flock(file, call)
        os._exit(0)
    wait_until(lambda: is_asleep(pid) or state_of(pid) == "Z", "the call")
    return pid, state_of(pid) == "Z"


@pytest.mark.parametrize("is_waited_for", [False, True])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("owner", [None, 0, 1])
def test_the_running_kernel_locks_by_the_rules(owner, call, is_waited_for, tmp_path):
    with ExitStack() as ending:
        files = [ending.enter_context((tmp_path / "l").open("w")) for _ in range(3)]
        kernel = Kernel(EMPTY, Learned())
        name, opens = OwnFile("l"), [Description("P0", number) for number in range(3)]
        if owner is not None:
            fcntl.flock(files[owner], LOCK_EX)
            kernel.locks = {name: opens[owner]}
        asked, third = Flock(name, call, opens[0]), Flock(name, LOCK_EX, opens[2])
        pids = []
        ending.callback(lambda: [os.kill(pid, SIGKILL) or os.waitpid(pid, 0) for pid in pids])
        if is_waited_for and owner is not None:
            pids.append(returned(files[2], LOCK_EX)[0])
        result = asked.result(kernel, "P0")
        if asked.is_ready(kernel, "P0"):
            asked.act(kernel, "P0", SimpleNamespace(result=result))
        pid, is_back = returned(files[0], call)
        pids.append(pid)
        assert is_back == asked.is_ready(kernel, "P0")
        assert [has_lock(file) for file in files[:2]] == [
            kernel.locks.get(name) == each for each in opens[:2]
        ]
        if len(pids) > 1:
            has_it = third.is_ready(kernel, "P1")
            wait_until(lambda: bool(is_asleep(pids[0])) != has_it, "the other call")
