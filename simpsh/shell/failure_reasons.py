"""Explains `$?`, for `why` and for F1: the kernel's answer, its meaning, and a suggestion.

An errno can have several reasons. The functions in the second half inspect the file system to find
the actual reason. See execve(2), open(2), dup(2), fork(2), path_resolution(7).
"""

from __future__ import annotations

import errno
import os
import stat

from simpsh.base import failed_call
from simpsh.base.descriptor_limit import limit_words
from simpsh.base.failed_call import BUILTIN, CANCELLED, INTERRUPTED, SYNTAX, FailedCall
from simpsh.base.phrases import command_words, errno_name, escaped
from simpsh.base.record import Record
from simpsh.base.screen_cells import between_words
from simpsh.base.signal_names import IGNORED_BY_DEFAULT, STOP_SIGNALS, Signal, by_name
from simpsh.base.wait_status import (
    Continued,
    Exited,
    Killed,
    Stopped,
    WaitStatus,
    encode,
    shell_status,
)
from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT, shebang
from simpsh.shell.program_statuses import passes_on, status_meaning
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.trace.recording.last_command import LastCommandLog

_LABELS = ("kernel", "means", "try")
_CONTROLLING_TERMINAL = os.makedev(5, 0)
"""The device of /dev/tty."""
LESSONS = {
    "execve": "exec-fails",
    "fork": "fork-can-fail",
    "openat": "redirection-order",
    "open": "redirection-order",
    "dup2": "redirection-order",
    "kill": "process-groups-and-kill",
    "cd": "why-cd-is-built-in",
    "SIGPIPE": "broken-pipe",
    "killed": "signals-handlers",
    "stopped": "stop-and-continue",
    "exited": "status-word",
}
"""The lesson about a call or built-in that failed, about a signal, or about a kind of status."""


class Evidence(Record):
    """The shell's knowledge of the last command."""

    failed: FailedCall | None = None
    """The call that failed in it, or in a child that it waited for."""
    waited: WaitStatus | None = None
    """The last wait status, if this command waited and `$?` is made of it."""
    has_waited: bool = False
    """Whether this command waited at all; `$?` may come from a wait before its last one."""


def evidence(state: State, *, by_the_one_before: bool = False) -> Evidence:
    """Return the evidence of the last command; `why` asks about the one before it."""
    child = state.last_waited if state.last_status else 0
    failed = failed_call.noted(by_the_one_before=by_the_one_before, by_child=child)
    waited = state.last_wait
    # An earlier command's status may happen to be the same number.
    has_waited = failed_call.has_changed(waited, by_the_one_before=by_the_one_before)
    if waited is None or shell_status(waited) != state.last_status or not has_waited:
        waited = None
    return Evidence(failed, waited, has_waited)


def explain_status(
    state: State, known: Evidence, last: LastCommandLog | None, columns: int
) -> list[str]:
    """Explain `$?`: the kernel's answer, its meaning, a suggestion, and at the prompt a lesson.

    `last` is the record of the last command, None unless at the prompt; the next F1 opens the
    lesson. A line longer than `columns` continues below.
    """
    rows = [*zip(_LABELS, _answer(state, known), strict=True)]
    if last is not None and state.last_status:
        last.lesson = _lesson_about(known)
        if last.lesson:
            rows.append(("lesson", f"F1 opens it: lesson run {last.lesson}"))
    return [
        line
        for label, text in rows
        for line in between_words(escaped(text), columns, f"{label:<8}", " " * 8)
    ]


def _lesson_about(known: Evidence) -> str:
    """Return the id of the lesson about the failed call, or about the last command's status."""
    failed, waited = known.failed, known.waited
    if failed is not None and failed.call not in (CANCELLED, INTERRUPTED):
        return LESSONS.get(failed.name if failed.call == BUILTIN else failed.call, "")
    match waited:
        case None:
            return ""
        case Killed(signal):
            return LESSONS.get(signal.name, LESSONS["killed"])
        case Stopped():
            return LESSONS["stopped"]
        case Exited() | Continued():
            return LESSONS["exited"]


