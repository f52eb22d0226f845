"""From a redirection's tree to what it does: an open, a dup2 or a close, on which descriptor."""

from __future__ import annotations

import os
import stat

from simpsh.base.errors import RedirectionProblem
from simpsh.base.phrases import named
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.shell.language.characters import MAX_DESCRIPTOR_DIGITS, is_number
from simpsh.shell.language.syntax_tree import FileRedirection, HereDocument, HereString, Redirection
from simpsh.shell.language.word_expansion import single
from simpsh.shell.plan.job_plan import Action, CloseDescriptor, Duplicate, HereText, OpenFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.shell.language.word_expansion import Scope

_FLAGS = {
    "<": os.O_RDONLY,
    ">": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    ">|": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    ">>": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
    "<>": os.O_RDWR | os.O_CREAT,
}


def plan_redirections(
    redirections: Sequence[Redirection], scope: Scope, *, is_noclobber: bool
) -> tuple[Action, ...]:
    """Expand the words of redirections and say what each will do, in order.

    Raises:
        RedirectionProblem: a descriptor is no number, or one that the shell keeps for itself.
        ExpansionProblem: a word cannot be expanded.
    """
    actions: list[Action] = []
    for redirection in redirections:
        descriptor = descriptor_of(redirection)
        match redirection:
            case HereDocument(_, body):
                actions.append(HereText(descriptor, os.fsencode(single(body, scope))))
            case HereString(word):
                actions.append(HereText(descriptor, os.fsencode(single(word, scope)) + b"\n"))
            case FileRedirection(operator, target):
                name = single(target, scope)
                if operator in ("<&", ">&"):
                    actions.append(_copy(descriptor, name))
                    continue
                flags = _FLAGS[operator]
                if operator == ">" and is_noclobber and _is_protected(name):
                    # O_EXCL makes "is it there?" and "make it" one step.
                    flags = (flags & ~os.O_TRUNC) | os.O_EXCL
                actions.append(OpenFile(descriptor, name, flags))
    return tuple(actions)


def descriptor_of(redirection: Redirection) -> int:
    """Return the descriptor that a redirection changes.

    Raises:
        RedirectionProblem: the shell keeps it for itself.
    """
    number = redirection.descriptor
    if number is None:
        is_output = isinstance(redirection, FileRedirection) and redirection.operator[0] == ">"
        return 1 if is_output else 0
    if number >= OWN_LOWEST:
        raise RedirectionProblem(f"{number}: simpsh keeps descriptors from {OWN_LOWEST} up")
    return number


def _copy(descriptor: int, word: str) -> Action:
    """Return what `n>&word` does."""
    if word == "-":
        return CloseDescriptor(descriptor)
    if not is_number(word) or len(word) > MAX_DESCRIPTOR_DIGITS:
        raise RedirectionProblem(f"{named(word)}: not a descriptor: after & comes a number or -")
    return Duplicate(descriptor, int(word))


def _is_protected(path: str) -> bool:
    """Return whether `set -C` forbids to write over a file; a device may be written to."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True
