"""A daemon with its own session and directory /, a locked pid file, and a start that waits."""

from __future__ import annotations

from signal import Signals
from typing import TYPE_CHECKING

from simpsh.course import all_of
from simpsh.grade.exercises import (
    END,
    PROGRAM,
    Asked,
    Call,
    Exercise,
    Exit,
    Trial,
    Write,
    ended,
    no_cause,
    so,
    writes_to_output,
)

if TYPE_CHECKING:
    from simpsh.grade.exercises import Observation, ProcessLook

_PID_FILE = "daemon.pid"
_UMASK = 0o027
_NULL = "/dev/null"
_LOCK_EX = 2
_SET_A_LOCK = (6, 7, 37, 38)
"""F_SETLK, F_SETLKW, F_OFD_SETLK and F_OFD_SETLKW of fcntl(2)."""

_FIRST, _SECOND = "P1", "P2"
# The program inherits a descriptor that it does not need.
_WITH_A_DESCRIPTOR = ("/bin/sh", "-c", 'exec 7>>other-file; exec "$@"', "sh")
_TWICE = ("/bin/sh", "-c", '"$@" || exit 9; "$@"; exit $?', "sh")


def _living(seen: Observation) -> dict[str, ProcessLook]:
    """Return the processes that are alive at the end."""
    looks = seen.moments[END].looks if END in seen.moments else {}
    return {name: look for name, look in looks.items() if look.state != "Z"}


def _daemon(seen: Observation) -> tuple[str, ProcessLook | None]:
    """Return the only process alive at the end; otherwise the reason, and None."""
    living = _living(seen)
    if PROGRAM in living:
        return "your program itself never ended", None
    if not living:
        return f"no process remained{_end_of_last(seen)}", None
    if len(living) > 1:
        return f"{len(living)} processes remained: {', '.join(living)}", None
    return next(iter(living.items()))


def _end_of_last(seen: Observation) -> str:
    """Describe how the last process ended."""
    name, last = list(seen.chronicle.processes.items())[-1]
    number = (last.status or 0) & 0x7F
    if name == PROGRAM:
        return ": your program made no process"
    return f": {name} was ended by {Signals(number).name}" if number else ": all had ended"


def _lives(seen: Observation) -> str:
    name, look = _daemon(seen)
    if look is None:
        return name
    status = seen.chronicle.processes[PROGRAM].status
    return ended(seen)[0] if status else ""


def _is_in_no_session(seen: Observation) -> str:
    name, look = _daemon(seen)
    if look is None:
        return name
    if look.session == look.pid:
        return f"{name} leads its session: the first terminal that it opens controls it"
    if look.terminal:
        return f"{name} is in the session of its caller, whose terminal it has"
    if not any(process.pid == look.session for process in seen.chronicle.processes.values()):
        return f"{name} is in a session that no process of yours began"
    return ""


def _is_at_the_root(seen: Observation) -> str:
    name, look = _daemon(seen)
    if look is None:
        return name
    return "" if look.cwd == "/" else f"{name} is in {look.cwd}, and keeps it from being unmounted"


def _has_the_mask(seen: Observation) -> str:
    name, look = _daemon(seen)
    if look is None:
        return name
    return "" if look.umask == _UMASK else f"{name}'s mask is {look.umask:03o}, as inherited or set"


def _has_null(seen: Observation) -> str:
    name, look = _daemon(seen)
    if look is None:
        return name
    for number in (0, 1, 2):
        opened = look.descriptors.get(number)
        if opened is None:
            return f"{name} has closed {number}: the next file that it opens gets this number"
        if opened.target != _NULL:
            return f"{name}'s descriptor {number} leads to {opened.target}"
        if opened.access != "both":
            return f"{name}'s descriptor {number} is {_NULL}, but open to {opened.access} only"
    return ""


