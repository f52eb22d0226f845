"""What is it waiting for? Asked of real processes in constructed situations."""

import contextlib
import ctypes
import fcntl
import os
import re
import select
import signal
import socket
import struct
import sys
import threading
import time

import pytest

from simpsh import descriptors, diagnose, until_state
from simpsh.process.diagnose import main
from tests.process.forking import (
    child,
    diagnosed,
    end,
    end_orphan,
    fork_child,
    run_alone,
    sleep_for_ever,
    until,
)


def numbers_of(diagnosis):
    return {holder.pid: holder.numbers for holder in diagnosis.holders}


def text_of(diagnosis):
    return "\n".join(diagnosis.lines())


@contextlib.contextmanager
def pipe():
    read_end, write_end = os.pipe()
    try:
        yield read_end, write_end
    finally:
        os.close(read_end)
        os.close(write_end)


# -- pipes -------------------------------------------------------------------------------------


def test_the_server_that_a_captured_command_left_behind_is_named_with_its_descriptors(tmp_path):
    """The very first report: a command's output is captured, the command ends, nothing ends."""
    note = tmp_path / "server"

    def caller():
        read_end, write_end = os.pipe()

        def command():
            os.close(read_end)
            os.dup2(write_end, 1)
            os.dup2(write_end, 2)
            os.close(write_end)
            server = fork_child(sleep_for_ever)
            note.write_text(str(server))
            os.write(1, b"started\n")

        fork_child(command)
        os.close(write_end)
        while os.read(read_end, 4096):
            pass

    with child(caller) as pid:
        server = int(until(lambda: note.exists() and note.read_text(), "the server's note"))
        zombie = until(lambda: zombies_of(pid), "the command is a zombie")[0]
        found = diagnosed(pid, "empty pipe")
        assert numbers_of(found) == {server: (1, 2)}
        assert found.waits_for == (server,)
        text = text_of(found)
        assert f"Process {server} " in text
        assert "holds a write end as descriptors 1 and 2" in text
        assert f"probably an orphan of process {zombie} " in text
        assert f"adopted by process {os.getpid()} " in text
    end_orphan(server)


def zombies_of(pid):
    from simpsh.process.kinship import children

    return [one.pid for one in children(pid) if one.state == "Z"]


def test_a_reader_that_kept_its_own_write_end_waits_for_itself():
    def body():
        read_end, _ = os.pipe()
        os.read(read_end, 1)

    with child(body) as pid:
        found = diagnosed(pid, "empty pipe")
        assert list(numbers_of(found)) == [pid]
        assert found.waits_for == ()
        assert "As long as it holds that, it never gets the end of file." in text_of(found)


def test_a_full_pipe_names_who_holds_the_read_end_and_does_not_read():
    with pipe() as (read_end, write_end):

        def reader():
            os.close(write_end)
            sleep_for_ever()

        def writer():
            os.close(read_end)
            os.write(write_end, bytes(1 << 20))

        with child(reader) as reading, child(writer) as writing:
            found = diagnosed(writing, "full pipe")
            assert numbers_of(found)[reading] == (read_end,)
            assert reading in found.waits_for
            until(
                lambda: (
                    f"Process {reading} " in (text := text_of(diagnose(writing)))
                    and "itself waits for a signal" in text
                ),
                "what the reader does itself",
            )


def test_wait_before_read_is_recognised_as_a_circle():
    def body():
        read_end, write_end = os.pipe()

        def writer():
            os.close(read_end)
            os.write(write_end, bytes(1 << 20))

        pid = fork_child(writer)
        os.close(write_end)
        os.waitpid(pid, 0)

    with child(body) as pid:
        found = until(
            lambda: (one := diagnose(pid)).circle and one, "parent and child wait for each other"
        )
        assert found.situation == "child"
        assert found.circle == (pid, found.waits_for[0])
        assert "a deadlock" in text_of(found)


# -- FIFOs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "situation"),
    [(os.O_RDONLY, "FIFO without a writer"), (os.O_WRONLY, "FIFO without a reader")],
)
def test_opening_a_fifo_waits_for_the_other_side(tmp_path, flags, situation):
    path = f"{tmp_path}/a fifo"
    os.mkfifo(path)
    with child(os.open, path, flags) as pid:
        found = diagnosed(pid, situation)
        assert f"opens the FIFO {path} for" in text_of(found)


