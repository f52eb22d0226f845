"""A grandchild that never becomes a zombie of its grandparent."""

from __future__ import annotations

import os

from simpsh.process.double_fork import adopter_of_orphans
from tests.harness.process import children_of, descriptors_of


def test_the_adopter_of_orphans_is_found_and_nothing_is_left():
    before = descriptors_of(os.getpid()), children_of(os.getpid())
    # The test runner is a subreaper.
    assert adopter_of_orphans() == os.getpid()
    assert (descriptors_of(os.getpid()), children_of(os.getpid())) == before
