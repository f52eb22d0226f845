"""Reasons against COMPLETE: actions of a program that no rule of the model covers."""

from __future__ import annotations

import os

from simpsh.base.patience import patience
from simpsh.base.record import Record, changed


class Flag(Record):
    """One reason against COMPLETE. Flags that differ only in the detail are of one kind."""

    text: str
    """A clause that follows `it`, such as `reads the clock`; `{}` stands for the detail."""
    advice: str
    """How to change the program."""
    confines: bool = False
    """Whether the flag rules out free runs of the program."""
    reaches: bool = False
    """Whether the call could change something outside a copy; in a copy it is refused (EPERM)."""
    names_call: bool = False
    """Whether the text says which call it is, so that the place need not."""
    subject: str = "it "
    detail: str = ""

    def of(self, detail: str) -> Flag:
        """Return the same flag with a detail."""
        return changed(self, detail=detail)

    def is_a(self, kind: Flag) -> bool:
        """Return whether two flags differ at most in their details."""
        return self.of(kind.detail) == kind

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
SHARES_MORE = Flag(
    "makes a process that shares more with it than its memory (clone)",
    "make processes by fork",
    names_call=True,
)
FAILS_HERE = Flag(
    "calls {} itself, which fails under explore (ENOSYS)",
    "make processes by fork, and leave calls of the C library to it",
    names_call=True,
)
TRACES = Flag("traces processes, which was refused", "let it not call ptrace", confines=True)
ADOPTS_ORPHANS = Flag(
    "adopts orphans, which was refused",
    "let each process wait for the children that it makes",
    confines=True,
)
ASKS_DEATH_SIGNAL = Flag(
    "asks for a signal when its parent ends", "let the parent end its child before it ends itself"
)
ODD_WAIT = Flag("waits for something other than a child's end", "wait by wait or waitpid")
LEAVES_ZOMBIE = Flag(
    "looks at a child's end without reaping the child (WNOWAIT)",
    "wait without WNOWAIT",
    names_call=True,
)
LOOKS_AT_PROCESSES = Flag(
    "reads what /proc or /sys shows about other processes and the machine",
    "give the program what it needs as arguments",
)
OF_OTHERS = Flag(
    "changes or asks for priorities or limits of other processes ({})",
    "let each process set its own",
    reaches=True,
    names_call=True,
)
LIMITS_USER = Flag(
    "limits the resources of all processes of its user",
    "set the limit before the program begins (ulimit)",
)
LIMITS_TIME = Flag(
    "limits its processor time (RLIMIT_CPU): the limit may be reached anywhere",
    "let it end by itself, or end it by a signal",
    names_call=True,
)
CHANGES_RIGHTS = Flag(
    "changes its user, its group or its rights ({})",
    "start it as the user that it needs",
    names_call=True,
)
LACKS_RIGHT = Flag(
    "needs a right that it may have outside, but not in a private world ({})",
    "leave out what needs the right",
    names_call=True,
)
BELOW_OTHERS = Flag(
    "changes a file of another user, or one below it, which a private world refuses ({})",
    "run it in a directory of its own files",
    names_call=True,
)
CLOSES_AFTER_VFORK = Flag(
    "closes pipes or locked files by an exec after vfork (close-on-exec)",
    "make the process by fork, and close before exec",
    names_call=True,
)
EXECUTES_CHANGED = Flag(
    "executes a file that processes change", "write the file before the processes begin"
)
TEXT_BUSY = Flag(
    "executes a file that a process opens for writing (ETXTBSY)",
    "close the file before it is executed",
    names_call=True,
)
PROGRAM_CHANGED = Flag("its file was changed while it was explored", "explore it again", subject="")

# -- signals and groups ----------------------------------------------------------------------------