def has_answer(state: State, known: Evidence) -> bool:
    """Return whether `why` can say more than the number: a failed call, a signal, a meaning."""
    failed = known.failed
    if not state.last_status:
        return False
    if failed is not None and _gave_status(failed, state):
        return failed.call != BUILTIN
    match known.waited:
        case Killed() | Stopped():
            return True
        case Exited(code):
            return bool(_convention(state, code)) or code in (126, 127)
        case Continued() | None:
            return False


def status_words(state: State, known: Evidence) -> str:
    """Return the meaning of `$?` in a word or two; empty for an exit status of a program."""
    number, failed = state.last_status, known.failed
    if failed is not None and _gave_status(failed, state):
        if failed.call == SYNTAX:
            return "syntax error"
        if failed.call == "execve":
            return "not found" if number == 127 else "cannot execute"
        return "" if failed.call == BUILTIN else f"{failed.call} failed"
    match known.waited:
        case Exited(code) if meaning := _sure_convention(state, code):
            return meaning
        case Killed(signal, dumped_core):
            return f"killed by {signal.name}{', core dumped' if dumped_core else ''}"
        case Stopped(signal):
            return f"stopped by {signal.name}"
        case None:
            is_interrupt = failed is not None and failed.call in (CANCELLED, INTERRUPTED)
            return "interrupted" if is_interrupt else ""
        case Exited() | Continued():
            return ""


def _gave_status(failed: FailedCall, state: State) -> bool:
    """Return whether this failure decided `$?`, rather than another process of the command."""
    status = state.last_status
    if failed.child not in (0, state.last_waited) or not status:
        return False
    if failed.call in (BUILTIN, SYNTAX):
        return True
    if failed.call in (CANCELLED, INTERRUPTED):
        # Only if no wait gave it.
        return False
    return status in (126, 127) if failed.call in ("execve", "fork", "pipe") else status < 126


def _answer(state: State, known: Evidence) -> tuple[str, str, str]:
    status, failed, waited = state.last_status, known.failed, known.waited
    if status == 0 and failed is not None and failed.call not in (BUILTIN, SYNTAX):
        return (
            f"{call_words(failed)}; yet $? is 0",
            "Its status is not $?, as with a condition, after !, in $( ) or before a |.",
            "help statuses; in a pipeline, set -o pipefail would report it",
        )
    if status == 0:
        return (
            "$? is 0: the last command succeeded",
            "By convention, 0 means success; each program defines its other numbers.",
            "nothing: there is nothing to explain; 'status' shows the bits",
        )
    if failed is not None and _gave_status(failed, state):
        return _of_failure(failed, status, state.variables.get("PATH", ""))
    match waited:
        case Killed(signal, dumped_core):
            causes, attempt = KILLED.get(signal.name, _KILLED_BY_ANY)
            core = " The kernel dumped its core." if dumped_core else ""
            meaning = f"A parent learns the signal, not its cause; {_among(causes)}.{core}"
            return _word_of(waited, status, signal), meaning, attempt
        case Stopped(signal):
            causes, attempt = STOPPED.get(signal.name, _STOPPED_BY_ANY)
            meaning = f"It is stopped, and has not ended; {_among(causes)}."
            return _word_of(waited, status, signal), meaning, attempt
        case Exited(code):
            return _of_exit(code, state)
        case Continued() | None:
            if failed is not None and failed.call in (CANCELLED, INTERRUPTED):
                return _of_interrupt(failed.call)
            kernel = f"{status} comes from no wait of this command: the shell itself set it"
            if known.has_waited:
                kernel = f"{status} does not come from the last wait of this command"
            return (
                kernel,
                "A builtin, '!', an expansion, or a command that could not be started may set it.",
                "read the message above; help statuses",
            )


def _of_interrupt(kind: str) -> tuple[str, str, str]:
    if kind == CANCELLED:
        kernel = "No system call was made: ^C was typed at the prompt"
        return kernel, "It cancelled the line.", "nothing: type the next line"
    return (
        "SIGINT came to the shell itself, and no process of this command died of it",
        "It ended what the shell was doing; ^C sends it to the foreground group.",
        "nothing: type the next line",
    )


