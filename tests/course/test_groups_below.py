"""A control group in which a program has made groups of its own is removed with them."""

from __future__ import annotations

import os

import pytest

from simpsh.course import needs
from simpsh.course.control_groups import PidsGroup


def test_groups_that_were_made_below_are_removed_too():
    if reason := needs.why_not(("cgroup",)):
        pytest.skip(reason)
    group = PidsGroup(4)
    os.makedirs(os.path.join(group.path, "bomb", "inner"))
    group.remove()
    assert not os.path.exists(group.path)
