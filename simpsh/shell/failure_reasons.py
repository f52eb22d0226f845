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
from simpsh.base.failed_call import BUILTIN, SYNTAX, FailedCall
from simpsh.base.phrases import command_words, errno_name, escaped
from simpsh.base.screen_cells import between_words
from simpsh.base.signal_names import SIGINT, Signal, by_name
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, encode, shell_status
from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT, shebang
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.trace.recording.last_command import LastCommandLog

_LABELS = ("kernel", "means", "try")
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


def explained(
    state: State, failed: FailedCall | None, last: LastCommandLog | None, columns: int
) -> list[str]:
    """Explain `$?`: the kernel's answer, its meaning, a suggestion, and at the prompt a lesson.

    `failed` is the call that failed in the last command, if known, and `last` the record of that
    command, None unless at the prompt; the next F1 opens the lesson. A line longer than `columns`
    continues below.
    """
    rows = [*zip(_LABELS, _answer(state, failed), strict=True)]
    if last is not None and state.last_status:
        last.lesson = _lesson_about(state, failed)
        if last.lesson:
            rows.append(("lesson", f"F1 opens it: lesson run {last.lesson}"))
    return [
        line
        for label, text in rows
        for line in between_words(escaped(text), columns, f"{label:<8}", " " * 8)
    ]


def last_failure(state: State, *, by_the_one_before: bool = False) -> FailedCall | None:
    """Return the call that failed in the last command, or in a child that it waited for."""
    child = state.last_waited if state.last_status else 0
    return failed_call.noted(by_the_one_before=by_the_one_before, by_child=child)


def _lesson_about(state: State, failed: FailedCall | None) -> str:
    """Return the id of the lesson about the failed call, or about the last command's status."""
    if failed is not None and failed.call == SYNTAX:
        return ""
    waited = state.last_wait
    if failed is not None:
        return LESSONS.get(failed.name if failed.call == BUILTIN else failed.call, "")
    if waited is None or shell_status(waited) != state.last_status:
        return ""
    if isinstance(waited, Killed):
        return LESSONS.get(waited.signal.name, LESSONS["killed"])
    return LESSONS["stopped" if isinstance(waited, Stopped) else "exited"]


def status_words(state: State, failed: FailedCall | None) -> str:
    """Return the meaning of `$?` in a word or two; empty for an exit status of a program.

    `failed` is the call that failed in the last command.
    """
    number, waited = state.last_status, state.last_wait
    if failed is not None and _gave_status(failed, state):
        if failed.call == SYNTAX:
            return "syntax error"
        if failed.call == "execve":
            return "not found" if number == 127 else "cannot execute"
        return "" if failed.call == BUILTIN else f"{failed.call} failed"
    if waited is None or shell_status(waited) != number:
        # The shell itself was interrupted.
        return "interrupted" if number == 128 + SIGINT else ""
    match waited:
        case Killed(signal, dumped_core):
            return f"killed by {signal.name}{', core dumped' if dumped_core else ''}"
        case Stopped(signal):
            return f"stopped by {signal.name}"
        case Exited() | Continued():
            return ""


def _gave_status(failed: FailedCall, state: State) -> bool:
    """Return whether this failure decided `$?`, rather than another process of the command."""
    status = state.last_status
    if failed.child not in (0, state.last_waited) or not status:
        return False
    if failed.call in (BUILTIN, SYNTAX):
        return True
    return status in (126, 127) if failed.call in ("execve", "fork", "pipe") else status < 126


def _answer(state: State, failed: FailedCall | None) -> tuple[str, str, str]:
    status, waited = state.last_status, state.last_wait
    if waited is not None and shell_status(waited) != status:
        waited = None
    if status == 0 and failed is not None and failed.call not in (BUILTIN, SYNTAX):
        return (
            f"{call_words(failed)}; yet $? is 0",
            "Another command of the line failed; $? is that of the last one, and this succeeded.",
            "set -o pipefail lets a pipeline fail with any of its commands; help statuses",
        )
    if status == 0:
        return (
            "$? is 0: the last command succeeded",
            "A process reports success by exit(0); any other number means a failure.",
            "nothing: there is nothing to explain; 'status' shows the bits",
        )
    if failed is not None and _gave_status(failed, state):
        return _of_failure(failed, status, state.variables.get("PATH", ""))
    match waited:
        case Killed(signal, dumped_core):
            meaning, attempt = _KILLED.get(signal.name, _KILLED_BY_ANY)
            core = " It left a core dump." if dumped_core else ""
            return _word_of(waited, status, signal), f"{meaning}.{core}", attempt
        case Stopped(signal):
            meaning, attempt = _STOPPED.get(signal.name, _STOPPED_BY_ANY)
            return _word_of(waited, status, signal), f"{meaning}.", attempt
        case Exited(code):
            return _of_exit(code)
        case Continued() | None:
            if status == 128 + SIGINT:
                return (
                    "SIGINT came to the shell itself: no process was waited for",
                    "^C cancelled the line, or a wait of the shell.",
                    "nothing: type the next line",
                )
            return (
                f"{status} comes from no wait status: the shell itself set it",
                "It is from a builtin, '!', an expansion, or a command that could not be started.",
                "read the message above; help statuses",
            )


