"""What a held process is about to do, as a value.

Only symbolic names occur, so that the same operation is equal in every run:

    P, P.1, P.1.2      processes by birth: the program, its first child, that one's second child
    P|1                the first pipe that P made; people are shown a letter
    out                where the program's output goes
    ./log, /etc/passwd files inside the program's directory, and outside
    P#1                the open file description of P's first open of a file that matters

An operation is *about to* happen: its process stands right before it. What came of it is the
`result` of the step. At the end the quiet ones: no other process can notice them, but their
results must be seen.
"""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.base.phrases import escaped
from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.base.wait_status import decode, sentence
from simpsh.explore.operations.group_targets import is_group

NOTATION = "P is the program, P.1 its first child, P.1.2 that one's second child."
"""What people are told where these names are first shown."""
OUT = "out"
"""The object that the program's standard output and standard error are."""
OUTSIDE = "outside"
"""The parent of the program, and of orphans; also a pipe that came from outside."""
INTERRUPTED = "interrupted"
"""The result of a call that a signal broke off before it could do anything: it is made again, or
fails with EINTR."""
_SHOWN_BYTES = 40


def is_pipe(name: str) -> bool:
    """Return whether an object is a pipe that the program made."""
    return "|" in name


def is_file(name: str) -> bool:
    """Return whether an object is a file, by its path."""
    return name.startswith(("./", "/"))


def is_device(name: str) -> bool:
    """Return whether a path is one of the kernel's own, and no file that processes change.

    >>> is_device("/dev/null"), is_device("/dev/shm/sem.door"), is_device("/tmp/f")
    (True, False, False)
    """
    return name.startswith(("/dev/", "/proc/")) and not name.startswith("/dev/shm/")


def process_of(choice: str) -> str:
    """Return whose turn a choice is.

    >>> process_of("P.1!"), process_of("P.1~"), process_of("P")
    ('P.1', 'P.1', 'P')
    """
    return choice.rstrip("!~")


def birth_path(name: str) -> tuple[int, ...]:
    """Return what processes are ordered by, the same in every run: parents first, eldest first.

    >>> sorted(["P.10", "P.2", "P", "P.2.1"], key=birth_path)
    ['P', 'P.2', 'P.2.1', 'P.10']
    """
    return tuple(map(int, name.split(".")[1:]))


def shown(name: str, letters: Mapping[str, str]) -> str:
    """Return what people call an object.

    >>> shown("P|1", {"P|1": "A"}), shown("P|1", {}), shown("./log", {}), shown("out", {})
    ('pipe A', 'pipe P|1', 'log', 'the output')
    """
    if name.startswith("|"):
        return f"FIFO {name.removeprefix('|').removeprefix('./')}"
    if is_pipe(name):
        return f"pipe {letters.get(name, name)}"
    if name == OUTSIDE:
        return "a pipe from outside"
    return "the output" if name == OUT else name.removeprefix("./")


def quoted(data: bytes) -> str:
    r"""Return bytes as people are shown them, shortened.

    >>> print(quoted(b"a\n"), quoted(bytes(50)))
    “a\n” 50 bytes
    """
    if len(data) > _SHOWN_BYTES:
        return f"{len(data)} bytes"
    return f"“{escaped(data.decode('utf-8', 'backslashreplace'))}”"


class Operation(Record):
    """Something that other processes may notice, or that depends on what they did."""

    _said = ""
    """The words; `{0.field}` stands for a field's value."""

    def words(self, letters: Mapping[str, str] | None = None) -> str:
        """Say it in plain words, to follow a process's name: `reads 4 bytes from pipe A`.

        Args:
            letters: the pipes' letters; see Knowledge.letters.
        """
        return self._words(letters or {})

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return self._said.format(self)

    @property
    def objects(self) -> tuple[str, ...]:
        """The pipes and files that it is about, by name."""
        return ()


LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = 1, 2, 4, 8
O_CREAT, O_TRUNC = 0o100, 0o1000
_O_ACCESS, _O_EXCL, _O_APPEND = 3, 0o200, 0o2000


class OnObject(Operation):
    """An operation on one pipe or file."""

    object: str

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.object,)


# -- bytes -----------------------------------------------------------------------------------------


class Read(OnObject):
    """Reads from a pipe or a file at its offset."""

    size: int

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"reads {_bytes(self.size)} from {shown(self.object, letters)}"


class Write(OnObject):
    """Writes to the output, a pipe, or a file at its offset."""

    data: bytes
    """With pids of this run as `<P.1>`."""

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"writes {quoted(self.data)} to {shown(self.object, letters)}"


