"""Snapshots, families, states and memory, of real processes."""

from __future__ import annotations

import ctypes
import itertools
import mmap
import os
import signal
import threading

import pytest

from simpsh import descriptors, family, snapshot, until_state
from simpsh.kernel.processes import set_name
from simpsh.process.proc import HeldMemory, parse_stat, stat
from tests.harness.process import (
    as_ordinary_user,
    child,
    fork_child,
    on_terminal,
    pipe,
    sleep_for_ever,
    wait_until,
)

GONE = 4194304  # greater than the greatest pid; see pid_max in proc_sys_kernel(5)


# -- snapshot ----------------------------------------------------------------------------------


def test_a_snapshot_of_ourselves_agrees_with_the_system_calls():
    seen = snapshot(os.getpid())
    assert (seen.pid, seen.ppid, seen.pgid) == (os.getpid(), os.getppid(), os.getpgrp())
    assert (seen.sid, seen.uid, seen.effective_uid) == (os.getsid(0), os.getuid(), os.geteuid())
    assert (seen.cwd, seen.state, seen.tracer_pid) == (os.getcwd(), "R", 0)
    assert seen.exe == os.readlink("/proc/self/exe")
    assert seen.not_permitted == frozenset()
    assert not seen.is_kernel_thread
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait)
    thread.start()
    try:
        assert snapshot(os.getpid()).threads == seen.threads + 1
    finally:
        gate.set()
        thread.join()


def test_a_snapshot_lists_blocked_ignored_caught_and_pending_signals():
    def body():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, lambda *_: None)
        os.kill(os.getpid(), signal.SIGUSR1)
        sleep_for_ever()

    with child(body) as pid:
        seen = wait_until(lambda: (one := snapshot(pid)).pending and one, "a pending signal")
        assert [one.name for one in seen.blocked] == ["SIGUSR1"]
        assert [one.name for one in seen.pending] == ["SIGUSR1"]
        assert "SIGUSR2" in [one.name for one in seen.ignored]
        assert "SIGHUP" in [one.name for one in seen.caught]


NAMES = (b"a b", b"a) R 1 1 1", b"(((", b")", b"new\nline", b"\\ \t", b"\xff\xfe", b"", b"x" * 15)


def test_a_name_of_any_bytes_is_read_whole():
    def body():
        for name in NAMES:
            set_name(name)
            os.kill(os.getpid(), signal.SIGSTOP)

    with child(body) as pid:
        for name in NAMES:
            wait_until(lambda name=name: os.fsencode(stat(pid).comm) == name, f"the name {name!r}")
            until_state(pid, "T")
            seen = snapshot(pid)
            assert os.fsencode(seen.comm) == name
            assert (seen.ppid, seen.pgid) == (os.getpid(), os.getpgrp())
            assert family(pid)[0].process.comm == seen.comm
            os.kill(pid, signal.SIGCONT)


def test_arguments_with_blanks_and_newlines_are_kept_apart_and_shown_on_one_line():
    argv = ["sleep", "1000", "a b", "", "c\nd"]
    with child(os.execv, "/bin/sh", ["sh", "-c", "kill -STOP $$", *argv]) as pid:
        until_state(pid, "T")
        seen = snapshot(pid)
        assert seen.argv == ("sh", "-c", "kill -STOP $$", *argv)
        assert seen.command == "sh -c kill -STOP $$ sleep 1000 a b  c\\nd"


def test_a_zombie_has_a_name_and_a_status_and_nothing_else():
    with child(lambda: 42) as pid:
        seen = until_state(pid, "Z")
        assert seen.exit_status == 42 << 8
        whole = snapshot(pid)
        assert (whole.state, whole.state_words, whole.argv) == ("Z", "zombie", ())
        assert (whole.exe, whole.cwd, whole.system_call) == (None, None, None)
        assert whole.command == f"[{whole.comm}]"
        assert descriptors(pid) == ()


