"""Behaviours that an assignment file describes, in its verbs."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import ClassVar

from simpsh.base.events import Exec
from simpsh.base.phrases import counted, escaped, listed, shorten
from simpsh.base.signal_names import Signal
from simpsh.base.targets import File, Member
from simpsh.base.wait_status import Exited, decode, killing_signal, sentence
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.grade.assignments.assignment import CONTROL_KEYS, OwnBehaviour, Step
from simpsh.grade.assignments.moments import happens
from simpsh.grade.sandbox.closed_set import has_name
from simpsh.grade.shells.program_start import ProgramStart
from simpsh.grade.shells.shell_behaviour import (
    Behaviour,
    as_people_write,
    count_zombies,
    counted_were,
    executed_by,
    executions,
    failed_execution,
    file_text,
    made,
    programs,
)
from simpsh.grade.shells.terminal_session import Stuck, TerminalSession
from simpsh.grade.shells.written_texts import written_texts
from simpsh.trace.tracer.traced_command import TERMINAL_SIGNALS

_LONGEST, _LONGEST_ANSWER = 200, 30
_NAME_PROGRAMS = ("executed", "collected", "find")
_LOOKS = ("is", "has", "like")


def own_behaviour(spec: OwnBehaviour) -> type[Behaviour]:
    """Return the class of a behaviour that an assignment file describes."""
    named = {name: getattr(spec, name) for name in ("id", "title", "look_at", "checks")}
    return type("_Own", (_Own,), {**named, "spec": spec})


class _Own(Behaviour):
    spec: ClassVar[OwnBehaviour]

    def draw(self) -> tuple[str, ...]:
        """Return the typed lines and keys, and prepare the start of the shell."""
        self._pids: dict[str, int] = {}
        self._to_judge: list[Step] = []
        """The steps that judge the recording and were reached before the shell ended."""
        first = self.spec.steps[0]
        if first.verb == "start":
            given = first.details.get("input")
            text = self._fill(given) if isinstance(given, str) else None
            self.start = ProgramStart(tuple(map(self._fill, first.words)), text)
        named = [step for step in self.spec.steps if step.verb in _NAME_PROGRAMS]
        self.names = tuple(self._fill(step.text).split(" ")[0] for step in named)
        self.sees_data = any(step.verb == "written" for step in self.spec.steps)
        typed: Mapping[str, Callable[[Step], str]] = {
            "type": lambda step: self._fill(step.text),
            "key": lambda step: CONTROL_KEYS[step.text],
            "reported": lambda _: self.language.status,
        }
        return tuple(typed[step.verb](step) for step in self.spec.steps if step.verb in typed)

    def given_files(self) -> Mapping[str, str]:
        return {self._fill(name): self._fill(it) for name, it in self.spec.files.items()}

    def _fill(self, text: str) -> str:
        """Replace placeholders, also names of processes by their pids; `{pid}` is the last one."""
        pids = {name: str(pid) for name, pid in self._pids.items()}
        self.values |= pids | ({"pid": [*pids.values()][-1]} if pids else {})
        return self.filled(text)

    def play(self, shell: TerminalSession) -> None:
        self._pids |= {"shell": shell.pid, "program": shell.pid}
        for step in self.spec.steps:
            if step.verb in self._after_the_run:
                self._to_judge.append(step)
                if step.verb == "written":
                    # Its output can be seen before the record has the end of the write.
                    with suppress(Stuck):
                        shell.until(shell.is_gone, "it goes on", needs_shell=False)
                continue
            try:
                failure = self._during_the_run[step.verb](self, step, shell)
            except Stuck as problem:
                if not step.check or not problem.is_at_prompt:
                    raise
                failure = str(problem)
            if step.check:
                self.check(step.check, not failure, failure)
            elif failure:
                raise Stuck(failure)

    def judge(self, chronicle: Chronicle) -> None:
        for step in self._to_judge:
            failure = self._after_the_run[step.verb](self, step, chronicle)
            if step.check:
                self.check(step.check, not failure, failure)
            for key in step.confirms:
                self.confirm(key, not failure, failure)

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

    def _pid(self, name: str) -> int:
        if name not in self._pids:
            raise Stuck(f"{name} was not found")
        return self._pids[name]

    # ------------------------------------------------------- checks during the run

    def _process(self, step: Step, shell: TerminalSession) -> str:
        pid, wanted = self._pid(step.text), step.details["is"]

        def state() -> str:
            if shell.is_dead(pid):
                return "dead"
            if shell.is_stopped(pid):
                return "stopped"
            return "running" if shell.state(pid) in "SRD" else ""

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
        leader = pid if whose == "own" else self._pid(whose)
        other = shell.look(leader)
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

    def _directory(self, step: Step, shell: TerminalSession) -> str:
        now = shell.look(shell.thread_of(shell.pid))
        where = (now.cwd or "") if now is not None else ""
        is_so = where.endswith(f"/{self._fill(step.text)}")
        return "" if is_so else f"the shell is in {where}; a child's directory is its own"

    def _file(self, step: Step, shell: TerminalSession) -> str:
        name = self._fill(step.text)
        ((how, wanted),) = [(it, str(step.details[it])) for it in _LOOKS if it in step.details][:1]

        def is_in(text: str) -> bool:
            wanted_text = self._fill(wanted)
            if how == "like":
                return re.search(wanted_text, text, re.DOTALL) is not None
            return wanted_text in text

        def is_so() -> bool:
            text = file_text(name, shell)[0]
            return text == self._fill(wanted) if how == "is" else is_in(text)

        if step.details.get("not"):
            return file_text(name, shell)[1] if is_so() else ""

        def words() -> str:
            # A message of the shell before its prompt.
            message, _, prompt = shell.printed().lstrip("\n").partition("\n")
            printed = f"; it printed: {shorten(escaped(message), _LONGEST)}" if prompt else ""
            return file_text(name, shell)[1] + printed

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

    def _check_report(self, step: Step, shell: TerminalSession) -> str:
        line = as_people_write(shell.typed[-1])
        shell.run(self.language.status)
        printed, status = shell.printed(), int(step.text)
        if self.language.is_answer(printed, code=status, signal=max(0, -status)):
            return ""
        # A prompt follows the answer.
        first, newline, _ = printed.partition("\n")
        answer = repr(shorten(first, _LONGEST_ANSWER)) if newline else "nothing"
        return f"after {line} it says {answer}"

    def _zombies(self, step: Step, shell: TerminalSession) -> str:
        count = count_zombies(shell)
        return "" if count == step.value else f"{counted_were(count, 'zombie')} left over"

    def _ends(self, step: Step, shell: TerminalSession) -> str:
        status = shell.wait_end()
        is_so = step.value is True or _is_status(status, int(self._fill(step.text)))
        return "" if is_so else f"its own status is: {sentence(decode(status))}"

    # --------------------------------------------------------------- checks of the recording

    def _status(self, step: Step, chronicle: Chronicle) -> str:
        pid = self._pids.get(step.text, 0)
        lives = [it for it in chronicle.processes.values() if it.pid == pid]
        lives = lives if pid else programs(chronicle, step.text)
        ended = [life.status for life in lives if life.status is not None]
        if any(_is_status(status, int(str(step.details["is"]))) for status in ended):
            return ""
        return (
            f"{step.value}: {sentence(decode(ended[0]))}" if ended else f"{step.value} did not end"
        )

    def _check_executions(self, step: Step, chronicle: Chronicle) -> str:
        line, details = self._fill(step.text), step.details
        name, *words = shlex.split(line)
        found = _executions(name, words, chronicle)
        if not found or details.get("count", len(found)) != len(found):
            given = executions(chronicle, lambda run: has_name(run, name))
            if given and not found:
                return f"it was given {shorten(str(list(given[0][1].argv[1:])), _LONGEST)}"
            times = f"{step.value} was executed {counted(len(found), 'time')}"
            failure = "" if found else failed_execution(chronicle)
            return f"{times}; {failure}" if failure else times
        called, by = "".join(found[0][1].argv[:1]), str(details.get("by", ""))
        if details.get("argv0", os.path.basename(called)) != os.path.basename(called):
            return f"argv[0] is {shorten(repr(called), _LONGEST_ANSWER)}"
        if by and not any(self._is_writer(process, by, chronicle) for process, _ in found):
            return f"{listed([process for process, _ in found])} executed it, not {by}"
        runs = [(dict(run.pipes), dict(run.files)) for _, run in found]
        if "number" in details:
            number, target = int(str(details["number"])), self._fill(str(details["to"]))
            # A shell may also pass the data on through a pipe.
            if not any(
                number in pipes or (number in files and _leads_to(files[number], target))
                for pipes, files in runs
            ):
                return f"it was not executed with descriptor {number} leading to {target}"
        extra = sorted(it for it in {*runs[0][0], *runs[0][1]} if it > 2)
        return f"it also has {', '.join(map(str, extra))}" if "others" in details and extra else ""

    def _processes(self, step: Step, chronicle: Chronicle) -> str:
        processes = made(chronicle)
        words = f"{counted_were(len(processes), 'process', 'processes')} made"
        return "" if len(processes) == step.value else f"{words}{executed_by(processes)}"

    def _order(self, step: Step, chronicle: Chronicle) -> str:
        wanted = [*map(self._fill, step.words)]
        happened = [
            next((moment for moment in wanted if happens(event, moment)), "")
            for event in chronicle.events
        ]
        first = [*filter(None, happened)][: len(wanted)]
        if first == wanted:
            return ""
        return f"the order was: {', '.join(first)}" if first else "none of this happened"

    def _check_writer(self, step: Step, chronicle: Chronicle) -> str:
        table = step.table
        wanted, by, is_piped = self._fill(table["text"]), table["by"], "through" in table
        found = [
            it.process
            for it in written_texts(chronicle.events)
            if wanted in it.text and bool(it.pipe) is is_piped and (it.is_read or not is_piped)
        ]
        if any(self._is_writer(process, by, chronicle) for process in found):
            return ""
        where = "into a pipe that another process reads" if is_piped else "to the output"
        writers = f"{listed(found)} wrote it {where}" if found else f"no process wrote it {where}"
        what = shorten(repr(wanted), _LONGEST_ANSWER) if wanted else "anything"
        return f"{by} did not write {what}: {writers}"

    def _is_writer(self, process: str, by: str, chronicle: Chronicle) -> bool:
        life = chronicle.processes.get(process)
        if life is None:
            return False
        if by in ("program", "shell"):
            return life.parent is None
        if by == "child":
            return isinstance(life.parent, Member) and life.parent == Member(_root(chronicle))
        return life.pid == self._pids.get(by, 0) or life in programs(chronicle, by)

    def _check_collection(self, step: Step, chronicle: Chronicle) -> str:
        name = self._fill(step.text)
        lives = programs(chronicle, name)
        bad = [it for it in lives if it.reap is None or it.collector != it.parent]
        if bad:
            words = counted_were(len(bad), "child", "children")
            return f"{words} not collected by the process that made it"
        return "" if lives else f"{name} was not executed"

    _during_the_run: ClassVar[Mapping[str, Callable[[_Own, Step, TerminalSession], str]]] = {
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
        "directory": _directory,
        "file": _file,
        "output": _output,
        "output-like": _output_like,
        "reported": _check_report,
        "zombies": _zombies,
        "ends": _ends,
    }
    """The method of each verb; it returns a failure as a sentence, or an empty text."""
    _after_the_run: ClassVar[Mapping[str, Callable[[_Own, Step, Chronicle], str]]] = {
        "status": _status,
        "executed": _check_executions,
        "processes": _processes,
        "order": _order,
        "written": _check_writer,
        "collected": _check_collection,
    }
    """The methods that judge the recording after the shell has ended."""


def _executions(name: str, words: Sequence[str], chronicle: Chronicle) -> list[tuple[str, Exec]]:
    """Return the processes and executions of a line: a program's name, and its arguments."""

    def has_words(run: Exec) -> bool:
        # `sh` may be an alias with more words; a shell without redirections passes their words.
        given = list(run.argv[1:])
        return list(words) in (given[-len(words) :], given[: len(words)])

    if not words:
        return executions(chronicle, lambda run: has_name(run, name))
    # The start of the judged program may have the same words.
    found = executions(chronicle, has_words)
    named = [each for each in found if has_name(each[1], name)]
    return named or [each for each in found if each[0] != _root(chronicle)]


def _leads_to(file: File, name: str) -> bool:
    return os.path.basename(file.path) == name


def _root(chronicle: Chronicle) -> str:
    """Return the name of the process that is judged."""
    return next((life.name for life in chronicle.processes.values() if life.parent is None), "")


def _is_status(word: int, wanted: int) -> bool:
    """Return whether a status word has this exit status or, if negative, this signal."""
    if wanted < 0:
        return killing_signal(word) == -wanted
    return decode(word) == Exited(wanted)
