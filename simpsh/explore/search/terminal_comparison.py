"""Does stdio write otherwise on a terminal? The C library buffers by lines there, else by blocks.

A run with a pipe for its output is compared with one on a terminal, along the same choices.
"""

from __future__ import annotations

from contextlib import suppress

from simpsh.base.errors import SimpshError
from simpsh.base.record import changed
from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.operations import visible_operations as ops

_MOST_STEPS = 300
_MOST_RESTARTS = 20


def writes_otherwise(knowledge: Knowledge) -> bool:
    """Return whether a program's processes write in other pieces when that goes to a terminal."""
    with Knowledge(changed(knowledge.program, has_terminal=True)) as other:
        other.start_ups = knowledge.start_ups
        other.signals_matter = knowledge.signals_matter
        other.shared, other.offsets = set(knowledge.shared), set(knowledge.offsets)
        other.locked, other.deadline = set(knowledge.locked), knowledge.deadline
        with suppress(SimpshError):
            return _pieces(knowledge) != _pieces(other)
    return False


def _pieces(knowledge: Knowledge) -> dict[str, list[bytes]]:
    """Return what each process writes to the output, piece by piece, in one run."""
    for _ in range(_MOST_RESTARTS):
        found: dict[str, list[bytes]] = {}
        with suppress(Restart), ControlledRun(knowledge) as run:
            while (choices := run.enabled()) and len(run.schedule) < _MOST_STEPS:
                step = run.step(choices[0])
                if isinstance(step.operation, ops.Write) and step.operation.object == ops.OUT:
                    pieces = found.setdefault(ops.process_of(step.choice), [])
                    pieces.append(step.operation.data)
            return found
    return {}
