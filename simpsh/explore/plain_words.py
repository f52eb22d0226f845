"""The state between two steps, and a step, as lines that can be read aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.outlook import shown
from simpsh.explore.panel import DEADLOCK, END, READY, ZOMBIE
from simpsh.explore.wording import listed

if TYPE_CHECKING:
    from simpsh.explore.moments import Moment
    from simpsh.explore.outlook import Outlook
    from simpsh.explore.panel import Panel, PipeLine, ProcessLine

INTRODUCTION = (
    "You are the scheduler. Every process is real, and held just before its next step that",
    "others can notice. Type the name of one that is ready (P, P.1): it makes that step, runs on",
    "to its next one, and is held again. 'help' lists the other commands, 'quit' leaves.",
    "",
)
HELP = (
    "P.1             let that process make its step; so does its number in the list",
    "P.1!            let a signal that is pending for it act first",
    "back [N]        take the last step back, or N; forward makes them again",
    "until POINT     run until: exit of P.1, P.1 reads, P.1 is blocked, somebody is blocked,",
    "                output, choice, 5 steps, end",
    "run [random]    run to the end in turns, or by chance; the schedule remembers how",
    "free            let go of everybody: the kernel decides",
    "restart         go back to the beginning",
    "save FILE       write the schedule; load FILE reads one, forward walks along it",
    "schedule        who went when, so far",
    "timeline        the steps so far as a picture",
    "ahead           look further at what can still be printed",
    "state           say again where everybody stands",
    "quit            leave: everybody is ended, nothing stays behind",
)
_MOST_RESTS = 12


def step_lines(moment: Moment, before: Panel, *, is_short: bool = False) -> list[str]:
    """Tell a step in lines.

    Args:
        moment: what is after the step.
        before: the state before it.
        is_short: leave the reason out.
    """
    told = moment.happening
    lines = [f"Step {before.number + 1}, {told.choice}: {told.sentence}"]
    return lines if is_short or not told.why else [*lines, told.why]


def state_lines(panel: Panel, outlook: Outlook | None, state: str) -> list[str]:
    """Tell where everybody stands.

    Args:
        panel: the state.
        outlook: what can still be printed; None if that is not known.
        state: why not more is known of it; empty if there is nothing to say.
    """
    output = f"Output so far: {shown(panel.output, 200) if panel.output else 'nothing'}."
    if panel.verdict == END:
        ended = [f"{name} {how}" for name, how in panel.gone]
        return [f"Everybody has ended{': ' if ended else ''}{listed(ended)}.", output]
    lines = [_process(line, panel, outlook) for line in panel.lines]
    lines += [_pipe(pipe) for pipe in panel.pipes]
    lines.append(output)
    if panel.verdict == DEADLOCK:
        return [*lines, panel.deadlock_words]
    return [*lines, *_ahead(outlook, state)]


def _process(line: ProcessLine, panel: Panel, outlook: Outlook | None) -> str:
    if line.state == ZOMBIE:
        return f"   {line.name} {line.next}: a zombie, for {line.why}."
    pending = f" Pending for {line.name}: {listed(line.pending)}." if line.pending else ""
    if line.state == READY:
        number = panel.ready.index(line.name) + 1
        words = f"{number}. {line.name} is ready: next it {line.next}"
        words += _leaves(outlook, line.name) + "."
    else:
        words = f"   {line.name} is blocked: next it {line.next}"
        words += f"; {line.why}." if line.why else "."
    firsts = [choice for choice in line.choices if choice != line.name]
    for choice in firsts:
        number = panel.ready.index(choice) + 1
        words += f"\n{number}. {choice} is ready: first {listed(line.pending)} acts on {line.name}"
        words += _leaves(outlook, choice) + "."
    return words + ("" if firsts else pending)


def _leaves(outlook: Outlook | None, choice: str) -> str:
    left = outlook.left(choice) if outlook is not None else ""
    return f" (leaves {left} outputs possible)" if left else ""


def _pipe(pipe: PipeLine) -> str:
    inside = f"holds {shown(pipe.content)}" if pipe.content else "is empty"
    writers, readers = listed(pipe.writers) or "nobody", listed(pipe.readers) or "nobody"
    return f"   Pipe {pipe.letter} {inside}; write end: {writers}; read end: {readers}."


def _ahead(outlook: Outlook | None, state: str) -> list[str]:
    if outlook is None:
        return [f"What can still be printed: not known. {state}".rstrip()]
    rests = [shown(rest) if rest else "nothing more" for rest in outlook.rests[:_MOST_RESTS]]
    more = outlook.count - len(rests)
    tail = f", and {more} more" if more > 0 else ""
    head = f"What can still be printed ({outlook.head}): "
    return [f"{head}{', '.join(rests)}{tail}. {outlook.verdict or state}".rstrip()]
