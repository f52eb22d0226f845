"""Reasons against COMPLETE: actions of a program that no rule of the model covers."""

from __future__ import annotations

import os

from simpsh.base.patience import patience
from simpsh.base.record import Record, changed


class Flag(Record):
    """One reason against COMPLETE. Flags that differ only in the detail are of one kind."""

    text: str
    """A clause that follows `it`, such as `reads the clock`; `{}` stands for the detail."""
    advice: str = ""
    """How to change the program; may be empty."""
    confines: bool = False
    """Whether the flag rules out free runs of the program."""
    reaches: bool = False
    """Whether the call could change something outside a copy; in a copy it is refused (EPERM)."""
    subject: str = "it "
    detail: str = ""

    def of(self, detail: str) -> Flag:
        """Return the same flag with a detail."""
        return changed(self, detail=detail)

    def is_a(self, kind: Flag) -> bool:
        """Return whether two flags differ at most in their details."""
        return self.text == kind.text

    @property
    def words(self) -> str:
        """The clause without its subject: `reads the clock`."""
        return self.text.format(self.detail)

    @property
    def clause(self) -> str:
        """The clause with its subject: `it reads the clock`."""
        return self.subject + self.words

    def __str__(self) -> str:
        return self.words

    def __lt__(self, other: Flag) -> bool:
        return self.words < other.words


# -- processes and threads -------------------------------------------------------------------------

THREADS = Flag(
    "makes threads, or processes that share memory",
    "make processes by fork: explore does not follow threads",
)
SHARES_MORE = Flag("makes a process that shares more with it than its memory (clone)")
TRACES = Flag("traces processes, which was refused", confines=True)
ADOPTS_ORPHANS = Flag("adopts orphans, which was refused", confines=True)
ASKS_DEATH_SIGNAL = Flag("asks for a signal when its parent ends")
ODD_WAIT = Flag("waits for something other than a child's end")
LEAVES_ZOMBIE = Flag("looks at a child's end without reaping the child (WNOWAIT)")
LOOKS_AT_PROCESSES = Flag("reads what /proc shows about other processes and the machine")
OF_OTHERS = Flag("changes or asks for priorities or limits of other processes ({})", reaches=True)
LIMITS_USER = Flag("limits the resources of all processes of its user")
LIMITS_TIME = Flag(
    "limits its processor time (RLIMIT_CPU): the limit may be reached anywhere",
    "let it end by itself, or end it by a signal",
)
CHANGES_RIGHTS = Flag("changes its user, its group or its rights ({})")
LACKS_RIGHT = Flag("needs a right that it may have outside, but not in a private world ({})")
CLOSES_AFTER_VFORK = Flag("closes pipes or locked files by an exec after vfork (close-on-exec)")
EXECUTES_CHANGED = Flag("executes a file that processes change")
TEXT_BUSY = Flag("executes a file that a process opens for writing (ETXTBSY)")
PROGRAM_CHANGED = Flag("its file was changed while it was explored", subject="")

# -- signals and groups ----------------------------------------------------------------------------

_SAFE = "let handlers only set a flag, or call write instead of printf"
WITHIN_LIBRARY = Flag(
    "has a handler that may interrupt a function of the C library, and calls {}", _SAFE
)
KILLS_OUTSIDE = Flag("signals processes outside, which was refused", confines=True)
QUEUES = Flag("sends real-time signals, which queue")
NOT_BLOCKED = Flag("waits for signals that it does not block (sigwait)")
BLOCKED_SIGPIPE = Flag("writes where no process can read, with SIGPIPE blocked: it stays pending")
WITH_MASK = Flag("waits with other signals blocked meanwhile ({})")
PENDS_TWICE = Flag("raises a signal (raise) and is sent the same one (kill): both may be pending")
KILLS_IN_VFORK = Flag("may kill a process that waits in vfork")
ENDS_BEFORE_HANDLER = Flag(
    "may end a process by a signal right before a handler begins that blocks the signal"
)
ENDS_BY_EITHER = Flag("ends a process by a signal, while another that ends or stops it is pending")
EXEC_AFTER_VFORK = Flag("changes the group of a process that calls exec after vfork")
OUTSIDE_GROUPS = Flag("changes or asks for the group or session of a process outside")
LEAVES_GROUP = Flag("changes groups while a process may be asleep in a wait for one")
IN_BACKGROUND = Flag(
    "reads the terminal in another group than the program's, or after its end (SIGTTIN)"
)

