import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from timeit import repeat

@contextmanager
def undisturbed():
    trace = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(trace)


def nanoseconds(call):
    with undisturbed():
        return round(min(repeat(call, timer=time.process_time_ns, repeat=10, number=500)) / 500)


function = nanoseconds(resource.getpagesize)
system = nanoseconds(os.getppid)
ratio = round(system / function, 1)
print(f"getpagesize {function} ns, getppid {system} ns, ratio {ratio}")