def _has_nothing_else(seen: Observation) -> str:
    name, look = _daemon(seen)
    if look is None:
        return name
    for number, opened in look.descriptors.items():
        if number > 2 and not opened.target.endswith(f"/{_PID_FILE}"):
            return f"{name} has {opened.target} open, as descriptor {number}"
    return ""


def _has_written(seen: Observation) -> str:
    name, look = _daemon(seen)
    if look is None:
        return name
    text = seen.moments[END].files.get(_PID_FILE)
    if text is None:
        return f"there is no {_PID_FILE} where your program was started"
    wanted = f"{look.pid}\n"
    return "" if text == wanted else f"the pid file contains {text!r}, and not {wanted!r}"


def _writes(what: object, text: str) -> bool:
    """Return whether this may write a text to a file; the data of pwrite(2) are not recorded."""
    if isinstance(what, Write):
        return not what.pipe and what.text.strip() == text
    sizes = (len(text), len(text) + 1)
    return isinstance(what, Call) and what.name == "pwrite64" and what.result in sizes


def _is_ready(seen: Observation) -> str:
    """Return an error unless the start ended because the daemon had written its pid."""
    name, look = _daemon(seen)
    if look is None:
        return name
    ends = [
        index
        for index, event in enumerate(seen.events)
        if isinstance(event.what, Exit) and seen.name_of(event.proc) == PROGRAM
    ]
    written = [
        index
        for index, event in enumerate(seen.events)
        if index not in seen.outputs and _writes(event.what, str(look.pid))
    ]
    if not written or not ends:
        return "no process wrote the daemon's pid to a file"
    if seen.chronicle.before(written[-1], ends[0]):
        return ""
    wait = no_cause("made your program wait until the daemon had written its pid")
    return f"{wait}. Without a wait it reports a success that may never happen"


def _is_locked(seen: Observation) -> str:
    """Return an error unless a process took a lock and the daemon keeps the pid file open."""
    name, look = _daemon(seen)
    if look is None:
        return name
    if not any(opened.target.endswith(f"/{_PID_FILE}") for opened in look.descriptors.values()):
        return f"{name} has not kept {_PID_FILE} open: a lock ends with its descriptor"
    for event in seen.events:
        match event.what:
            case Call(name="flock", args=(_, int(how), *_), errno=0, begins=False):
                if how & _LOCK_EX:
                    return ""
            case Call(name="fcntl", args=(_, int(how), *_), errno=0, begins=False):
                if how in _SET_A_LOCK:
                    return ""
            case _:
                pass
    return f"no process locked {_PID_FILE}: a pid in a file may be another process's by now"


def _is_refused(seen: Observation) -> str:
    if _SECOND not in seen.names:
        return "the first start had failed, so there was no second one"
    status = seen.chronicle.processes[_SECOND].status
    if status == 0:
        return "the second start ended with status 0, although a daemon was running"
    if status is None:
        return "the second start never ended"
    if status != 1 << 8:
        return f"the second start: {ended(seen, _SECOND)[0]}"
    return ""


def _says_so(seen: Observation) -> str:
    if wrong := _is_refused(seen):
        return wrong
    lines = seen.output.strip().splitlines()
    if len(lines) != 1:
        return f"the two starts printed {seen.output!r}"
    if writes_to_output(seen):
        return "the line went to standard output, not to standard error"
    return ""


def _is_alone(seen: Observation) -> str:
    living = _living(seen)
    if _SECOND not in seen.names:
        return "the first start had failed, so there was no second one"
    if len(living) == 1 and next(iter(living)).startswith(f"{_FIRST}."):
        return ""
    return f"after two starts these processes remained: {', '.join(living) or 'none'}"


def _is_untouched(seen: Observation) -> str:
    if wrong := _is_alone(seen):
        return wrong
    (look,) = _living(seen).values()
    text = seen.moments[END].files.get(_PID_FILE, "")
    if text == f"{look.pid}\n":
        return ""
    return f"after the second start {_PID_FILE} contained {text!r}; the daemon's pid is {look.pid}"


