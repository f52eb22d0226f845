"""Expectations are true of the runs they describe and of no others; real processes throughout.

That each verb holds, and is refused where it must be, the lessons prove with their claims and wrong
variants (tests/lessons). Here is what no lesson says, and in which words a refusal is told.
"""

import ctypes
import os
import signal

import pytest

from simpsh.course import (
    Kill,
    Run,
    all_of,
    any_of,
    at,
    before,
    delete,
    everyone_called,
    file,
    hangs,
    happens,
    how_many,
    never,
    none_of,
    output,
    processes,
    replace,
    unordered,
    value,
)
from tests.course.demonstrations import perform

parent, child, second = processes("parent", "child", "child 2")


def assert_true(run, *sentences):
    for sentence in sentences:
        verdict = sentence.judge(run)
        assert verdict.holds, (sentence.text, verdict.because)
        assert not none_of(sentence).judge(run).holds


def assert_false(run, sentence, because):
    verdict = sentence.judge(run)
    assert not verdict.holds, sentence.text
    assert because in verdict.because


def one_child() -> None:
    child = os.fork()
    if child == 0:
        os.write(1, b"child\n")
        os._exit(3)
    _, word = os.waitpid(child, 0)
    print("got", os.waitstatus_to_exitcode(word), flush=True)


@pytest.fixture(scope="module")
def one():
    return perform(Run(one_child, "one"))


def test_what_is_so_is_accepted_and_its_opposite_refused(one):
    assert_true(
        one,
        happens(parent.waits()),
        happens(parent.wait_returns(child, "exited")),
        happens(parent.wait_returns(child, 0x0300)),
        never(parent.wait_returns(child, 0x0400)),
        never(child.reaches("os.waitpid")),
        happens(parent.calls("waitpid")),
        happens(parent.begins("wait4")),
        never(parent.fails("waitpid")),
        child.status > 2,
        child.status >= 3,
        child.status < 4,
        child.status <= 3,
        child.status != 4,
        child.status + parent.status == 3,
        child.status * 2 - 1 == 5,
    )


def test_a_refusal_says_what_was_found_instead(one):
    for sentence, because in (
        (child.status == 4, "`child`'s exit status was 3, not 4"),
        (child.status != 3, "`child`'s exit status was 3"),
        (child.status == parent.status, "`child`'s exit status was 3, not the parent's exit"),
        (happens(second.ends), "it did not happen that the second `child` ends"),
        (never(child.ends), "`child` ends, which must not happen"),
        (second.status == 0, "the second `child` did not end"),
        (parent.prints("got 4"), "the parent printed “got 3⏎”"),
        (before(parent.writes("got"), child.ends), "it is the other way round"),
        (unordered(child.ends, parent.writes("got")), "a chain of causes leads from “`child`"),
        (before(second.ends, parent.ends), "it did not happen that the second `child` ends"),
        (at("①", parent.state == "S"), "the run never came to ①"),
        (at("rest", parent.state == "S"), "the run never came to rest"),
        (at("end", child.state == "Z"), "there was no process `child` in the end"),
        (hangs, "the first process came to its end"),
        (all_of(child.status == 3, parent.status == 3), "the parent's exit status was 0, not 3"),
        (any_of(child.status == 4, parent.status == 3), "exit status was 3, not 4; the parent's"),
        (child.status.one_of(1, 2), "`child`'s exit status was 3, not one of 1, 2"),
        (output.contains("nothing"), "not with nothing in it"),
        (value("nobody") == 1, "no process set nobody"),
        (file("log") == "", "there was no file log"),
        (
            how_many(everyone_called("child"), lambda one: one.status == 0) == 1,
            "the number of processes (any `child`) whose exit status is 0 was 0, not 1",
        ),
    ):
        assert_false(one, sentence, because)


