"""Names of processes, pipes and files, the same in every run; phrases that steps share.

P0, P1, P1.2       processes by birth: the program, its first child, the second child of P1
P0|1               the first pipe that P0 made; users see a letter
P0|2=a P0|2=b      a socket that P0 made: it reads from one pipe, and writes to the other
|./f               the pipe of the FIFO ./f
out                the program's output
./log, /etc/passwd files inside the program's directory, and outside
P0#1               the open file description of P0's first open of a file that matters
its group, the group of P1   process groups as targets of waits and signals
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Container, Mapping

from simpsh.base.phrases import by_ending, errno_name, escaped
from simpsh.base.process_names import parent_of

NOTATION = "P0 is the program, P1 its first child, P1.2 the second child of P1."
"""The explanation that is printed with the first such name."""
OUT = "out"
"""The object of the program's standard output and standard error."""
OUTSIDE = "outside"
"""The parent of the program and of orphans; also a pipe from outside."""
INPUT, TERMINAL = "/standard input", "/terminal"
"""The standard input, if it is a pipe or a terminal; each run gets a new one."""
FOREIGN = "anon:"
"""The prefix of all other targets that /proc shows."""
RINGS = "~"
"""The suffix of a process's name for the choice in which its alarm goes off."""
_SHOWN_BYTES = 40


# Arguments that select processes, such as `-p 7`, are excluded: the exit status depends on these.
REPORTS = {
    "ps": r"(?: -?[aAdefFHjlLuvwxy]*(?:o ?[a-z_,%:=]+)?| --forest)*",
    "pstree": r"(?: -[aAcghlnpTuU]+)*",
    "free": r"(?: -[bkmght]+)*",
    "uptime": r"(?: -[ps])?",
    "w": r"(?: -[hsfi]+)*",
}
"""The arguments with which each program only reports on the machine, as a regular expression."""


def report_of(program: str) -> bytes:
    """Return the line that replaces a program's report on the machine."""
    return b"<%s>\n" % program.encode()


# -- processes -------------------------------------------------------------------------------------


def process_of(choice: str) -> str:
    """Return the process of a choice.

    >>> process_of("P1!"), process_of("P1~"), process_of("P0")
    ('P1', 'P1', 'P0')
    """
    return choice.rstrip("!~")


_NO_PID = 0xC0000000


def word_of(name: str) -> bytes:
    """Return four bytes that replace the pid of a process and cannot be a pid.

    >>> len(word_of("P1")), word_of("P1") == word_of("P2")
    (4, False)
    """
    return (zlib.crc32(name.encode()) | _NO_PID).to_bytes(4, "little")


def is_below(name: str, ancestors: Container[str]) -> bool:
    """Return whether a process descends from one of the ancestors."""
    while name := parent_of(name):
        if name in ancestors:
            return True
    return False


# -- process groups as targets of wait and kill ----------------------------------------------------

OWN_GROUP = "its group"
"""The caller's own group."""
_OF_GROUP = "the group of "


def of_group(leader: str) -> str:
    """Return the target for a group's processes, by the name of the leader."""
    return _OF_GROUP + leader


def is_group(target: str) -> bool:
    """Return whether a target is a group."""
    return target == OWN_GROUP or target.startswith(_OF_GROUP)


def group_meant(target: str, own: str) -> str:
    """Return the group that a target means to a caller in the group `own`.

    >>> group_meant(of_group("P1"), "P0"), group_meant(OWN_GROUP, "P0")
    ('P1', 'P0')
    """
    return own if target == OWN_GROUP else target.removeprefix(_OF_GROUP)


# -- pipes and files -------------------------------------------------------------------------------


def is_pipe(name: str) -> bool:
    """Return whether an object is a pipe that the program made, or a FIFO."""
    return "|" in name


def fifo_name(path: str) -> str:
    """Return the name of the pipe of a FIFO, by its path.

    >>> fifo_name("./f")
    '|./f'
    """
    return "|" + path


def is_fifo(name: str) -> bool:
    """Return whether an object is a FIFO."""
    return name.startswith("|")


def is_socket(name: str) -> bool:
    """Return whether an object is a socket of a pair, or one of its two pipes."""
    return name.startswith("P") and "=" in name


def is_file(name: str) -> bool:
    """Return whether an object is a file."""
    return name.startswith(("./", "/"))


def is_device(name: str) -> bool:
    """Return whether a path belongs to the kernel, and is not a file that processes change.

    >>> is_device("/dev/null"), is_device("/dev/shm/f"), is_device("/tmp/f")
    (True, False, False)
    """
    return name.startswith(("/dev/", "/proc/", "/memfd:")) and not name.startswith("/dev/shm/")


def is_terminal(name: str) -> bool:
    """Return whether a file is a terminal."""
    return name.startswith(("/dev/tty", "/dev/pts/", "/dev/console"))


# -- texts for users -------------------------------------------------------------------------------


def shown(name: str, letters: Mapping[str, str]) -> str:
    """Return a phrase for an object.

    >>> shown("P0|1", {"P0|1": "A"}), shown("P0|1", {}), shown("./log", {}), shown("out", {})
    ('pipe A', 'pipe P0|1', 'log', 'the output')
    """
    if is_fifo(name):
        return f"FIFO {name.removeprefix('|').removeprefix('./')}"
    if is_pipe(name):
        return f"pipe {letters.get(name, name)}"
    if name == OUTSIDE:
        return "a pipe from outside"
    if name in (INPUT, TERMINAL):
        return "the standard input"
    return "the output" if name == OUT else name.removeprefix("./")


def quoted(data: bytes) -> str:
    r"""Return bytes as quoted text; if there are many, return only their number.

    >>> print(quoted(b"a\n"), quoted(bytes(50)))
    “a\n” 50 bytes
    """
    if len(data) > _SHOWN_BYTES:
        return f"{len(data)} bytes"
    return f"“{escaped(data.decode('utf-8', 'backslashreplace'))}”"


def quoted_output(data: bytes, longest: int = 60) -> str:
    r"""Return bytes as quoted text; only the end of a long text.

    >>> print(quoted_output(b"a\tb\n"), quoted_output(b"0123456789", 4))
    “a\tb\n” “…6789”
    """
    text = escaped(data.decode("utf-8", "backslashreplace"))
    return f"“{text}”" if len(text) <= longest else f"“…{text[-longest:]}”"


def status_clause(status: int) -> str:
    """Return how a process ended, as a clause that follows its name.

    >>> status_clause(0x0300), status_clause(9)
    ('ended with status 3', 'was killed by SIGKILL')
    """
    return by_ending(status, "ended with status {}", "was killed by {}", "ended")


def next_status_clause(status: int) -> str:
    """Return how a process will end, as a clause that follows its name.

    >>> next_status_clause(0), next_status_clause(15)
    ('ends with status 0', 'dies, killed by SIGTERM')
    """
    return by_ending(status, "ends with status {}", "dies, killed by {}", "ends")


def errno_clause(number: int) -> str:
    """Return the reason why a call failed.

    >>> errno_clause(10)
    'no child processes (ECHILD)'
    """
    words = os.strerror(number)
    return f"{words[:1].lower()}{words[1:]} ({errno_name(number)})"