KILLS_OUTSIDE = Flag(
    "signals processes outside, which was refused",
    "signal children only, and check what fork returned",
    confines=True,
)
QUEUES = Flag(
    "sends a real-time signal to a group, or to itself while an earlier one arrives",
    "send it to each process by a kill of its own, or block it meanwhile",
)
NOT_BLOCKED = Flag(
    "waits for signals that it does not block (sigwait)",
    "block the signals by sigprocmask before fork",
    names_call=True,
)
BLOCKED_SIGPIPE = Flag(
    "writes where no process can read, with SIGPIPE blocked: it stays pending",
    "ignore SIGPIPE instead of blocking it",
)
WITH_MASK = Flag(
    "waits with other signals blocked meanwhile ({})",
    "block the signals by sigprocmask, and wait by sigsuspend with an empty mask",
    names_call=True,
)
PENDS_TWICE = Flag(
    "raises a signal (raise) and is sent the same one (kill): both may be pending",
    "send this signal by one process only",
    names_call=True,
)
KILLS_IN_VFORK = Flag("may kill a process that waits in vfork", "make the process by fork")
ENDS_BEFORE_HANDLER = Flag(
    "may end a process by a signal right before a handler begins that blocks the signal",
    "let the handler not block the signal that ends the process",
)
ENDS_BY_EITHER = Flag(
    "ends a process by a signal, while another that ends or stops it is pending",
    "send one signal only, and wait for the end",
)
EXEC_AFTER_VFORK = Flag(
    "changes the group of a process that calls exec after vfork",
    "call setpgid in the child, before exec",
)
OUTSIDE_GROUPS = Flag(
    "changes or asks for the group or session of a process outside",
    "ask only about processes that it has made",
)
LEAVES_GROUP = Flag(
    "changes groups while a process may be asleep in a wait for one",
    "call setpgid before the parent waits for the group",
)
IN_BACKGROUND = Flag(
    "reads the terminal in another group than the program's, or after its end (SIGTTIN)",
    "let a process in the foreground read",
    names_call=True,
)

# -- time and chance -------------------------------------------------------------------------------

READS_CLOCK = Flag("measures time by the clock", "print no times, and decide nothing by them")
READS_RANDOM = Flag(
    "reads random numbers", "give the program its numbers as arguments, or in a file"
)
SETS_TIMER = Flag(
    "sets a timer ({}), which was refused",
    "set it by alarm or setitimer(ITIMER_REAL)",
    confines=True,
    names_call=True,
)
TIMER_PENDS = Flag(
    "sets a timer (timer_create) again, or executes a program, when its SIGALRM may be pending",
    "set the timer once, and not before exec",
    names_call=True,
)
FOLLOWS_CLOCK = Flag(
    "sleeps and reads the clock again and again",
    "let it end after some rounds, or print no times",
    confines=True,
)
RINGS_AGAIN = Flag(
    "sets a timer that rings again (setitimer), and is followed to its first ring",
    "set the timer for one ring, and again in the handler",
    names_call=True,
)
HANGS_ON = Flag(
    "depends on {}, which should not matter", "print nothing of it, and decide nothing by it"
)

# -- pipes, sockets and terminals ------------------------------------------------------------------

SURE_BYTES = 16 * os.sysconf("SC_PAGE_SIZE") // 2
"""The number of bytes that always fit into a pipe: each of its 16 pages may be only half used."""
SURE_WRITES = 256
"""The number of writes that always fit into a socket, of one byte each or of SURE_BYTES."""
FILLS_PIPE = Flag(f"fills a pipe with more than {SURE_BYTES // 1024} KiB", "let it write less")
FILLS_SOCKET = Flag(
    f"sends more than {SURE_WRITES} bytes to a socket before they are read",
    "read between the writes",
)
TEARS = Flag("writes more than 4 KiB at once, which others may tear apart", "write less at once")
BREAKS_OFF_OPEN = Flag(
    "may get a signal while it waits in open for the other end of a FIFO",
    "block the signal during open",
)
CLOSES_SEVERAL = Flag(
    "gives up several pipes or locks by one call, of exec or close_range",
    "close each one by a close of its own",
)
RESETS = Flag(
    "closes a socket from which bytes were not read (ECONNRESET)",
    "read all bytes before the close",
    names_call=True,
)
NOT_BLOCKING = Flag(
    "uses a descriptor that does not block, which explore does not follow",
    "wait for it by poll, without O_NONBLOCK",
)
READS_OUTSIDE = Flag("uses a pipe from outside", "let the program make its pipes itself")
READS_SIGNALS = Flag(
    "reads signals from a descriptor (signalfd)", "wait for them by sigwait", names_call=True
)
USES_TERMINAL = Flag(
    "uses the terminal", "read the standard input, and write to the standard output", reaches=True
)
ODD_FLAGS = Flag(
    "sets a flag of a descriptor that is not modelled (O_DIRECT, O_ASYNC)",
    "leave out the flag",
    names_call=True,
)
SHARED_FLAGS = Flag(
    "changes the flags of an open file that processes share (F_SETFL)",
    "set the flags before fork",
    names_call=True,
)
ASKS_FILLING = Flag("asks how much a pipe holds ({})", "read, or wait by poll", names_call=True)
USES_IOCTL = Flag(
    "uses a device or file by ioctl ({})", "read it and write to it instead", names_call=True
)
MOVES_BYTES = Flag(
    "moves bytes by a call that is not modelled ({})",
    "copy the bytes by read and write",
    names_call=True,
)
WAITS_BY_EPOLL = Flag(
    "waits by epoll, which explore does not follow ({})",
    "read one pipe, or wait for several by poll",
    names_call=True,
)
WAITS_FOR_DESCRIPTORS = Flag(
    "waits for descriptors, which explore does not follow ({})",
    "read one pipe, or wait for several pipes by poll",
    names_call=True,
)
SOCKETS = Flag(
    "uses sockets ({})", "join the processes by pipes or FIFOs", reaches=True, names_call=True
)

