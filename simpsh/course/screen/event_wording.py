"""One event of a demonstration, in words: what the process does, without its name.

prints “parent: x = 1”
collects child: status 3
"""

from __future__ import annotations

from simpsh.base import events
from simpsh.base.phrases import by_ending, command_words, errno_name, escaped, shortened
from simpsh.base.signal_names import Signal
from simpsh.base.wait_status import Exited, Killed, decode
from simpsh.course.lesson.observation import Observation
from simpsh.course.screen.call_wording import change_words

YOU = "you"
"""Who acts from outside, where the demonstration cannot continue by itself."""
_LONGEST = 40
_MUCH, _BEGINNING = 100, 12
_OWN = ("0", "1", "2")
_EFFECTS = {"ignored": ", and ignores it", "nothing": ": nothing happens"}


def quoted(text: str, longest: int = _LONGEST) -> str:
    r"""Return text in quotes, on one line, its last newline left out.

    >>> quoted("started\n"), quoted("a\tb"), quoted("\n")
    ('“started”', '“a\\tb”', '“\\n”')
    """
    body = text.removesuffix("\n") or text
    return f"“{shortened(escaped(body), longest)}”"


def keys(text: str) -> str:
    r"""Return what was typed, as it is written on keys.

    >>> keys("\x03"), keys("ls\r")
    ('^C', 'ls Enter')
    """
    shown = "".join(
        " Enter " if char in "\r\n" else f"^{chr(ord(char) + 64)}" if char < " " else char
        for char in text
    )
    return shown.strip()


def ending(status: int) -> str:
    """Say how a process ended, from its status word.

    >>> ending(0x0300), ending(15), ending(0x86)
    ('ends, status 3', 'is killed by SIGTERM', 'is killed by SIGABRT, core dumped')
    """
    match decode(status):
        case Exited(code):
            return f"ends, status {code}"
        case Killed(signal, dumped_core):
            return f"is killed by {signal.name}{', core dumped' if dumped_core else ''}"
        case _:
            return "ends"


def fate(status: int) -> str:
    """Say what a collected status tells, unless it is a plain 0.

    >>> fate(0), fate(0x0300), fate(9)
    ('', 'status 3', 'killed by SIGKILL')
    """
    return by_ending(status, "status {}", "killed by {}", "") if status else ""


