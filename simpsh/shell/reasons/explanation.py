"""Explains `$?`: the kernel's answer, its meaning, and a suggestion what to try."""

from __future__ import annotations

from collections.abc import Iterable

from simpsh.base import failed_call
from simpsh.base.failed_call import BUILTIN, SYNTAX, FailedCall
from simpsh.base.phrases import errno_name, escaped
from simpsh.base.screen_cells import between_words
from simpsh.base.signal_names import SIGINT, Signal, by_name
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, encode, shell_status
from simpsh.shell.reasons.call_reasons import reason
from simpsh.shell.state import State

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


def explained(state: State, failed: FailedCall | None, columns: int) -> list[str]:
    """Explain `$?` in three lines: the kernel's answer, its meaning, and a suggestion.

    `failed` is the call that failed in the last command, if it is known. A line longer than
    `columns` continues below.
    """
    return in_lines(zip(_LABELS, _answer(state, failed), strict=True), columns)


def in_lines(rows: Iterable[tuple[str, str]], columns: int) -> list[str]:
    """Return labelled texts as lines; one longer than `columns` continues below."""
    return [
        line
        for label, text in rows
        for line in between_words(escaped(text), columns, f"{label:<8}", " " * 8)
    ]


def last_failure(state: State, *, by_the_one_before: bool = False) -> FailedCall | None:
    """Return the call that failed in the last command, or in a child that it waited for."""
    child = state.last_waited if state.last_status else 0
    return failed_call.noted(by_the_one_before=by_the_one_before, by_child=child)


def lesson_about(state: State, failed: FailedCall | None) -> str:
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


def lesson_offered(lesson: str) -> tuple[str, str]:
    """Return the labelled line that names the key and the command for a lesson."""
    return "lesson", f"F1 opens it: lesson run {lesson}"


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
            "0 is what a process says by exit(0); any other number means a failure.",
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
                    "^C gave up the line, or what the shell was waiting for.",
                    "nothing: type the next line",
                )
            return (
                f"No wait status says {status}: the shell itself made it",
                "A builtin, '!', an expansion, or a command that could not be started answered so.",
                "read the message above; help statuses",
            )


def _of_failure(failed: FailedCall, status: int, path: str) -> tuple[str, str, str]:
    if failed.call == BUILTIN:
        return (
            f"No process was made: {failed.name} is a builtin, and the shell itself said {status}",
            "2 means that it was misused, another number that it could not do it; its message says "
            "what.",
            f"help {failed.name}",
        )
    if failed.call == SYNTAX:
        return (
            "Nothing was asked of the kernel: the shell did not understand the line",
            f"{failed.name}. Nothing of the line was run.",
            "look at the caret; ↑ brings the line back",
        )
    meaning, attempt = reason(failed, path)
    if failed.call == "execve":
        became = f"no program began: $? is {status}"
    elif failed.call in ("fork", "pipe"):
        became = f"no process was made: $? is {status}"
    else:
        became = f"the command was not run: $? is {status}"
    return f"{call_words(failed)}; {became}", f"{meaning}.", attempt


def call_words(failed: FailedCall) -> str:
    """Return a failed call in strace's notation."""
    import os

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
            f"The program itself said {code}, as shells and env do of a command that they cannot "
            "execute.",
            "read its message; help statuses",
        )
    if signal is not None:
        return (
            kernel,
            f"The program itself said so. Shells say 128 + {int(signal)} of a command that "
            f"{signal.name} killed.",
            "read its message; trace shows which process was killed",
        )
    return (
        kernel,
        f"The program ended by itself and said {code}: what that means is its own affair.",
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
        "It executed what is no instruction of this processor; or a process sent SIGILL",
        "was it built for another processor? gdb shows the place",
    ),
    "SIGABRT": (
        "It called abort(3): an assertion, a damaged heap, an exception; or a process sent SIGABRT",
        "read its message; gdb: 'run', then 'backtrace'",
    ),
    "SIGKILL": (
        "A process with the right to do so killed it, or the kernel had no memory left (OOM)",
        "dmesg | tail tells of the OOM killer; a job's limits: ulimit -a",
    ),
    "SIGTERM": ("A process asked it to end, by kill(2)", "nothing, if it was you; trace shows who"),
    "SIGHUP": ("Its terminal was closed, or a process said so", "nohup or setsid keep it alive"),
    "SIGINT": ("^C sent it to the whole foreground group, or a process did", "trace shows who"),
    "SIGQUIT": ("^\\ sent it to the whole foreground group, or a process did", "trace shows who"),
    "SIGPIPE": (
        "It wrote into a pipe that no process reads, as before | head; or a process sent SIGPIPE",
        "usually nothing: that is how a pipeline ends early",
    ),
    "SIGALRM": ("Its own alarm(2) rang, or a process sent SIGALRM", "sigaction(2) before alarm(2)"),
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
