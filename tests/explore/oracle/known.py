"""Programs and the exact sets of their possible outputs.

Sets are derived by counting orders (derived.py) or written down, with the reason if it is not
obvious. An output ends in ` [deadlock]` if a process waits for ever after it.
"""

from dataclasses import dataclass

from tests.explore.oracle.derived import (
    STUCK,
    all_permutations,
    dyck_words,
    killed_between_two_writes,
    killed_under_way,
    orders,
    two_writers,
    usr1_against_signal,
)


@dataclass(frozen=True)
class Known:
    """A program of tests/explore/programs, how to call it, and everything it can print."""

    program: str
    outputs: frozenset[str]
    arguments: tuple[str, ...] = ()
    has_terminal: bool = False
    name: str = ""
    amid: tuple[str, ...] = ()
    """The signals whose handlers may run in the middle of computing."""

    def __str__(self) -> str:
        return self.name or "-".join((self.program, *self.arguments))


def known(program: str, *outputs: str | set[str], **more: object) -> Known:
    texts: set[str] = set()
    for one in outputs:
        texts |= one if isinstance(one, set) else {one}
    return Known(program, frozenset(texts), **more)


FAMILIES = (
    known("child_parent_end.c", orders("C", "PE", before=[("C", "E")])),
    known("children.c", all_permutations("abc"), arguments=("3",)),
    known("children.c", all_permutations("abcd"), arguments=("4",)),
    # No dot before its own process's h, nor before its children are done: Dyck words.
    known("fork_fork.c", dyck_words(4)),
    known("and_or.c", "xxxxx"),
    known("or_else.c", {"aab", "aba", "baa"}),
    known("seeded_by_time.c", "ab", "ba"),
    known("file_and_clock.c", "past"),
    known("vanished_before_handler.c", "a-", "a+", "aH+", amid=("SIGCHLD",)),
    known("asks_as_pagers_do.c", "cp", "pc"),
    known("temporary_file.c", "cp", "pc"),
    known("temporary_file.sh", "c\n"),
    known("pipe_beside_directory.c", "fp", "pf"),
    # The process that prints 0 makes one of the two that print 1.
    known("fork_in_loop.c", orders(["0", "1#1"], ["1#2"])),
    known("chain.c", "end210"),
    known("waitpid_specific.c", orders("a", "b", "BA", before=[("a", "A"), ("b", "B")])),
    known("statuses.c", "12", "21"),
    known("orphan.c", orders("op", "x")),
    # The child may read its parent's pid while the parent lives, but print the answer after the
    # parent has exited: xp.
    known("new_parent.c", "px", "xp", "xo"),
    known("no_zombies.c", "c-"),
    known("ignored_late.c", "y", "n", "-"),
    known("zombie_is_there.c", "zg"),
    known("fibonacci.c", "2"),
    known("sleep_sync.c", orders(["child "], ["parent ", "end "])),
    known("printf_before_fork.c", "x\np\nx\nc\n", "x\nc\nx\np\n"),
    known(
        "printf_before_fork.c", "x\np\nc\n", "x\nc\np\n", has_terminal=True, name="on-a-terminal"
    ),
    known("printed_pids.c", "[p <P1>]c<P1> ", "c<P1> [p <P1>]"),
    known("exec_echo.c", "p hi\ne", "hi\np e"),
    known("spawned.c", "s\np\n", "p\ns\n"),
    known("vforked.c", "cp"),
    # The child is not a zombie yet, or is one.
    known("vfork_and_wnohang.c", "0", "c"),
    # After vfork, the child has closed its end (-) or not yet, and is dead (d) or not.
    known("vfork_ends.c", "r0k", "-0k", "rdn", "-dn"),
    known("vfork_told.c", "habe", "ahbe", "abhe", amid=("SIGCHLD",)),
    known("with_popen.c", "a\nb\n0\n"),
    known("vfork_and_exec.c", "a\nb\ne", "b\na\ne"),
    known("own_session.c", "dp", "pd"),
    known("parent_leads_session.c", "10"),
    known("with_system.c", "hi\nend"),
    known("aborts.c", "aKK", "KaK"),
)


SIGNAL_SETS = (
    # An early sigwait takes the first signal that is sent; a late one takes the lower number.
    known("waits_for_signals.c", "12", "21"),
    known("no_children_wait.c", "ch-", amid=("SIGCHLD",)),
    # USR2 waits for the end of the handler of USR1.
    known(
        "masks_of_handlers.c",
        ".",
        ".()",
        ".()2",
        "().",
        "().2",
        "()2.",
        amid=("SIGUSR1", "SIGUSR2"),
    ),
    # The second signal may interrupt the handler, follow it, coalesce with the first, or be late.
    known(
        "nested_handler.c",
        "c",
        *(one for two in ("()", "()()", "(())") for one in (two + "c", "c" + two)),
        "()c()",
        amid=("SIGUSR1",),
    ),
)