class Wording:
    """Words for the events of one run."""

    def __init__(self, run: Observation) -> None:
        self._chronicle = run.chronicle
        self._outputs = frozenset(run.outputs)

    def phrase(self, index: int) -> str:
        """Say what happened in an event; empty for one that is for machines."""
        what = self._chronicle.events[index].what
        match what:
            case events.Fork():
                return self._fork(what)
            case events.Exec(argv):
                return f"execs {command_words(argv)}"
            case events.ExecError(path, number):
                return f"cannot exec {path}: {errno_name(number)}"
            case events.Exit(status):
                return ending(status)
            case events.Reap():
                return self._reap(what)
            case events.Reparent():
                adopter = self.label(what.adopter) if what.adopter else f"process {what.ppid}"
                return f"is adopted by {adopter}"
            case events.Wait() | events.WaitReturn():
                return self._wait(index, what)
            case _:
                return self._signal(index, what)

    def _signal(self, index: int, what: events.What) -> str:
        match what:
            case events.SignalSend():
                return self._send(index, what)
            case events.SignalDeliver(signal, effect=effect):
                done = _EFFECTS.get(effect, "")
                return f"gets {Signal(signal).name}{self._merged(index)}{done}"
            case events.Stop(signal):
                return f"stops: {Signal(signal).name}"
            case events.Continue():
                return "continues"
            case events.Read() | events.Write():
                return self._transfer(index, what)
            case events.Rest():
                return "no process can move any more"
            case _:
                return self._descriptor(index, what)

    def _descriptor(self, index: int, what: events.What) -> str:
        match what:
            case events.Pipe(_, _, inode, name):
                life = self._chronicle.pipes.get(inode or f"made at {index}")
                return f"makes pipe {life.name if life is not None else name}"
            case events.Close(number):
                return f"closes {number}{self._end(index, number)}"
            case events.Dup(old, new, number):
                return f"makes {new} what {old} is" if not number else _failure("dup2", number)
            case events.Open(path, descriptor, _, number):
                failed = f"cannot open {path}: {errno_name(number)}"
                return failed if number else f"opens {path} as {descriptor}"
            case _:
                return self._group(index, what)

    def _group(self, index: int, what: events.What) -> str:
        match what:
            case events.SetSid():
                return "starts a session of its own"
            case events.SetPgid(target, group, number):
                return (
                    _failure("setpgid", number) if number else self._grouped(index, target, group)
                )
            case events.TcSetPgrp(group, number):
                words = f"gives the terminal to {self._possessive(index, group)} group"
                return _failure("tcsetpgrp", number) if number else words
            case events.Call(name, _, _, number):
                return _failure(name, number) if number else change_words(what)
            case _:
                return ""

    # -- births, deaths and waits ---------------------------------------------------------------

    def label(self, name: str) -> str:
        """Return what a process is called on the screen."""
        return self._chronicle.label(name)

    def _fork(self, what: events.Fork) -> str:
        if what.thread:
            return "starts a thread"
        how = " (vfork)" if what.syscall == "vfork" else ""
        return f"forks {self.label(what.child)}{how}"

    def _reap(self, what: events.Reap) -> str:
        if what.by == "kernel":
            return "is gone at once: no process collects it"
        child = self._chronicle.processes.get(what.child)
        words = fate(child.status) if child is not None and child.status is not None else ""
        return f"collects {self.label(what.child)}{f': {words}' if words else ''}"

    def _wait(self, index: int, what: events.Wait | events.WaitReturn) -> str:
        if isinstance(what, events.Wait):
            target = self._chronicle.bearer(what.target, index) if what.target > 0 else None
            return f"waits for {target.label if target is not None else 'a child'}"
        if what.errno:
            return _failure("wait", what.errno)
        if not what.child_pid:
            return "asks: no child has ended yet"
        child = self.label(what.child)
        if what.status is None:
            return f"sees that {child} has ended or changed its state"
        status = decode(what.status)
        if isinstance(status, Exited | Killed):
            return f"sees that {child} has ended, and leaves it a zombie"
        return (
            f"is told that {child} {'has stopped' if what.status & 0xFF == 0x7F else 'continues'}"
        )

    # -- signals --------------------------------------------------------------------------------

    def _send(self, index: int, what: events.SignalSend) -> str:
        to = self._target(index, what.target)
        if what.syscall == "pidfd_send_signal" and what.target < 1:
            # The descriptor names no pid any more: its process has been collected.
            to = "no process"
        if not what.signal:
            words = f"checks {to} by signal 0"
        else:
            verb = "send" if self._chronicle.events[index].proc == YOU else "sends"
            words = f"{verb} {Signal(what.signal).name} to {to}"
        return f"{words}: {errno_name(what.errno)}" if what.errno else words

    def _target(self, index: int, target: int) -> str:
        if target == 0:
            return "its group"
        if target == -1:
            return "all processes it may"
        if target < -1:
            return f"{self._possessive(index, -target)} group"
        bearer = self._chronicle.bearer(target, index)
        return bearer.label if bearer is not None else "a process outside"

    def _possessive(self, index: int, pid: int) -> str:
        bearer = self._chronicle.bearer(pid, index)
        if bearer is None:
            return "another"
        itself = bearer.name == self._chronicle.owners[index]
        return "its own" if itself else f"{bearer.label}'s"

    def _merged(self, index: int) -> str:
        sent = [
            cause
            for cause in self._chronicle.causes.direct(index)
            if isinstance(self._chronicle.events[cause].what, events.SignalSend)
        ]
        return f", once for {len(sent)} that were sent" if len(sent) > 1 else ""

    def _grouped(self, index: int, target: int, group: int) -> str:
        owner = self._chronicle.processes.get(self._chronicle.owners[index])
        moved = self._chronicle.bearer(target, index) if target else owner
        leader = self._chronicle.bearer(group, index) if group else moved
        who = "itself" if moved is owner or moved is None else moved.label
        if leader is moved:
            return f"puts {who} into a group of its own"
        return f"puts {who} into {self._possessive(index, group)} group"

    # -- reading and writing --------------------------------------------------------------------

    def _transfer(self, index: int, what: events.Read | events.Write) -> str:
        if self._chronicle.events[index].proc == YOU:
            return f"type {keys(what.text)}"
        is_read = isinstance(what, events.Read)
        where = self.place(index, what.fd, what.pipe)
        if what.errno:
            verb = "cannot read" if is_read else "cannot write"
            return f"{verb}{f' {where}' if where else ''}: {errno_name(what.errno)}"
        if is_read and what.count == 0:
            return f"reads end of file{f' from {where}' if where else ''}"
        count = f"{what.count} bytes" if what.count else "nothing"
        text = quoted(what.text) if what.text else count
        is_shown = index in self._outputs
        if what.count > _MUCH and what.text and not is_shown:
            # How much it is says more than what it begins with.
            text = f"{count} {quoted(what.text, _BEGINNING)}"
        if is_read:
            return f"reads {text}{f' from {where}' if where else ''}"
        if is_shown:
            return f"prints {text}"
        return f"writes {text}{f' into {where}' if where else ''}"

    def place(self, index: int, number: int, inode: str) -> str:
        """Say what a descriptor leads to: a pipe's letter, a file; empty for the output."""
        life = self._chronicle.pipes.get(inode) if inode else None
        if life is not None and life.name and life.maker:
            return life.name
        process = self._chronicle.process_of(index)
        target = process.table_at(index).get(number, "") if process is not None else ""
        if target[-2:] in (" r", " w") or target.startswith(("/dev/pts", "/dev/tty")):
            target = ""
        if not target:
            return "" if str(number) in _OWN else f"descriptor {number}"
        if ":[" in target:
            return f"a {target.partition(':')[0]}"
        return target if target.startswith("/dev/") else target.rsplit("/", 1)[-1]

    def _end(self, index: int, number: int) -> str:
        process = self._chronicle.process_of(index)
        target = process.table_at(index - 1).get(number, "") if process is not None else ""
        life = self._chronicle.pipes.get(target[:-2]) if target[-2:] in (" r", " w") else None
        if life is None or not life.name:
            return ""
        return f": {'the write' if target.endswith('w') else 'the read'} end of {life.name}"


def _failure(call: str, number: int) -> str:
    return f"is refused: {call} fails with {errno_name(number)}"