def _of_failure(failed: FailedCall, status: int, path: str) -> tuple[str, str, str]:
    if failed.call == BUILTIN:
        return (
            f"No wait gave this status: {failed.name} is a builtin, and the shell itself set $? to "
            f"{status}",
            "It failed, or found an answer such as false; 2 is usual for wrong usage.",
            f"help {failed.name}",
        )
    if failed.call == SYNTAX:
        return (
            "No system call was made: the shell could not parse the line",
            f"{failed.name}. Nothing of the line was run.",
            "look at the caret; ↑ brings the line back",
        )
    meaning, attempt = reason(failed, path)
    if failed.call == "execve":
        became = f"no program began: $? is {status}"
    elif failed.call in ("fork", "pipe"):
        became = f"no process was created: $? is {status}"
    else:
        became = f"the command was not run: $? is {status}"
    return f"{call_words(failed)}; {became}", f"{meaning}.", attempt


def call_words(failed: FailedCall) -> str:
    """Return a failed call in strace's notation."""
    error = f"-1 {errno_name(failed.errno)} ({os.strerror(failed.errno)})"
    if failed.call == "execve":
        return f'execve("{failed.path}") = {error}'
    if failed.call == "openat":
        access = ("O_RDONLY", "O_WRONLY", "O_RDWR")[failed.flags & os.O_ACCMODE]
        names = ("O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND")
        flags = [access, *(name for name in names if failed.flags & getattr(os, name))]
        return f'openat("{failed.path}", {"|".join(flags)}) = {error}'
    operands = f'"{failed.path}"' if failed.path else failed.name
    if failed.call in ("fork", "pipe"):
        operands = ""
    return f"{failed.call}({operands}) = {error}"


def _word_of(waited: Killed | Stopped, status: int, signal: Signal) -> str:
    macro = "WTERMSIG" if isinstance(waited, Killed) else "WSTOPSIG"
    return (
        f"the wait stored {encode(waited):#06x}: {macro} is {signal:d} ({signal.name}); "
        f"$? is 128 + {signal:d} = {status}"
    )


def _convention(state: State, code: int) -> str:
    """Return what an exit status of the last program means by convention, "" if unknown."""
    return status_meaning(state.last_program, code) if state.last_program else ""


def _sure_convention(state: State, code: int) -> str:
    """Return it only if the number cannot be that of another command, which the program ran."""
    return "" if passes_on(state.last_program or "") else _convention(state, code)


def _of_exit(code: int, state: State) -> tuple[str, str, str]:
    kernel = f"the wait stored {encode(Exited(code)):#06x}: WEXITSTATUS is {code}"
    signal = by_name(str(code - 128)) if code > 128 else None
    program = state.last_program
    known = _convention(state, code)
    if known:
        means = f"{program} exits with {code} if {known}."
        if passes_on(program or ""):
            means += " Else it passes on the status of the command that it runs."
        return kernel, means, f"man {program} lists the others"
    if program is None:
        kernel = "no wait gave this status: the subshell ran without a process of its own"
    exited = f"The program itself exited with {code}; each program defines what its numbers mean."
    attempt = (
        "read its message; its man page lists its exit statuses; 'trace LINE' watches it, and "
        "'strace -f' lists its failed calls"
    )
    if not program:
        exited = f"A subshell ended with {code}: the status of its last command, or of 'exit'."
        attempt = "read the messages above; 'trace LINE' shows each of its processes"
    if code in (126, 127):
        refused = "did not find" if code == 127 else "could not execute"
        child = "The child" if program else "A subshell"
        return (
            kernel,
            f"{child} exited with {code}; shells and env exit so if they {refused} a command.",
            "read its message; help statuses",
        )
    if signal is not None and signal not in STOP_SIGNALS | IGNORED_BY_DEFAULT:
        return (
            kernel,
            f"{exited} Shells exit so if {signal.name} killed a command.",
            "read its message; trace shows whether a process was killed",
        )
    return kernel, exited, attempt


