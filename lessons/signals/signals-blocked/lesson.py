"""Blocked signals: a signal waits until the program is ready for it."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Explore, Lesson, Predict, Repair, Run, Say, Task, delete, insert,
    move, replace, some,
)

not_blocked = replace("SIG_BLOCK, {signal.SIGUSR1}", "SIG_BLOCK, {signal.SIGUSR2}")
not_unblocked = delete("SIG_UNBLOCK, {signal.SIGUSR1}")
before_fork = insert(
    "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})",
    above="child = os.fork()")
after_fork = insert(
    "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})",
    above='os.write(1, b"add ")')
blocked = insert(
    "sigset_t set, old;\n"
    "sigemptyset(&set);\n"
    "sigaddset(&set, SIGUSR1);\n"
    "sigprocmask(SIG_BLOCK, &set, &old);",
    above="if (fork() == 0)")
braces = replace("if (!came)", "if (!came) {") + replace("pause();", "pause();\n}")
unblocks_first = blocked + braces + insert("sigprocmask(SIG_SETMASK, &old, 0);", above="pause();")
suspends = blocked + replace("pause();", "sigsuspend(&old);")


lesson = Lesson(
    Say("""Each process (to be exact, each thread) has a *signal mask*: the signals that it blocks.
        A *blocked* signal is not lost. It is *pending* until it is unblocked. `fork` copies the
        mask to the child, and `exec` keeps the mask.""",
        part="note"),
    Predict(
        "The process sends SIGUSR1 to itself. **What does it print?**",
        Choice("handler, blocked, unblocked",
            "output == 'handler blocked unblocked'",
            """If the signal is not blocked, `kill()` to oneself delivers the signal before `kill()`
            returns. Here SIGUSR1 is blocked."""),
        Choice("blocked, handler, unblocked",
            "output == 'blocked handler unblocked'",
            """The signal stays pending while it is blocked. The call that unblocks the signal
            returns only after the handler has run."""),
        Choice("blocked, unblocked",
            "output == 'blocked unblocked'",
            """An **ignored** signal is thrown away. A blocked one stays pending: one bit in the
            kernel says that the signal has been sent."""),
        part="__main__",
        hint="Two calls change the mask. Between them the signal has been sent.",
        again=[not_blocked, not_unblocked]),
    Run("pending",
        Claim("At ① SIGUSR1 is pending: it has been sent, and not delivered.",
            "at(1).parent.has_pending('SIGUSR1')",
            wrong=not_blocked),
        Claim("The handler runs when the process unblocks the signal, before the next line.",
            "output == 'blocked handler unblocked'",
            wrong=[not_blocked, not_unblocked])),
    Say("""An example: a shell keeps a list of its jobs. After `fork` it adds the child. Its handler
        for SIGCHLD removes the child again when the child has ended.""",
        part="remove"),
    Predict("SIGCHLD is not blocked. **Which order, or orders, can you see?**",
        Choice("both: the two are unordered",
            "row('is never blocked').outputs == {'add remove ', 'remove add '}",
            """The child may end before the parent runs its next line. Then the shell adds a child
            that is never removed."""),
        Choice("one: first remove and then add",
            "row('is never blocked').outputs == {'remove add '}",
            """The parent would have to be delayed after every fork. Often the parent runs first,
            and neither order is promised."""),
        Choice("one: first add and then remove",
            "row('is never blocked').outputs == {'add remove '}",
            """The child would have to take longer than one write of its parent. No rule promises
            this: the child may run first, and end first."""),
        part="__main__",
        hint="Rule 5: what is specified about the order of two processes after `fork`?"),
    Compare(
        Explore("list", native=10),
        Claim("Without blocking, the handler can remove the child before the shell has added it.",
            "'remove add ' in row('is never blocked').outputs"),
        Claim("Blocking after `fork` is too late: the child may end before that.",
            "'remove add ' in row('is blocked after fork').outputs"),
        Claim("""If SIGCHLD is blocked before `fork`, it comes after the child is on the list, in
            every order.""",
            "row('is blocked before fork').outputs == {'add remove '}"),
        id="lists",
        title="SIGCHLD",
        rows={
            "is never blocked": Edit(),
            "is blocked after fork": after_fork,
            "is blocked before fork": before_fork},
        columns={
            "possible orders": "len(outputs)",
            "remove before add": "'possible' if 'remove add ' in outputs else 'impossible'"}),
    Say("""The child inherits the blocked SIGCHLD. A shell therefore restores the old mask in the
        child before `exec`. Without this, the program starts with SIGCHLD blocked."""),
    Predict("SIGUSR1 sets the flag `came`. **Can it come so that the parent never wakes?**",
        Choice("yes, between test and pause",
            "len(row('test, then pause').outputs) == 2",
            """The test found 0, then the handler ran. `pause` now waits for a second signal, which
            no process sends."""),
        Choice("no, the flag is tested first",
            "row('test, then pause').outputs == {'woken'}",
            """The flag helps only if the signal comes before the test. It can also come after the
            test and before `pause`."""),
        Choice("yes, at any moment",
            "'woken' not in row('test, then pause').outputs",
            """That needs a handler that is never called. Here the signal may come before the test,
            or while `pause` sleeps."""),
        hint="""Go through the program line by line. What happens if the signal comes after this
        line?"""),
    Compare(
        Explore("wait", births=["child"], needs=["compiler"], native=10),
        Claim("Between the test and `pause` the signal can be lost: the parent sleeps for ever.",
            "len(row('test, then pause').outputs) == 2"),
        Claim("Blocking alone moves the gap to the place between unblocking and `pause`.",
            "len(row('block, test, unblock, pause').outputs) == 2"),
        Claim("`sigsuspend` unblocks and sleeps in one step. No order loses the signal.",
            "row('block, sigsuspend').outputs == {'woken'}"),
        id="waits",
        title="the parent waits by",
        rows={
            "test, then pause": Edit(),
            "block, test, unblock, pause": unblocks_first,
            "block, sigsuspend": suspends},
        columns={"woken in every order": "'yes' if outputs == {'woken'} else 'no'"},
        needs=["compiler"]),
    Task("/proc/self means the process that opens the file. Type a line in which:",
        asks={
            "`grep` reads its **own** status": some("p",
                ("p.execs('grep')", "no `grep` ran"),
                ("p.has_read(f'\\nPid:\\t{p.pid}\\n')",
                 "`grep` read the status of another process")),
            "the line of the blocked signals is printed, and no other": some("",
                ("output.startswith('SigBlk:\\t') and output.count('\\n') == 1",
                 "printed: {shown}"),
                ("any(p.output and p.got('SigBlk:') for p in processes)", "printed: {shown}"))},
        hint="`grep WORD FILE`. /proc/self means the process that opens the file.",
        solution="grep SigBlk /proc/self/status",
        wrong={
            "echo SigBlk:":
                """`echo` prints the word only. The kernel's line has the mask of a process after
                the word.""",
            "grep SigCgt /proc/self/status":
                """SigCgt is the set of signals that `grep` **catches**. The task asks for the
                signals that it blocks.""",
            "grep SigPnd /proc/self/status":
                "SigPnd is the set of **pending** signals. The task asks for the blocked signals.",
            "cat /proc/self/status":
                """These are all lines of `cat`: /proc/self is the process that opens the file. The
                task asks for one line of `grep`."""},
        note="16 hexadecimal digits: bit 0 is signal 1. All zeros: no signal is blocked."),
    Repair("repair",
        """This shell notes its child (`add`), and its handler of SIGCHLD takes the child off the
        list (`remove`). Sometimes it prints `remove add`. Make that impossible.""",
        Claim("The child is added, and it is removed by the handler.",
            "parent.writes('add ') and parent.writes('remove ')",
            wrong=[replace('b"add "', 'b""'), delete("signal.SIG_UNBLOCK")],
            hint="A blocked SIGCHLD stays pending. When does the program let it come?"),
        Claim("In every order the child is added before it is removed.",
            "outputs == {'add remove '}",
            wrong=[delete("signal.SIG_BLOCK"), move("signal.SIG_BLOCK", above='os.write(1, b"add')],
            hint="""The child may end before `fork` has returned in the parent. From which line on
            must SIGCHLD wait?"""),
        fix=move("signal.SIG_BLOCK", above="child = os.fork()"),
        fix_in_c=move("SIG_BLOCK", above="pid_t child = fork();"),
        hint="A blocked signal is not lost: it comes later.",
        praise="""SIGCHLD was blocked before there was a child, and let in when the child was on the
        list."""),
    remember="""Block a signal before `fork`, or before a test, if it must not arrive right after
    that. Wait for it with `sigsuspend`, which unblocks and sleeps in one step.""",
    good_for="""bash blocks SIGCHLD around `fork`, so that its list of jobs is right. A service that
    misses one wakeup sleeps until the next request comes, and a test rarely shows why.""",
    requires=["signals-handlers"],
    exercise="lost-wakeup",
    read="""sigprocmask(2); sigsuspend(2); sigpending(2); POSIX.1-2024 pselect(), which does the
    same for descriptors; Bryant and O'Hallaron, Computer Systems, 8.5 Signals""",
)
