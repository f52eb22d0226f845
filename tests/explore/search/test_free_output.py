"""A free run's output is compared with a text of the model by the pids of that run."""

import os

import pytest

from simpsh.explore.search.free_output import RunPids, last_pid, prints

PIDS = RunPids(first=107, last=110, outside=frozenset((50,)))


@pytest.mark.parametrize(
    ("text", "same", "others"),
    [
        # A number stands for a pid only if it was one in that run.
        (b"<P1> ready\n", b"108 ready\n", [b"77 ready\n", b"107 ready\n"]),
        (b"<P0> <P1> <P0>", b"107 109 107", [b"107 109 109", b"108 109 108"]),
        # The kernel hands out pids in the order of the births.
        (b"<P2><P1>", b"110109", [b"109110", b"109109"]),
        (b"<outside>", b"50", [b"51", b"108"]),
        (b"<P1>", b"<P1>", [b"<P2>"]),
        # A program may print a mark of its own next to a pid.
        (b"<P1> <P1> <P1>", b"<P1> 108 108", [b"<P1> 108 109", b"<P1> 107 107", b"77 <P1> 108"]),
        (b"<w>\nend\n", b"1\n2\nend\n", [b"1", b"end"]),
        (b"<w>\n<w>\n<P1>", b"a\n108", [b"a\n107"]),
        (b"<P1>08", b"10808", [b"0808"]),
    ],
)
def test_marks_replace_only_pids_of_the_run(text, same, others):
    assert prints(same, text, PIDS)
    assert [other for other in others if prints(other, text, PIDS)] == []


def test_the_kernel_says_which_pid_it_has_handed_out_last():
    before = last_pid()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    assert before < pid <= last_pid()
