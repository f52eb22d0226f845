"""Children that no process can tell apart: of their ends, that of the eldest stands for all.

Two children of one parent that are about to end with the same status, holding the same, are twins
if no process has the pid of either in its memory: whoever ends first, what follows is the same but
for the two names, and no name is ever told. (A process that does something else by the number of a
pid is found out otherwise.) Between them, by birth, must be twins only, for wait takes the eldest.
"""

from __future__ import annotations

from simpsh.explore.model.kernel_rules import EndRule
from simpsh.explore.model.kernel_state import Kernel, birth_number, parent_of


def without_twins(kernel: Kernel, choices: list[str]) -> list[str]:
    """Return the choices but the ends of children that have an elder twin about to end."""
    named = _named(kernel)
    if named is None:
        return choices
    return [one for one in choices if not _has_elder_twin(kernel, one, named)]


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


def _has_elder_twin(kernel: Kernel, name: str, named: set[str]) -> bool:
    if name not in kernel.procs:
        return False
    node, _ = kernel.procs[name]
    parent = parent_of(name)
    if not isinstance(node.rule, EndRule) or parent not in kernel.procs:
        return False
    if name in named or parent in kernel.learned.tellers or _has_children(kernel, name):
        return False
    brothers = [one for one in (*kernel.procs, *kernel.zombies) if parent_of(one) == parent]
    elder = [one for one in brothers if birth_number(one) < birth_number(name)]
    for one in sorted(elder, key=birth_number, reverse=True):
        if one in named or _has_children(kernel, one):
            return False
        if one in kernel.procs:
            return kernel.procs[one][0].view == node.view
        if kernel.zombies[one] != node.rule.status:
            return False
    return False


def _has_children(kernel: Kernel, name: str) -> bool:
    return any(parent_of(one) == name for one in (*kernel.procs, *kernel.zombies))
