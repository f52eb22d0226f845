"""Files: a fresh copy for each run; who changes and who looks is visible; locks are followed."""

from __future__ import annotations

import os

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.model.file_operations import FileChange, FileLook, Flock, Open, Pwrite
from simpsh.explore.model.pipe_operations import Read
from simpsh.explore.model.process_operations import Exit, Exiting
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.workplace.workspace import can_be_copied
from tests.explore.control.controlled_runs import knowledge_of, outputs, run
from tests.process.forked_children import run_alone

ORDINARY_USER = 54321


def test_changing_a_file_is_visible_once_there_is_another_process(compiled, tmp_path):
    with knowledge_of(compiled("held_programs/counter.c"), directory=tmp_path) as knowledge:
        _, steps = run(knowledge)
        assert knowledge.shared == {"./counter"}
        assert [one.operation for one in steps if one.choice == "P1"][:3] == [
            Open("./counter", os.O_RDWR | os.O_CREAT),
            Read("./counter", 1),
            Pwrite("./counter", b"1", 0),
        ]
        found = set()
        for choose in (lambda all_: all_[0], lambda all_: all_[-1], _in_turns()):
            found.add(run(knowledge, choose)[0].found["./counter"])
        assert found == {b"1", b"2"}
    assert os.listdir(tmp_path) == []


def _in_turns():
    count = iter(range(1000))
    return lambda choices: choices[next(count) % len(choices)]


def test_each_run_finds_the_directory_as_it_was(compiled, tmp_path):
    (tmp_path / "counter").write_text("7")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "link").symlink_to("../counter")
    line = "echo x >> counter; rm -r sub; mkdir sub2; cat counter"
    with knowledge_of(line, directory=tmp_path) as knowledge:
        assert outputs(knowledge, 3) == {b"7x\n"}
    assert (tmp_path / "counter").read_text() == "7"
    assert (tmp_path / "sub" / "link").read_text() == "7"
    assert not (tmp_path / "sub2").exists()


def test_a_lock_is_waited_for_and_given_up_by_the_last_close(compiled, tmp_path):
    with knowledge_of(compiled("held_programs/locks.c"), directory=tmp_path) as knowledge:
        run(knowledge)
        assert knowledge.locked == {"./lock"}
        with ControlledRun(knowledge) as held_run:
            held_run.step("P1")
            assert held_run.step("P1").operation == Flock("./lock", 2, "P1#1")
            held_run.step("P0")
            assert held_run.processes["P0"].operation == Flock("./lock", 2, "P0#1")
            assert held_run.enabled() == ["P1"]
            assert held_run.waiting() == [("P0", "waits for the lock on lock")]
            held_run.step("P1")
            assert held_run.enabled() == ["P1"]
            # Its descriptors are given up, and the lock with them; then it ends.
            assert held_run.step("P1").operation == Exiting(0)
            assert held_run.enabled() == ["P0", "P1"]
            assert held_run.processes["P1"].operation == Exit(0)
        assert outputs(knowledge) == {b"cp", b"pc"}


def test_looking_at_a_file_that_comes_and_goes_is_visible(compiled, tmp_path):
    with knowledge_of(compiled("held_programs/directory.c"), directory=tmp_path) as knowledge:
        _, steps = run(knowledge)
        assert outputs(knowledge, 60) == {b"nn", b"yn", b"yy", b"ny"}
        operations = {step.operation for step in steps}
        assert FileLook("newfstatat", "./d/f", "./d") in operations
        assert FileChange("rename", ("./d/f", "./g", "./d")) in operations
        assert knowledge.flags == {}


def test_writing_outside_the_directory_is_flagged(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    with knowledge_of(f"echo x > {outside}", directory=inside) as knowledge:
        run(knowledge)
        assert list(knowledge.flags) == [f"changes a file outside its directory: {outside}"]


@pytest.fixture
def large(tmp_path):
    place = tmp_path / "large"
    place.mkdir()
    with (place / "data").open("wb") as file:
        file.truncate(10_000_001)
    return place


def test_in_a_large_directory_a_program_that_changes_nothing_works_in_place(large):
    with knowledge_of("wc -c < data", directory=large) as knowledge:
        assert outputs(knowledge, 2) == {b"10000001\n"}
        assert knowledge.setup.workspace.directory == str(large)


@pytest.mark.parametrize(
    "line",
    ["echo x > new", "echo x >> data", "rm data", "chmod 0 data", "touch data", "mkdir new"],
)
def test_one_that_changes_something_there_is_stopped_before(line, large):
    (large / "old").touch()
    before = large.stat().st_mtime_ns, (large / "data").stat()
    with (
        knowledge_of(line, directory=large) as knowledge,
        pytest.raises(UsageProblem, match="is too large to be copied for each run, or holds"),
    ):
        run(knowledge)
    assert (large.stat().st_mtime_ns, (large / "data").stat()) == before


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
        assert list(knowledge.flags) == ["its file was changed while it was explored"]


def test_a_lock_is_given_up_before_it_is_converted(compiled, tmp_path):
    with knowledge_of(compiled("held_programs/upgrade.c"), directory=tmp_path) as knowledge:
        run(knowledge)
        with ControlledRun(knowledge) as held_run:
            for choice in ("P0", "P0", "P1", "P1", "P1"):
                held_run.step(choice)
            assert held_run.processes["P0"].operation == Flock("./lock", 8, "P0#1")
            assert held_run.step("P0").operation == Flock("./lock", 8, "P0#1")
            assert held_run.processes["P0"].operation == Flock("./lock", 2, "P0#1")
        assert outputs(knowledge) == {b"pc", b"cp"}


def test_a_place_in_a_file_is_shared_with_children(tmp_path):
    (tmp_path / "data").write_text("a\nb\n")
    line = "{ read x; echo 1$x & read x; echo 2$x; wait; } < data; (read y; echo 3$y) < data"
    with knowledge_of(line, directory=tmp_path) as knowledge:
        assert b"2b\n" in b"".join(outputs(knowledge, 5))
        assert knowledge.offsets == {"./data"}
        assert knowledge.shared == set()
        assert run(knowledge)[0].found == {}


def test_links_lead_to_the_same_file(tmp_path):
    (tmp_path / "real").write_text("r")
    (tmp_path / "alias").symlink_to("real")
    line = "(echo x > alias) & cat real; wait"
    with knowledge_of(line, directory=tmp_path) as knowledge:
        held_run, _ = run(knowledge)
        assert knowledge.shared == {"./real"}
        assert held_run.found == {"./real": b"x\n"}


def test_an_ending_process_gives_up_its_descriptors_first(compiled, tmp_path):
    with knowledge_of(compiled("held_programs/ends_first.c"), directory=tmp_path) as knowledge:
        assert outputs(knowledge, 20) == {b"-", b"z"}


@pytest.mark.parametrize("name", ["file", "directory", "."])
def test_a_directory_with_what_may_not_be_read_is_not_copied(name, tmp_path):
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


def test_a_semaphore_with_a_name_leaves_nothing_in_the_machines_shared_memory(compiled, tmp_path):
    before = set(os.listdir("/dev/shm"))
    program = program_of((compiled("flagged_programs/named_semaphore.c"),), directory=str(tmp_path))
    found = explore(program, ExplorationLimits(natives=0, budget_seconds=20))
    assert "it shares writable memory" in found.reasons
    left = {name for name in set(os.listdir("/dev/shm")) - before if name.startswith("sem.")}
    assert not left