def test_a_relative_fifo_is_looked_up_from_the_directory_of_the_process(tmp_path):
    os.mkfifo(tmp_path / "fifo")

    def body():
        os.chdir(tmp_path)
        os.open("fifo", os.O_RDONLY)

    with child(body) as pid:
        assert "the FIFO fifo" in text_of(diagnosed(pid, "FIFO without a writer"))


def test_a_fifo_that_its_writer_holds_open_is_an_empty_fifo(tmp_path):
    path = f"{tmp_path}/fifo"
    os.mkfifo(path)

    def writer():
        os.open(path, os.O_WRONLY)
        sleep_for_ever()

    def reader():
        os.read(os.open(path, os.O_RDONLY), 1)

    with child(writer) as writing, child(reader) as reading:
        found = diagnosed(reading, "empty FIFO")
        assert list(numbers_of(found)) == [writing]


# -- children ----------------------------------------------------------------------------------


def waits_for_child(then=sleep_for_ever, options=0):
    def body():
        os.waitpid(fork_child(then), options)

    return body


def test_a_parent_waits_for_its_child():
    with child(waits_for_child()) as pid:
        found = diagnosed(pid, "child")
        (grandchild,) = found.waits_for
        assert f"waits for its child {grandchild} " in text_of(found)


def test_a_wait_for_a_stopped_child_lasts_and_says_why():
    def stops():
        os.kill(os.getpid(), signal.SIGSTOP)

    with child(waits_for_child(stops)) as pid:
        (grandchild,) = diagnosed(pid, "child").waits_for
        until_state(grandchild, "T")
        text = text_of(diagnosed(pid, "child"))
        assert f"Process {grandchild} is stopped, and the wait is for an end only" in text
        assert "is stopped by SIGSTOP" in text or "is stopped." in text


def test_waitid_by_pidfd_names_the_child():
    def body():
        grandchild = fork_child(sleep_for_ever)
        os.waitid(os.P_PIDFD, os.pidfd_open(grandchild), os.WEXITED)

    with child(body) as pid:
        found = diagnosed(pid, "child")
        assert f"waits for its child {found.waits_for[0]} " in text_of(found)


def test_a_zombie_is_its_parents_to_collect():
    def body():
        fork_child(lambda: 42)
        sleep_for_ever()

    with child(body) as pid:
        zombie = until(lambda: zombies_of(pid), "a zombie")[0]
        found = diagnose(zombie)
        assert found.situation == "zombie"
        assert found.waits_for == (pid,)
        text = text_of(found)
        assert f"its parent {pid} " in text
        assert "normal termination: exit status: 42" in text


def test_the_parent_of_a_vfork_child_waits_for_its_exec(tmp_path):
    fifo = f"{tmp_path}/fifo"
    os.mkfifo(fifo)

    def body():
        # The child opens the FIFO before it executes anything, and nobody opens the other side.
        actions = [(os.POSIX_SPAWN_OPEN, 0, fifo, os.O_RDONLY, 0)]
        os.posix_spawn("/bin/true", ["true"], {}, file_actions=actions)

    with child(body) as pid:
        found = diagnosed(pid, "vfork child")
        (spawned,) = found.waits_for
        diagnosed(spawned, "FIFO without a writer")


# -- locks -------------------------------------------------------------------------------------


@contextlib.contextmanager
def locked_and_waiting(path, take, ask):
    """One child holds a lock, another waits for it; both pids."""
    with pipe() as (read_end, write_end):

        def holder():
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
            take(descriptor)
            os.write(write_end, b"x")
            sleep_for_ever()

        def waiter():
            ask(os.open(path, os.O_RDWR))

        with child(holder) as holding:
            os.read(read_end, 1)
            with child(waiter) as waiting:
                yield holding, waiting


def exclusive(descriptor):
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def record(descriptor):
    fcntl.lockf(descriptor, fcntl.LOCK_EX, 10, 5)


def ofd(descriptor):
    fcntl.fcntl(descriptor, 38, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))