class Pread(OnObject):
    """Reads from a place in a file; changes nothing."""

    size: int
    offset: int

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"reads {_bytes(self.size)} at {self.offset} from {shown(self.object, letters)}"


class Pwrite(OnObject):
    """Writes to a place in a file."""

    data: bytes
    offset: int

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"writes {quoted(self.data)} at {self.offset} to {shown(self.object, letters)}"


class Close(OnObject):
    """Gives up a descriptor of a pipe or of a file that matters.

    The object may be several pipes, with a blank between two. Which ends the process still holds
    afterwards is told by HeldProcess.ends: it may have another descriptor of the same end.
    """

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return tuple(self.object.split(" ")) if is_pipe(self.object) else (self.object,)

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"closes {' and '.join(shown(name, letters) for name in self.objects)}"


# -- files -----------------------------------------------------------------------------------------


class Open(Operation):
    """Opens a file that matters: one that the program changes somewhere."""

    path: str
    flags: int
    """As in open(2), or'ed."""
    directory: str = ""
    """Its directory, if that is changed or listed, too."""

    @property
    def is_change(self) -> bool:
        """Whether it may create or empty the file."""
        return bool(self.flags & (O_CREAT | O_TRUNC))

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.path, self.directory) if self.directory else (self.path,)

    def _words(self, letters: Mapping[str, str]) -> str:
        how = ("to read", "to write", "to read and write", "")[self.flags & _O_ACCESS]
        marks = ((O_CREAT, "create"), (_O_EXCL, "new only"), (O_TRUNC, "empty"))
        named = [word for bit, word in (*marks, (_O_APPEND, "append")) if self.flags & bit]
        more = f" ({', '.join(named)})" if named else ""
        return f"opens {shown(self.path, letters)} {how}".rstrip() + more


_CHANGING = {
    "chmod": "sets the mode of {}",
    "fchmod": "sets the mode of {}",
    "ftruncate": "sets the length of {}",
    "link": "links {} as {}",
    "lseek": "moves its place in {}",
    "mkdir": "makes the directory {}",
    "rename": "renames {} to {}",
    "rmdir": "removes the directory {}",
    "symlink": "makes the symbolic link {}",
    "truncate": "sets the length of {}",
    "unlink": "removes {}",
}
"""What a call does, to the first of its files or the first two."""


TAKES_NAMES = ("unlink", "rename")
"""The changes after which a file has another name, or none."""


class FileChange(Operation):
    """Changes files by another call: unlink, rename, mkdir, truncate, lseek and others.

    After a rename the new path's state is what the old path's was.
    """

    call: str
    """The call's name, without `at`."""
    files: tuple[str, ...]
    """The paths, in the call's order; then those of their directories that matter, too."""
    arguments: tuple[int, ...] = ()
    """The numbers that it is given."""

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return self.files

    def _words(self, letters: Mapping[str, str]) -> str:
        names = [shown(name, letters) for name in self.files]
        if self.call in _CHANGING:
            return f"{_CHANGING[self.call].format(*names)} ({self.call})"
        return f"calls {self.call} for {' and '.join(names)}"


class FileLook(Operation):
    """Looks at a file or directory and changes nothing: stat, access, readlink, getdents."""

    call: str
    file: str
    directory: str = ""
    """Its directory, if that is changed, too."""

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.file, self.directory) if self.directory else (self.file,)

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"looks at {shown(self.file, letters)} ({self.call})"


class Flock(OnObject):
    """Takes or gives up a lock, which belongs to the open file description."""

    operation: int
    """LOCK_SH, LOCK_EX or LOCK_UN, or'ed with LOCK_NB."""
    description: str

    def _words(self, letters: Mapping[str, str]) -> str:
        verb = "locks" if self.operation & LOCK_EX else "locks, shared,"
        if self.operation & LOCK_UN:
            verb = "unlocks"
        return f"{verb} {shown(self.object, letters)}"


def _bytes(count: int) -> str:
    return f"{count} byte" if count == 1 else f"up to {count} bytes"


ANY, NO_CHILD = "any", "no child"
"""Targets of Wait: whichever child, and a process that is no child."""
DEFAULT, IGNORE, HANDLER = "default", "ignore", "handler"
"""The dispositions of SignalAction."""
WNOHANG, WNOWAIT = 1, 0x01000000
_SHOWN_SIGNALS = 4

# -- lives -----------------------------------------------------------------------------------------


class Born(Operation):
    """Runs for the first time."""

    _said = "begins"


class OwnCode(Operation):
    """Goes on with its own code after an operation: a handler may run before that, or after it."""

    is_amid: bool = False
    """Whether it has used memory meanwhile that a handler changes, and may use it again."""

    _said = "goes on"


