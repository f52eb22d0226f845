"""Reading and writing wait for whoever is at the other side of the descriptor."""

from __future__ import annotations

from simpsh.process.case import Finding, file_words
from simpsh.process.waits_on_pipes import opens_fifo, reads_pipe, writes_pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.process.case import Case
    from simpsh.process.open_files import Descriptor

READS = frozenset(("read", "readv", "pread64", "preadv", "preadv2", "recvmsg")) | frozenset(
    ("recvfrom", "recvmmsg")
)
WRITES = frozenset(("write", "writev", "pwrite64", "pwritev", "pwritev2", "vmsplice")) | frozenset(
    ("sendto", "sendmsg", "sendmmsg")
)
_MOVES = frozenset(["sendfile", "splice", "tee", "copy_file_range"])
_OPENS = frozenset(["open", "openat", "openat2", "creat"])
_CONNECTS = frozenset(["accept", "accept4", "connect"])

_NEVER_WAITING = ("file", "device", "directory")
_FULL = ("writable", "opipe", "wait_for_space", "send", "wait_memory", "write")

_ANONYMOUS = {
    "[eventfd]": "adds to the counter (eventfd(2))",
    "[timerfd]": "lets the timer expire: time does (timerfd_create(2))",
    "[signalfd]": "sends it one of its signals (signalfd(2))",
    "inotify": "changes what is watched (inotify(7))",
}


def find(case: Case) -> Finding | None:
    """Find out what a call on a descriptor waits for; None if the call is not of that kind."""
    if case.call in _OPENS:
        return opens_fifo(case) or Finding("open", "opens a file, and open(2) has not returned yet")
    if case.call in READS:
        return reading(case, case.descriptor(case.integer(0)))
    if case.call in WRITES:
        return writing(case, case.descriptor(case.integer(0)))
    if case.call in _MOVES:
        return _moving(case)
    if case.call in _CONNECTS:
        return _connecting(case, case.descriptor(case.integer(0)))
    return None


def reading(case: Case, one: Descriptor | None) -> Finding:
    """Find out what a read from this descriptor waits for."""
    if one is None:
        return Finding("read", "reads, from a descriptor that cannot be seen")
    if one.kind in ("pipe", "fifo"):
        return reads_pipe(case, one)
    brief = f"reads {file_words(one)} as descriptor {one.number}"
    match one.kind:
        case "terminal":
            return _reads_terminal(case, one, brief)
        case "socket":
            return Finding("socket", brief, (_OTHER_END,))
        case "anonymous":
            name = one.target.removeprefix("anon_inode:")
            who = _ANONYMOUS.get(name)
            return Finding(
                "event", brief, (f"read(2) returns when somebody {who}.",) if who else ()
            )
        case _:
            return Finding("file", brief, ("The file's storage, or its driver, has to answer.",))


_OTHER_END = (
    "Whoever has the socket's other end must send or close; /proc does not tell who that is "
    "(ss -xp, ss -tp may)."
)


def _reads_terminal(case: Case, one: Descriptor, brief: str) -> Finding:
    if case.seen.tty and not case.seen.is_foreground and one.target != "/dev/console":
        foreground = f"the terminal's foreground group is {case.seen.tpgid}"
        rule = f"It is in group {case.seen.pgid}, {foreground}."
    else:
        rule = "Its group is the terminal's foreground group." if case.seen.tty else ""
    details = ("read(2) returns when a line is typed, or at ^D.", rule)
    return Finding("keyboard", f"{brief}: it waits for the keyboard", tuple(filter(None, details)))


def writing(case: Case, one: Descriptor | None) -> Finding:
    """Find out what a write to this descriptor waits for."""
    if one is None:
        return Finding("write", "writes, to a descriptor that cannot be seen")
    if one.kind in ("pipe", "fifo"):
        return writes_pipe(case, one)
    brief = f"writes to {file_words(one)} as descriptor {one.number}"
    match one.kind:
        case "socket":
            return Finding(
                "socket", brief, ("The socket's buffer is full; the other end must read.",)
            )
        case "terminal":
            reason = "Its output is held up: by ^S, or because nobody reads the other side."
            return Finding("terminal output", brief, (reason,))
        case "anonymous":
            return Finding("event", brief)
        case _:
            return Finding("file", brief, ("The file's storage, or its driver, has to answer.",))


def _moving(case: Case) -> Finding:
    """Decide which of the two descriptors makes splice(2) and its kin wait."""
    # sendfile names the target first, the others the source.
    places = {"sendfile": (1, 0), "tee": (0, 1)}.get(case.call, (0, 2))
    source, target = (case.descriptor(case.integer(place)) for place in places)
    if source is None or source.kind in _NEVER_WAITING:
        return writing(case, target)
    if target is None or target.kind in _NEVER_WAITING:
        return reading(case, source)
    # Both can make it wait: the kernel function that it sleeps in tells.
    is_full = any(word in case.seen.wchan for word in _FULL)
    return writing(case, target) if is_full else reading(case, source)


def _connecting(case: Case, one: Descriptor | None) -> Finding:
    where = "a socket that cannot be seen" if one is None else f"{file_words(one)}"
    number = "" if one is None else f" as descriptor {one.number}"
    if case.call == "connect":
        return Finding("socket", f"connects {where}{number}, and nobody has answered yet")
    rule = "accept(2) returns when somebody connects."
    return Finding("connection", f"listens on {where}{number}: it waits for a connection", (rule,))