_START = Trial(
    arguments=(_PID_FILE,),
    within=_WITH_A_DESCRIPTOR,
    files={_PID_FILE: "4194303 from before the crash\n"},
    terminal=True,
    asks=(
        Asked(
            "lives",
            "one process remains; your program has ended, with status 0",
            so("one process remains", _lives),
            points=2,
            look_at="fork(2), pause(2)",
        ),
        Asked(
            "session",
            "it has no terminal, and leads no session, so that it never gets one",
            so("it is in a session without a leader", _is_in_no_session),
            points=2,
            look_at="setsid(2), and a second fork",
        ),
        Asked("directory", "it is at /", so("it is at /", _is_at_the_root), look_at="chdir(2)"),
        Asked(
            "mask",
            f"its file mode creation mask is {_UMASK:03o}",
            so(f"its mask is {_UMASK:03o}", _has_the_mask),
            look_at="umask(2)",
        ),
        Asked(
            "null",
            "its 0, 1 and 2 are /dev/null, for reading and writing",
            so("0, 1 and 2 are /dev/null", _has_null),
            points=2,
            look_at="open(2): O_RDWR; dup2(2)",
        ),
        Asked(
            "descriptors",
            "besides the pid file it has nothing else open, whatever descriptors your program "
            "inherited",
            so("nothing else is open", _has_nothing_else),
            points=2,
            look_at="close_range(2); /proc/self/fd",
        ),
        Asked(
            "pid_file",
            "the pid file contains its pid and a newline, and nothing of its old contents",
            so("the pid file contains its pid", _has_written),
            points=2,
            look_at="ftruncate(2); a relative path and chdir",
        ),
        Asked(
            "locked",
            "the pid file is locked as long as the daemon lives",
            so("the pid file is locked", _is_locked, ("flock", "fcntl")),
            points=2,
            look_at="flock(2): LOCK_EX | LOCK_NB",
        ),
        Asked(
            "ready",
            "your program ends when the daemon is ready, and not before",
            so("your program waits for the daemon", _is_ready, ("rt_sigtimedwait",)),
            points=3,
            look_at="pipe(2): the daemon writes when it is ready, or ends, and the pipe with it",
        ),
    ),
)

_SECOND_START = Trial(
    arguments=(_PID_FILE,),
    within=_TWICE,
    asks=(
        Asked(
            "refused",
            "while it runs, a second start ends with status 1 and one line on standard error",
            all_of(so("it ends with status 1", _is_refused), so("it says one line", _says_so)),
            points=2,
            look_at="flock(2): LOCK_EX | LOCK_NB",
        ),
        Asked(
            "one",
            "one daemon remains: the first",
            so("one daemon remains", _is_alone),
            points=2,
            look_at="flock(2): the lock lives as long as a descriptor of that open file",
        ),
        Asked(
            "untouched",
            "and the pid file is as the first one wrote it",
            so("the pid file is untouched", _is_untouched),
            points=2,
            look_at="open(2): O_TRUNC comes too early",
        ),
    ),
)


EXERCISE = Exercise(
    id="daemon",
    title="A daemon with a pid file, a lock and readiness",
    minutes=90,
    after=("daemon-inherits", "pid-file", "ready"),
    trials=(_START, _SECOND_START),
    hints=(
        "The order: pipe, fork, setsid, fork, chdir, umask, pid file, descriptors. Last, the "
        "daemon writes a word to the pipe.",
        "A relative path means something else after chdir. Make it absolute, or open the file "
        "before.",
        "Open the pid file without truncating it, take the lock (flock, LOCK_EX | LOCK_NB), and "
        "only then truncate and write. Keep the descriptor open as long as the daemon lives.",
        "Your program reads from the pipe. The word: the daemon is ready. End of file: the "
        "daemon has ended before that. So no other process may keep the write end.",
        "Close everything above 2 except the pid file, and at the very end the pipe. It is "
        "easier if you first move what you keep to known numbers: dup2(file, 3), "
        "close_range(4, …).",
    ),
)
