"""The steps of a behaviour that judge the kernel's record, after the shell has ended.

Each takes a step, a function that fills in its placeholders, the pids that steps have found, and
the record. It returns a failure as a sentence, or an empty text.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence

from simpsh.base.events import Dup, Event, Exec, ExecError, Fork, Read, Write
from simpsh.base.phrases import counted, errno_words, escaped, listed, shorten
from simpsh.base.record import Record
from simpsh.base.targets import File, Member
from simpsh.base.wait_status import Exited, decode, killing_signal, sentence
from simpsh.chronicle.chronicle_model import Chronicle, ProcessLife
from simpsh.grade.assignments.assignment import Step
from simpsh.grade.sandbox.closed_set import has_name

_LONGEST, _LONGEST_ANSWER, _LONGEST_PATH = 200, 30, 100

_OUTPUTS = ("terminal", "file")
"""The kinds of files in which a text can be found later; no devices, such as /dev/null."""

Fill = Callable[[str], str]
Pids = Mapping[str, int]


def _status(step: Step, _: Fill, pids: Pids, chronicle: Chronicle) -> str:
    pid = pids.get(step.text, 0)
    lives = [it for it in chronicle.processes.values() if it.pid == pid]
    lives = lives if pid else _programs(chronicle, step.text)
    ended = [life.status for life in lives if life.status is not None]
    if any(is_status(status, int(str(step.details["is"]))) for status in ended):
        return ""
    return f"{step.value}: {sentence(decode(ended[0]))}" if ended else f"{step.value} did not end"


def _executed(step: Step, fill: Fill, pids: Pids, chronicle: Chronicle) -> str:
    line, details = fill(step.text), step.details
    name, *words = shlex.split(line)
    found = _executions(name, words, chronicle)
    if details.get("count", len(found) or 1) != len(found):
        given = _matching(chronicle, lambda run: has_name(run, name))
        if given and not found:
            return f"it was given {shorten(str(list(given[0][1].argv[1:])), _LONGEST)}"
        times = f"{step.value} was executed {counted(len(found), 'time')}"
        failure = "" if found else failed_execution(chronicle)
        return f"{times}; {failure}" if failure else times
    if not found:
        return ""
    called, by = "".join(found[0][1].argv[:1]), str(details.get("by", ""))
    if details.get("argv0", os.path.basename(called)) != os.path.basename(called):
        return f"argv[0] is {shorten(repr(called), _LONGEST_ANSWER)}"
    if by and not any(_is_process(process, by, pids, chronicle) for process, _ in found):
        return f"{listed([process for process, _ in found])} executed it, not {by}"
    runs = [run for _, run in found]
    if "number" in details:
        number, target = int(str(details["number"])), fill(str(details["to"]))
        # A shell may also pass the data on through a pipe.
        files = [file for run in runs for at, file in run.files if at == number]
        is_so = any(os.path.basename(file.path) == target for file in files)
        if not is_so and not any(number in dict(run.pipes) for run in runs):
            return f"it was not executed with descriptor {number} leading to {target}"
    if "into" in details:
        name, *words = shlex.split(fill(str(details["into"])))
        out = dict(runs[0].pipes).get(1)
        inputs = [dict(run.pipes).get(0) for _, run in _executions(name, words, chronicle)]
        if out is None or not out.is_write or out.other not in inputs:
            return "the first one's output is not the second one's input"
    numbers = {*dict(runs[0].pipes), *dict(runs[0].files)}
    if extra := sorted(it for it in numbers if it > 2 and "others" in details):
        return f"it also has {', '.join(map(str, extra))}"
    ends = [(it, end) for it, end in runs[0].pipes if it > 2 and "pipes" in details]
    held = [f"descriptor {it} ({'write' if end.is_write else 'read'} end)" for it, end in ends]
    return f"it still holds {', '.join(held)} of a pipe" if held else ""


def _processes(step: Step, _: Fill, __: Pids, chronicle: Chronicle) -> str:
    made = [it for it in chronicle.processes.values() if it.parent is not None]
    words = f"{_counted_were(len(made), 'process', 'processes')} made"
    return "" if len(made) == step.value else words


def _written(step: Step, fill: Fill, pids: Pids, chronicle: Chronicle) -> str:
    table = step.table
    wanted, by, is_piped = fill(table["text"]), table["by"], "through" in table
    found = [
        it.process
        for it in _written_texts(chronicle.events)
        if wanted in it.text and bool(it.pipe) is is_piped and (it.is_read or not is_piped)
    ]
    if any(_is_process(process, by, pids, chronicle) for process in found):
        return ""
    where = "into a pipe that another process reads" if is_piped else "to the output"
    writers = f"{listed(found)} wrote it {where}" if found else f"no process wrote it {where}"
    what = shorten(repr(wanted), _LONGEST_ANSWER) if wanted else "anything"
    return f"{by} did not write {what}: {writers}"


def _collected(step: Step, fill: Fill, _: Pids, chronicle: Chronicle) -> str:
    name = fill(step.text)
    lives = _programs(chronicle, name)
    bad = [it for it in lives if it.reap is None or it.collector != it.parent]
    if bad:
        words = _counted_were(len(bad), "child", "children")
        return f"{words} not collected by the process that made it"
    return "" if lives else f"{name} was not executed"


RECORD_CHECKS: Mapping[str, Callable[[Step, Fill, Pids, Chronicle], str]] = {
    "status": _status,
    "executed": _executed,
    "processes": _processes,
    "written": _written,
    "collected": _collected,
}
"""The function of each verb."""


class _WrittenText(Record):
    """All that a process wrote to one place."""

    process: str
    pipe: str
    """The pipe; empty for the terminal and for files."""
    text: str
    is_read: bool
    """Whether another process has read from the pipe."""


def _written_texts(events: Sequence[Event]) -> list[_WrittenText]:
    """Return the texts that processes wrote; a record of the level `io` has them."""
    files: dict[str, dict[int, File]] = {}
    texts: dict[tuple[str, str], str] = {}
    readers: dict[str, set[str]] = {}
    for event in events:
        what, known = event.what, files.setdefault(event.proc, {})
        if isinstance(what, Fork) and not what.thread:
            files[what.child] = dict(known)
        elif isinstance(what, Exec):
            files[event.proc] = dict(what.files)
        elif isinstance(what, Dup) and not what.errno:
            # The next use of the descriptor names its file, if that is another one.
            known.pop(what.newfd, None)
            if what.oldfd in known:
                known[what.newfd] = known[what.oldfd]
        elif isinstance(what, Read | Write):
            if what.file is not None:
                known[what.fd] = what.file
            kind = known[what.fd].kind if what.fd in known else ""
            if what.count <= 0 or not (what.pipe or kind in _OUTPUTS):
                continue
            if isinstance(what, Read):
                readers.setdefault(what.pipe, set()).add(event.proc)
            else:
                place = event.proc, what.pipe
                texts[place] = texts.get(place, "") + what.text
    return [
        _WrittenText(process, pipe, text, bool(readers.get(pipe, set()) - {process}))
        for (process, pipe), text in texts.items()
    ]


def _is_process(process: str, who: str, pids: Pids, chronicle: Chronicle) -> bool:
    """Return whether a process is `program`, `child`, a found one, or executed this program."""
    life = chronicle.processes.get(process)
    if life is None:
        return False
    if who in ("program", "shell"):
        return life.parent is None
    if who == "child":
        return isinstance(life.parent, Member) and life.parent == Member(_root(chronicle))
    return life.pid == pids.get(who, 0) or life in _programs(chronicle, who)


def _root(chronicle: Chronicle) -> str:
    """Return the name of the process that is judged."""
    return next((life.name for life in chronicle.processes.values() if life.parent is None), "")


def _programs(chronicle: Chronicle, name: str) -> list[ProcessLife]:
    """Return the processes that have executed a program of this name, in order of birth."""
    return [
        process
        for process in chronicle.processes.values()
        if any(run.name == name and not run.is_copy for run in process.programs)
    ]


def _matching(chronicle: Chronicle, matches: Callable[[Exec], bool]) -> list[tuple[str, Exec]]:
    """Return the processes and executions that match, in order."""
    every = [(event.proc, event.what) for event in chronicle.events]
    return [(proc, what) for proc, what in every if isinstance(what, Exec) and matches(what)]


def _executions(name: str, words: Sequence[str], chronicle: Chronicle) -> list[tuple[str, Exec]]:
    """Return the processes and executions of a line: a program's name, and its arguments."""

    def has_words(run: Exec) -> bool:
        # `sh` may be an alias with more words; a shell without redirections passes their words.
        given = list(run.argv[1:])
        return list(words) in (given[-len(words) :], given[: len(words)])

    if not words:
        return _matching(chronicle, lambda run: has_name(run, name))
    # The start of the judged program may have the same words.
    found = _matching(chronicle, has_words)
    named = [each for each in found if has_name(each[1], name)]
    return named or [each for each in found if each[0] != _root(chronicle)]


def failed_execution(chronicle: Chronicle) -> str:
    """Return why the last exec of a process failed; empty if none did."""
    failed: dict[str, ExecError] = {}
    for event in chronicle.events:
        if isinstance(event.what, ExecError):
            failed[event.proc] = event.what
        elif isinstance(event.what, Exec):
            failed.pop(event.proc, None)
    for process, what in failed.items():
        path = shorten(escaped(what.path), _LONGEST_PATH)
        return f"execve({path}) failed in {process}: {errno_words(what.errno)}"
    return ""


def is_status(word: int, wanted: int) -> bool:
    """Return whether a status word has this exit status or, if negative, this signal."""
    if wanted < 0:
        return killing_signal(word) == -wanted
    return decode(word) == Exited(wanted)


def _counted_were(number: int, singular: str, plural: str) -> str:
    """Return a count with its noun and verb: `2 children were`."""
    return f"{counted(number, singular, plural)} {'was' if number == 1 else 'were'}"