ALARMS = (
    # The alarm expires before, during or after the sleep, after the letter, or after the end.
    known("alarm_ends_sleep.c", "as", "aw", "sa", "s", amid=("SIGALRM",)),
    # An alarm before p, or between p and pause(), wakes no process.
    known("alarm_clock.c", "pA", "pA" + STUCK, "Ap" + STUCK, amid=("SIGALRM",)),
    # An alarm before the pipe is made, or between that and the read, does not end the read.
    known("alarm_and_pipe.c", "i", STUCK, amid=("SIGALRM",)),
    # Without t the child ended in time. With t it printed c or not, and exited (0) or was
    # killed (K).
    known(*("alarm_and_child.c", "c0", "ct0", "tc0", "ctK", "tcK", "tK"), amid=("SIGALRM",)),
    known("alarm_kills.c", "K", "cK"),
)

GROUP_SIGNALS = (
    # The sender prints H before its p, the child before its c, after it, or never.
    known(
        "kills_its_group.c",
        *(one + "p0" for one in ("HHc", "HcH", "cHH", "cH")),
        *("HHpc0", "HcpH0", "HpHc0", "HpcH0", "cHpH0"),
        amid=("SIGUSR1",),
    ),
)

PIPES = (
    known("wrong_end.c", "ce", "ec"),
    known("not_a_time.c", "ce", "ec"),
    known("wrong_pointers.c", "e"),
    known("one_writer.c", orders("c", "mp")),
    known("two_writers.c", two_writers()),
    # Each reader prints the bytes that it has read; two readers may print in either order.
    known("two_readers.c", {a + b for a, b in (
        ("q1", "q2"), ("r1", "r2"), ("q1", "r2"), ("r2", "q1"), ("r1", "q2"), ("q2", "r1"))}),
    # The second write fails if the reader has left; r may be printed at any moment after that.
    known("reader_leaves.c", "kkre", "krke", "rkfe", "krfe", "kfre"),
    known("broken_pipe.c", "K", "10"),
    known("forgotten_write_end.c", "m" + STUCK),
    known("pipeline_kept_open.c", "m" + STUCK),
    known("pipeline_closed.c", "mend"),
    known("deadlock_births.c", *(one + STUCK for one in orders(
        "1g", "ps"))),
    known("duplicate_kept.c", "c" + STUCK),
    known("ping_pong.c", "ioioioe"),
    known("token.c", "aAbB", "bBaA"),
    known("close_on_exec.c", "hi\nstarted\n", "started\nhi\n"),
    known("exec_fails.c", "failed\n"),
    # The child's descriptors are closed before the parent can collect it or gets a signal.
    known("end_of_file_before_zombie.c", "not yet", "dead"),
    known("end_of_file_before_sigchld.c", "Hre", "rHe", amid=("SIGCHLD",)),
)  # fmt: skip

SIGNALS = (
    known("usr1_against_signal.c", usr1_against_signal(), amid=("SIGUSR1",)),
    # The first signal determines the status, unless it dumps core.
    known("terminated_and_killed.c", "15", "p15"),
    known("quit_and_killed.c", "3", "9"),
    known("kill_9_two_writes.c", killed_between_two_writes()),
    known("kill_9_under_way.c", killed_under_way()),
    known("kills_itself.c", "KK"),
    known("sigchld_handler.c", orders("cHe", "p", before=[("p", "e")]), amid=("SIGCHLD",)),
    known("sigsuspend.c", "pcHse", "cpHse"),
    known("raised_while_blocked.c", *(one + "p" for one in orders(("1", "H"), ("c", "H#2")))),
    known("one_wait_a_signal.c", "e", STUCK),
    known("blocked_in_pause.c", "p" + STUCK),
    known("every_wait_a_signal.c", "e"),
    known("handler_and_exec.c", "Hx0", "K", "xK", "x0", amid=("SIGUSR1",)),
    known("ignored_and_exec.c", "x0"),
    known("blocked_after_ready.c", "Hc", "cH", "c", amid=("SIGUSR1",)),
    known("handler_once.c", "HK"),
)

