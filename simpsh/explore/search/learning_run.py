"""A run that teaches the model, and is compared with it."""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.explore.control.controlled_run import ControlledRun, MadeStep, call_before
from simpsh.explore.control.held_process import DEAD
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.objects.kernel_state import DependsOn, HistoryEdge, HistoryNode, Key, Operation
from simpsh.explore.objects.process_operations import Exit
from simpsh.explore.objects.program_model import Model
from simpsh.explore.objects.symbolic_names import RINGS, mark_of, process_of

_LONG = 100
"""After this many steps, states are compared at every operation."""


class LearningRun(ControlledRun):
    """A run that teaches its model, and records where the two differ."""

    def __init__(self, knowledge: Knowledge, model: Model) -> None:
        self.has_failed = False
        self._has_branched = ""
        """The process whose step is being made, if histories may branch at it."""
        super().__init__(knowledge, model)

    def differ(self, difference: str) -> None:
        """Record a difference, after which the run has failed."""
        self.has_failed = True
        self.model.learned.differ(difference)

    def agreed_choices(self) -> list[str]:
        """Return the choices; none at the end, or if model and run disagree."""
        return [] if self.has_failed else sorted(self.list_choices())

    def step(self, choice: str) -> MadeStep:
        """Make a step, and compare the operations of all processes with the model."""
        name = process_of(choice)
        if mark_of(choice) != RINGS:
            node = dict(self.state[0])[name][0]
            self._has_branched = name if self._branches(name, node.operation) else ""
        made = super().step(choice)
        modelled = {name: node.view.operation for name, (node, _) in self.state[0]}
        for process in self.living if not self.has_failed else ():
            if process.operation != modelled.pop(process.name, None):
                operation = process.operation.words() if process.operation else "goes on"
                line = self.place(process).line
                at = f" at {line}" * bool(line)
                self.differ(f"after {choice}, only the run's {process.name} {operation}{at}")
        if modelled and not self.has_failed:
            self.differ(f"after {choice}, alive only in the model: {' '.join(sorted(modelled))}")
        return made

    def _roots(self) -> Sequence[HistoryNode]:
        learned = self.model.learned
        before = len(learned.differences)
        views = {process.name: self.view_of(process) for process in self.living}
        roots = learned.begin(views, self._digest_of)
        self._note_lines(roots)
        self.has_failed = len(learned.differences) > before
        return roots

    def _edge(self, node: HistoryNode, key: Key, made: MadeStep) -> HistoryEdge:
        process, result = self.processes[node.name], made.result
        is_predicted = not isinstance(key[0], DependsOn)
        if is_predicted and result not in (None, key[0]):
            self.differ(f"{_step_words(node)}: got {result!r}, by the model {key[0]!r}")
            return super()._edge(node, key, made)
        views = {name: self.view_of(self.processes[name]) for name in made.born}
        if process.state != DEAD:
            views[node.name] = self.view_of(process)
        label = key[0] if is_predicted else result, made.signals
        edge = self.model.learned.learn(node, key, label, views, self._digest_of)
        self._note_lines((*edge.children, *([edge.target] if edge.target else [])))
        if (edge.target is None) == (process.state != DEAD):
            once = "it has ended in only one of two runs with the same history"
            self.differ(f"{_step_words(node)}: {once}")
            return super()._edge(node, key, made)
        if edge.target is None and not isinstance(node.operation, Exit):
            self.differ(f"{_step_words(node)}: it has ended instead")
        return edge

    def _note_lines(self, nodes: Sequence[HistoryNode]) -> None:
        """Set the call and the source line of each new node."""
        for node in nodes:
            if node.is_new:
                node.is_new = False
                process = self.processes[node.name]
                node.call = call_before(process)
                node.place = self.place(process)

    def _digest_of(self, name: str) -> bytes | None:
        """Return all that a process can still know, if histories may branch or meet here."""
        process = self.processes[name]
        operation = process.operation
        is_branch = operation is not None and self._branches(name, operation)
        if not is_branch and self._has_branched != name:
            return None
        return self.digest_of(process)

    def _branches(self, name: str, operation: Operation) -> bool:
        process = self.processes[name]
        if len(self.schedule) > _LONG:
            return True  # the process may be in a loop that does not depend on others
        return operation.depends_on_others or bool(self.may_come(process))


def _step_words(node: HistoryNode) -> str:
    """Return a step in words, with its source line if that is known."""
    at = f" at {node.place.line}" * bool(node.place.line)
    return f"{node.name} {node.view.operation.words()}{at}"