def test_the_evidence_for_an_order_is_the_chain_of_its_causes(one):
    verdict = before(child.writes("child"), parent.writes("got")).judge(one)
    told = [
        (one.name_of(one.events[i].proc), type(one.events[i].what).__name__) for i in verdict.chain
    ]
    assert told[:2] == [("child", "Write"), ("child", "Exit")]
    assert told[-1] == ("parent", "Write")
    assert told[2][0] == "parent"
    assert {one.events[i].what.text for i in verdict.events} == {"child\n", "got 3\n"}


def test_without_the_wait_no_run_is_in_order_however_it_came_out():
    step = Run(one_child, "one")
    edit = replace("_, word = os.waitpid(child, 0)", 'os.write(1, b"got\\n")') + delete("print(")
    for _ in range(20):
        run = perform(step, edit)
        assert unordered(child.writes("child"), parent.writes("got")).judge(run).holds
        assert not before(child.writes("child"), parent.writes("got")).judge(run).holds


def test_what_is_no_truth_value_or_no_name_is_refused_at_once():
    for sentence in (child.state == "Z", child.state, child.ends, hangs):
        with pytest.raises(TypeError, match="not a truth value"):
            bool(sentence)
    with pytest.raises(TypeError, match=r"say happens\(…\) of an event"):
        all_of(child.ends)
    for make, message in (
        (lambda: child.stops("SIGHALT"), "no signal called SIGHALT"),
        (lambda: child.fails("fork", "ETIRED"), "no error called ETIRED"),
        (lambda: child.wait_returns(child, "asleep"), "it is never asleep"),
        (lambda: child.descriptor(1).has_flag("O_DEAR"), "no flag O_DEAR"),
    ):
        with pytest.raises(ValueError, match=message):
            make()
    assert child.receives("SIGRTMIN+1").text == "`child` receives SIGRTMIN+1"


def dispositions() -> None:
    os.pipe()
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.signal(signal.SIGUSR2, lambda *_: None)
    signal.pause()  # ① look


def test_what_the_kernel_says_of_a_process_at_a_mark():
    run = perform(
        Run(dispositions, "d", at_rest=[Kill(parent, "SIGUSR1"), Kill(parent, "SIGUSR2")])
    )
    assert_true(run, never(parent.receives("SIGUSR1")), happens(parent.receives("SIGUSR2")))
    held = (parent.state == "held", parent.terminal == "", parent.descriptor(0).access == "read")
    assert_true(run, at("①", *held, parent.descriptor(3).target == "pipe A"))
    assert_false(run, at("①", parent.blocks("SIGTERM")), "blocks SIGTERM")
    assert_false(run, at("①", parent.limit("NOTHING") == 1), "no limit NOTHING")


def by_another_name() -> None:
    os.symlink("/bin/sleep", "a-name-longer-than-fifteen")
    child = os.fork()
    if child == 0:
        os.execv("a-name-longer-than-fifteen", ["a-name-longer-than-fifteen", "1000"])
    child = os.fork()
    if child == 0:
        os.symlink("/bin/sleep", "nap")
        os.execv("nap", ["another", "1000"])
    os.wait()
    os.wait()


def test_a_program_has_the_name_by_which_it_was_executed_and_argv_0_alone_is_no_name():
    run = perform(Run(by_another_name, "link", at_rest=[Kill(child), Kill(second)]))
    assert_true(
        run,
        at("rest", child.program == "a-name-longer-than-fifteen", second.program == "nap"),
        at("rest", how_many(everyone_called("child"), lambda one: one.state == "S") == 2),
    )


def memory() -> None:
    block = (ctypes.c_char * 4096)()
    block.raw = b"\xff" * 4096
    block.value = b"ab"
    child = os.fork()
    if child == 0:
        block.value = b"xy"
        os._exit(0)  # ①
    os.waitpid(child, 0)


def test_memory_is_read_without_an_event_and_a_text_of_ctypes_ends_at_its_nul():
    run = perform(Run(memory, "m"))
    assert_true(
        run,
        at("①", child.value("block") == "xy", parent.value("block") == "ab"),
        at("①", child.address("block") == parent.address("block")),
    )
    assert_false(run, at("①", child.address("child") == 0), "it an mmap?")