def test_a_missing_process_raises_process_lookup_error():
    for look, pid in itertools.product((snapshot, family, descriptors, stat), (GONE, 0, -1)):
        with pytest.raises(ProcessLookupError, match=f"there is no process {pid}"):
            look(pid)
    with pytest.raises(ValueError, match="more fields"):
        parse_stat(b"1 (a) S 1 1")


def test_the_hidden_fields_of_another_users_process_are_listed():
    with child(sleep_for_ever) as pid:
        until_state(pid, "S")

        def as_somebody_else():
            seen = snapshot(pid)
            assert seen.not_permitted == {"exe", "cwd", "wchan", "system_call"}
            assert (seen.exe, seen.cwd, seen.wchan, seen.system_call) == (None, None, "", None)
            assert (seen.state, seen.uid) == ("S", 0)
            with pytest.raises(PermissionError, match=f"not permitted to look into process {pid}"):
                descriptors(pid)

        as_ordinary_user(as_somebody_else)


def test_the_terminal_is_named():
    with on_terminal(sleep_for_ever) as pid:
        seen = wait_until(lambda: (one := stat(pid)).tpgid == pid and one, "the terminal")
        assert seen.tty_name.startswith("pts/")
        assert seen.is_foreground


# -- family ------------------------------------------------------------------------------------


def test_a_family_is_listed_from_the_top_each_process_before_its_children():
    def top():
        fork_child(sleep_for_ever)
        middle = fork_child(lambda: (fork_child(sleep_for_ever), sleep_for_ever()))
        os.write(write_end, b"%d" % middle)
        sleep_for_ever()

    with pipe() as (read_end, write_end), child(top) as pid:
        middle = int(os.read(read_end, 20))
        tree = wait_until(lambda: len(one := family(pid)) == 4 and one, "four relatives")
        assert [relative.depth for relative in tree] == [0, 1, 1, 2]
        assert [tree[0].process.pid, tree[2].process.pid] == [pid, middle]
        assert tree[3].process.ppid == middle


# -- until_state -------------------------------------------------------------------------------


def test_until_state_sees_a_stop_and_a_death_and_raises_for_an_impossible_state():
    with child(sleep_for_ever) as pid:
        assert until_state(pid, "S").state == "S"
        with pytest.raises(TimeoutError, match=rf"process {pid} is asleep \(S\), not T"):
            until_state(pid, "T", deadline_seconds=0.05)
        os.kill(pid, signal.SIGSTOP)
        assert until_state(pid, "TZ").state == "T"
        os.kill(pid, signal.SIGKILL)
        assert until_state(pid, "Z").exit_status == signal.SIGKILL
        with pytest.raises(ProcessLookupError, match="has ended"):
            until_state(pid, "T", deadline_seconds=1000)
    with pytest.raises(ProcessLookupError):
        until_state(pid, "Z")
    for letters in ("", "Q", "ZQ"):
        with pytest.raises(ValueError, match="state letters"):
            until_state(os.getpid(), letters)


PAGE = mmap.PAGESIZE


def test_memory_is_read_within_a_page_across_two_and_never_in_part():
    pages = mmap.mmap(-1, 3 * PAGE)
    pages[:] = os.urandom(3 * PAGE)
    address = ctypes.addressof(view := ctypes.c_char.from_buffer(pages))
    with HeldMemory(os.getpid()) as memory:
        for place, count in ((0, 16), (5, 72), (PAGE - 4, 8), (PAGE - 8, 8), (10, 2 * PAGE)):
            assert memory.bytes_at(address + place, count) == pages[place : place + count]
        assert memory.word_at(address + 3) == int.from_bytes(pages[3:11], "little")
        pages[0] ^= 0xFF
        assert memory.bytes_at(address, 1) != pages[:1], "a page is read once"
        assert memory.bytes_at(8, 16) == memory.bytes_at(1 << 63, 16) == b""
        with pytest.raises(LookupError):
            memory.word_at(8)
    del view


def test_the_memory_of_an_ended_process_reads_as_empty():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    with HeldMemory(pid) as memory:
        assert memory.bytes_at(1 << 20, 8) == b""
