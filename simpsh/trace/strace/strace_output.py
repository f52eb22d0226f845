"""The lines that `strace -f -ttt -y` writes, turned into events.

101 1700000000.123456 wait4(-1,  <unfinished ...>
102 1700000000.123999 +++ exited with 0 +++
101 1700000000.124100 <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 102
"""

from __future__ import annotations

import ast
import errno
import re
from collections.abc import Iterable, Mapping, Sequence

from simpsh.base import events
from simpsh.base.events import What
from simpsh.base.signal_names import SIGCHLD, SIGCONT, by_name
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, WaitStatus, encode, is_end

_LINE = re.compile(r"(?P<pid>\d+) +(?P<seconds>\d+)\.(?P<fraction>\d+) (?P<rest>.*)")
_CALL = re.compile(r"(?P<name>\w+)\((?P<args>.*)\) += (?P<result>-?\d+)(?P<after>.*)", re.S)
_BEGUN = re.compile(r"(?P<name>\w+)\((?P<args>.*?),? *<unfinished \.\.\.>$")
_RESUMED = re.compile(r"<\.\.\. (?P<name>\w+) resumed>(?P<args>.*)")
_ENDED = re.compile(
    r"\+\+\+ (?:exited with (?P<code>\d+)|killed by (?P<signal>\w+)(?P<core>.*)) \+"
)
_SIGNAL = re.compile(r"--- (?P<name>SIG\w+(?:\+\d+)?) \{(?P<info>.*)\} ---")
_STOP_NOTICE = re.compile(r"--- stopped by (?P<name>SIG\w+) ---")
_FORKS = ("fork", "vfork", "clone", "clone3")


def events_of(
    lines: Iterable[str], argv: Sequence[str], start_unix_ns: int
) -> tuple[events.Event, ...]:
    """Return the events that strace's lines tell of, in order, each cause before its effects."""
    reader = _StraceReader(tuple(argv), start_unix_ns)
    for line in lines:
        reader.take(line.rstrip("\n"))
    return reader.finish()