def _of_failure(failed: FailedCall, status: int, path: str) -> tuple[str, str, str]:
    if failed.call == BUILTIN:
        return (
            f"No process was created: {failed.name} is a builtin, and the shell itself set $? to "
            f"{status}",
            "2 means wrong usage, another number that it failed; its message says why.",
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


def _of_exit(code: int) -> tuple[str, str, str]:
    kernel = f"the wait stored {encode(Exited(code)):#06x}: WEXITSTATUS is {code}"
    signal = by_name(str(code - 128)) if code > 128 else None
    if code in (126, 127):
        return (
            kernel,
            f"The program itself exited with {code}, as shells and env do if they cannot execute a "
            "command.",
            "read its message; help statuses",
        )
    if signal is not None:
        return (
            kernel,
            f"The program itself exited with it. Shells exit with 128 + {int(signal)} if "
            f"{signal.name} killed a command.",
            "read its message; trace shows which process was killed",
        )
    return (
        kernel,
        f"The program exited with {code}; each program defines what its numbers mean.",
        "read its message; its man page lists its exit statuses; 'trace LINE' watches it, and "
        "'strace -f' lists its failed calls",
    )


# ------------------------------------------------- what signals mean, see signal(7)

_KILLED = {
    "SIGSEGV": (
        "It touched memory that is not its own, or its stack overflowed; or a process sent SIGSEGV",
        "compile with -g -fsanitize=address, or run it in gdb: 'run', then 'backtrace'",
    ),
    "SIGBUS": (
        "It touched a mapped page that the file no longer has; or a process sent SIGBUS",
        "run it in gdb: 'run', then 'backtrace'",
    ),
    "SIGFPE": ("It divided an integer by zero, or a process sent SIGFPE", "gdb: run, backtrace"),
    "SIGILL": (
        "It executed an instruction that this processor does not have; or a process sent SIGILL",
        "was it built for another processor? gdb shows the instruction",
    ),
    "SIGABRT": (
        "It called abort(3): an assertion, a damaged heap, an exception; or a process sent SIGABRT",
        "read its message; gdb: 'run', then 'backtrace'",
    ),
    "SIGKILL": (
        "A process with the right to do so killed it, or the kernel had no memory left (OOM)",
        "dmesg | tail shows the OOM killer's report; a job's limits: ulimit -a",
    ),
    "SIGTERM": ("A process asked it to end, by kill(2)", "nothing, if it was you; trace shows who"),
    "SIGHUP": (
        "Its terminal was closed, or a process sent SIGHUP",
        "nohup or setsid keep it alive",
    ),
    "SIGINT": ("^C sent it to the whole foreground group, or a process did", "trace shows who"),
    "SIGQUIT": ("^\\ sent it to the whole foreground group, or a process did", "trace shows who"),
    "SIGPIPE": (
        "It wrote into a pipe that no process reads, as before | head; or a process sent SIGPIPE",
        "usually nothing: that is how a pipeline ends early",
    ),
    "SIGALRM": (
        "Its own alarm(2) expired, or a process sent SIGALRM",
        "sigaction(2) before alarm(2)",
    ),
    "SIGXFSZ": ("It wrote more than it may (RLIMIT_FSIZE), or a process sent SIGXFSZ", "ulimit -f"),
    "SIGXCPU": ("It ran longer than it may (RLIMIT_CPU), or a process sent SIGXCPU", "ulimit -t"),
    "SIGSYS": ("A filter forbids a call (seccomp), or a process sent SIGSYS", "strace shows it"),
}
_KILLED_BY_ANY = ("A process or the kernel sent it; it had no handler", "trace shows who sends it")

_STOPPED = {
    "SIGTSTP": (
        "^Z, or a process, stopped the job: it has not ended",
        "fg continues it in the foreground, bg in the background",
    ),
    "SIGSTOP": (
        "A process stopped it: it exists, but does not run",
        "fg or bg continues it; kill %1 ends it",
    ),
    "SIGTTIN": (
        "It read from the terminal in the background; or a process sent SIGTTIN",
        "fg gives it the keyboard; or let it read a file: < FILE",
    ),
    "SIGTTOU": (
        "It wrote to the terminal, or set its modes, in the background; or a process sent SIGTTOU",
        "fg gives it the terminal; or > FILE; stty -tostop lets it write",
    ),
}
_STOPPED_BY_ANY = ("A signal stopped it: it exists, but does not run", "fg or bg continues it")


Reason = tuple[str, str]
"""The meaning of an error, and a suggestion."""


def reason(failed: FailedCall, path: str) -> Reason:
    """Return the meaning of a failed call, and a suggestion; `path` is the value of PATH."""
    known = _of_search(failed)
    if known is None and failed.call == "execve":
        known = _of_execve(failed, path)
    elif known is None and failed.call == "openat":
        known = _of_open(failed)
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
            "Arguments and environment together are longer than the kernel accepts, or one "
            f"argument has {ONE_ARGUMENT_LIMIT // 1024} KiB or more",
            "pass the text in a file or through a pipe; xargs splits a long list of arguments",
        ),
        errno.ETXTBSY: (
            "A process has the file open for writing, so it cannot be executed",
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
            "A process executes this file, so it cannot be written",
            "let the process end, or write another file and mv it here; fuser -v $FILE",
        ),
        errno.ENXIO: (
            "It is a socket, or a device without hardware: open does not reach it",
            "ls -l $FILE",
        ),
        errno.EROFS: ("Its file system is mounted read-only", "findmnt -T $ABOVE"),
        **dict.fromkeys(
            (errno.ENOSPC, errno.EDQUOT),
            ("There is no room for a new file", "df -h $ABOVE; df -i $ABOVE; quota"),
        ),
    },
    "dup2": {
        errno.EBADF: (
            "A descriptor of that number is not open here: there is nothing to copy",
            "fds shows those that are open; exec N<FILE opens one",
        )
    },
    "fork": {
        errno.EAGAIN: (
            "The limit of processes is reached: of this user, or of its control group",
            "ulimit -u; ps -u $USER; cat /sys/fs/cgroup/pids.max; end some of them",
        )
    },
}
"""Reasons that do not depend on the file, by call and errno."""