# ------------------------------------------------- what signals mean, see signal(7)

# A parent learns the signal, not its siginfo: a list of causes must never look complete.

_SENT = "a process that sent it"
KILLED: dict[str, tuple[tuple[str, ...], str]] = {
    "SIGSEGV": (
        (
            "an access to an address that is not mapped, such as a null pointer",
            "a write to read-only memory, such as a string literal",
            "a stack that grew beyond its limit",
            _SENT,
        ),
        "compile with -g -fsanitize=address, or run it in gdb: 'run', then 'backtrace'",
    ),
    "SIGBUS": (
        (
            "an access to a mapped page beyond the end of its file",
            "a full file system, at a write to a mapped page",
            _SENT,
        ),
        "df shows the room of file systems; gdb: 'run', then 'backtrace'",
    ),
    "SIGFPE": (("a division of an integer by zero, on x86", _SENT), "gdb: run, backtrace"),
    "SIGILL": (
        ("an instruction that this processor does not have", _SENT),
        "was it built for another processor? gdb shows the instruction",
    ),
    "SIGTRAP": (("a breakpoint without a debugger", _SENT), "gdb: run, backtrace"),
    "SIGABRT": (
        ("abort(3), as after a failed assert", "a damaged heap that the C library found", _SENT),
        "read its message; gdb: 'run', then 'backtrace'",
    ),
    "SIGKILL": (
        (
            _SENT,
            "a lack of memory, on the machine or in its control group (OOM)",
            "its hard limit of CPU time",
            "the end of PID 1 of its PID namespace",
        ),
        "dmesg | tail shows the OOM killer's report; a job's limits: ulimit -a",
    ),
    "SIGTERM": ((_SENT,), "nothing, if it was you; trace shows who"),
    "SIGHUP": (
        (
            "a terminal that hung up",
            "the end of the leader of its session",
            "its stopped group, which became orphaned",
            _SENT,
        ),
        "nohup or setsid keep it alive",
    ),
    "SIGINT": (("^C at the terminal, for the whole foreground group", _SENT), "trace shows who"),
    "SIGQUIT": (("^\\ at the terminal, for the whole foreground group", _SENT), "trace shows who"),
    "SIGPIPE": (
        (
            "a write to a pipe that no process reads, as before | head",
            "a write to a socket that the other side has closed",
            _SENT,
        ),
        "usually nothing: that is how a pipeline ends early",
    ),
    "SIGALRM": (("an alarm or timer that it had set", _SENT), "sigaction(2) before alarm(2)"),
    **dict.fromkeys(
        ("SIGVTALRM", "SIGPROF"),
        (("a timer of its CPU time that it had set", _SENT), "sigaction(2) before setitimer(2)"),
    ),
    "SIGXFSZ": (("a file that grew beyond its limit (RLIMIT_FSIZE)", _SENT), "ulimit -f"),
    "SIGXCPU": (("more CPU time than its limit (RLIMIT_CPU)", _SENT), "ulimit -t"),
    "SIGSYS": (("a call that a seccomp filter refuses", _SENT), "strace shows it"),
}
"""Frequent causes of an end by a signal, and a suggestion."""
_KILLED_BY_ANY = ((_SENT, "a timer or a descriptor that it had set up"), "trace shows who sends it")

STOPPED: dict[str, tuple[tuple[str, ...], str]] = {
    "SIGTSTP": (
        ("^Z at the terminal, for the whole foreground group", _SENT),
        "fg continues it in the foreground, bg in the background",
    ),
    "SIGSTOP": ((_SENT,), "fg or bg continues it; kill %1 ends it"),
    "SIGTTIN": (
        ("a read from the terminal in the background", _SENT),
        "fg gives it the keyboard; or let it read a file: < FILE",
    ),
    "SIGTTOU": (
        (
            "a change of the terminal's modes in the background",
            "a write to the terminal in the background, after stty tostop",
            _SENT,
        ),
        "fg gives it the terminal; or > FILE; stty -tostop lets it write",
    ),
}
_STOPPED_BY_ANY = ((_SENT,), "fg or bg continues it")


