"""Pid files: the lock decides, the number is only a hint, and one of many processes wins."""

import contextlib
import fcntl
import os
import signal
import stat
import sys
from functools import partial
from itertools import permutations

import pytest

from simpsh import AlreadyRunning, BadPidFile, PidFile
from tests.harness.process import child, end, fork_child, pipe, run_alone, sleep_for_ever

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "1"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "service.pid"


def test_acquire_locks_and_writes_and_release_empties(path):
    file = PidFile(path)
    file.acquire()
    assert path.read_text() == f"{os.getpid()}\n"
    assert PidFile.holder(path) == os.getpid()
    # A second object in the same process is refused as well, and an object does not lock twice.
    with pytest.raises(AlreadyRunning) as raised:
        PidFile(path).acquire()
    assert raised.value.pid == os.getpid()
    with pytest.raises(ValueError, match="already locked by this object"):
        file.acquire()
    file.release()
    assert path.read_text() == ""
    file.release()
    assert PidFile.holder(path) is None
    with pytest.raises(BadPidFile, match="is empty"):
        PidFile.read(path)


def test_no_two_programs_hold_the_lock_in_any_order_of_their_steps(path):
    """Two starts by the steps of a textbook, in every order with a PidFile that begins and ends."""

    class ByHand:
        def open(self):
            self.lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

        def take(self):
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(self.lock)
                self.lock = -1

    def begin(file):
        with contextlib.suppress(AlreadyRunning):
            file.acquire()

    orders = {*permutations("aabbcc")}
    assert len(orders) == 90
    for order in orders:
        first, second, library = ByHand(), ByHand(), PidFile(path)
        steps = {
            "a": [first.open, first.take],
            "b": [second.open, second.take],
            "c": [partial(begin, library), library.release],
        }
        for actor in order:
            steps[actor].pop(0)()
            holders = [each for each in (first, second) if getattr(each, "lock", -1) >= 0]
            locked = [each for each in holders if _has_lock(each.lock)]
            assert len(locked) + (library._descriptor >= 0) <= 1, order
        for each in holders:
            os.close(each.lock)


def _has_lock(descriptor):
    """Return whether flock(2) has locked the open file description."""
    with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as file:
        return any(line.startswith("lock:") for line in file)


def test_the_file_is_not_writable_by_others_and_the_lock_is_no_standard_descriptor(path):
    def body():
        os.umask(0)
        os.close(0)
        with PidFile(path) as file:
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o644
            assert file.fileno() > 2

    run_alone(body)


def test_a_second_service_is_refused_until_the_first_is_killed(path):
    def serves():
        PidFile(path).acquire()
        os.write(write_end, b"x")
        sleep_for_ever()

    with pipe() as (read_end, write_end), child(serves) as pid:
        os.read(read_end, 1)
        with pytest.raises(AlreadyRunning, match=f"already running as process {pid} ") as raised:
            PidFile(path).acquire()
        assert (raised.value.pid, raised.value.recorded_pid) == (pid, pid)
        assert PidFile.holder(path) == pid
        # The refused attempt changed nothing.
        assert PidFile.read(path) == pid
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert PidFile.holder(path) is None
        assert PidFile.read(path) == pid
        with PidFile(path):
            assert PidFile.read(path) == os.getpid()


def test_a_stale_file_is_taken_over_even_if_its_pid_was_reused(path):
    path.write_text(f"{os.getppid()}\n and more, longer than what replaces it\n")
    assert PidFile.holder(path) is None
    with PidFile(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_a_worker_that_inherited_the_lock_is_explained(path):
    def body():
        PidFile(path).acquire()
        os.write(write_end, b"%d" % fork_child(sleep_for_ever))

    with pipe() as (read_end, write_end):
        service_pid = fork_child(body)
        worker = int(os.read(read_end, 20))
    os.waitpid(service_pid, 0)
    try:
        assert PidFile.holder(path) == worker
        with pytest.raises(AlreadyRunning) as raised:
            PidFile(path).acquire()
        assert (raised.value.pid, raised.value.recorded_pid) == (worker, service_pid)
        assert f"names process {service_pid}, which has ended" in str(raised.value)
        assert f"process {worker} still holds its lock, inherited" in str(raised.value)
    finally:
        end(worker)
    with PidFile(path):
        pass


def test_a_lock_on_a_file_that_was_removed_and_made_again_does_not_count(path, monkeypatch):
    """Between our open and our lock another program removes the file and makes a new one."""
    first = PidFile(path)
    first.acquire()
    flock, done = fcntl.flock, []

    def meanwhile(descriptor, operation):
        if not done:
            done.append(descriptor)
            first.release()
            path.unlink()
            path.touch()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", meanwhile)
    second = PidFile(path)
    second.acquire()
    assert done
    assert os.fstat(second.fileno()).st_ino == os.stat(path).st_ino
    with pytest.raises(AlreadyRunning):
        PidFile(path).acquire()
    second.release()


def test_release_leaves_the_file_of_its_parent_and_a_file_that_was_replaced(path):
    file = PidFile(path)
    file.acquire()
    # In a forked child release only closes the child's copy of the lock.
    assert os.waitpid(fork_child(file.release), 0)[1] == 0
    assert PidFile.read(path) == os.getpid()
    with pytest.raises(AlreadyRunning):
        PidFile(path).acquire()
    os.unlink(path)
    path.write_text("somebody else's\n")
    file.release()
    assert path.read_text() == "somebody else's\n"


def test_only_regular_files_are_pid_files_and_no_link_is_followed(path, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    os.symlink(precious, path)
    with pytest.raises(OSError, match="symbolic links"):
        PidFile(path).acquire()
    assert precious.read_text() == "precious"

    with pytest.raises(FileNotFoundError):
        PidFile(tmp_path / "no" / "file").acquire()
    os.unlink(path)
    os.mkfifo(path)
    with pytest.raises(FileExistsError, match="not a regular file"):
        PidFile(path).acquire()


REFUSED = (
    *(
        b"",
        b"\n",
        b"0\n",
        b"-1\n",
        b"+1\n",
        b"\n7\n",
        b"7 8\n",
        b"7x",
        b"0x7",
        b"- 7",
        b" " * 99 + b"7",
    ),
    *(b"1_000", b"4294967295\n", b"4194305\n", b"99999999999999999999\n", b"7\0", b"7" * 5000),
    "\u0663".encode(),
)


READ = (
    *((b"7", 7), (b"4194304\n", 4194304), (b"0012\n", 12), (b"7\r\n", 7), (b"\t7 \n", 7)),
    (b"       812\n", 812),  # Postfix, and the lock files of HDB UUCP
    (b"812\n/var/lib/postgresql\n1764000000\n5432\n", 812),
)


def test_the_first_line_is_read_without_its_white_space(tmp_path):
    path = tmp_path / "pid"
    for content in REFUSED:
        path.write_bytes(content)
        with pytest.raises(BadPidFile):
            PidFile.read(path)
    for content, pid in READ:
        path.write_bytes(content)
        assert PidFile.read(path) == pid


def test_the_holder_is_found_without_taking_the_lock(path):
    """If holder() took the lock even briefly, a service starting at that moment would fail."""
    with PidFile(path) as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
        operations = []

        def body():
            sys.addaudithook(lambda event, _: operations.append(event))
            assert PidFile.holder(path) is None
            assert "fcntl.flock" not in operations

        run_alone(body)
