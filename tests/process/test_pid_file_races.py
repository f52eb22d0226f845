"""Of many processes one wins; and the classic mistakes, each beside ours."""

import fcntl
import os
import sys

import pytest

from simpsh import AlreadyRunning, PidFile
from tests.process.forked_children import (
    child,
    fork_child,
    run_alone,
    sleep_for_ever,
)
from tests.process.pid_file_services import Running, open_text

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "5"))
CONTENDERS = 50


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "service.pid")


# -- of 50 processes exactly one wins ----------------------------------------------------------


def winners(path, attempt):
    """Let 50 processes attempt at the same moment; return the pids of those who won."""
    start_read, start_write = os.pipe()
    won_read, won_write = os.pipe()
    stay_read, stay_write = os.pipe()

    def contender():
        os.close(start_write)
        os.close(stay_write)
        os.close(won_read)
        os.read(start_read, 1)
        kept = attempt(path)
        os.write(won_write, b"%d\n" % (os.getpid() if kept else 0))
        # Nobody leaves before all have tried: a winner that ends gives its lock up.
        os.read(stay_read, 1)

    pids = [fork_child(contender) for _ in range(CONTENDERS)]
    os.close(start_read)
    os.close(start_write)
    os.close(won_write)
    os.close(stay_read)
    answers = b""
    while answers.count(b"\n") < CONTENDERS:
        answers += os.read(won_read, 4096)
    recorded = open_text(path)
    os.close(stay_write)
    os.close(won_read)
    for pid in pids:
        assert os.waitpid(pid, 0)[1] == 0
    return [int(one) for one in answers.split() if one != b"0"], recorded


def attempt_ours(path):
    file = PidFile(path)
    try:
        file.acquire()
    except AlreadyRunning:
        return None
    return file


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_of_fifty_processes_exactly_one_wins_every_round(path):
    def body():
        for _ in range(ROUNDS):
            won, recorded = winners(path, attempt_ours)
            assert len(won) == 1, won
            assert recorded == f"{won[0]}\n"

    run_alone(body)


# -- the classic mistakes: the mistaken variant fails, ours passes -----------------------------


def in_step(path, first_half, second_half):
    """Run an attempt in two processes whose first halves are over before any second half."""
    results_read, results_write = os.pipe()
    gates = [os.pipe(), os.pipe()]
    ready_read, ready_write = os.pipe()

    def contender(gate):
        def body():
            state = first_half(path)
            os.write(ready_write, b"x")
            os.read(gate[0], 1)
            os.write(results_write, b"1" if second_half(path, state) else b"0")
            sleep_for_ever()

        return body

    with child(contender(gates[0])), child(contender(gates[1])):
        got = b""
        while len(got) < 2:
            got += os.read(ready_read, 2)
        results = b""
        for gate in gates:
            os.write(gate[1], b"x")
            results += os.read(results_read, 1)
    for one in (results_read, results_write, ready_read, ready_write, *gates[0], *gates[1]):
        os.close(one)
    return results.count(b"1")


def test_mistake_1_check_then_create_lets_two_start_and_the_lock_one(path):
    def check(path):
        return os.path.exists(path)

    def create(path, is_there):
        if is_there:
            return False
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{os.getpid()}\n")
        return True

    assert in_step(path, check, create) == 2
    os.unlink(path)
    assert in_step(path, check, lambda path, _: attempt_ours(path)) == 1


def test_mistake_2_truncating_before_locking_empties_the_file_of_the_one_who_runs(path):
    def mistaken():
        with open(path, "w", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return 1
        return 0

    with Running(path) as pid:
        assert attempt_ours(path) is None
        assert open_text(path) == f"{pid}\n"
        assert os.waitpid(fork_child(mistaken), 0)[1] == 1 << 8
        assert open_text(path) == ""


def test_mistake_3_trusting_the_pid_takes_a_stranger_for_the_service(path):
    def mistaken(path):
        try:
            os.kill(int(open_text(path)), 0)
        except ProcessLookupError:
            return False
        return True

    with child(sleep_for_ever) as stranger:
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{stranger}\n")
        assert mistaken(path) is True
        assert PidFile.holder(path) is None
        with PidFile(path):
            assert PidFile.read(path) == os.getpid()


def test_the_holder_is_found_without_taking_the_lock(path):
    """A look that took the lock, if only for a moment, would make a starting service fail."""
    with PidFile(path) as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
        operations = []

        def body():
            sys.addaudithook(lambda event, _: operations.append(event))
            assert PidFile.holder(path) is None
            assert "fcntl.flock" not in operations

        run_alone(body)