def _among(causes: Sequence[str]) -> str:
    return f"among its causes are: {'; '.join(causes)}"


Reason = tuple[str, str]
"""The meaning of an error, and a suggestion."""


def reason(failed: FailedCall, path: str) -> Reason:
    """Return the meaning of a failed call, and a suggestion; `path` is the value of PATH."""
    known = _of_search(failed)
    if known is None and failed.call == "execve":
        known = _of_execve(failed, path)
    elif known is None and failed.call == "openat":
        known = _of_open(failed)
    elif failed.is_beyond_limit:
        known = _BEYOND_LIMIT
    known = known or _TABLES.get(failed.call, {}).get(failed.errno) or _of_path(failed)
    if known is None and failed.errno in (errno.EMFILE, errno.ENFILE):
        known = _sentence(limit_words(failed.errno)), "fds shows which are open"
    unknown = _sentence(os.strerror(failed.errno)), f"man 2 {failed.call}"
    meaning, attempt = known or _OF_ANY_CALL.get(failed.errno, unknown)
    names = {"$FILE": failed.path, "$ABOVE": os.path.dirname(failed.path) or "."}
    for name, path in names.items():
        attempt = attempt.replace(name, command_words((path,)))
    return meaning, attempt


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


_TABLES: dict[str, dict[int, Reason]] = {
    "execve": {
        errno.ENOEXEC: (
            "Its first bytes are not a format that this kernel executes, and it is not a text",
            "file $FILE; a program that was built for another machine does not run here",
        ),
        errno.E2BIG: (
            "Arguments and environment together are longer than the kernel accepts, or one string "
            f"of them has {ONE_ARGUMENT_LIMIT // 1024} KiB or more",
            "pass the text in a file or through a pipe; xargs splits a long list of arguments",
        ),
        errno.ETXTBSY: (
            "A process has the file, or its interpreter, open for writing: it cannot be executed",
            "let the writer close it; fuser -v $FILE names the process",
        ),
    },
    "openat": {
        errno.EISDIR: (
            "It is a directory, which cannot be opened for writing",
            "name a file in it: $FILE/NAME",
        ),
        errno.EEXIST: (
            "set -C is on: > opens with O_EXCL, so that no file is overwritten",
            ">| $FILE overwrites it; >> $FILE adds to it; set +C turns that off",
        ),
        errno.ETXTBSY: (
            "A process executes this file, or the kernel swaps to it: it cannot be written",
            "let the process end, or write another file and mv it here; fuser -v $FILE",
        ),
        errno.EROFS: ("Its file system is read-only", "findmnt -T $ABOVE"),
        errno.ENOSPC: (
            "The file system has no room, or no inode, for a new file",
            "df -h $ABOVE; df -i $ABOVE",
        ),
        errno.EDQUOT: ("The quota of this user, group or project is used up", "quota"),
    },
    "dup2": {
        errno.EBADF: (
            "A descriptor of that number is not open here: there is nothing to copy",
            "fds shows those that are open; exec N<FILE opens one",
        )
    },
    "fork": {
        errno.EAGAIN: (
            "A limit of processes is reached, such as the user's, the control group's or the "
            "machine's",
            "ulimit -u; ps -u $USER; cat /sys/fs/cgroup/pids.max; end some of them",
        ),
        errno.ENOMEM: (
            "The kernel refuses the memory for a process: the machine or a limit has no more; or "
            "PID 1 of this PID namespace has ended",
            "free -h; end something large",
        ),
    },
}
"""Reasons that do not depend on the file, by call and errno."""

