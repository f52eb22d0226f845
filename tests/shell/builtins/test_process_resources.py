"""umask, ulimit and times: cases in which dash is not the model."""

from __future__ import annotations

import os

from simpsh.shell.builtins.process_resources import minutes
from tests.harness.sh import SIMPSH, run
from tests.shell.builtins.builtin_calls import call, restored_process, shell


def test_a_umask_is_set_clause_by_clause_and_an_invalid_one_changes_nothing():
    with restored_process():
        os.umask(0o022)
        # In dash `g=u` copies u from before the whole operand; in POSIX the clauses apply in order.
        assert call(shell(), "umask", "u-x,g=u").status == 0
        assert os.umask(0o022) == 0o112
        for text in ("9", "1000", "08", "u", "u+q", "q+r", "u=r,", "", "-S x y"):
            assert call(shell(), "umask", *(text.split() or [""])).status == 2, text
        assert call(shell(), "umask").output == "0022\n"


def test_limits_are_set_soft_hard_or_both_and_the_hard_one_is_not_below():
    script = "ulimit -Sn 64; ulimit -Hn 128; ulimit -Sn hard; ulimit -n; ulimit -SHn 60; ulimit -Hn"
    outcome = run(SIMPSH, f"{script}; ulimit -H -n 50; echo $?; ulimit -Ss 512; ulimit -s")
    assert outcome.text.split() == ["128", "60", "1", "512"]
    assert "open descriptors" in outcome.error


def test_ulimit_lists_every_limit_that_linux_has_and_refuses_the_rest():
    lines = call(shell(), "ulimit", "-a").output.splitlines()
    assert len(lines) == 16
    assert lines[7].split("(")[0].strip() == "open descriptors"
    assert max(map(len, lines)) <= 80
    assert len(call(shell(), "ulimit", "-nu").output.splitlines()) == 2
    for line in ("-n x", "-n -1", "-Z", "-n 1 2", "-nu 9", "-a 9"):
        assert call(shell(), "ulimit", *line.split()).status == 2, line
    answer = call(shell(), "ulimit", "-n", "9" * 30)
    assert answer.status == 1
    reason = f"more than the largest number, {2**63 - 1}"
    assert answer.error == f"ulimit: {'9' * 30}: {reason}\n"


def test_times_prints_the_shells_and_the_childrens_minutes():
    lines = call(shell(), "times", "x").output.splitlines()
    assert [len(line.split()) for line in lines] == [2, 2]
    assert minutes(125.25) == "2m5.250000s"
    assert call(shell(), "times", "-x").status == 2