# -- files -----------------------------------------------------------------------------------------

SEVERAL_NAMES = Flag(
    "changes a file that has several names (hard links), or gives one more name",
    "copy the file instead of linking it",
    names_call=True,
)
PARTS_LINKS = Flag(
    "changes a file that has several names (hard links): the others keep the old contents",
    "copy the file, so that it has one name",
    confines=True,
    names_call=True,
)
SWITCHED_LINK = Flag(
    "follows a symbolic link that processes change", "open the file that the link leads to"
)
RENAMES_OPEN = Flag(
    "renames, replaces or removes a file that another process has open",
    "close the file before it is renamed or removed",
)
RENAMES_DIRECTORY = Flag(
    "renames a directory, and with it all that is in it", "rename the files in it"
)
KEEPS_DIRECTORY = Flag(
    "renames a directory that was there before, which a private world refuses (EXDEV)",
    "let it make the directory itself",
    names_call=True,
)
PARTS_DIRECTORIES = Flag(
    "calls {} for two directories that only explore has on two file systems",
    "keep both names in one directory",
)
REMOVES_LOCKED = Flag(
    "removes or renames a file that is locked, while others may open it", "keep the lock's file"
)
CONVERTS_LOCK = Flag(
    "converts a lock of flock from shared to exclusive, or back",
    "give it up before taking the other",
)
LOCKS_RECORDS = Flag(
    "locks records, which explore does not follow ({})",
    "lock the whole file by flock",
    names_call=True,
)
ELSEWHERE = Flag(
    "uses files outside its directory by .., or changed files of it by an absolute path",
    "use relative paths below the directory",
)
CHANGES_OUTSIDE = Flag(
    "changes a file outside its directory, which was refused: {}",
    "use files of the directory, or permit user namespaces (simpsh doctor)",
    confines=True,
)
LISTS_MEMORY_FILES = Flag(
    "lists /dev/shm, which other processes change, too", "list a directory of the program"
)
UNNAMED_FILE = Flag(
    "makes a file without a name ({})", "make a file with a name, and remove it", names_call=True
)
USES_DEVICE = Flag("uses the device {}", "use a file or a pipe")
_OWN_FILES = "use files of the program's directory"
READS_ONLY = Flag("changes something outside, which was refused: {}", _OWN_FILES, confines=True)
HIDDEN = Flag("looks at what a private world does not show: {}", _OWN_FILES)
SHARES_OUTSIDE = Flag(
    "uses a lock, a FIFO or a socket of the outside, which was refused: {}",
    _OWN_FILES,
    confines=True,
)

# -- memory ----------------------------------------------------------------------------------------

UNKNOWN_ACCESS = Flag(
    "uses shared memory by an instruction that is not followed",
    "compile it without vector instructions (-O1), or copy the values to variables",
)
NOT_ATOMIC = Flag(
    "reads or writes more bytes of shared memory at once than is atomic",
    "use it in words of at most 8 bytes",
)
SHARED_MEMORY = Flag(
    "shares writable memory{}",
    "share it with children only, by mmap with MAP_SHARED and MAP_ANONYMOUS",
)
TOO_LARGE = Flag("shares more than 1 MB of memory", "share less")
IN_CALL = Flag("passes {} an address in shared memory", "copy it to its own memory for the call")
BREAKS_OFF_LOCK = Flag(
    "waits for a semaphore or lock in shared memory while signals are sent",
    "block the signals while it waits",
)
LOCKED_BY_PID = Flag(
    "locks by its pid, as a robust mutex does", "use a mutex that is not robust, or a semaphore"
)
MAPS_FILE = Flag(
    "maps a file into its memory in a way that explore does not follow",
    "map it before fork, to read and write, and make no other calls for its contents",
)

