"""What is asked of a moment is looked up in the kernel then; real processes throughout."""

import ctypes
import mmap
import os
import resource
import signal
import sys

from simpsh.course import (
    Kill,
    Resume,
    Run,
    at,
    before,
    count,
    everyone_called,
    file,
    happens,
    holders,
    how_many,
    how_many_alive,
    never,
    none_of,
    processes,
    reaper,
    told_at,
)
from tests.course.demonstrations import perform

parent, child, second, middle, orphan = processes("parent", "child", "child 2", "middle", "orphan")


def says(expectation, run):
    verdict = expectation.judge(run)
    return verdict.holds, verdict.because


def holds(expectation, run):
    return expectation.judge(run).holds


# --- Moments, states, signals -----------------------------------------------------------------
def stopped_and_killed() -> None:
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    os.waitpid(child, 0)


def test_states_and_signals_at_rest_and_what_you_did():
    acts = [Kill(child, "SIGSTOP"), Kill(child, "SIGTERM"), Resume(child)]
    run = perform(Run(stopped_and_killed, "stop", at_rest=acts))
    for true in (
        at("rest", child.state == "S", child.asleep_in == "pause", parent.asleep_in == "wait4"),
        at("rest 2", child.state == "T"),
        at("rest 3", child.state == "T", child.has_pending("SIGTERM")),
        happens(child.stops("SIGSTOP")),
        happens(child.continues),
        happens(child.receives("SIGTERM")),
        happens(child.is_killed_by("SIGTERM")),
        happens(parent.wait_returns(child, "stopped")),
        happens(parent.wait_returns(child, 0x137F)),
        happens(parent.wait_returns(child, "killed")),
        child.status == -15,
        child.status_word == 15,
        never(child.exits()),
        at("rest", child.parent == parent, child.group == parent.group, how_many_alive == 2),
        at("rest", child.session == parent.session, child.threads == 1, parent.exists),
    ):
        assert holds(true, run), (true.text, says(true, run)[1])


