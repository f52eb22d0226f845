"""The line below the prompt: how the last command ended, which jobs there are, what is narrated."""

from __future__ import annotations

from simpsh.jobs.job import RUNNING, STOPPED
from simpsh.signals import Signal
from simpsh.wait_status import Killed, Stopped, shell_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.state import State

_MEANINGS = {
    0: "success",
    1: "failure",
    2: "misuse or syntax error",
    126: "cannot execute",
    127: "not found",
    130: "interrupted",
}


def toolbar(state: State) -> str:
    """Return the text of the toolbar: `status 0: success · 1 running, 2 stopped · -v`."""
    parts = [f"status {state.last_status}: {status_words(state)}"]
    jobs = job_words(state)
    if jobs:
        parts.append(jobs)
    if state.verbosity:
        parts.append("-" + "v" * state.verbosity)
    return " · ".join(parts)


def status_words(state: State) -> str:
    """Say in words what the last status means; more exactly if the last wait tells."""
    number, waited = state.last_status, state.last_wait
    if waited is not None and shell_status(waited) == number:
        match waited:
            case Killed(signal, dumped_core):
                return f"killed by {signal.name}" + (", core dumped" if dumped_core else "")
            case Stopped(signal):
                return f"stopped by {signal.name}"
            case _:
                pass
    if number in _MEANINGS:
        return _MEANINGS[number]
    if 128 < number <= 128 + 64:
        return f"128 + {number - 128} ({Signal(number - 128).name})"
    return "failure"


def job_words(state: State) -> str:
    """Say how many jobs run and how many are stopped; nothing if there are none."""
    states = [job.state for job in state.jobs]
    counts = ((states.count(RUNNING), "running"), (states.count(STOPPED), "stopped"))
    return ", ".join(f"{count} {word}" for count, word in counts if count)
