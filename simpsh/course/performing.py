"""From a step to what it shows: a demonstration is run, edited if that is asked for.

perform(run)                    an Observation
perform(run, claim.wrong)       the same of the wrong variant
perform(compare)                one for each row, by label
perform(explore)                a Search
"""

from __future__ import annotations

import os
import re
from functools import partial
from typing import TYPE_CHECKING

from simpsh.course.edits import NO_EDIT
from simpsh.course.listing import listing
from simpsh.course.own_process import in_own_process
from simpsh.course.plain_runs import unwatched
from simpsh.course.playing import Executed, PythonCode
from simpsh.course.shell_line import run_at_prompt, run_line
from simpsh.course.sources import C, Program, Shell
from simpsh.course.staging import DEADLINE_SECONDS, NotObservable, Press, Send, Staging
from simpsh.course.steps import Compare, Explore, Type
from simpsh.course.supervising import observe
from simpsh.course.walking import calls_named
from simpsh.errors import UsageProblem
from simpsh.signals import by_name
from simpsh.trace.starting import find_program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simpsh.course.edits import Edit
    from simpsh.course.listing import Listing
    from simpsh.course.observation import Observation, Search
    from simpsh.course.steps import Kill, Resume, Run, Running

    Result = Observation | Search | Mapping[str, Observation | Search]

SHELL = "shell"
_CARET = re.compile(r"\^([@-_?])")


def perform(step: Running, edit: Edit = NO_EDIT) -> Result:
    """Run what a step shows.

    Args:
        step: a Run, Compare or Explore.
        edit: a further change of the demonstration, after the step's own.

    Raises:
        NotObservable, NotGuarded: this machine cannot show it; the message says why.
        EditMisfit, ListingFault: the edit does not fit.
    """
    if isinstance(step, Compare):
        return {
            label: _perform_one(step.run, variant + edit)
            for label, variant in step.variants.items()
        }
    return _perform_one(step, edit)


def _perform_one(step: Run | Explore, edit: Edit) -> Observation | Search:
    if isinstance(step, Explore):
        from simpsh.course.searching import search

        return search(step, edit)
    return perform_run(step, edit)


def perform_run(step: Run, edit: Edit = NO_EDIT) -> Observation:
    """Run a demonstration once, watched; errors as for perform()."""
    listed = listing(step, edit)
    # First of all: an edit may have made it something that cannot be read.
    body = body_of(step, listed)
    staging = Staging(
        main=step.main,
        source=listed.text,
        fork_names=listed.fork_names,
        births=step.births or getattr(step.code, "births", ()),
        marks=listed.callouts,
        acts=tuple(act_of(one) for one in step.at_rest),
        terminal=step.terminal,
        guard=step.guard,
        calls=calls_named(step),
        opens=not isinstance(step.code, Shell | Program),
        names_programs=isinstance(step.code, Shell | Program),
        reads_commands=isinstance(step.code, Shell) and step.code.is_interactive,
    )
    try:
        return observe(body, staging)
    except NotObservable as refusal:
        found = None if _needs_watching(staging) else _unwatched(step, listed, str(refusal))
        if found is None:
            raise
        return found


def _needs_watching(staging: Staging) -> bool:
    """Tell whether nothing of it could be shown, or nobody could end it, without a tracer."""
    return bool(staging.acts or staging.marks or staging.terminal or staging.guard is not None)


def _unwatched(step: Run, listed: Listing, reason: str) -> Observation | None:
    body = body_of(step, listed, is_told=False)
    work = partial(unwatched, body, listed.text, reason, DEADLINE_SECONDS)
    return in_own_process(work, DEADLINE_SECONDS)


def act_of(act: Kill | Type | Resume) -> Send | Press:
    """Return what the supervisor is to do; raises UsageProblem for a signal there is not."""
    if isinstance(act, Type):
        return Press(keys(act.keys))
    name = getattr(act, "signal", "SIGCONT")
    number = by_name(name)
    if number is None:
        raise UsageProblem(f"{name} is no signal")
    return Send(act.process.name, number)


def keys(text: str) -> str:
    r"""Return the keys that a text names: `^C` is one key, `^^` the circumflex itself.

    >>> keys("fg\n^Z"), keys("^^")
    ('fg\n\x1a', '^')
    """
    return _CARET.sub(lambda found: "^" if found[1] == "^" else chr(ord(found[1]) ^ 0x40), text)


def body_of(step: Run | Explore, listed: Listing, *, is_told: bool = True) -> Callable[[], object]:
    """Return what the demonstration's first process is to call.

    Args:
        step: whose demonstration.
        listed: its listing, with all edits made.
        is_told: whether it reports its lines, for a run that is watched.

    Raises:
        ListingFault: an edit has made it something that cannot be read.
        UsageProblem: there is no such program.
    """
    code = step.code
    if isinstance(code, C):
        from simpsh.course.compiling import compiled

        is_guarded = getattr(step, "guard", None) is not None
        path = compiled(listed.source, code.flags, for_anybody=is_guarded)
        return Executed(path, (step.main,))
    if isinstance(code, Program):
        path = find_program(code.argv[0], os.environ)
        if not path:
            raise UsageProblem(f"{code.argv[0]}: command not found")
        return Executed(path, code.argv)
    if isinstance(code, Shell):
        return _shell(code, listed.source)
    return PythonCode(
        listed,
        code.__name__,  # type: ignore[union-attr]  # what is no Source is a function
        code.__globals__,  # type: ignore[union-attr]
        is_told=is_told,
    )


def _shell(code: Shell, line: str) -> Callable[[], object]:
    if code.program:
        path = find_program(code.program[0], os.environ)
        if not path:
            raise UsageProblem(f"{code.program[0]}: command not found")
        return Executed(path, (*code.program, line))
    if code.is_interactive:
        return partial(run_at_prompt, line)
    return partial(run_line, line)


def perform_line(line: str) -> Observation:
    """Run a line as `simpsh -c` does, watched; processes are called after their programs."""
    staging = Staging(main=SHELL, source=line, opens=False, names_programs=True)
    return observe(partial(run_line, line), staging)