@pytest.mark.parametrize("how", [exclusive, record, ofd])
def test_a_lock_is_held_by_the_process_that_took_it(tmp_path, how):
    with locked_and_waiting(f"{tmp_path}/file", how, how) as (holding, waiting):
        found = diagnosed(waiting, "lock")
        assert found.waits_for == (holding,)
        assert f"waits for a lock on {tmp_path}/file, held by process {holding} " in text_of(found)


def test_only_the_record_lock_in_the_way_counts(tmp_path):
    def elsewhere(descriptor):
        fcntl.lockf(descriptor, fcntl.LOCK_EX, 3, 100)

    path = f"{tmp_path}/file"
    with locked_and_waiting(path, record, record) as (holding, waiting):
        diagnosed(waiting, "lock")
        with pipe() as (read_end, write_end):

            def bystander():
                elsewhere(os.open(path, os.O_RDWR))
                os.write(write_end, b"x")
                sleep_for_ever()

            with child(bystander):
                os.read(read_end, 1)
                assert diagnosed(waiting, "lock").waits_for == (holding,)


def test_a_flock_that_a_child_inherited_is_the_childs(tmp_path):
    path = f"{tmp_path}/file"

    def taker():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        exclusive(descriptor)
        os.write(write_end, b"%d" % fork_child(sleep_for_ever))

    with pipe() as (read_end, write_end):
        taker_pid = fork_child(taker)
        heir = int(os.read(read_end, 20))
        os.waitpid(taker_pid, 0)
        with child(lambda: exclusive(os.open(path, os.O_RDWR))) as waiting:
            found = diagnosed(waiting, "lock")
            assert found.waits_for == (heir,)
            assert f"held by process {heir} " in text_of(found)
        end_orphan(heir)


# -- the terminal, stops, tracing --------------------------------------------------------------


@contextlib.contextmanager
def on_terminal(body):
    """A session leader on a terminal of its own."""
    pid, master = os.forkpty()
    if pid == 0:
        try:
            body()
        finally:
            os._exit(0)
    try:
        yield pid
    finally:
        end(pid)
        os.close(master)


def test_reading_the_terminal_in_the_foreground_waits_for_the_keyboard():
    with on_terminal(lambda: os.read(0, 10)) as pid:
        found = diagnosed(pid, "keyboard")
        assert "it waits for the keyboard" in text_of(found)


def in_background(then):
    def leader():
        def body():
            os.setpgid(0, 0)
            then()

        pid = fork_child(body)
        os.waitpid(pid, os.WUNTRACED)
        sleep_for_ever()

    return leader


def test_a_background_read_is_stopped_by_sigttin():
    with on_terminal(in_background(lambda: os.read(0, 10))) as leader:
        pid = until(lambda: stopped_children_of(leader), "a stopped child")[0]
        found = diagnosed(pid, "stopped")
        text = text_of(found)
        assert "is stopped by SIGTTIN" in text
        assert f"it is in group {pid}, the foreground group is {leader}" in text


def test_a_background_tcsetpgrp_is_stopped_by_sigttou():
    with on_terminal(in_background(lambda: os.tcsetpgrp(0, os.getpid()))) as leader:
        pid = until(lambda: stopped_children_of(leader), "a stopped child")[0]
        assert "is stopped by SIGTTOU" in text_of(diagnosed(pid, "stopped"))


def stopped_children_of(pid):
    from simpsh.process.kinship import children

    return [one.pid for one in children(pid) if one.state == "T"]


def test_a_stop_signal_is_named():
    with child(sleep_for_ever) as pid:
        os.kill(pid, signal.SIGSTOP)
        until_state(pid, "T")
        found = diagnose(pid)
        assert found.situation == "stopped"
        assert "is stopped by SIGSTOP" in text_of(found)
        assert f"kill -CONT {pid}" in text_of(found)


def test_a_traced_process_is_held_by_its_tracer():
    def body():
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.ptrace(0, 0, 0, 0) == 0  # PTRACE_TRACEME
        os.kill(os.getpid(), signal.SIGSTOP)

    with child(body) as pid:
        until_state(pid, "t")
        found = diagnose(pid)
        assert found.situation == "traced"
        assert found.waits_for == (os.getpid(),)