_OF_ANY_CALL: dict[int, Reason] = {
    errno.ELOOP: ("Its symbolic links form a loop", "ls -l $FILE; namei $FILE"),
    errno.ENAMETOOLONG: (
        "A name may have 255 bytes, and a whole path 4095: this one is longer",
        "use a shorter name",
    ),
    errno.EEXIST: ("A file of this name already exists", "ls -ld $FILE"),
    errno.ENOMEM: ("The kernel has no memory left for it", "free -h; end something large"),
}


def _of_path(failed: FailedCall) -> Reason | None:
    """Return the reason if a part of a path does not exist, or is not a directory."""
    file = failed.path
    if failed.errno == errno.ENOTDIR:
        parts = file.split("/")
        paths = ["/".join(parts[:count]) for count in range(1, len(parts))]
        files = [path for path in paths if os.path.exists(path) and not os.path.isdir(path)]
        part = files[0] if files else file
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
    if interpreter:
        return (
            f"The file may be executed; {interpreter}, which its first line names, may not",
            f"ls -ld {interpreter}",
        )
    return ("The file may be executed now: its mode has changed meanwhile", "try again")


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
    if failed.errno == errno.ENOENT and os.path.exists(file):
        interpreter = next(iter(shebang(file)), "")
        if not interpreter:
            return (
                "The file exists, but not the loader that the binary names",
                "file $FILE names the loader; the program was built for another system",
            )
        if interpreter.endswith("\r"):
            return (
                "Its first line ends in a carriage return, as files from Windows do: the kernel "
                f"looked for an interpreter called '{interpreter[:-1]}\\r'",
                "sed -i 's/\\r$//' $FILE",
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
    if failed.errno != errno.EACCES:
        return None
    if not os.path.exists(file):
        return (
            f"A new file is written into its directory, and {above} has no w for you",
            "ls -ld $ABOVE; write to another directory",
        )
    mode = stat.filemode(os.stat(file).st_mode)
    if not failed.flags & (os.O_WRONLY | os.O_RDWR):
        return f"Its mode is {mode}: you may not read it", "ls -l $FILE; id"
    return (
        f"Its mode is {mode}: you may not write it. The shell opens it, not the command: sudo in "
        "front of the command changes nothing",
        "ls -l $FILE; id; … | sudo tee $FILE",
    )
