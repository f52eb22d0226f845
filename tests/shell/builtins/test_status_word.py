"""The drawing of a status word."""

import re

from simpsh.base.wait_status import Continued, Exited, Killed, Stopped
from simpsh.shell.builtins.status_word import draw_status


def test_the_drawing_of_a_status_is_aligned_and_fits_its_width():
    assert "WCOREDUMP(status) is true" in draw_status(Killed(11, True))
    signals = (kind(number) for kind in (Killed, Stopped) for number in range(1, 65))
    cores = (Killed(number, True) for number in range(1, 65))
    for status in (*map(Exited, range(256)), *signals, *cores, Continued()):
        assert max(map(len, draw_status(status, 57).splitlines())) <= 57
        lines = draw_status(status).splitlines()
        edges = [[at for at, char in enumerate(line) if char in "┌┬┐│└┴┘"] for line in lines[1:4]]
        # Each bit number ends above its digit.
        ends = [[at.end() for at in re.finditer("[0-9]+", line)] for line in (lines[0], lines[2])]
        assert edges[0] == edges[1] == edges[2], status
        assert ends[0] == ends[1], status
