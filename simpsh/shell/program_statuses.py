"""The exit statuses of programs whose manual pages define them; imported after a failure.

Only meanings are here that a page states for this number. A general "1 if an error occurred" adds
nothing to the program's own message, and is left out.
"""

from __future__ import annotations

_MATCH = {1: "no line matched", 2: "it could not read a file, or a pattern or an option is wrong"}
_DIFFER = {1: "the files differ", 2: "it could not compare the files, or an option is wrong"}
_FALSE = {1: "the condition is false", 2: "the expression is wrong"}
_RUNNER = {125: "it failed itself", 126: "it could not execute the command"}
_RUNNER[127] = "it did not find the command"
_PROCESSES = {1: "no process matched", 2: "its options are wrong", 3: "it met a fatal error"}
_COMPRESSOR = {1: "it met an error", 2: "it only warned"}
_BZIP2 = {
    1: "a file cannot be read or written, or an option is wrong",
    2: "the compressed file is damaged",
}
_PACKAGES = {100: "it met an error, such as a missing package or lock"}

PROGRAM_STATUSES: dict[str, dict[int, str]] = {
    **dict.fromkeys(("grep", "egrep", "fgrep", "zgrep", "xzgrep"), _MATCH),
    **dict.fromkeys(("diff", "cmp", "zdiff", "zcmp", "sdiff"), _DIFFER),
    **dict.fromkeys(("test", "["), _FALSE),
    **dict.fromkeys(("env", "nice", "stdbuf", "chroot", "nohup"), _RUNNER),
    **dict.fromkeys(("pgrep", "pkill", "pidwait"), _PROCESSES),
    **dict.fromkeys(("gzip", "gunzip", "zcat", "xz", "unxz", "xzcat"), _COMPRESSOR),
    **dict.fromkeys(("bzip2", "bunzip2", "bzcat"), _BZIP2),
    **dict.fromkeys(("apt-get", "apt-cache"), _PACKAGES),
    "diff3": {1: "the files conflict", 2: "it could not compare the files, or an option is wrong"},
    "expr": {1: "the result is empty or 0", 2: "the expression is wrong", 3: "it met an error"},
    "timeout": {
        **_RUNNER,
        124: "the time was over, and it ended the command",
        137: "SIGKILL ended the command or timeout itself",
    },
    "ssh": {255: "ssh itself failed"},
    "make": {
        1: "a target is not up to date (with -q)",
        2: "it met an error, such as a failed command of a recipe",
    },
    "curl": {
        3: "the URL is malformed",
        6: "it could not find the host's address",
        7: "it could not connect to the host",
        22: "the server answered with an error (HTTP 400 or above; with -f)",
        23: "it could not write the output",
        28: "the time was over",
        35: "the TLS handshake failed",
        60: "the server's certificate is not trusted",
    },
    "wget": {
        2: "its options are wrong",
        3: "it could not write or read a file",
        4: "the network failed",
        5: "the server's certificate is not trusted",
        6: "the user name or password is wrong",
        7: "a protocol error happened",
        8: "the server answered with an error",
    },
    "xargs": {
        123: "a command that it ran failed",
        124: "a command that it ran exited with 255",
        125: "a signal killed a command that it ran",
        126: "it could not execute the command",
        127: "it did not find the command",
    },
    "tar": {1: "files differ, or changed while they were read", 2: "it met a fatal error"},
    "ls": {
        1: "a part could not be read, such as a subdirectory",
        2: "an operand was not found, or an option is wrong",
    },
    "sort": {1: "the input is not sorted (with -c)", 2: "it met an error"},
    "patch": {1: "some parts could not be applied", 2: "a file could not be patched at all"},
    "man": {16: "no page was found", 3: "a program that it ran failed"},
    "getent": {1: "an argument is wrong", 2: "a key was not found", 3: "it cannot list all"},
    "systemctl": {3: "the unit is not active", 4: "there is no such unit"},
    "pidof": {1: "no process has this name"},
    "printenv": {1: "a variable is not set"},
    "which": {1: "a command was not found along PATH", 2: "an option is wrong"},
    "dpkg": {1: "a check is false", 2: "it met a fatal error"},
    "flock": {1: "the lock is held by another process (with -n or -w)"},
    "getopt": {1: "an option of the script is wrong", 2: "its own options are wrong"},
    "mountpoint": {32: "the directory is not a mount point"},
    "mount": {1: "you may not, or the call is wrong", 32: "the mount failed"},
    "tty": {1: "standard input is not a terminal", 2: "its options are wrong"},
    "tput": {3: "the terminal's type is unknown", 4: "the capability's name is unknown"},
    "unzip": {9: "the archive was not found or is none", 11: "no file matched"},
    "zip": {12: "there was nothing to do"},
    "sed": {
        1: "a command or an option is wrong, or its q has this number",
        2: "an input file could not be opened, or its q has this number",
    },
    "ping": {1: "no answer came", 2: "it met another error, such as an unknown host"},
    "rsync": {23: "a part was not transferred", 24: "source files disappeared meanwhile"},
}
"""For each program, the meanings of its statuses, as clauses after "if"."""

_PASSING_ON = frozenset(("env", "nice", "stdbuf", "chroot", "nohup", "timeout", "ssh", "flock"))
"""Programs that run a command and exit with its status, which may be any number."""


def passes_on(program: str) -> bool:
    """Return whether a status of this program may be that of the command that it runs."""
    return program.rpartition("/")[2] in _PASSING_ON


def status_meaning(program: str, status: int) -> str:
    """Return what a status of a program means; empty if its manual page does not say.

    >>> status_meaning("/usr/bin/grep", 1), status_meaning("grep", 7)
    ('no line matched', '')
    """
    return PROGRAM_STATUSES.get(program.rpartition("/")[2], {}).get(status, "")