# -- time, signals, memory, many descriptors ---------------------------------------------------


def test_a_sleeping_process_waits_for_a_timer():
    with child(time.sleep, 1000) as pid:
        found = diagnosed(pid, "timer")
        (seconds,) = re.findall(r"sleeps for another (\d+)\.\d s", text_of(found))
        assert 900 < int(seconds) <= 1000


def test_the_sleep_command_has_asked_for_its_seconds():
    pid = os.posix_spawn("/bin/sleep", ["sleep", "1000"], os.environ)
    try:
        found = diagnosed(pid, "timer")
        assert f"Process {pid} (sleep 1000) sleeps for 1000 s" in text_of(found)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_a_continued_sleep_is_still_a_timer():
    with child(time.sleep, 1000) as pid:
        diagnosed(pid, "timer")
        os.kill(pid, signal.SIGSTOP)
        until_state(pid, "T")
        os.kill(pid, signal.SIGCONT)
        diagnosed(pid, "timer")


def test_pause_waits_for_a_signal_that_is_caught():
    def body():
        signal.signal(signal.SIGUSR1, lambda *_: None)
        sleep_for_ever()

    with child(body) as pid:
        found = diagnosed(pid, "signal")
        assert "SIGUSR1" in text_of(found)


def test_sigwait_names_the_signals():
    def body():
        wanted = {signal.SIGUSR2, signal.SIGHUP}
        signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
        signal.sigwait(wanted)

    with child(body) as pid:
        assert "SIGHUP and SIGUSR2" in text_of(diagnosed(pid, "signal"))


def test_a_lock_in_memory_is_a_futex():
    def body():
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()

    with child(body) as pid:
        found = diagnosed(pid, "futex")
        assert "futex(2)" in text_of(found)
        assert "no other thread" in text_of(found)


def test_other_threads_are_described_too():
    def body():
        thread = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
        thread.start()
        thread.join()

    with child(body) as pid:
        found = until(
            lambda: (
                (one := diagnose(pid)).situation in ("futex", "thread")
                and "sleeps for another" in text_of(one)
                and one
            ),
            "the first thread waits for the second, which sleeps",
        )
        assert "It has 2 threads" in text_of(found)


def test_a_busy_process_waits_for_nothing():
    def body():
        while True:
            pass

    with child(body) as pid:
        found = diagnosed(pid, "running")
        assert "waits for nothing" in text_of(found)


def test_poll_tells_of_each_descriptor_who_holds_the_other_end():
    with pipe() as (first, first_write), pipe() as (second, second_write):

        def body():
            os.close(first_write)
            os.close(second_write)
            poll = select.poll()
            poll.register(first, select.POLLIN)
            poll.register(second, select.POLLIN)
            poll.poll()

        with child(body) as pid:
            found = diagnosed(pid, "poll")
            assert found.waits_for == (os.getpid(),)
            text = text_of(found)
            assert f"one of its descriptors {first} and {second}, without a time limit" in text
            assert f"holds a write end as descriptor {first_write}" in text
            assert f"holds a write end as descriptor {second_write}" in text


def test_select_is_read_from_its_bit_masks():
    with pipe() as (read_end, write_end):

        def body():
            os.close(write_end)
            select.select([read_end], [], [], 1000)

        with child(body) as pid:
            text = text_of(diagnosed(pid, "poll"))
            assert f"waits for its descriptor {read_end}, for " in text
            assert f"holds a write end as descriptor {write_end}" in text


def test_epoll_is_read_from_fdinfo():
    with pipe() as (read_end, write_end):

        def body():
            os.close(write_end)
            epoll = select.epoll()
            epoll.register(read_end, select.EPOLLIN)
            epoll.poll()

        with child(body) as pid:
            found = diagnosed(pid, "poll")
            assert f"waits for its descriptor {read_end}, without a time limit" in text_of(found)
            assert numbers_of(found) == {os.getpid(): (write_end,)}


def test_polling_a_pidfd_waits_for_that_process():
    with child(sleep_for_ever) as other:

        def body():
            select.select([os.pidfd_open(other)], [], [])

        with child(body) as pid:
            found = diagnosed(pid, "poll")
            assert found.waits_for == (other,)
            assert f"waits for the end of process {other}" in text_of(found)


