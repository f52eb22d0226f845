"""A free run's output is compared with a text of the model by the pids of that run."""

import pytest

from simpsh.explore.search.free_output import prints


@pytest.mark.parametrize(
    ("text", "same", "others"),
    [
        # A number stands for a pid only if it may have been one in that run.
        (b"<P1> ready\n", b"20001 ready\n", [b"77 ready\n", b"20000 ready\n"]),
        (b"<P0> <P1> <P0>", b"20000 20002 20000", [b"20000 20002 20002", b"20001 20001 20001"]),
        # The kernel hands out pids in the order of the births.
        (b"<P2><P1>", b"2000220001", [b"2000120002", b"2000120001"]),
        (b"<outside>", b"50", [b"51", b"20001"]),
        (b"<P1>", b"<P1>", [b"<P2>"]),
        # A program may print a mark of its own next to a pid.
        (b"<P1> <P1> <P1>", b"<P1> 20001 20001", [b"<P1> 20001 20002", b"77 <P1> 20001"]),
        (b"<P1>08", b"2000108", [b"0808"]),
    ],
)
def test_marks_replace_only_pids_of_the_run(text, same, others):
    assert prints(same, text, b"50")
    assert [other for other in others if prints(other, text, b"50")] == []
