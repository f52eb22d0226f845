"""Taking signals one by one, and asking for them, as operations; see sigwait(3), sigpending(2)."""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.base.phrases import listed
from simpsh.base.signal_names import Signal
from simpsh.explore.operations.visible_operations import Operation

_SHOWN = 4


class TakeSignal(Operation):
    """Takes one of some pending signals: sigwait, sigwaitinfo, sigtimedwait."""

    signals: frozenset[int]
    is_patient: bool
    """Whether it waits for one. A limited wait may be over at any moment."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        names = [Signal(one).name for one in sorted(self.signals)]
        which = listed(names, "or") if len(names) <= _SHOWN else "a signal"
        return f"waits for {which} (sigwait)" if self.is_patient else f"looks for {which} (sigwait)"


class AskPending(Operation):
    """Asks which blocked signals are pending: sigpending."""

    _said = "asks which signals are pending"