def test_a_server_waits_for_a_connection(tmp_path):
    def body():
        server = socket.socket(socket.AF_UNIX)
        server.bind(f"{tmp_path}/s")
        server.listen()
        server.accept()

    with child(body) as pid:
        assert "waits for a connection" in text_of(diagnosed(pid, "connection"))


def test_reading_a_socket_says_that_the_other_end_is_not_in_proc():
    near, far = socket.socketpair()
    with near, far, child(lambda: near.recv(1)) as pid:
        assert "the socket [" in text_of(diagnosed(pid, "socket"))


@pytest.mark.skipif(not hasattr(os, "eventfd"), reason="os.eventfd needs glibc 2.8")
def test_reading_an_eventfd_waits_for_an_event():
    with child(lambda: os.read(os.eventfd(0), 8)) as pid:
        assert "an eventfd" in text_of(diagnosed(pid, "event"))


# -- what cannot be seen -----------------------------------------------------------------------


ORDINARY_USER = 54321


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_not_permitted_to_look_is_told_apart_from_nothing_found():
    with child(sleep_for_ever) as pid:
        diagnosed(pid, "signal")

        def as_somebody_else():
            os.setgroups([])
            os.setresgid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
            os.setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
            found = diagnose(pid)
            assert found.situation == "not permitted", found
            assert found.not_permitted == (pid,)
            assert "we are not permitted to look" in text_of(found)
            with pytest.raises(PermissionError, match="not permitted"):
                descriptors(pid)

        run_alone(as_somebody_else)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_is_told_that_holders_may_be_missing():
    def as_somebody_else():
        os.setgroups([])
        os.setresgid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
        os.setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
        # After a change of user a process is not dumpable, and hidden from its own user too.
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
        read_end, write_end = os.pipe()

        def reader():
            os.close(write_end)
            os.read(read_end, 1)

        with child(reader) as pid:
            found = diagnosed(pid, "empty pipe")
            assert numbers_of(found) == {os.getpid(): (write_end,)}
            assert found.not_permitted
            assert "Not permitted to look into" in text_of(found)

    run_alone(as_somebody_else)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_strangers_zombie_keeps_its_status_secret():
    with pipe() as (read_end, write_end):

        def body():
            os.write(write_end, b"%d" % fork_child(lambda: 42))
            sleep_for_ever()

        with child(body):
            zombie = int(os.read(read_end, 20))
            until_state(zombie, "Z")

            def as_somebody_else():
                os.setgroups([])
                os.setresgid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
                os.setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
                found = diagnose(zombie)
                assert found.situation == "zombie"
                assert "Not permitted to see how it ended." in text_of(found)
                assert "normal termination" not in text_of(found)

            run_alone(as_somebody_else)


def test_a_process_that_is_gone_is_no_traceback(capsys):
    pid = fork_child(lambda: 0)
    os.waitpid(pid, 0)
    with pytest.raises(ProcessLookupError, match=f"there is no process {pid}"):
        diagnose(pid)
    assert main([str(pid)]) == 1
    assert capsys.readouterr().err == f"simpsh: diagnose: there is no process {pid}\n"


@pytest.mark.parametrize("argv", [[], ["x"], ["0"], ["-1"], ["1", "2"], ["²"]])
def test_a_wrong_operand_is_misuse(argv, capsys):
    assert main(argv) == 2
    assert capsys.readouterr().err == "usage: simpsh diagnose PID\n"


def test_main_prints_the_sentences(capsys):
    with child(sleep_for_ever) as pid:
        diagnosed(pid, "signal")
        assert main([str(pid)]) == 0
        assert capsys.readouterr().out.startswith(f"Process {pid} (")


def test_diagnosing_processes_that_come_and_go_never_raises_anything_else():
    def body():
        while True:
            os.waitpid(fork_child(lambda: 0), 0)

    with child(body) as pid:
        for _ in range(100):
            diagnose(pid)
            for one in os.listdir("/proc"):
                if one.isdigit() and int(one) > pid:
                    with contextlib.suppress(ProcessLookupError):
                        diagnose(int(one))
                    break
    assert sys.exc_info() == (None, None, None)