HANDLERS = (
    # A handler that prints, or changes what the kernel keeps, runs before and after every call.
    known("handler_renames.c", "oo", "on", "nn", amid=("SIGUSR1",)),
    known("handler_in_suspend.c", "2"),
    known("handler_killed.c", "K", "(K", "()K", amid=("SIGUSR1",)),
    # The handlers below use memory of the interrupted code: the sets hold at system calls. In the
    # middle of computing some can have further outputs: here 1.
    known("handler_amid_counting.c", "2", amid=("SIGUSR1",)),
    # Reaping the last child is no moment at which SIGCHLD may come; reaping the first one is.
    known("counted_ends.c", "1", "2", amid=("SIGCHLD",)),
    known("child_between_tests.c", "10", "01", amid=("SIGCHLD",)),
    known("two_flags.c", *("--e", "1-e", "12e"), amid=("SIGUSR1", "SIGUSR2")),
    known("handler_and_umask.c", "0", "22", amid=("SIGUSR1",)),
    known("handler_and_log.c", "hab", "ahb", "abh", amid=("SIGUSR1",)),
    known("handler_and_closed_output.c", "he", "e", amid=("SIGUSR1",)),
    known("handler_collects.c", "Hpe", "pHe", "pe", amid=("SIGCHLD",)),
    known(*("handler_before_own_code.c", "earlynoted", "latenoted"), amid=("SIGUSR1",)),
    known("lost_wakeup.c", "ce", "c" + STUCK, amid=("SIGCHLD",)),
    # pause() as the C library implements it on aarch64.
    known("lost_wakeup_ppoll.c", "ce", "c" + STUCK, amid=("SIGCHLD",)),
    # The signal may arrive between looking at the flag and pausing.
    known("pause_loop.c", "cp", "c" + STUCK, amid=("SIGUSR1",)),
    known("sleep_loop.c", "cp", amid=("SIGUSR1",)),
)

POLLING = (
    # The higher descriptor is closed first: the lower one's pipe may still be open then.
    known("pipes_given_up_at_end.c", "0", "1"),
    known("pipes_given_up_when_killed.c", "01", "11"),
    known("wnohang_once.c", "cbusy e", "busy ce", "cdone e"),
    known(
        "wnohang_loop.c", {order + "e" for dots in (0, 1, 2) for order in orders("." * dots, "c")}
    ),
    known("polls_two.c", "a-", "-b", "ab"),
    known("selects_two.c", "a-", "-b", "ab"),
    # A timeout may expire before the signal arrives, or the signal interrupts the call.
    known("signal_breaks_limit.c", "hE", "h0", "0h", amid=("SIGUSR1",)),
    known("select_with_limit.c", "late+1", "late+2", "in+2"),
    known("poll_and_read.c", "c", "xc", "cx"),
    known("poll_and_mask.c", "c", "xc", "cx"),
    # A loop that no process can leave is reported like a deadlock.
    known("never_ends.c", "p" + STUCK),
    known("sleeps_for_ever.c", "p" + STUCK),
    known("looks_for_a_zombie.c", "cp", "c" + STUCK),
    known("no_parent_any_more.c", "po"),
    known("wnohang_for_ever.c", "abe"),
)

FILES = (
    # Each byte is read once, by the first or the second; between letter and byte others may print.
    known(
        "duplicated_offset.c",
        {one + a + other + b for one, other in ("cp", "pc") for a, b in ("ab", "ba")}
        | {both + bytes_read for both in ("cp", "pc") for bytes_read in ("ab", "ba")},
    ),
    # One may read before the other has written: an update is lost.
    known("counter_unlocked.c", "1", "2"),
    known("counter_flock.c", "2"),
    # Up to two of the four updates may be lost.
    known("file_counters.c", "2", "3", "4"),
    known("lock_file.c", "ab", "ba", "a-", "-a", "b-", "-b"),
    known("append_log.c", orders("aA", "bB")),
    known("two_locks.c", "12e", "21e", STUCK),
    # The process that got the lock at once holds it and waits for the one that waits for the lock.
    known("lock_not_waited_for.c", "cn", "nc", "cy", "y" + STUCK),
    known("lock_closed_by_exec.c", "ny", "yy"),
    known("lock_closed_by_range.c", "cn", "nc", "cy", "yc"),
    known("shared_offset.c", *(orders([a], [b]) for a, b in (("ca", "pb"), ("cb", "pa")))),
    known("renamed_into_place.c", "-", "x"),
    known("truncated.c", "ab", "cb", "c"),
    known("one_description.c", "abcd", "cdab"),
    # The directory is missing, has only `.` and `..`, or has one file.
    known("lists_new_file.c", "0", "1"),
    known("listed_directory.c", "0", "2", "3"),
    known("nothing_beside.c", "--"),
    # The open may come before or after the rename; what is read was decided then.
    known("replaces_open_file.c", *(orders("r", f"o{byte}") for byte in "01")),
    known("own_file_renamed.c", "-", "x"),
    known("sorted_directory.c", "ab", "ba"),
    known("symbolic_link.c", "n", "y"),
    known("inherited_lock.c", "cp"),
    known("is_it_there.c", "y", "n"),
    known("offset_of_writer.c", "x123", "0x23", arguments=("r",)),
    known("offset_of_writer.c", "x123", "01x3", arguments=("s",)),
    known("removed_directory.c", "y", "n"),
    known("enters_directory.c", "y", "n"),
    known("created_with_mode.c", "f+d+", "f+d-", "f-d+", "f-d-"),
    known("changed_mode.c", "6", "-"),
    known("time_of_file.c", "y", "n"),
    known("asks_as_tools_do.c", orders("c", "nxx")),
)

