"""umask, ulimit and times, where dash is no model."""

from __future__ import annotations

import os
import resource

from simpsh.shell.builtins.process_resources import minutes
from tests.shell.builtins.builtin_calls import call, kept, shell


def test_a_mask_is_set_clause_by_clause_and_what_is_none_changes_nothing():
    with kept():
        os.umask(0o022)
        # dash lets `g=u` copy what u was before the whole operand, POSIX has the clauses in order.
        assert call(shell(), "umask", "u-x,g=u").status == 0
        assert os.umask(0o022) == 0o112
        for text in ("9", "1000", "08", "u", "u+q", "q+r", "u=r,", "", "-S x y"):
            assert call(shell(), "umask", *(text.split() or [""])).status == 2, text
        assert call(shell(), "umask").output == "0022\n"


def check_limits():
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


def test_limits_are_shown_in_their_units_and_set_soft_hard_or_both():
    # In a child: hard limits do not go up again.
    pid = os.fork()
    if pid == 0:
        try:
            check_limits()
            os._exit(0)
        finally:
            os._exit(70)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_ulimit_lists_every_limit_that_linux_has_and_refuses_the_rest():
    lines = call(shell(), "ulimit", "-a").output.splitlines()
    assert len(lines) == 16
    assert lines[7].split("(")[0].strip() == "open descriptors"
    assert max(map(len, lines)) <= 80
    assert len(call(shell(), "ulimit", "-nu").output.splitlines()) == 2
    for line in ("-n x", "-n -1", "-Z", "-n 1 2", "-nu 9", "-a 9"):
        assert call(shell(), "ulimit", *line.split()).status == 2, line
    answer = call(shell(), "ulimit", "-n", "9" * 30)
    assert (answer.status, answer.error.count("\n")) == (1, 1)


def test_times_prints_the_shells_and_the_childrens_minutes():
    lines = call(shell(), "times", "x").output.splitlines()
    assert [len(line.split()) for line in lines] == [2, 2]
    assert minutes(125.25) == "2m5.250000s"
    assert call(shell(), "times", "-x").status == 2
