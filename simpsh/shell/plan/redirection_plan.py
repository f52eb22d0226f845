"""From a redirection's tree to what it does: an open, a dup2 or a close, on which descriptor."""

from __future__ import annotations

import os
import stat

from simpsh.base.errors import RedirectionProblem
from simpsh.base.phrases import named
from simpsh.kernel.descriptors import OWN_LOWEST
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
    return tuple(_plan_one(one, scope, is_noclobber=is_noclobber) for one in redirections)


def _plan_one(redirection: Redirection, scope: Scope, *, is_noclobber: bool) -> Action:
    descriptor = _descriptor(redirection)
    match redirection:
        case HereDocument(_, body):
            return HereText(descriptor, os.fsencode(single(body, scope)))
        case HereString(word):
            return HereText(descriptor, os.fsencode(single(word, scope)) + b"\n")
        case FileRedirection(operator, target):
            name = single(target, scope)
            if operator in ("<&", ">&"):
                return _copy(descriptor, name)
            return OpenFile(descriptor, name, _flags(operator, name, is_noclobber=is_noclobber))


def _descriptor(redirection: Redirection) -> int:
    number = redirection.descriptor
    if number is None:
        is_output = isinstance(redirection, FileRedirection) and redirection.operator[0] == ">"
        return 1 if is_output else 0
    if number >= OWN_LOWEST:
        raise RedirectionProblem(f"{number}: simpsh keeps descriptors from {OWN_LOWEST} up")
    return number


def _copy(descriptor: int, word: str) -> Action:
    if word == "-":
        return CloseDescriptor(descriptor)
    if not (word.isascii() and word.isdigit()) or len(word) > 9:
        raise RedirectionProblem(f"{named(word)}: not a descriptor: after & comes a number or -")
    return Duplicate(descriptor, int(word))


def _flags(operator: str, path: str, *, is_noclobber: bool) -> int:
    flags = _FLAGS[operator]
    if operator == ">" and is_noclobber:
        try:
            is_protected = stat.S_ISREG(os.stat(path).st_mode)
        except OSError:
            is_protected = True
        if is_protected:
            # O_EXCL makes "is it there?" and "make it" one step; a device may be written to.
            return (flags & ~os.O_TRUNC) | os.O_EXCL
    return flags