READINESS = (
    # No process prints b or 2 before both are about to open.
    known("fifo_rendezvous.c", "1a2bx", "1ab2x", "a12bx", "a1b2x"),
    known("fifo_alone.c", "cp"),
    # End of file comes when all writers have closed; a writer that opens after that waits
    # for a reader for ever, or its write fails.
    known("fifo_two_writers.c", "abe", "bae", "ae", "be", "ae" + STUCK, "be" + STUCK),
    known("mini_shell.c", "a b\n0"),
)

MEMORY = (
    # An update is lost if both have loaded before one stores; one may lose all but its last.
    known("shared_counter.c", "2", "3", "4"),
    known("forks_by_number.c", "1", "2"),
    known("shared_semaphore.c", "2", arguments=("1", "1")),
    known("different_directories.c", "d"),
    # The child has posted before its parent waits, or wakes no process.
    known("private_semaphore.c", "p", STUCK),
    known("locked_before_fork.c", "=pc", "p=c"),
    known("childs_pid_shared.c", "p=", "=p", "p0", "0p"),
    known("shared_mutex.c", "2"),
    known("spin_lock.c", "2"),
    known("locked_pair.c", "3"),
    known("stored_in_order.c", "1"),
    # Each process uses different words of the shared memory.
    known("own_places.c", "22"),
    known("shared_flag.c", "cp"),
    known("waits_for_post.c", "cp"),
    known("left_in_register.c", "c", "p"),
)

LINES = (
    known("two_echoes.sh", "a\nb\nc\n", "b\na\nc\n"),
    known("two_in_background.sh", "a\nb\n", "b\na\n"),
    # dash collects children after a built-in command, too, and then prints no message.
    known("killed_job.sh", "0\n", "143\n", "Terminated\n143\n"),
    known("reads_fifo.sh", "a\n"),
    known("with_timeout.sh", "0\n", "124\n", amid=("SIGALRM", "SIGTERM", "SIGCHLD")),
    known("opens_stderr.c", "cp", "pc"),
    known("process_substitution.sh", "a.\nb.\n"),
    known("same_file.sh", "a\n", "b\n"),
    known("group_and_cat.sh", orders(["1\n", "2\n"], ["3\n"])),
    known("status_of_background.sh", "3\n"),
    known("tested_file.sh", "yes\n", "no\n"),
    # The loop runs in a child, so it does not change the shell's n.
    known("piped_loop.sh", "0\n"),
    known("sorted.sh", "a\n"),
    # A trap runs between two commands; between two that make no calls, in the middle of computing.
    known(*("trap_amid_commands.sh", "usr 0\ne\n", "usr 2\ne\n"), amid=("SIGUSR1",)),
    # The loser prints before or after the winner; or both get the lock, one after the other.
    known("directory_as_lock.sh", "a\n-\n", "-\na\n", "b\n-\n", "-\nb\n", "a\nb\n", "b\na\n"),
    known("pipe_of_python.py", orders("c", "m3", before=[("c", "3")])),
    known("polling.py", ""),
    known("pipe_of_multiprocessing.py", "['p', 'c']\n"),
    known("counter_of_python.py", "1", "2"),
    known("handler_of_python.py", "hpe", "phe", amid=("SIGUSR1",)),
    known("handler_before_pause.py", "c\n", STUCK, amid=("SIGCHLD",)),
    known("sleeps_for_flag.py", "came\n", amid=("SIGUSR1",)),
    known("captured.py", "3 b'm' b'e\\n'\n"),
    # Programs of every day; all but the five jobs end within the default budget.
    known("timeout_echo.sh", "hi\n", "", amid=("SIGALRM", "SIGTERM", "SIGCHLD")),
    known("wait_for_next.bash", "first\nsecond\n"),
    known("three_sleeps.sh", "done\n"),
    known("five_jobs.sh", orders(*([f"{number}\n"] for number in range(1, 6)))),
    known("four_stages.sh", "b\n"),
    known(
        "four_processes.py", {"\n".join((*order, "done\n")) for order in all_permutations("1234")}
    ),
    known("print_before_fork.py", "x\nc\nx\np\n", "x\np\nx\nc\n"),
)

KNOWN = (
    *(*FAMILIES, *GROUP_SIGNALS, *SIGNAL_SETS, *ALARMS, *PIPES, *SIGNALS),
    *HANDLERS,
    *(*POLLING, *FILES, *MEMORY, *READINESS, *LINES),
)
