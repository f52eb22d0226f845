"""One trial of a behaviour: its lines are typed at a shell, and each step acts or checks."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import ClassVar

from simpsh.base.file_facts import NO_FILE
from simpsh.base.phrases import counted, escaped, shorten
from simpsh.base.signal_names import Signal
from simpsh.base.wait_status import decode, sentence
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.grade.assignments.assignment import (
    CONTROL_KEYS,
    PLACEHOLDERS,
    Behaviour,
    Language,
    Step,
)
from simpsh.grade.sandbox.guarded_files import read_beginning
from simpsh.grade.shells.question_lot import Lot
from simpsh.grade.shells.record_checks import RECORD_CHECKS, is_status
from simpsh.grade.shells.terminal_session import Stuck, TerminalSession
from simpsh.process.open_files import descriptors
from simpsh.process.process_tree import children
from simpsh.trace.tracer.traced_command import TERMINAL_SIGNALS

_LONGEST, _LONGEST_ANSWER = 200, 30
_LONGEST_FILE = 1 << 16
_NOT_READABLE = (errno.EINVAL, errno.EISDIR, errno.ESRCH)
_PLACEHOLDER = re.compile(r"\{\{|\{([a-z-]+[0-9]?)\}")
_NAME_PROGRAMS = ("executed", "collected", "find")
_USUAL_FILES: Mapping[str, str] = {"data": "some data\n", "full": "this text is in the way\n"}


class BehaviourTrial:
    """One trial of a behaviour, with the values of its placeholders and its results."""

    def __init__(self, behaviour: Behaviour, lot: Lot, language: Language) -> None:
        self.behaviour = behaviour
        self._language = language
        self._pids: dict[str, int] = {}
        self._reached: list[Step] = []
        """The steps that judge the record and were reached before the shell ended."""
        self._greeting = ""
        """The output before the first key."""
        self.results: dict[str, str] = {}
        """By key of a check: empty if it passed, else what happened instead."""
        self._values = _drawn(lot, language)
        typed: Mapping[str, Callable[[Step], str]] = {
            "type": lambda step: self._fill(step.text),
            "key": lambda step: CONTROL_KEYS[step.text],
            "reported": lambda _: language.status,
        }
        steps = behaviour.steps
        self.types = tuple(typed[step.verb](step) for step in steps if step.verb in typed)
        """The typed lines without their newlines, and keys."""
        named = [step for step in steps if step.verb in _NAME_PROGRAMS]
        self.names = tuple(self._fill(step.text).split(" ")[0] for step in named)
        """The programs that the task names without typing them."""
        self.sees_data = any(step.verb == "written" for step in steps)
        """Whether the record needs what processes read and write."""
        first = steps[0]
        is_started = first.verb == "start"
        self.arguments = tuple(map(self._fill, first.words)) if is_started else None
        """The arguments of a shell that nobody types to; None if somebody does."""
        given = first.details.get("input")
        self.input = self._fill(given) if is_started and isinstance(given, str) else None
        """The contents of its standard input; None for the terminal."""

    def files(self, *, is_program: bool) -> Mapping[str, str]:
        """Return the texts of the files in the shell's directory, by name."""
        usual = {} if is_program else _USUAL_FILES
        own = self.behaviour.files.items()
        return {**usual, **{self._fill(name): self._fill(text) for name, text in own}}

    def play(self, shell: TerminalSession) -> None:
        """Carry out the steps at a shell; raise Stuck if one cannot be reached."""
        self._pids |= {"shell": shell.pid, "program": shell.pid}
        self._greeting = shell.output_from().strip()
        for step in self.behaviour.steps:
            if step.verb in RECORD_CHECKS:
                self._reached.append(step)
                if step.verb == "written":
                    # Its output can be seen before the record has the end of the write.
                    with suppress(Stuck):
                        shell.until(shell.is_gone, "it goes on", needs_shell=False)
                continue
            try:
                failure = self._methods[step.verb](self, step, shell)
            except Stuck as problem:
                if not step.check or not problem.is_at_prompt:
                    raise
                failure = str(problem)
            if failure and not step.check:
                raise Stuck(failure)
            self._note(step, failure)

    def judge(self, chronicle: Chronicle) -> None:
        """Check the record after the shell has ended, by the steps that were reached."""
        for step in self._reached:
            failure = RECORD_CHECKS[step.verb](step, self._fill, self._pids, chronicle)
            self._note(step, failure)
            for key in step.confirms:
                # The record can only fail a check that passed.
                if self.results.get(key) == "":
                    self.results[key] = failure

    def _note(self, step: Step, failure: str) -> None:
        """Note the result of a step that is a check; a check that has failed stays failed."""
        if step.check and not self.results.get(step.check):
            self.results[step.check] = failure

    def _fill(self, text: str) -> str:
        """Replace placeholders, also names of processes by their pids; `{pid}` is the last one."""
        pids = {name: str(pid) for name, pid in self._pids.items()}
        values = {**self._values, **pids, **({"pid": [*pids.values()][-1]} if pids else {})}
        # The language's words may contain other placeholders.
        for name in ("fg", "bg"):
            text = text.replace(f"{{{name}}}", getattr(self._language, name))
        return _PLACEHOLDER.sub(lambda it: "{" if it[1] is None else values.get(it[1], it[0]), text)

    def _pid(self, name: str) -> int:
        if name not in self._pids:
            raise Stuck(f"{name} was not found")
        return self._pids[name]

    # ------------------------------------------------------------------- actions

    def _start(self, _: Step, __: TerminalSession) -> str:
        return ""

    def _type(self, step: Step, shell: TerminalSession) -> str:
        shell.type(self._fill(step.text) + "\n")
        return self._then(step.details.get("then", "prompt"), shell)

    def _key(self, step: Step, shell: TerminalSession) -> str:
        shell.type(CONTROL_KEYS[step.text])
        return self._then(step.details.get("then", "nothing"), shell)

    def _wait(self, step: Step, shell: TerminalSession) -> str:
        return self._then(step.value, shell)

    def _then(self, awaited: object, shell: TerminalSession) -> str:
        if awaited == "prompt":
            shell.wait_prompt()
        elif awaited == "program":
            shell.until(
                lambda: shell.is_waiting_or_at_prompt() and not shell.is_at_prompt(),
                "the shell does not wait for the program",
            )
        elif awaited == "either":
            # A process that a key kills dies when it is next scheduled; so does the shell.
            shell.settle()
            shell.until(shell.is_waiting_or_at_prompt, "the shell neither waits nor prompts")
        return ""

    def _find(self, step: Step, shell: TerminalSession) -> str:
        name, known = str(step.details.get("as", step.value)), {*self._pids.values()}
        count = int(str(step.details.get("count", 1)))
        same_name = (it for it in shell.descendants() if it.comm == step.value)
        present = {it.pid for it in same_name if it.state in "ST"}
        pids = shell.find(step.text, count + len(known & present))
        new = [pid for pid in pids if pid not in known]
        self._pids |= {f"{name}{index or ''}": pid for index, pid in enumerate(new)}
        return ""

    def _kill(self, step: Step, shell: TerminalSession) -> str:
        shell.kill(self._pid(step.text), int(str(step.details["signal"])))
        return ""

    # ------------------------------------------------------- checks during the run

    def _process(self, step: Step, shell: TerminalSession) -> str:
        pid = self._pid(step.text)

        def state() -> str:
            if shell.is_dead(pid):
                return "dead"
            if shell.is_stopped(pid):
                return "stopped"
            return "running" if shell.state(pid) in "SRD" else ""

        wanted = step.details["is"]
        states = ("stopped", "dead") if wanted == "halted" else (wanted,)
        after = f"after {as_people_write(shell.typed[-1])} " if shell.typed else ""
        return self._wait_until(
            shell, lambda: state() in states, lambda: f"{after}{step.value} is {state()}"
        )

    def _wait_until(
        self, shell: TerminalSession, is_so: Callable[[], bool], words: Callable[[], str]
    ) -> str:
        try:
            shell.until(is_so, "", needs_shell=False)
        except Stuck:
            return words()
        return ""

    def _group(self, step: Step, shell: TerminalSession) -> str:
        whose = str(step.details["is"])
        pid = self._pid(step.text)
        now = shell.look(pid)
        other = shell.look(pid if whose == "own" else self._pid(whose))
        if now is None or other is None:
            return f"{step.value} has ended"
        is_so = now.pgid == (pid if whose == "own" else other.pgid)
        words = f"{step.value}: its group is {self._whose(now.pgid, pid, shell)}"
        return "" if is_so != bool(step.details.get("not")) else words

    @staticmethod
    def _whose(pgid: int, pid: int, shell: TerminalSession) -> str:
        now = shell.look(shell.pid)
        if now is not None and pgid == now.pgid:
            return "the shell's"
        return "its own" if pgid == pid else f"that of process {pgid}"

    def _terminal(self, step: Step, shell: TerminalSession) -> str:
        pid, holder = self._pid(step.text), shell.foreground()
        now = shell.look(pid)
        if now is None:
            return f"{step.value} has ended"
        words = f"{step.value}: the terminal's group is {self._whose(holder, pid, shell)}"
        return "" if (holder == now.pgid) != bool(step.details.get("not")) else words

    def _signals(self, step: Step, shell: TerminalSession) -> str:
        now = shell.look(self._pid(step.text))
        if now is None:
            return f"{step.value} has ended"
        # A shell ignores or blocks these signals; a program must not inherit that.
        withheld = {*now.ignored, *now.blocked}
        names = [str(Signal(signal)) for signal in TERMINAL_SIGNALS if signal in withheld]
        return f"{step.value} ignores or blocks {', '.join(names)}" if names else ""

    def _closed(self, step: Step, shell: TerminalSession) -> str:
        pipes = {pipe for number, pipe, _ in _pipe_ends(self._pid(step.text)) if number < 2}
        held = [
            f"descriptor {number} ({end})"
            for number, pipe, end in _pipe_ends(shell.pid)
            if pipe in pipes
        ]
        return f"it still holds {', '.join(held)} of the pipe" if held else ""

    def _file(self, step: Step, shell: TerminalSession) -> str:
        name, is_whole = self._fill(step.text), "is" in step.details
        wanted = self._fill(str(step.details["is" if is_whole else "has"]))

        def is_so() -> bool:
            text = _file_text(name, shell)[0]
            return text == wanted if is_whole else wanted in text

        def words() -> str:
            # A message of the shell before its prompt.
            message, _, prompt = shell.printed().lstrip("\n").partition("\n")
            printed = f"; it printed: {shorten(escaped(message), _LONGEST)}" if prompt else ""
            return _file_text(name, shell)[1] + printed

        return self._wait_until(shell, is_so, words)

    def _output(self, step: Step, shell: TerminalSession) -> str:
        wanted = self._fill(step.text)
        # Do not match a number inside a longer one, such as a pid.
        begin = r"(?<!\d)" if wanted[:1].isdigit() else ""
        end = r"(?!\d)" if wanted[-1:].isdigit() else ""
        return self._check_output(step, shell, begin + re.escape(wanted) + end)

    def _output_like(self, step: Step, shell: TerminalSession) -> str:
        return self._check_output(step, shell, self._fill(step.text))

    def _check_output(self, step: Step, shell: TerminalSession, pattern: str) -> str:
        wanted = re.compile(pattern, re.MULTILINE)

        def text() -> str:
            if "since" in step.details:
                return shell.output_from()
            # The terminal echoes a line that is typed, and a key as ^C.
            last = shell.typed[-1] if shell.typed else ""
            return shell.printed() if last.endswith("\n") else shell.output()

        def words() -> str:
            shown = shorten(escaped(text().strip()), _LONGEST)
            return f"it printed: {shown}" if shown else "it printed nothing"

        if step.details.get("not"):
            return words() if wanted.search(text()) else ""
        return self._wait_until(shell, lambda: wanted.search(text()) is not None, words)

    def _message(self, _: Step, shell: TerminalSession) -> str:
        printed = shell.printed().strip()
        if self._greeting.endswith(printed):
            return "nothing was said about it"
        prompt = self._greeting.rpartition("\n")[2]
        is_echo = printed.removesuffix(prompt).strip() == shell.typed[-1].strip()
        return "only the line itself was printed" if is_echo else ""

    def _reported(self, step: Step, shell: TerminalSession) -> str:
        line = as_people_write(shell.typed[-1])
        shell.run(self._language.status)
        printed, status = shell.printed(), int(step.text)
        if self._language.is_answer(printed, code=status, signal=max(0, -status)):
            return ""
        # A prompt follows the answer.
        first, newline, _ = printed.partition("\n")
        answer = repr(shorten(first, _LONGEST_ANSWER)) if newline else "nothing"
        return f"after {line} it says {answer}"

    def _zombies(self, step: Step, shell: TerminalSession) -> str:
        def count() -> int:
            return sum(it.state == "Z" and it.pid not in shell.older for it in children(shell.pid))

        return self._count(step, shell, count, "zombie", "zombies")

    def _children(self, step: Step, shell: TerminalSession) -> str:
        def count() -> int:
            return sum(it.pid not in shell.older for it in shell.descendants())

        return self._count(step, shell, count, "child", "children")

    @staticmethod
    def _count(
        step: Step, shell: TerminalSession, count: Callable[[], int], one: str, several: str
    ) -> str:
        # A thread may be late, and SIGCHLD may arrive after the prompt.
        with suppress(Stuck):
            shell.until(lambda: not count(), f"{several} are left")
        number = count()
        words = f"{counted(number, one, several)} {'was' if number == 1 else 'were'} left over"
        return "" if number == step.value else words

    def _ends(self, step: Step, shell: TerminalSession) -> str:
        status = shell.wait_end()
        is_so = step.value is True or is_status(status, int(self._fill(step.text)))
        return "" if is_so else f"its own status is: {sentence(decode(status))}"

    _methods: ClassVar[Mapping[str, Callable[[BehaviourTrial, Step, TerminalSession], str]]] = {
        "start": _start,
        "type": _type,
        "key": _key,
        "wait": _wait,
        "find": _find,
        "kill": _kill,
        "process": _process,
        "group": _group,
        "terminal": _terminal,
        "signals": _signals,
        "closed": _closed,
        "file": _file,
        "output": _output,
        "output-like": _output_like,
        "message": _message,
        "reported": _reported,
        "zombies": _zombies,
        "children": _children,
        "ends": _ends,
    }
    """The method of each verb; it returns a failure as a sentence, or an empty text."""


