"""Children that no process can tell apart: of their ends, that of the eldest stands for all.

Two children of one parent that are about to end with the same status, holding the same, are twins
if no process has the pid of either in its memory: whoever ends first, what follows is the same but
for the two names, and no name is ever told. (A process that does something else by the number of a
pid is found out otherwise.) Between them, by birth, must be twins only, for wait takes the eldest.
"""

from __future__ import annotations

from simpsh.explore.model.kernel_rules import EndRule
from simpsh.explore.model.kernel_state import Kernel, ProcessView, birth_number, parent_of


def without_twins(kernel: Kernel, choices: list[str]) -> list[str]:
    """Return the choices but the ends of children that have an elder twin about to end."""
    rules = [node.rule for node, _ in kernel.procs.values()]
    statuses = [rule.status for rule in rules if isinstance(rule, EndRule)]
    if len(set(statuses)) == len(statuses):
        return choices
    named = _named(kernel)
    if named is None:
        return choices
    younger = _younger_twins(kernel, named)
    return [one for one in choices if one not in younger]


def _named(kernel: Kernel) -> set[str] | None:
    """Return the processes whose pids others have; None where that is not known."""
    learned = kernel.learned
    is_told = kernel.files or kernel.locks or kernel.kept or kernel.released or learned.killed
    if is_told or learned.memory.extent or learned.jobs is not None or learned.reachable:
        return None
    if any(b"<" in data for data in kernel.pipes.values()):
        return None
    found: set[str] = set()
    for node, _ in kernel.procs.values():
        if not isinstance(node.rule, EndRule):
            if node.mentions is None:
                return None
            found |= node.mentions
    return found


def _younger_twins(kernel: Kernel, named: set[str]) -> set[str]:
    """Return the children that have an elder twin."""
    found: set[str] = set()
    everyone = (*kernel.procs, *kernel.zombies)
    parents = {parent_of(one) for one in everyone}
    # Of each parent's children so far: how the last stands that is about to end and has, since
    # then, only had brothers who are zombies of its status.
    elder: dict[str, tuple[ProcessView, int] | None] = {}
    for name in sorted(everyone, key=birth_number):
        parent = parent_of(name)
        twin = elder.get(parent)
        if name in named or name in parents:
            elder[parent] = None
        elif name in kernel.zombies:
            if twin is not None and twin[1] != kernel.zombies[name]:
                elder[parent] = None
        else:
            view, rule = kernel.procs[name][0].view, kernel.procs[name][0].rule
            is_awaited = parent in kernel.procs and parent not in kernel.learned.tellers
            if twin is not None and is_awaited and twin[0] == view:
                found.add(name)
            elder[parent] = (view, rule.status) if isinstance(rule, EndRule) else None
    return found