_BEYOND_LIMIT: Reason = (
    "The new descriptor's number must be below the limit of open files",
    "ulimit -n; choose a smaller number",
)
_OF_ANY_CALL: dict[int, Reason] = {
    errno.ELOOP: (
        "Its path leads through more than 40 symbolic links, as in a loop",
        "ls -l $FILE; namei $FILE",
    ),
    errno.ENAMETOOLONG: (
        "Linux accepts paths of 4095 bytes, and most file systems names of 255 bytes",
        "use a shorter name",
    ),
    errno.EEXIST: ("A file of this name already exists", "ls -ld $FILE"),
    errno.ENOMEM: (
        "The kernel refuses the memory for it: the machine or a limit (ulimit -v) has no more",
        "free -h; ulimit -a; end something large",
    ),
}


def _of_path(failed: FailedCall) -> Reason | None:
    """Return the reason if a part of a path does not exist, or is not a directory."""
    file = failed.path
    if failed.errno == errno.ENOTDIR:
        parts = file.split("/")
        paths = ["/".join(parts[:count]) for count in range(1, len(parts))]
        files = [path for path in paths if os.path.exists(path) and not os.path.isdir(path)]
        if not files:
            return None
        part = files[0]
        meaning = f"{part} is a file, but the path continues after it with a slash"
        return meaning, f"ls -ld {command_words((part,))}"
    if failed.errno != errno.ENOENT:
        return None
    if os.path.islink(file):
        return f"It is a symbolic link to {os.readlink(file)}, which does not exist", "ls -l $FILE"
    above = os.path.dirname(file) or "."
    if not os.path.isdir(above):
        return f"There is no directory {above}", "look at the spelling; pwd"
    return "There is no file of this name", "ls $ABOVE; pwd"


def _of_search(failed: FailedCall) -> Reason | None:
    """Return the reason if a directory in the path of a file lacks search permission."""
    if failed.errno != errno.EACCES:
        return None
    parts = (os.path.dirname(failed.path) or ".").split("/")
    for count in range(1, len(parts) + 1):
        directory = "/".join(parts[:count]) or "/"
        if os.path.isdir(directory) and not os.access(directory, os.X_OK):
            return (
                f"You may not search {directory}: each directory in a path needs x",
                f"ls -ld {command_words((directory,))}",
            )
    return None


# -------------------------------------------------------------------------------- execve


def _of_refused(file: str) -> Reason:
    try:
        mode = os.stat(file).st_mode
    except OSError:
        return ("You may not search a directory in its path", "namei -l $FILE")
    if stat.S_ISDIR(mode):
        return ("It is a directory: it can hold programs, but is none", "cd $FILE, or ls $FILE")
    if not stat.S_ISREG(mode):
        return (
            "It is a device, a FIFO or a socket: only a regular file can be executed",
            "ls -l $FILE",
        )
    if os.statvfs(file).f_flag & os.ST_NOEXEC:
        return (
            "Its file system is mounted noexec: nothing on it can be executed",
            "copy it to another file system; findmnt -T $FILE shows the mount",
        )
    if not os.access(file, os.X_OK):
        return (
            f"Its mode is {stat.filemode(mode)}: it has no x for you",
            "chmod +x $FILE; a script runs without it, too: sh $FILE",
        )
    interpreter = next(iter(shebang(file)), "")
    if interpreter and not (os.path.isfile(interpreter) and os.access(interpreter, os.X_OK)):
        return (
            f"The file may be executed; {interpreter}, which its first line names, may not",
            f"ls -ld {command_words((interpreter,))}",
        )
    return (
        "Its mode permits it: another rule does not, such as a security module; or its mode has "
        "changed meanwhile",
        "try again; aa-status, getenforce",
    )