# -- time and chance -------------------------------------------------------------------------------

READS_CLOCK = Flag("measures time by the clock", "print no times, and decide nothing by them")
READS_RANDOM = Flag(
    "reads random numbers", "give the program its numbers as arguments, or in a file"
)
SETS_TIMER = Flag("sets a timer ({}), which was refused", confines=True)
TIMER_PENDS = Flag(
    "sets a timer (timer_create) again, or executes a program, when its SIGALRM may be pending"
)
FOLLOWS_CLOCK = Flag(
    "sleeps and reads the clock again and again",
    "let it end after some rounds, or print no times",
    confines=True,
)
RINGS_AGAIN = Flag("sets a timer that rings again (setitimer), and is followed to its first ring")
HANGS_ON = Flag("depends on {}, which should not matter")

# -- pipes, sockets and terminals ------------------------------------------------------------------

SURE_BYTES = 16 * os.sysconf("SC_PAGE_SIZE") // 2
"""The number of bytes that always fit into a pipe: each of its 16 pages may be only half used."""
SURE_WRITES = 256
"""The number of writes that always fit into a socket, of one byte each or of SURE_BYTES."""
FILLS_PIPE = Flag(f"fills a pipe with more than {SURE_BYTES // 1024} KiB", "let it write less")
FILLS_SOCKET = Flag(f"sends more than {SURE_WRITES} bytes to a socket before they are read")
TEARS = Flag("writes more than 4 KiB at once, which others may tear apart")
BREAKS_OFF_OPEN = Flag("may get a signal while it waits in open for the other end of a FIFO")
CLOSES_SEVERAL = Flag("gives up several pipes or locks by one call, of exec or close_range")
RESETS = Flag("closes a socket from which bytes were not read (ECONNRESET)")
NOT_BLOCKING = Flag("uses a descriptor that does not block, which explore does not follow")
READS_OUTSIDE = Flag("uses a pipe from outside")
READS_SIGNALS = Flag("reads signals from a descriptor (signalfd)", "wait for them by sigwait")
USES_TERMINAL = Flag("uses the terminal", reaches=True)
ODD_FLAGS = Flag("sets a flag of a descriptor that is not modelled (O_DIRECT, O_ASYNC)")
SHARED_FLAGS = Flag("changes the flags of an open file that processes share (F_SETFL)")
ASKS_FILLING = Flag("asks how much a pipe holds (FIONREAD)")
USES_IOCTL = Flag("uses a device or file by ioctl ({})")
MOVES_BYTES = Flag("calls {}, which is not modelled")
WAITS_BY_EPOLL = Flag(
    "waits by epoll, which explore does not follow ({})",
    "read one pipe, or wait for several by poll",
)
WAITS_FOR_DESCRIPTORS = Flag("waits for descriptors, which explore does not follow ({})")
SOCKETS = Flag("uses sockets ({})", "join the processes by pipes or FIFOs", reaches=True)

# -- files -----------------------------------------------------------------------------------------

