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


def test_limits_are_shown_in_their_units_and_set_soft_hard_or_both():
    def check():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 128))
        resource.setrlimit(resource.RLIMIT_FSIZE, (51200, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 21))
        shown = {"-n": "64", "-Hn": "128", "-f": "100", "-H": "unlimited", "-s": "1024"}
        for letters, value in shown.items():
            assert call(shell(), "ulimit", letters).output == f"{value}\n"
        assert call(shell(), "ulimit").output == "100\n"
        # The hard limit alone cannot go below the soft one.
        answer = call(shell(), "ulimit", "-H", "-n", "50")
        assert (answer.status, "open descriptors" in answer.error) == (1, True)
        for letters, value, expected in (
            ("-Sn", "50", (50, 128)),
            ("-Sn", "hard", (128, 128)),
            ("-n", "60", (60, 60)),
            ("-SHn", "50", (50, 50)),
        ):
            assert call(shell(), "ulimit", letters, value).status == 0
            assert resource.getrlimit(resource.RLIMIT_NOFILE) == expected
        # File sizes are counted in 512 bytes, and memory in 1024.
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