def _of_execve(failed: FailedCall, path: str) -> Reason | None:
    file = failed.path
    if failed.errno == errno.EACCES:
        return _of_refused(file)
    if failed.errno == errno.ENOENT and "/" not in file:
        name = failed.name
        if not name:
            return (
                "The command's name is the empty string: the variable that it came from is empty",
                'look at the variable; "$name" without a value is an empty word, $name is none',
            )
        count = len(path.split(":"))
        searched = f"the directory in PATH has no program {name}"
        if count > 1:
            searched = f"none of the {count} directories in PATH has a program {name}"
        if os.path.isfile(name):
            word = command_words((name,))
            first = "type" if os.access(name, os.X_OK) else f"chmod +x {word}, then"
            return (
                f"This directory has a file {name}, but PATH does not name this directory",
                f"{first} ./{word}",
            )
        return (
            searched[:1].upper() + searched[1:],
            "look at the spelling; is it installed? echo $PATH shows the directories",
        )
    if failed.errno == errno.ELOOP and os.path.exists(file):
        return (
            "Its interpreter is a script, whose interpreter is a script, and so on: the kernel "
            "follows a few of them",
            "head -n 1 $FILE; name a binary program in the first line",
        )
    if failed.errno == errno.ENOENT and os.path.exists(file):
        interpreter = next(iter(shebang(file)), "")
        if not interpreter:
            return (
                "The file exists: it needs a file that does not, such as the loader that a binary "
                "names",
                "file $FILE names the loader; was the program built for another system?",
            )
        if interpreter.endswith("\r"):
            return (
                "Its first line ends in a carriage return, as files from Windows do: the kernel "
                f"looked for an interpreter called '{interpreter[:-1]}\\r'",
                "sed -i 's/\\r$//' $FILE",
            )
        if os.path.exists(interpreter):
            return (
                f"The file exists, and so does {interpreter}, the interpreter that its first line "
                "names; but a file that this one needs does not",
                f"file {command_words((interpreter,))}",
            )
        return (
            f"The file exists, but not {interpreter}, the interpreter that its first line names",
            f"correct the line #!{interpreter}, or install the interpreter",
        )
    return None


# ---------------------------------------------------------------------------------- open


def _of_open(failed: FailedCall) -> Reason | None:
    file, above = failed.path, os.path.dirname(failed.path) or "."
    if failed.errno == errno.ENOENT and not file:
        return (
            "The name of the file is the empty string: the variable that it came from is empty",
            "look at the variable in the redirection",
        )
    if failed.errno == errno.ENOENT and failed.flags & os.O_CREAT and not os.path.isdir(above):
        return (
            f"There is no directory {above}: open creates a file, but never a directory",
            "mkdir -p $ABOVE",
        )
    if failed.errno == errno.ENXIO:
        return _of_no_device(file)
    if failed.errno != errno.EACCES:
        return None
    if not os.path.exists(file):
        # A symbolic link may name a file in another directory.
        if os.path.islink(file):
            above = os.path.dirname(os.path.realpath(file))
        if os.access(above, os.W_OK):
            return _OTHER_RULE
        return (
            f"A new file is written into its directory, and {above} has no w for you",
            f"ls -ld {command_words((above,))}; write to another directory",
        )
    mode = stat.filemode(os.stat(file).st_mode)
    reads, writes = {os.O_RDONLY: (True, False), os.O_WRONLY: (False, True)}.get(
        failed.flags & os.O_ACCMODE, (True, True)
    )
    if reads and not os.access(file, os.R_OK):
        return f"Its mode is {mode}: you may not read it", "ls -l $FILE; id"
    if writes and not os.access(file, os.W_OK):
        return (
            f"Its mode is {mode}: you may not write it. The shell opens it, not the command: sudo "
            "in front of the command changes nothing",
            "ls -l $FILE; id; … | sudo tee $FILE",
        )
    return _OTHER_RULE


_OTHER_RULE = (
    "The modes permit it: another rule does not, such as a security module, or "
    "fs.protected_regular for files of others in a directory such as /tmp",
    "ls -ld $FILE $ABOVE; sysctl fs.protected_regular; aa-status, getenforce",
)


def _of_no_device(file: str) -> Reason | None:
    """Return the reason for ENXIO, from the kind of the file."""
    try:
        status = os.stat(file)
    except OSError:
        return None
    if stat.S_ISSOCK(status.st_mode):
        return "It is a socket: connect reaches it, and open does not", "ls -l $FILE"
    if status.st_rdev == _CONTROLLING_TERMINAL:
        return "This process has no controlling terminal", "ps -o tty= -p $$; setsid takes it away"
    return "It is a device, and no hardware or driver answers for it", "ls -l $FILE"