class Forking(Operation):
    """Makes a child: the moment before fork, at which a signal may still arrive."""

    is_vfork: bool = False

    _said = "forks"


class VforkWait(Operation):
    """Is back from vfork once the child has another program, or has ended."""

    child: str

    _said = "waits in vfork for {0.child} to exec or end"


class Exec(Operation):
    """Replaces its program; descriptors marked close-on-exec are given up."""

    program: str
    """The file, as the program named it."""

    _said = "executes {0.program}"


class Exiting(Operation):
    """Calls exit, and begins to give up descriptors: right before, a signal may still arrive."""

    code: int

    _said = "calls exit with {0.code}"


class GivingUp(Operation):
    """Ends, has left its memory, and gives up what it holds next by its descriptors."""

    _said = "gives up descriptors"


class Dying(Operation):
    """Is ended by a signal, and begins to give up descriptors; no other signal reaches it."""

    signal: int

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"dies of {Signal(self.signal)}"


class Exit(Operation):
    """Ends: gives up what it still has, and its children, and becomes a zombie."""

    status: int
    """The status word, as waitpid(2) stores it."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"ends ({sentence(decode(self.status))})"


class Wait(Operation):
    """Waits for a child's end."""

    target: str
    """A child's name, ANY, NO_CHILD, or a group; see group_targets."""
    options: int = 0
    """WNOHANG, WNOWAIT, or'ed."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        who = {ANY: "a child", NO_CHILD: "a process that is no child of it"}.get(
            self.target, f"a child in {self.target}" if is_group(self.target) else self.target
        )
        if self.options & WNOHANG:
            return f"looks whether {who} has ended"
        return f"waits for {who}"


class GetParent(Operation):
    """Asks for its parent's pid."""

    _said = "asks who its parent is"


# -- signals ---------------------------------------------------------------------------------------


class Kill(Operation):
    """Sends a signal to a process of the program."""

    target: str
    signal: int
    is_raised: bool = False
    """Whether it is for the thread alone, as raise(3) makes it, not for the process."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        if self.signal == 0:
            return f"asks whether {self.target} is there"
        return f"sends {Signal(self.signal)} to {self.target}"


class SignalAction(Operation):
    """Sets what a signal does."""

    signal: int
    disposition: str
    """DEFAULT, IGNORE or HANDLER."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        name = Signal(self.signal)
        return {
            DEFAULT: f"lets {name} act by default",
            IGNORE: f"ignores {name}",
            HANDLER: f"sets a handler for {name}",
        }[self.disposition]


class SignalMask(Operation):
    """Blocks further signals; unblocking touches no other process."""

    blocked: frozenset[int]
    """Those that will be blocked afterwards."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        if len(self.blocked) > _SHOWN_SIGNALS:
            return "blocks signals"
        return f"blocks {', '.join(Signal(one).name for one in sorted(self.blocked))}"


class Pause(Operation):
    """Sleeps until a signal comes."""

    _said = "pauses until a signal comes"


class Suspend(Operation):
    """Sleeps until a signal comes, with another mask meanwhile: sigsuspend."""

    mask: frozenset[int]
    """The signals that are blocked meanwhile."""

    _said = "waits for a signal (sigsuspend)"


class Deliver(Operation):
    """A pending signal arrives before the operation that the process stands at: choice `P.1!`."""

    _said = "takes its pending signal first"


# -- the rest --------------------------------------------------------------------------------------


class Sleep(Operation):
    """Would sleep; returns at once, for time is not synchronisation."""

    _said = "sleeps (which takes no time here)"


class Unwatched(Operation):
    """Is inside a call that is not modelled, or computes on and on; always with a flag."""

    call: str
    """The call's name; empty if it computes."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"is in {self.call}, which is not followed" if self.call else "computes on and on"


# -- not noticed by other processes, but their results must be seen --------------------------------


class Quiet(Operation):
    """Is followed to its return, without a step of its own."""

    _said = "does something of its own"


class HandlerReturns(Quiet):
    """Goes back to what a handler has interrupted."""


class Unblocks(Quiet):
    """Lets signals come that were blocked: one may come right behind it."""


class OwnCall(Quiet):
    """Uses what the kernel keeps for its own process, which a handler uses, too."""


class PipeMade(Quiet):
    """Makes a pipe."""

    address: int
    """Where the two descriptors are stored."""


class Duplicated(Quiet):
    """Duplicates a descriptor of a locked file."""

    old: int


class Alone(Quiet):
    """Does something that is an operation once there is a process to notice it."""

    operation: Operation
