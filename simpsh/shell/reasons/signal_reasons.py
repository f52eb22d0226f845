"""Why a signal kills or stops a process, and what to try; see signal(7)."""

from __future__ import annotations

KILLED = {
    "SIGSEGV": (
        "It touched memory that is not its own: a bad pointer, or a stack that overflowed",
        "compile with -g -fsanitize=address, or run it in gdb: 'run', then 'backtrace'",
    ),
    "SIGBUS": (
        "It touched a mapped page that the file no longer has: the file was cut short",
        "run it in gdb: 'run', then 'backtrace'",
    ),
    "SIGFPE": ("It divided an integer by zero, or overflowed", "run it in gdb: 'run', 'backtrace'"),
    "SIGILL": (
        "It executed what is no instruction of this processor",
        "was it built for another processor? gdb shows the place",
    ),
    "SIGABRT": (
        "It gave itself up by abort(3): an assertion, a damaged heap, an uncaught exception",
        "read its message; gdb: 'run', then 'backtrace'",
    ),
    "SIGKILL": (
        "A process with the right to do so killed it, or the kernel had no memory left (OOM)",
        "dmesg | tail tells of the OOM killer; a job's limits: ulimit -a",
    ),
    "SIGTERM": ("A process asked it to end, by kill(2)", "nothing, if it was you; trace shows who"),
    "SIGHUP": ("Its terminal was closed, or a process said so", "nohup or setsid keep it alive"),
    "SIGINT": ("^C: the terminal sent it to the whole foreground group", "nothing, if it was you"),
    "SIGQUIT": ("^\\: the terminal sent it to the foreground group", "nothing, if it was you"),
    "SIGPIPE": (
        "It wrote into a pipe that no process reads any more, as before | head",
        "usually nothing: that is how a pipeline ends early",
    ),
    "SIGALRM": ("Its own alarm(2) rang, and it had no handler", "sigaction(2) before alarm(2)"),
    "SIGXCPU": ("It used more processor time than it may (RLIMIT_CPU)", "ulimit -t"),
    "SIGXFSZ": ("It wrote a file longer than it may (RLIMIT_FSIZE)", "ulimit -f"),
    "SIGSYS": ("It made a system call that a filter forbids (seccomp)", "strace shows which one"),
    "SIGTRAP": ("It met a breakpoint, and no debugger was there", "gdb"),
}
KILLED_BY_ANY = ("A process sent it, and it had no handler for it", "trace shows who sends it")

STOPPED = {
    "SIGTSTP": (
        "^Z: the job is stopped, not ended",
        "fg continues it in the foreground, bg in the background",
    ),
    "SIGSTOP": (
        "A process stopped it: it exists, but does not run",
        "fg or bg continues it; kill %1 ends it",
    ),
    "SIGTTIN": (
        "It read from the terminal without being in the foreground group",
        "fg gives it the keyboard; or let it read a file: < FILE",
    ),
    "SIGTTOU": (
        "It wrote to the terminal, or set its modes, without being in the foreground group",
        "fg gives it the terminal; or > FILE; stty -tostop lets it write",
    ),
}
STOPPED_BY_ANY = ("A signal stopped it: it exists, but does not run", "fg or bg continues it")