class _StraceReader:
    def __init__(self, argv: tuple[str, ...], start_unix_ns: int) -> None:
        self._argv = argv
        self._start = start_unix_ns
        self._now = 0
        self._events: list[events.Event] = []
        self._names: dict[int, str] = {}
        self._threads: dict[int, int] = {}
        self._held: dict[int, list[str]] = {}
        self._begun: dict[int, str] = {}
        self._zombies: dict[int, str] = {}
        self._stopped: set[int] = set()
        self._root = 0
        self._births = 0
        self._pipes = 0

    def take(self, line: str) -> None:
        """Read one line; of a process not yet born, keep it until its birth."""
        found = _LINE.match(line)
        if found is None:
            return
        pid = int(found["pid"])
        moment = int(found["seconds"]) * 10**9 + int(found["fraction"].ljust(9, "0"))
        if not self._root:
            self._root = pid
            self._give_name(pid)
            self._now = max(0, moment - self._start)
            self._tell(pid, events.Start(0, self._argv))
        if pid not in self._names:
            self._held.setdefault(pid, []).append(line)
            return
        # Kept lines are read late, and time does not run backwards in a recording.
        self._now = max(self._now, moment - self._start)
        self._read(pid, found["rest"])

    def finish(self) -> tuple[events.Event, ...]:
        """Return the events; births that were not reported are concluded."""
        while self._held:
            self._born(self._root, next(iter(self._held)), "fork", is_inferred=True)
        return tuple(self._events)

    def _tell(self, pid: int, what: What) -> None:
        tid = pid if pid in self._threads else 0
        process = self._threads.get(pid, pid)
        name = self._names.get(process, "")
        seq = len(self._events) + 1
        self._events.append(events.Event(process, what, self._now, seq, name, tid, "strace", ()))

    def _give_name(self, pid: int) -> str:
        self._names[pid] = f"P{self._births}"
        self._births += 1
        return self._names[pid]

    def _read(self, pid: int, rest: str) -> None:
        if begun := _BEGUN.match(rest):
            self._begun[pid] = f"{begun['name']}({begun['args']}"
            self._announce(pid, begun["name"], begun["args"])
        elif resumed := _RESUMED.match(rest):
            opening = self._begun.pop(pid, f"{resumed['name']}(")
            joint = "" if opening.endswith("(") else ", "
            self._call(pid, f"{opening}{joint}{resumed['args'].lstrip(', ')}", is_new=False)
        elif ended := _ENDED.match(rest):
            self._end(pid, ended)
        elif signal := _SIGNAL.match(rest):
            self._signal(pid, signal)
        elif stopped := _STOP_NOTICE.match(rest):
            self._stopped.add(pid)
            self._tell(pid, events.Stop(signal_number(stopped["name"])))
        else:
            self._call(pid, rest, is_new=True)

    def _call(self, pid: int, text: str, *, is_new: bool) -> None:
        found = _CALL.match(text)
        if found is None:
            return
        name, args, result = found["name"], found["args"], int(found["result"])
        if is_new:
            self._announce(pid, name, args)
        if result == -1:
            word = found["after"].split()
            result = -getattr(errno, word[0], 0) if word else -1
        if name in _FORKS and result > 0:
            self._fork(pid, name, args, result)
            return
        what = decoded(name, args, result, self._names, self._pipes)
        if what is not None:
            self._pipes += name.startswith("pipe")
            self._tell(pid, what)
            self._collect(pid, name, what)

    def _announce(self, pid: int, name: str, args: str) -> None:
        if name in WAITS:
            self._tell(pid, waiting(name, args))

    def _collect(self, pid: int, name: str, what: What) -> None:
        """Note that a wait returned a dead child."""
        if not isinstance(what, events.WaitReturn) or what.status is None or name not in WAITS:
            return
        if is_end(what.status) and what.child_pid in self._zombies:
            label = self._zombies.pop(what.child_pid)
            collector = self._names[self._threads.get(pid, pid)]
            self._tell(pid, events.Reap(what.child_pid, label, collector))

    def _fork(self, pid: int, name: str, args: str, child: int) -> None:
        if "CLONE_THREAD" in args:
            self._threads[child] = self._threads.get(pid, pid)
            self._names[child] = self._names[pid]
            self._tell(pid, events.Fork(child, "", "clone", thread=True))
            for line in self._held.pop(child, []):
                self.take(line)
            return
        kind = "vfork" if "CLONE_VFORK" in args else "fork" if "SIGCHLD" in args else name
        self._born(pid, child, kind)

    def _born(self, pid: int, child: int, kind: str, *, is_inferred: bool = False) -> None:
        self._tell(pid, events.Fork(child, self._give_name(child), kind, inferred=is_inferred))
        for line in self._held.pop(child, []):
            self.take(line)

    def _end(self, pid: int, ended: re.Match[str]) -> None:
        if pid in self._threads:
            return
        if ended["code"]:
            status: WaitStatus = Exited(int(ended["code"]))
        else:
            status = Killed(signal_number(ended["signal"]), "core" in ended["core"])
        self._tell(pid, events.Exit(encode(status)))
        self._zombies[pid] = self._names[pid]

    def _signal(self, pid: int, found: re.Match[str]) -> None:
        number, info = signal_number(found["name"]), found["info"]
        sender = re.search(r"si_pid=(\d+)", info)
        is_sent = "SI_USER" in info or "SI_TKILL" in info or "SI_QUEUE" in info
        if number == SIGCONT and pid in self._stopped:
            self._stopped.discard(pid)
            self._tell(pid, events.Continue())
        who = int(sender.group(1)) if sender and (is_sent or number == SIGCHLD) else 0
        self._tell(pid, events.SignalDeliver(number, who, 0 if is_sent else 128))


WAITS = ("wait4", "waitid")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_NUMBER = re.compile(r"-?\d+")
_ENDS = re.compile(r"(\d+)<pipe:\[(\d+)\]>")
_EXITED = re.compile(r"WEXITSTATUS\(s\) == (\d+)|CLD_EXITED.*si_status=(\d+)")
_KILLED = re.compile(r"WTERMSIG\(s\) == (\w+)|CLD_(?:KILLED|DUMPED).*si_status=(\w+)")
_STOPPED_STATUS = re.compile(r"WSTOPSIG\(s\) == (\w+)|CLD_STOPPED.*si_status=(\w+)")
_OPTION = re.compile(r"\b(WNOHANG|WUNTRACED|WCONTINUED|WEXITED|WSTOPPED|WNOWAIT)\b")


