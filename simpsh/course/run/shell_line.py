"""A line that simpsh itself runs, in a process forked from the one that teaches: no start-up.

Left out of what was seen is what a shell does for itself. It tries one directory of PATH after the
other, of which the last attempt counts. The members of a pipeline wait at a gate: what a shell has
for itself is a descriptor from OWN_LOWEST up. Between two commands it asks whether a child has
changed, without waiting. It puts each job into a group, as the job itself does, and comes too late
if that executes its program already. The pipes are lettered anew: the first one of a line is A.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from errno import EACCES
from functools import partial
from typing import TYPE_CHECKING

from simpsh.base.errors import Interrupted
from simpsh.base.events import (
    Event,
    Exec,
    ExecError,
    Exit,
    Pipe,
    Read,
    Rest,
    SetPgid,
    Stop,
    Wait,
    WaitReturn,
    What,
    Write,
    pipe_letter,
)
from simpsh.base.record import changed
from simpsh.base.signal_names import SIGQUIT, SIGTERM
from simpsh.course.lesson.observation import Observation, ProcessLook, SeenMoment
from simpsh.course.run.line_reports import BEGIN, tell
from simpsh.kernel import signals
from simpsh.kernel.descriptors import OWN_LOWEST

if TYPE_CHECKING:
    from simpsh.shell.shell import Shell


def run_line(line: str) -> None:
    """Run a line as `simpsh --engine fork -c` does, in this process.

    Raises:
        SystemExit: in the end, with the line's status.
    """
    from simpsh.shell.language.input_source import line_reader
    from simpsh.shell.state import ShellExit

    shell = _shell(is_interactive=False)
    state = shell.state
    state.line = 1
    tell(BEGIN)
    try:
        try:
            shell.run_lines(line_reader(line))
        except ShellExit as leaving:
            state.last_status = leaving.status
        status = shell.run_exit_trap()
    except Interrupted:
        status = 130
    sys.exit(status)


def run_at_prompt(line: str) -> None:
    """Run a line as a simpsh at its prompt does, and then those that are typed at the terminal.

    Raises:
        SystemExit: when the shell is left.
    """
    from simpsh.shell.language.input_source import line_reader
    from simpsh.shell.state import ShellExit

    shell = _shell(is_interactive=True)
    state = shell.state
    signals.set_dispositions(dict.fromkeys((SIGTERM, SIGQUIT), signals.SIG_IGN))
    state.options.monitor = shell.launcher.context.take_terminal() is None
    tell(BEGIN)
    try:
        _carry_out(shell, lambda: shell.run_lines(line_reader(line)))
        _converse(shell)
    except ShellExit as leaving:
        state.last_status = leaving.status
    status = shell.run_exit_trap()
    shell.launcher.hang_up()
    sys.exit(status)


def _shell(*, is_interactive: bool) -> Shell:
    from simpsh.shell.jobs.launcher import FORK
    from simpsh.shell.shell import make_shell

    shell = make_shell(os.environ, engine=FORK, is_interactive=is_interactive)
    interrupts = shell.launcher.context.interrupts
    interrupts.install()
    interrupts.is_shown = True
    return shell


def _converse(shell: Shell) -> None:
    """Run what is typed, line by line; what has become of jobs is said before each."""
    from simpsh.shell.script_lines import SharedLines

    typed = SharedLines(0)
    while True:
        shell.collect()
        _carry_out(shell, shell.run_traps)
        sys.stderr.writelines(f"{notice}\n" for notice in shell.notices())
        sys.stderr.flush()
        text = typed.read_line()
        if text is None:
            return
        _carry_out(shell, partial(shell.run, text))


def _carry_out(shell: Shell, action: Callable[[], object]) -> None:
    """Do what ^C may interrupt."""
    try:
        action()
    except Interrupted:
        shell.state.last_status = 130


_PIPE = re.compile(r"\bpipe ([A-Z][0-9]*)\b")


def without_noise(events: Sequence[Event]) -> list[Event]:
    """Return the events without what a shell and its copies do for themselves."""
    programs = {event.proc for event in events if isinstance(event.what, Exec)}
    noise = {*_searches(events), *_own_transfers(events), *_polls(events, programs)}
    noise.update(_late_groups(events, programs))
    return [event for place, event in enumerate(events) if place not in noise]


def _searches(events: Sequence[Event]) -> Iterable[int]:
    """Yield the attempts to execute that the same process followed by others, or would have."""
    tried_again = {event.proc for event in events if _is_cut_short(event.what)}
    for place in range(len(events) - 1, -1, -1):
        event = events[place]
        if isinstance(event.what, ExecError) and event.proc in tried_again:
            yield place
        elif isinstance(event.what, Exec | ExecError):
            tried_again.add(event.proc)


def _is_cut_short(what: What) -> bool:
    """Return whether a signal stopped or ended a process: a search may have been under way."""
    return isinstance(what, Stop) or (isinstance(what, Exit) and bool(what.status & 0x7F))


def _own_transfers(events: Sequence[Event]) -> Iterable[int]:
    """Yield what a shell and its copies read and write by descriptors of their own."""
    programs: set[str] = set()
    for place, event in enumerate(events):
        if isinstance(event.what, Exec):
            programs.add(event.proc)
        elif (
            isinstance(event.what, Read | Write)
            and event.what.fd >= OWN_LOWEST
            and event.proc not in programs
        ):
            yield place


def _polls(events: Sequence[Event], programs: set[str]) -> Iterable[int]:
    """Yield the waits with WNOHANG that found no child, and their ends."""
    asked: dict[str, int] = {}
    for place, event in enumerate(events):
        if event.proc in programs:
            continue
        if isinstance(event.what, Wait):
            asked.pop(event.proc, None)
            if "WNOHANG" in event.what.options:
                asked[event.proc] = place
        elif isinstance(event.what, WaitReturn) and event.proc in asked:
            begin = asked.pop(event.proc)
            if event.what.child_pid <= 0:
                yield from (begin, place)


def _late_groups(events: Sequence[Event], programs: set[str]) -> Iterable[int]:
    """Yield the refusals to move a child that executes its program already: it has moved itself."""
    for place, event in enumerate(events):
        what = event.what
        if isinstance(what, SetPgid) and what.errno == EACCES and event.proc not in programs:
            yield place


def relettered(seen: Observation) -> Observation:
    """Return the same with the pipes lettered in the order in which this line made them."""
    made = [event.what.name for event in seen.events if isinstance(event.what, Pipe)]
    held = {
        one.pipe
        for moment in seen.moments.values()
        for look in moment.looks.values()
        for one in look.descriptors.values()
    }
    older = sorted(held - {*made, ""})
    letters = {old: pipe_letter(place) for place, old in enumerate(filter(None, [*made, *older]))}
    return replace(
        seen,
        events=tuple(_event(event, letters) for event in seen.events),
        moments={mark: _moment(moment, letters) for mark, moment in seen.moments.items()},
    )


def _event(event: Event, letters: Mapping[str, str]) -> Event:
    match event.what:
        case Pipe(name=name) if name in letters:
            return changed(event, what=changed(event.what, name=letters[name]))
        case Rest(waiting):
            told = tuple((who, _words(words, letters)) for who, words in waiting)
            return changed(event, what=Rest(told))
        case _:
            return event


def _moment(moment: SeenMoment, letters: Mapping[str, str]) -> SeenMoment:
    return replace(moment, looks={name: _look(one, letters) for name, one in moment.looks.items()})


def _look(look: ProcessLook, letters: Mapping[str, str]) -> ProcessLook:
    table = {
        number: replace(
            one, pipe=letters.get(one.pipe, one.pipe), target=_words(one.target, letters)
        )
        for number, one in look.descriptors.items()
    }
    return replace(look, descriptors=table)


def _words(words: str, letters: Mapping[str, str]) -> str:
    return _PIPE.sub(lambda found: f"pipe {letters.get(found[1], found[1])}", words)
