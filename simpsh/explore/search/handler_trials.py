"""Trials of signal handlers: what a handler does is learned in passing, and then undone.

A signal may come at every call of a process. To learn what its handler does there, a run would have
to send the signal at that call, and each run could send it at one call only. But what the handler
does depends on its process alone. So a run that passes the call lets the handler run as if its
signal came now, and undoes that. Then the run continues as if nothing had happened.

This is possible if the handler makes no calls, as most handlers do: its effects are in registers
and memory. They are undone if all that the process can still know is the same again.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence

from simpsh.base.signal_names import SIGCONT, STOP_SIGNALS
from simpsh.explore.control.handlers import returns_from_handler
from simpsh.explore.control.held_process import AT, HeldProcess
from simpsh.explore.control.saved_process import SavedProcess
from simpsh.explore.objects.kernel_state import FROM_KERNEL, State
from simpsh.explore.objects.process_operations import OwnCode
from simpsh.explore.objects.process_state import FIRST_QUEUED
from simpsh.explore.objects.symbolic_names import SIGNALS_FIRST
from simpsh.explore.search.learning_run import LearningRun
from simpsh.kernel.machine import registers

_MOST_STEPS = 2
"""A handler without calls takes two steps at most: its end, and the way back to the call."""


class HandlerTrials:
    """The handlers that a run tries."""

    def __init__(self, run: LearningRun, again: Sequence[tuple[int, str, int]] = ()) -> None:
        """Begin without trials; make those in `again`, which another run has `made`."""
        self._run, self._again = run, again
        self.made: list[tuple[int, str, int]] = []
        """After how many steps which process has got which signal."""
        self.is_changed = False
        """Whether a handler could not be undone. Then the run must end."""

    def make(self) -> None:
        """Try each handler that may run now if its effect is not known yet."""
        run = self._run
        for _, name, signal in [each for each in self._again if each[0] == len(run.schedule)]:
            self._try(name, signal)
        if not run.knowledge.is_steady or run.knowledge.origins_matter or run.model.is_timed:
            return
        for name, signal in self._signals():
            first, sent = name + SIGNALS_FIRST, self._with_signal(name, signal)
            if first in dict(run.model.moves(sent)) and run.model.edge(sent, first) is None:
                self._try(name, signal)
            if run.has_failed or self.is_changed:
                return

    def _signals(self) -> Iterator[tuple[str, int]]:
        """Yield processes, each with a signal whose handler may run now and makes no calls."""
        run, handlers = self._run, self._run.knowledge.handlers
        for name, (_, pending) in run.state[0]:
            process, signals = run.processes[name], run.processes[name].signals
            if not signals.caught or signals.deliverable or not _can_be_undone(process):
                continue
            for signal in sorted(run.may_come(process) - signals.blocked):
                is_plain = signal < FIRST_QUEUED and signal not in STOP_SIGNALS | {SIGCONT}
                known = (process.image.file, signal) in handlers.make_calls | handlers.do_more
                if is_plain and not (known or signal in pending or signals.is_reset(signal)):
                    yield name, signal

    def _with_signal(self, name: str, signal: int) -> State:
        """Return the state in which one more signal is pending."""
        learned = self._run.model.learned
        kernel, doubts = learned.kernel(self._run.state, learned), learned.doubts.copy()
        kernel.send(name, signal, FROM_KERNEL)
        learned.doubts &= doubts
        return kernel.pack()

    def _try(self, name: str, signal: int) -> None:
        run = self._run
        process, state, count = run.processes[name], run.state, len(run.schedule)
        # In a steady run the process knows the same as when the node was learned.
        known = dict(state[0])[name][0].digest if run.knowledge.is_steady else None
        before = known or run.digest_of(process)
        if before is None:
            return
        self.made.append((count, name, signal))
        saved, operation, frames = SavedProcess(process), process.operation, process.handling.frames
        # The signal does not really come here, so what is found in this state is no fact.
        doubts, found = run.model.learned.doubts.copy(), run.knowledge.so_far()
        run.enter(self._with_signal(name, signal))
        run.step(name + SIGNALS_FIRST)
        for _ in range(_MOST_STEPS):
            now = process.operation
            is_back = now == operation and process.handling.frames == frames
            if is_back or run.has_failed:
                break
            if returns_from_handler(now) or isinstance(now, OwnCode):
                run.step(name)
        self.is_changed = process.operation != operation or process.handling.frames != frames
        if not (self.is_changed or run.has_failed):
            is_undone = saved.restore()
            run.enter(state)
            self.is_changed = not is_undone or run.digest_of(process) != before
        if self.is_changed:
            run.knowledge.handlers.do_more.add((process.image.file, signal))
        run.model.learned.doubts &= doubts
        run.knowledge.take_back(found)
        del run.schedule[count:]


_FORKS = ("fork", "vfork", "clone", "clone3")


def _can_be_undone(process: HeldProcess) -> bool:
    """Return whether a handler of a held process can be undone.

    No memory may be shared, and the process must not be amid a call: inside fork, before which it
    is held first, the kernel has not returned the child's pid yet.
    """
    if process.state != AT or process.regions or process.life.is_exiting:
        return False
    if not isinstance(process.operation, OwnCode):
        return True
    result = registers.getregs(process.pid)[registers.RESULT]
    return process.call not in _FORKS and result != -errno.ENOSYS & registers.NO_CALL