def decoded(name: str, args: str, result: int, names: Mapping[int, str], pipes: int) -> What | None:
    """Return the event that a finished call is; None for one that tells nothing.

    Args:
        name: the call.
        args: what stands between its parentheses.
        result: what it returned, or minus the errno.
        names: the processes' symbolic names by pid.
        pipes: how many pipes were made before.
    """
    match name:
        case "execve" | "execveat":
            return _execve(args, result)
        case "wait4" | "waitid":
            return _wait_return(name, args, result, names)
        case "kill" | "tkill" | "tgkill":
            return _kill(name, args, result)
        case "pipe" | "pipe2":
            return _pipe(args, result, pipes)
        case _:
            return _descriptor_or_group(name, args, result)


def waiting(name: str, args: str) -> events.Wait:
    """Return the beginning of a wait.

    >>> waiting("wait4", "-1, 0x7ffc, WNOHANG|WUNTRACED, NULL")
    Wait(target=-1, options=('WNOHANG', 'WUNTRACED'), syscall='wait4', pipes=())
    """
    options = tuple(_OPTION.findall(args))
    target = _NUMBER.match(args.removeprefix("P_PID, "))
    return events.Wait(int(target.group()) if target else -1, options, name)


def signal_number(name: str) -> int:
    """Return the number of a signal by its name; 0 for one that is unknown, or none."""
    return int(by_name(name) or 0)


def status_word(text: str) -> int | None:
    """Return the status word that strace decoded; None where it shows none.

    >>> status_word("[{WIFSIGNALED(s) && WTERMSIG(s) == SIGTERM}], 0, NULL")
    15
    """
    if found := _EXITED.search(text):
        return encode(Exited(int(found.group(1) or found.group(2))))
    if found := _KILLED.search(text):
        has_core = "WCOREDUMP" in text or "CLD_DUMPED" in text
        return encode(Killed(signal_number(found.group(1) or found.group(2)), has_core))
    if found := _STOPPED_STATUS.search(text):
        return encode(Stopped(signal_number(found.group(1) or found.group(2))))
    return encode(Continued()) if "WIFCONTINUED" in text or "CLD_CONTINUED" in text else None


def _execve(args: str, result: int) -> What | None:
    before_environment = args.partition("], ")[0]
    words = [_unquoted(word) for word in _STRINGS.findall(before_environment)]
    if result < 0:
        return events.ExecError(words[0] if words else "", -result)
    return events.Exec(tuple(words[1:]), words[0]) if words else None


def _wait_return(name: str, args: str, result: int, names: Mapping[int, str]) -> What:
    if result < 0:
        return events.WaitReturn(-1, errno=-result)
    told = re.search(r"si_pid=(\d+)", args) if name == "waitid" else None
    child = int(told.group(1)) if told else result
    return events.WaitReturn(child, names.get(child, ""), status_word(args))


def _kill(name: str, args: str, result: int) -> What | None:
    parts = args.split(", ")
    target = _NUMBER.match(parts[0])
    if target is None:
        return None
    return events.SignalSend(int(target.group()), signal_number(parts[-1]), max(0, -result), name)


def _pipe(args: str, result: int, pipes: int) -> What | None:
    ends = _ENDS.findall(args)
    if result != 0 or len(ends) != 2:
        return None
    return events.Pipe(int(ends[0][0]), int(ends[1][0]), ends[0][1], events.pipe_letter(pipes))


def _descriptor_or_group(name: str, args: str, result: int) -> What | None:
    numbers = [int(found.group()) for part in args.split(", ") if (found := _NUMBER.match(part))]
    error = max(0, -result)
    match name, numbers:
        case "dup", [old, *_]:
            return events.Dup(old, max(result, -1), error)
        case "dup2" | "dup3", [old, new, *_]:
            return events.Dup(old, new, error)
        case "setpgid", [target, pgid]:
            return events.SetPgid(target, pgid, error)
        case "setsid", _ if result > 0:
            return events.SetSid(result)
        case _:
            return None


def _unquoted(word: str) -> str:
    try:
        # strace writes bytes as C does: octal and the usual escapes, which Python reads alike.
        data: object = ast.literal_eval(f"b{word}")
    except (SyntaxError, ValueError):
        return word.strip('"')
    return data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else word