def dispositions() -> None:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.signal(signal.SIGUSR2, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    os.umask(0o027)
    os.chdir("/")
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    signal.pause()  # ① look


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
    assert holds(at("rest", child.program == "a-name-longer-than-fifteen"), run)
    assert holds(at("rest", second.program == "nap"), run)


def test_what_the_kernel_says_of_a_process_at_a_mark():
    run = perform(
        Run(dispositions, "d", at_rest=[Kill(parent, "SIGUSR1"), Kill(parent, "SIGUSR2")])
    )
    assert holds(never(parent.receives("SIGUSR1")), run)
    assert holds(happens(parent.receives("SIGUSR2")), run)
    for true in (
        parent.ignores("SIGUSR1"),
        parent.catches("SIGUSR2"),
        parent.blocks("SIGHUP"),
        none_of(parent.blocks("SIGTERM"), parent.catches("SIGTERM"), parent.ignores("SIGTERM")),
        parent.umask == 0o027,
        parent.cwd == "/",
        parent.limit("NOFILE") == 64,
        parent.state == "held",
        parent.terminal == "",
        parent.field("Threads") == 1,
        parent.field("VmRSS") > 1000,
        parent.has_no_field("VmNothing"),
        parent.descriptors == (0, 1, 2),
        parent.descriptor(1).target == "output",
        parent.descriptor(0).access == "read",
        parent.descriptor(7).is_closed,
    ):
        assert holds(at("①", true), run), (true.text, says(at("①", true), run)[1])
    assert says(at("①", parent.blocks("SIGTERM")), run)[1].endswith("blocks SIGTERM")
    assert says(at("①", parent.limit("NOTHING") == 1), run)[1].endswith("no limit NOTHING")


def one_file_of_two_names() -> None:
    os.symlink(sys.executable, "nap")
    child = os.fork()
    if child == 0:
        os.execv("./nap", ["python3", "-c", "import signal; signal.pause()"])
    os.waitpid(child, 0)


def test_a_program_is_called_as_it_was_executed():
    run = perform(Run(one_file_of_two_names, "names", leaves=[child]))
    assert holds(at("rest", child.program == "nap"), run)


def ten_zombies() -> None:
    for number in range(4):
        child = os.fork()
        if child == 0:
            os._exit(number)
    signal.pause()


def test_namesakes_are_counted_together():
    run = perform(Run(ten_zombies, "ten", leaves=[parent]))
    children = everyone_called("child")
    assert holds(count(children.ends) == 4, run)
    assert holds(at("rest", how_many(children, lambda one: one.state == "Z") == 4), run)
    assert holds(second.status == 1, run)
    assert says(at("rest", how_many(children, lambda one: one.state == "S") == 1), run) == (
        False,
        "at rest: the number of processes (any `child`) whose state is S was 0, not 1",
    )


def double_fork() -> None:
    middle = os.fork()
    if middle == 0:
        orphan = os.fork()
        if orphan == 0:
            signal.pause()
        os._exit(0)
    os.waitpid(middle, 0)


def test_an_orphan_is_adopted_by_the_reaper():
    run = perform(Run(double_fork, "d", leaves=[orphan]))
    assert holds(happens(orphan.is_adopted(reaper)), run)
    assert holds(at("rest", orphan.parent == reaper), run)
    assert holds(before(middle.ends, orphan.is_adopted()), run)
    assert holds(at("rest", orphan.group != middle.pid, middle.pid != orphan.pid), run)
    assert not holds(at("rest", orphan.parent == middle), run)


# --- Pipes, descriptors, files ----------------------------------------------------------------
def shared() -> None:
    read_end, write_end = os.pipe()
    log = os.open("log", os.O_CREAT | os.O_RDWR, 0o600)
    own = os.open("log", os.O_RDWR)
    child = os.fork()
    if child == 0:
        os.write(log, b"line\n")
        os.set_blocking(read_end, False)
        os.read(own, 100)
        os._exit(0)  # ① the child has written
    os.close(write_end)
    os.waitpid(child, 0)
    while os.read(read_end, 10):
        pass


def test_descriptors_offsets_and_flags():
    run = perform(Run(shared, "shared"))
    log, own, pipe = parent.descriptor(5), parent.descriptor(6), parent.descriptor(3)
    for true in (
        log.offset == 5,
        child.descriptor(5).offset == 5,
        own.offset == 5,
        parent.holds_file("log"),
        pipe.pipe == "A",
        pipe.has_flag("O_NONBLOCK"),
        pipe.closes_on_exec,
        parent.descriptor(4).is_closed,
        child.descriptor(4).is_open,
        child.holds("A", "write"),
        none_of(parent.holds("A", "write")),
        holders("A", "write") == "child by 4",
        file("log") == "line\n",
    ):
        assert holds(at("①", true), run), (true.text, says(at("①", true), run)[1])
    same = at("①", log.shares_offset_with(child.descriptor(5)))
    assert holds(same, run)
    assert not holds(at("①", log.shares_offset_with(own)), run)
    assert holds(file("log") == "line\n", run)
    assert holds(happens(parent.sees_end_of_file), run)
    assert holds(before(child.ends, parent.sees_end_of_file), run)
    assert holds(happens(parent.opens("log")), run)
    assert told_at("①", holders("A", "write")).value(run) == "child by 4"


def no_child() -> None:
    try:
        os.waitpid(-1, 0)
    except ChildProcessError:
        pass
    os.lseek(os.open("log", os.O_CREAT | os.O_RDWR), 10, os.SEEK_SET)
    try:
        os.setsid()
    except PermissionError:
        pass
    os.execvp("true", ["true"])


def test_calls_that_fail_and_calls_that_succeed():
    run = perform(Run(no_child, "n"))
    assert holds(happens(parent.fails("waitpid", "ECHILD")), run)
    assert holds(never(parent.fails("waitpid", "EINTR")), run)
    assert holds(happens(parent.calls("lseek")), run)
    assert holds(happens(parent.fails("setsid", "EPERM")), run)
    assert holds(happens(parent.execs("true")), run)


# --- Memory -----------------------------------------------------------------------------------
def page_of_memory() -> None:
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    page[:2] = b"ab"
    child = os.fork()
    if child == 0:
        page[:2] = b"xy"  # ①
        os._exit(0)  # ②
    os.waitpid(child, 0)


def test_memory_is_looked_at_and_not_told():
    run = perform(Run(page_of_memory, "p"))
    assert holds(at("①", child.shares_page("page"), parent.shares_page("page")), run)
    assert holds(at("②", child.owns_page("page"), child.value("page") == "xy"), run)
    assert holds(at("②", parent.value("page") == "ab"), run)
    assert holds(at("②", child.address("page") == parent.address("page")), run)
    assert "it an mmap?" in says(at("②", child.address("child") == 0), run)[1]


def memory_of_ctypes() -> None:
    block = (ctypes.c_char * 4096)()
    block.raw = b"\xff" * 4096
    block.value = b"ab"
    child = os.fork()
    if child == 0:
        block.value = b"xy"
        os._exit(0)  # ①
    os.waitpid(child, 0)


def test_an_array_of_ctypes_is_looked_at_like_an_mmap_and_a_text_in_it_ends_at_its_nul():
    run = perform(Run(memory_of_ctypes, "p"))
    assert holds(at("①", child.value("block") == "xy", parent.value("block") == "ab"), run)
    assert holds(at("①", child.address("block") == parent.address("block")), run)
