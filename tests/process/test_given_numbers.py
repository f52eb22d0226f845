"""Every number that a caller passes to the public library: bools and other wrong types are refused.

The parameters are found by their annotations: a new one fails the first test until it has a call.
"""

import asyncio
import inspect
import math
import os
import re
import signal

import pytest

import simpsh
from tests.harness.process import fork_child, sleep_for_ever

PID = os.getpid()


def own_end(method, *given):
    """Call a method of a pidfd for this process; the pidfd is closed."""
    kind, name = method.split(".")
    with getattr(simpsh, kind).open(PID) as process:
        result = getattr(process, name)(*given)
        return asyncio.run(result) if inspect.isawaitable(result) else result


# Each call gets one value. "whole" takes what has __index__, "seconds" what has __float__.
CALLS = {
    "AsyncPidFd.open(process)": ("whole", simpsh.AsyncPidFd.open),
    "AsyncPidFd.poll(timeout)": ("seconds", lambda given: own_end("AsyncPidFd.poll", given)),
    "AsyncPidFd.send_signal(signal)": ("whole", lambda given: own_end("PidFd.send_signal", given)),
    "AsyncPidFd.wait(timeout)": ("seconds", lambda given: own_end("AsyncPidFd.wait", given)),
    "Diagnosis.lines(columns)": ("whole", lambda given: simpsh.diagnose(PID).lines(given)),
    "Diagnosis.lines(most)": ("whole", lambda given: simpsh.diagnose(PID).lines(0, given)),
    "Killed(signal)": ("whole", simpsh.Killed),
    "PidFd.open(process)": ("whole", simpsh.PidFd.open),
    "PidFd.poll(timeout)": ("seconds", lambda given: own_end("PidFd.poll", given)),
    "PidFd.send_signal(signal)": ("whole", lambda given: own_end("PidFd.send_signal", given)),
    "PidFd.wait(timeout)": ("seconds", lambda given: own_end("PidFd.wait", given)),
    "Signal(number)": ("whole", simpsh.Signal),
    "Stopped(signal)": ("whole", simpsh.Stopped),
    "Subreaper(deadline_seconds)": (
        "seconds",
        lambda given: simpsh.Subreaper(deadline_seconds=given),
    ),
    "all_outcomes(budget_seconds)": (
        "seconds",
        lambda given: simpsh.all_outcomes("/nosuch/program x", budget_seconds=given),
    ),
    "all_outcomes(free_runs)": (
        "whole",
        lambda given: simpsh.all_outcomes(["/nosuch/program"], free_runs=given),
    ),
    "all_outcomes(most)": (
        "whole",
        lambda given: simpsh.all_outcomes(["/nosuch/program"], most=given),
    ),
    "daemonize(keep)": ("whole", lambda given: simpsh.daemonize(keep=[given])),
    "daemonize(umask)": ("whole", lambda given: simpsh.daemonize(umask=given)),
    "decode(word)": ("whole", simpsh.decode),
    "descriptors(pid)": ("whole", simpsh.descriptors),
    "diagnose(pid)": ("whole", simpsh.diagnose),
    "diagnose(stopped_by)": ("whole", lambda given: simpsh.diagnose(PID, given)),
    "family(pid)": ("whole", simpsh.family),
    "pipe_holders(descriptor)": ("whole", lambda given: simpsh.pipe_holders(descriptor=given)),
    "pipe_holders(inode)": ("whole", lambda given: simpsh.pipe_holders(inode=given)),
    "snapshot(pid)": ("whole", simpsh.snapshot),
    "until_state(deadline_seconds)": (
        "seconds",
        lambda given: simpsh.until_state(PID, "RSD", deadline_seconds=given),
    ),
    "until_state(pid)": ("whole", lambda given: simpsh.until_state(given, "RSD")),
}
# A path is not a number: open(2) by a number would read that descriptor.
PATHS = {
    "PidFile(path)": simpsh.PidFile,
    "PidFile.holder(path)": simpsh.PidFile.holder,
    "PidFile.read(path)": simpsh.PidFile.read,
    "daemonize(log)": lambda given: simpsh.daemonize(log=given),
    "daemonize(pid_file)": lambda given: simpsh.daemonize(pid_file=given),
    "daemonize(working_directory)": lambda given: simpsh.daemonize(working_directory=given),
}
# Made by the library, not by its users.
MADE_BY_THE_LIBRARY = {"AlreadyRunning", "AsyncPidFd", "BadPidFile", "Daemon", "PidFd"}


def public_callables():
    """Yield the name and function of all that a user of the library calls."""
    for name in simpsh.__all__:
        public = getattr(simpsh, name)
        if inspect.isfunction(public):
            yield name, public
        if not isinstance(public, type):
            continue
        for method, value in inspect.getmembers(public):
            is_written = inspect.isfunction(value) or inspect.ismethod(value)
            if is_written and not method.startswith("_"):
                yield f"{name}.{method}", value
        written = "__init__" in vars(public) or "__new__" in vars(public)
        if written and name not in MADE_BY_THE_LIBRARY:
            yield name, vars(public).get("__init__") or public.__new__


def parameters(pattern):
    return {
        f"{name}({parameter.name})"
        for name, function in public_callables()
        for parameter in inspect.signature(function).parameters.values()
        if re.search(pattern, str(parameter.annotation))
    }


def test_every_number_and_path_of_the_library_is_tried_here():
    assert parameters(r"\b(int|float|Signal)\b") == set(CALLS)
    assert parameters(r"\bPathLike\b") == {*PATHS, "all_outcomes(directory)"}


class Indexed:
    """A whole number of another library, such as numpy.int64."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class Real:
    """A number of seconds of another library, such as numpy.float64."""

    def __float__(self):
        return 0.25


@pytest.mark.parametrize("call", CALLS)
def test_a_bool_is_no_number(call):
    kind, function = CALLS[call]
    wrong = [True, False, "1", b"1", [1]]
    if kind == "whole":
        wrong += [1.0, math.nan, Real()]
    for given in wrong:
        with pytest.raises(TypeError, match=re.escape(f"not {given!r}")):
            function(given)


@pytest.mark.parametrize("call", PATHS)
def test_a_number_is_no_path(call):
    for given in (True, 0, 1.5):
        with pytest.raises(TypeError):
            PATHS[call](given)


def test_integers_of_other_libraries_are_numbers():
    child = fork_child(sleep_for_ever)
    with simpsh.PidFd.open(Indexed(child)) as process:
        assert process.pid == child
        assert simpsh.snapshot(Indexed(child)).pid == child
        assert process.poll(Real()) is False
        process.send_signal(Indexed(15))
        assert process.wait(simpsh.Signal(30)).status == simpsh.Killed(Indexed(15))
    assert simpsh.decode(Indexed(9)) == simpsh.Killed(signal.SIGKILL)
    assert simpsh.Stopped(simpsh.Signal(20)).signal.name == "SIGTSTP"
    read_end, write_end = os.pipe()
    assert simpsh.pipe_holders(descriptor=Indexed(read_end)).readers[0].pid == PID
    assert simpsh.pipe_holders(inode=Indexed(os.fstat(write_end).st_ino)).writers[0].pid == PID
    os.close(read_end)
    os.close(write_end)


@pytest.mark.parametrize("number", [-1, 0, 65, 1000])
def test_a_number_that_is_no_signal_is_refused(number):
    with pytest.raises(ValueError, match=f"{number} is no signal: there are 1 to 64"):
        simpsh.Signal(number)
