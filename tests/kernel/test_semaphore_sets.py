"""The state of a System V semaphore is read from the kernel."""

import os

import pytest

from simpsh.kernel.c_library import call
from simpsh.kernel.semaphore_sets import SemaphoreState, semaphore_state

PRIVATE, REMOVE, SET_VALUE = 0, 0, 16


def test_a_semaphore_has_a_value_and_the_process_that_changed_it_last():
    identifier = call("semget", PRIVATE, 2, 0o600)
    try:
        assert semaphore_state(identifier, 1) == SemaphoreState(0, 0)
        call("semctl", identifier, 1, SET_VALUE, 7)
        assert semaphore_state(identifier, 1) == SemaphoreState(7, os.getpid())
        assert semaphore_state(identifier, 0) == SemaphoreState(0, 0)
    finally:
        call("semctl", identifier, 0, REMOVE)
    with pytest.raises(OSError, match=r"Invalid argument|removed"):
        semaphore_state(identifier, 0)