SYSTEM_V = Flag(
    "uses System V IPC ({})",
    "use a pipe, or memory that mmap shares",
    reaches=True,
    names_call=True,
)
ODD_SYSTEM_V = Flag(
    "makes a call of System V IPC that explore does not follow ({})",
    "leave that out, or use a pipe, or memory that mmap shares",
    names_call=True,
)
POSIX_QUEUES = Flag(
    "uses POSIX message queues, which explore does not follow ({})",
    "use a System V queue (msgget) or a pipe",
    reaches=True,
    names_call=True,
)
ASKS_FOR_MORE = Flag(
    "asks for rights that the mode of a {} does not grant", "make the object with mode 0600"
)
COMPARES_PIDS = Flag(
    "compares pids that are the types of messages with a number (msgrcv)",
    "use small numbers as types",
    names_call=True,
)
REMOVES_AWAITED = Flag(
    "removes a {} that another process may be waiting for",
    "remove it when all processes have ended",
)
UNDOES_AT_END = Flag(
    "ends a process whose changes of several semaphore sets are undone then (SEM_UNDO)",
    "let each process give back what it takes",
    names_call=True,
)

SHARING = (THREADS, SHARES_MORE, SHARED_MEMORY, TOO_LARGE, MAPS_FILE)
"""Flags of programs in which another process may end a loop that only reads memory."""

# -- other families of calls -----------------------------------------------------------------------

OTHER_TIMER = Flag(
    "uses a timer in a way that explore does not follow ({})",
    "set it by alarm or setitimer(ITIMER_REAL), and do not ask for the rest",
    names_call=True,
)
ATTRIBUTES = Flag(
    "changes extended attributes of files ({})",
    "store the data in a file",
    reaches=True,
    names_call=True,
)
PIDFD = Flag(
    "uses a pidfd ({})", "wait by waitpid, and signal by kill", reaches=True, names_call=True
)
OTHERS_MEMORY = Flag(
    "uses another process's memory ({})",
    "send the bytes through a pipe",
    reaches=True,
    names_call=True,
)
PROCESSOR = Flag(
    "asks on which processor it is, or for how long ({})",
    "let no processor matter: leave it out",
    names_call=True,
)
CACHED = Flag("asks what is cached in memory ({})", "leave out this call", names_call=True)
ASKS_RIGHTS = Flag(
    "asks for the rights of a process ({})",
    "make the call that needs the right, and test errno",
    names_call=True,
)
OTHER_VIEW = Flag(
    "enters another view of the files or the machine ({})",
    "explore only what the program does there",
    reaches=True,
    names_call=True,
)
CHANGES_MACHINE = Flag(
    "changes the machine ({})", "leave out this call", reaches=True, names_call=True
)

# -- what is not followed, and limits --------------------------------------------------------------

NOT_LISTED = Flag(
    "uses a call that is not modelled ({})",
    "leave out this call, or use pipes, files and signals instead",
    reaches=True,
    names_call=True,
)
REFUSED_ARCHITECTURE = Flag(
    "makes a call of another architecture, which was refused",
    "compile it for the architecture of this machine",
    confines=True,
)
BLOCKS = Flag(
    "blocks in a call that is not followed: {}",
    "leave out this call, or wait for a pipe or a child",
)
COMPUTES = Flag(
    f"computes for more than {2 * patience():g} s between two operations",
    "let it compute less: explore it with smaller data",
    confines=True,
    names_call=True,
)
TAKEN_AWAY = Flag(
    "uses shared memory that a call has taken from it",
    "leave the memory as mmap made it",
    confines=True,
)
LATE_BY_CLOCK = Flag(
    "made no step for {} by the clock",
    "explore it when other programs leave it more time",
    subject="the program ",
)
OUT_OF_TIME = Flag("takes too long", "give it less to do")
MOST_PROCESSES = 100
"""The most processes alive at once. A fork bomb doubles faster than anything can count."""
TOO_MANY_PROCESSES = Flag(
    f"makes more than {MOST_PROCESSES} processes at once", "make fewer", confines=True
)
TOO_MUCH_OUTPUT = Flag("prints more than 1 MB", "let its loops end, or print less", confines=True)
TOO_MUCH_MEMORY = Flag("takes more than 500 MB of memory", "let it take less", confines=True)
TOO_MUCH_WRITTEN = Flag("makes files of more than 20 MB", "let it write less", confines=True)
