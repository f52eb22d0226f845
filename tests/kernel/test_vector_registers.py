"""Which components of the vector registers are in use does not count as their value."""

import os
import platform

import pytest

from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.registers import set_vector_registers, vector_registers, vector_values
from tests.harness.process import child, sleep_for_ever

_IN_USE, _SIZE = 512, 8
_X87_AND_SSE = 3


def with_mask(state, mask):
    return state[:_IN_USE] + mask.to_bytes(_SIZE, "little") + state[_IN_USE + _SIZE :]


@pytest.mark.skipif(platform.machine() == "aarch64", reason="there is no mask of components")
def test_initial_values_are_the_same_whether_or_not_they_are_in_use():
    with child(sleep_for_ever) as pid:
        ptrace.seize(pid, 0)
        ptrace.interrupt(pid)
        os.waitpid(pid, 0)
        state = vector_registers(pid)
        if len(state) <= _IN_USE + _SIZE:
            pytest.skip("this processor has no XSAVE")
        set_vector_registers(pid, with_mask(state, 0))
        unused, values = vector_registers(pid), vector_values(pid)
        set_vector_registers(pid, with_mask(unused, _X87_AND_SSE))
        assert vector_registers(pid) == with_mask(unused, _X87_AND_SSE) != unused
        assert vector_values(pid) == values
        changed = bytearray(with_mask(unused, _X87_AND_SSE))
        changed[160] = 1  # the lowest byte of xmm0
        set_vector_registers(pid, bytes(changed))
        assert vector_values(pid) != values