def _drawn(lot: Lot, language: Language) -> dict[str, str]:
    """Return the values of the placeholders; the same name has the same value in all lines."""
    values = {name: getattr(language, name) for name in ("jobs", "status")}
    for number in ("", *map(str, range(10))):
        drawn = (lot.sleep(), *lot.sum(), lot.word(), str(lot.number()))
        values |= {f"{name}{number}": it for name, it in zip(PLACEHOLDERS, drawn, strict=True)}
    values["exit"] = language.exit.replace("{number}", values["number"])
    values["exit-status"] = values["number"] if "{number}" in language.exit else "0"
    return values


def _pipe_ends(pid: int) -> list[tuple[int, int, str]]:
    """Return the number, the pipe and the end of each descriptor of a pipe; empty if it is gone."""
    try:
        return [(it.number, it.inode, it.end) for it in descriptors(pid) if it.kind == "pipe"]
    except ProcessLookupError:
        return []


def _file_text(name: str, shell: TerminalSession) -> tuple[str, str]:
    """Return the text of a file, and a sentence about its contents or the error.

    The name begins in the directory in which the shell was started.
    """
    problem = OSError()
    for _ in range(2):  # only the second answer is believed; see file_facts
        try:
            folder = os.open(shell.directory or "/", os.O_PATH | os.O_DIRECTORY)
            try:
                text = read_beginning(name, _LONGEST_FILE, folder).decode(errors="replace")
            finally:
                os.close(folder)
            return text, f"the file {name} contains {shorten(text, _LONGEST)!r}"
        except OSError as error:
            if error.errno not in {*NO_FILE, *_NOT_READABLE}:
                raise
            problem = error
    if isinstance(problem, FileNotFoundError):
        return "", f"there is no file {name}"
    return "", f"the file {name} cannot be read: {problem.strerror}"


def as_people_write(keys: str) -> str:
    r"""Return keys in readable form: a line, in quotes if blanks matter, or `^C`.

    >>> as_people_write("cd folder\n"), as_people_write("\x03"), as_people_write("\n")
    ('cd folder', '^C', "''")
    """
    line = keys.removesuffix("\n")
    if line and line < " " and line != "\t":
        return "".join(f"^{chr(ord(key) + 64)}" for key in line)
    return line if line and line == line.strip() else repr(line)