SEVERAL_NAMES = Flag("changes a file that has several names (hard links), or gives one more name")
PARTS_LINKS = Flag(
    "changes a file that has several names (hard links): the others keep the old contents",
    "copy the file, so that it has one name",
    confines=True,
)
PARTS_MOUNTS = Flag(
    "changes a file that has several paths, by a bind mount: the others keep the old contents",
    "run it where nothing else is mounted on or from this directory",
    confines=True,
)
SWITCHED_LINK = Flag("follows a symbolic link that processes change")
RENAMES_OPEN = Flag("renames, replaces or removes a file that another process has open")
RENAMES_DIRECTORY = Flag("renames a directory, and with it all that is in it")
KEEPS_DIRECTORY = Flag(
    "renames a directory that was there before, which a private world refuses (EXDEV)",
    "let it make the directory itself",
)
PARTS_DIRECTORIES = Flag("calls {} for two directories that only explore has on two file systems")
REMOVES_LOCKED = Flag("removes or renames a file that is locked, while others may open it")
CONVERTS_LOCK = Flag(
    "converts a lock of flock from shared to exclusive, or back",
    "give it up before taking the other",
)
LOCKS_RECORDS = Flag("locks records, which explore does not follow ({})", "flock is followed")
ELSEWHERE = Flag(
    "uses files outside its directory by .., or changed files of it by an absolute path"
)
CHANGES_OUTSIDE = Flag(
    "changes a file outside its directory, which was refused: {}",
    "use files of the directory, or permit user namespaces (simpsh doctor)",
    confines=True,
)
LISTS_MEMORY_FILES = Flag("lists /dev/shm, which other processes change, too")
UNNAMED_FILE = Flag("makes a file without a name (O_TMPFILE)")
USES_DEVICE = Flag("uses the device {}")
READS_MACHINE = Flag("reads what /sys shows about the machine")
READS_ONLY = Flag("changes what can only be read in a private world: {}", confines=True)
HIDDEN = Flag("looks at what a private world does not show: {}")
SHARES_OUTSIDE = Flag("uses a lock or a FIFO of the outside, which was refused: {}", confines=True)
GAINS_RIGHT = Flag("needs a right that it has only in a private world ({} of another user's file)")

# -- memory ----------------------------------------------------------------------------------------

UNKNOWN_ACCESS = Flag("uses shared memory by an instruction that is not followed")
NOT_ATOMIC = Flag("reads or writes more bytes of shared memory at once than is atomic")
SHARED_MEMORY = Flag("shares writable memory{}")
TOO_LARGE = Flag("shares more than 1 MB of memory")
IN_CALL = Flag("passes {} an address in shared memory")
BREAKS_OFF_LOCK = Flag("waits for a semaphore or lock in shared memory while signals are sent")
LOCKED_BY_PID = Flag("locks by its pid, as a robust mutex does")
MAPS_FILE = Flag("maps a file into its memory", "memory shared with children only is followed")

SYSTEM_V = Flag("uses System V IPC ({})", "use a pipe, or memory that mmap shares", reaches=True)
POSIX_QUEUES = Flag(
    "uses POSIX message queues, which explore does not follow ({})",
    "use a System V queue (msgget) or a pipe",
    reaches=True,
)
ASKS_FOR_MORE = Flag("asks for rights that the mode of a {} does not grant")
COMPARES_PIDS = Flag("compares pids that are the types of messages with a number (msgrcv)")
REMOVES_AWAITED = Flag("removes a {} that another process may be waiting for")
UNDOES_AT_END = Flag(
    "ends a process whose changes of several semaphore sets are undone then (SEM_UNDO)",
    "let each process give back what it takes",
)

SHARING = (THREADS, SHARES_MORE, SHARED_MEMORY, TOO_LARGE, MAPS_FILE)
"""Flags of programs in which another process may end a loop that only reads memory."""

# -- what is not followed, and limits --------------------------------------------------------------

NOT_LISTED = Flag("uses a call that is not modelled ({})", reaches=True)
REFUSED_ARCHITECTURE = Flag(
    "makes a call of another architecture, which was refused", confines=True
)
BLOCKS = Flag("blocks in a call that is not followed: {}")
COMPUTES = Flag(
    f"computes for more than {2 * patience():g} s between two operations", confines=True
)
TAKEN_AWAY = Flag("uses shared memory that a call has taken from it", confines=True)
OUT_OF_TIME = Flag("takes too long")
MOST_PROCESSES = 100
"""The most processes alive at once. A fork bomb doubles faster than anything can count."""
TOO_MANY_PROCESSES = Flag(
    f"makes more than {MOST_PROCESSES} processes at once", "make fewer", confines=True
)
TOO_MUCH_OUTPUT = Flag("prints more than 1 MB", "let its loops end, or print less", confines=True)
TOO_MUCH_MEMORY = Flag("takes more than 500 MB of memory", confines=True)
TOO_MUCH_WRITTEN = Flag("makes files of more than 20 MB", confines=True)
