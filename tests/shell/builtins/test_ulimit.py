"""ulimit; in a forked child, since hard limits do not go up again."""

from __future__ import annotations

import os
import resource

import pytest

from tests.shell.builtins.builtin_calls import call, shell


def in_child(check) -> int:
    """Run `check` in a child; return its exit code, 0 unless it failed."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            check()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_the_soft_limit_is_shown_in_its_unit():
    def check():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 128))
        resource.setrlimit(resource.RLIMIT_FSIZE, (51200, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 21))
        assert call(shell(), "ulimit", "-n").output == "64\n"
        assert call(shell(), "ulimit", "-Hn").output == "128\n"
        assert call(shell(), "ulimit").output == "100\n"
        assert call(shell(), "ulimit", "-H").output == "unlimited\n"
        assert call(shell(), "ulimit", "-s").output == "1024\n"

    assert in_child(check) == 0


@pytest.mark.parametrize(
    ("letters", "expected"), [("-n", (50, 50)), ("-Sn", (50, 128)), ("-SHn", (50, 50))]
)
def test_a_limit_is_set_soft_hard_or_both(letters, expected):
    def check():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 128))
        assert call(shell(), "ulimit", letters, "50").status == 0
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == expected

    assert in_child(check) == 0


def test_the_hard_limit_alone_cannot_go_below_the_soft_one():
    def check():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 128))
        answer = call(shell(), "ulimit", "-H", "-n", "50")
        assert answer.status == 1
        assert "open descriptors" in answer.error

    assert in_child(check) == 0


def test_soft_and_hard_name_the_present_limits():
    def check():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 128))
        call(shell(), "ulimit", "-Sn", "hard")
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (128, 128)

    assert in_child(check) == 0


def test_file_sizes_are_counted_in_512_bytes_and_memory_in_1024():
    def check():
        call(shell(), "ulimit", "-f", "3")
        call(shell(), "ulimit", "-Ss", "512")
        assert resource.getrlimit(resource.RLIMIT_FSIZE) == (1536, 1536)
        assert resource.getrlimit(resource.RLIMIT_STACK)[0] == 524288

    assert in_child(check) == 0


def test_a_lists_every_limit_that_linux_has():
    lines = call(shell(), "ulimit", "-a").output.splitlines()
    assert len(lines) == 16
    assert lines[7].split("(")[0].strip() == "open descriptors"
    assert max(map(len, lines)) <= 80


def test_several_limits_are_shown_with_their_names():
    assert len(call(shell(), "ulimit", "-nu").output.splitlines()) == 2


@pytest.mark.parametrize(
    "operands", [("-n", "x"), ("-n", "-1"), ("-Z",), ("-n", "1", "2"), ("-nu", "9"), ("-a", "9")]
)
def test_what_ulimit_cannot_do_is_misuse(operands):
    assert call(shell(), "ulimit", *operands).status == 2


def test_a_number_beyond_the_kernels_is_refused_in_one_line():
    answer = call(shell(), "ulimit", "-n", "9" * 30)
    assert answer.status == 1
    assert answer.error.count("\n") == 1
