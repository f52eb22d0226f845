"""Stepping in plain lines, for pipes, scripts, screen readers and simple terminals."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterable

from simpsh import console
from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.events import place_words
from simpsh.base.phrases import listed
from simpsh.explore.objects.name_words import quote_output
from simpsh.explore.step.look_ahead import Outlook
from simpsh.explore.step.panel_snapshot import (
    DEADLOCK,
    END,
    READY,
    ZOMBIE,
    FamilySnapshot,
    ProcessLine,
)
from simpsh.explore.step.stepping_session import RANDOM, TURNS, Moment, SteppingSession, is_choice
from simpsh.kernel.descriptors import read
from simpsh.kernel.signal_pipe import SignalPipe, waits_for_input

_SHORT = ("You are the scheduler. 'help' explains, and lists the commands; 'quit' leaves.", "")
INTRODUCTION = (
    "You are the scheduler. Every process is real, and held just before its next step that",
    "others can notice. Type the name of one that is ready (P, P1): it makes that step, runs on",
    "to its next one, and is held again. 'help' lists the other commands, 'quit' leaves.",
    "",
)
HELP = (
    "P1             let that process make its step; so does its number in the list",
    "P1!            let a signal that is pending for it act first",
    "back [N]        undo the last step, or the last N; forward makes them again",
    "run [random]    run to the end in turns, or by chance; the schedule remembers how",
    "restart         go back to the beginning",
    "schedule        who went when, so far, for step --schedule",
    "state           show the state of every process again",
    "quit            leave: all processes are ended",
)
_PROMPT = "> "
_BLOCK = 1 << 16
_MOST_SHOWN = 25
"""Of more new steps, only the last ones are printed."""


class LineStepper:
    """A dialogue about a session, in lines."""

    def __init__(self, session: SteppingSession, *, is_typed: bool) -> None:
        """Use an entered session; print a prompt if `is_typed`."""
        self._session = session
        self._is_typed = is_typed
        self._unread = b""
        self._commands: dict[str, Callable[[str], None]] = {
            "back": self._back,
            "forward": self._forward,
            "run": self._run,
            "restart": self._restart,
            "schedule": self._schedule,
            "state": lambda _: self._print_moment(),
            "help": lambda _: self._print((*INTRODUCTION, *HELP)),
        }

    def converse(self) -> None:
        """Read and execute commands until the end of the input or `quit`."""
        if self._is_typed:
            self._print(_SHORT)
        self._print_moment()
        self._print([words for words in (self._session.news(),) if words])
        while True:
            line = self._next_line()
            if line is None or line in ("q", "quit", "exit"):
                return
            if line and not line.startswith("#"):
                name, _, argument = line.partition(" ")
                session = self._session
                before = len(session.moments)
                session.note = ""
                try:
                    if name in self._commands:
                        self._commands[name](argument)
                    else:
                        self._choose(name)
                except SimpshError as problem:
                    ready = ", ".join(session.panel.ready) or "no process"
                    self._print([f"{problem}.", f"Ready: {ready}."])
                new = session.moments[before:]
                for moment in new[-_MOST_SHOWN:]:
                    self._print(step_lines(moment))
                if new:
                    self._print_state()
                self._print([words for words in (session.note, session.news()) if words])

    def watch(self) -> None:
        """Make all steps of the schedule, and print each.

        Raises SimpshError: the schedule contains an impossible step.
        """
        self._print_moment()
        while self._session.future:
            self._session.forward()
            self._print(step_lines(self._session.moments[-1]))
            self._print_state()

    def _next_line(self) -> str | None:
        if self._is_typed:
            console.say(_PROMPT)
        line = self._read_line()
        if not line:
            if self._is_typed:
                self._print([""])
            return None
        words = " ".join(line.split())
        if not self._is_typed and words:
            # A transcript repeats each command above its output.
            self._print(["", f"{_PROMPT}{words}"])
        return words

    def _read_line(self) -> str:
        """Return the next line of standard input; empty at end of file."""
        if sys.stdin is None:
            return ""  # descriptor 0 is closed
        while b"\n" not in self._unread:
            if waits_for_input(0):
                # A signal right before a read would not be handled until the next line.
                with SignalPipe() as signals:
                    signals.wait_for(0)
            piece = read(0, _BLOCK)
            if not piece:
                break
            self._unread += piece
        line, end, self._unread = self._unread.partition(b"\n")
        return (line + end).decode("utf-8", "surrogateescape")

    # ------------------------------------------------------------------------ commands

    def _choose(self, word: str) -> None:
        session = self._session
        if word.isdigit() and 1 <= int(word) <= len(session.panel.ready):
            session.choose(session.panel.ready[int(word) - 1])
        elif is_choice(word):
            session.choose(word)
        else:
            raise UsageProblem(
                f"{word}: neither a process nor a command; 'help' lists the commands"
            )

    def _back(self, argument: str) -> None:
        self._session.back(int(argument) if argument.isdigit() else 1)
        self._print_moment()

    def _forward(self, argument: str) -> None:
        for _ in range(int(argument) if argument.isdigit() else 1):
            self._session.forward()

    def _run(self, argument: str) -> None:
        if argument not in ("", RANDOM):
            raise UsageProblem(f"run {argument}: it is run, or run random")
        self._session.finish(argument or TURNS)

    def _restart(self, _argument: str) -> None:
        self._session.restart()
        self._print_moment()

    def _schedule(self, _argument: str) -> None:
        self._print([" ".join(self._session.schedule) or "No steps have been made yet."])

    # ----------------------------------------------------------------------- printing

    def _print_moment(self) -> None:
        narration = self._session.moments[-1].narration
        head = f"Step {self._session.panel.number}. " if narration.choice else ""
        self._print([f"{head}{narration.sentence}", *([narration.why] if narration.why else [])])
        self._print_state()

    def _print_state(self) -> None:
        session = self._session
        self._print(state_lines(session.panel, session.outlook(), session.look_ahead.state))

    def _print(self, lines: Iterable[str]) -> None:
        if self._is_typed:
            width = console.width(narrowest=40)
            wrapper = textwrap.TextWrapper(width, subsequent_indent="   ", break_on_hyphens=False)
            # Do not wrap a short line: it may be part of a picture.
            folded = (
                [line] if len(line) <= wrapper.width else wrapper.wrap(line) for line in lines
            )
            lines = [part for parts in folded for part in parts]
        console.show_lines(lines)


_MOST_RESTS = 12


def step_lines(moment: Moment) -> list[str]:
    """Return the lines about the step before a moment."""
    narration = moment.narration
    line = f"Step {moment.panel.number}, {narration.choice}: {narration.sentence}"
    return [line, narration.why] if narration.why else [line]


def state_lines(panel: FamilySnapshot, outlook: Outlook | None, state: str) -> list[str]:
    """Return lines about each process's next step; `state` is LookAhead.state."""
    output = f"Output so far: {quote_output(panel.output, 200) if panel.output else 'nothing'}."
    if panel.verdict == END:
        ended = [f"{name} {how}" for name, how in panel.gone]
        return [f"All processes have ended{': ' if ended else ''}{listed(ended)}.", output]
    lines = [_process(line, panel, outlook) for line in panel.lines]
    for pipe in panel.pipes:
        content = f"holds {quote_output(pipe.content)}" if pipe.content else "is empty"
        ends = [listed(names) or "no process" for names in (pipe.writers, pipe.readers)]
        words = pipe.words[:1].upper() + pipe.words[1:]
        lines.append(f"   {words} {content}; write end: {ends[0]}; read end: {ends[1]}.")
    lines.append(output)
    if panel.verdict == DEADLOCK:
        return [*lines, panel.deadlock_words]
    return [*lines, *_ahead(outlook, state)]


def _process(line: ProcessLine, panel: FamilySnapshot, outlook: Outlook | None) -> str:
    if line.state == ZOMBIE:
        return f"   {line.name} {line.next}: a zombie, for {line.why}."
    place = f" ({place_words(line.at)})" if line.at is not None else ""
    pending = f" Pending for {line.name}: {listed(line.pending)}." if line.pending else ""
    if line.state == READY:
        number = panel.ready.index(line.name) + 1
        words = f"{number}. {line.name} is ready: next it {line.next}{place}"
        words += _leaves(outlook, line.name) + "."
    else:
        words = f"   {line.name} is blocked: next it {line.next}{place}"
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


def _ahead(outlook: Outlook | None, state: str) -> list[str]:
    if outlook is None:
        return [f"What can still be printed: not known. {state}".rstrip()]
    rests = outlook.list_rests(_MOST_RESTS)
    more = outlook.count - len(rests)
    tail = f", and {more} more" if more > 0 else ""
    head = f"What can still be printed ({outlook.head}): "
    return [f"{head}{', '.join(rests)}{tail}. {outlook.verdict or state}".rstrip()]
