"""The properties that a child inherits from its parent."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete,
    insert, replace, some,
)

child_clears_mask = insert("signal.pthread_sigmask(2, [])", above="os._exit")
child_resets = insert("signal.signal(signal.SIGTERM, signal.SIG_DFL)", above="os._exit")
child_sends_again = insert("os.kill(os.getpid(), signal.SIGUSR1)", above="os._exit(0)")
still_blocked = delete("signal.SIG_UNBLOCK, {signal.SIGTERM}")


lesson = Lesson(
    Predict("""`os.getcwd` asks for the directory. Five other things are asked for, too.
        Which one is **different** in the child?""",
        Choice("the directory",
            "row('the directory').child['in_child'] != row('the directory').parent['in_parent']",
            """The child has its own working directory, which at the fork is the parent's. A later
            `chdir` in one process does not change the other's."""),
        Choice("the umask",
            "row('the umask').child['in_child'] != row('the umask').parent['in_parent']",
            """A login program sets a umask, and `fork` sets none. The *umask* is an attribute of
            the process, and the child has its parent's."""),
        Choice("the limit of open files",
            """row('a limit: 100 open files').child['in_child'] != row('a limit: 100 open
            files').parent['in_parent']""",
            """If a new process had no limit, a program could escape its limit by a fork. The child
            has the limits of its parent."""),
        Choice("the process ID",
            """row('a pid, asked for').child['in_child'] != row('a pid, asked
            for').parent['in_parent'] and row('the umask').child['in_child'] == row('the
            umask').parent['in_parent'] and row('a limit: 100 open files').child['in_child'] ==
            row('a limit: 100 open files').parent['in_parent'] and row('the
            directory').child['in_child'] == row('the directory').parent['in_parent']""",
            """In one pid namespace two processes never have the same pid. Directory, umask, limits,
            *environment* and *nice value* are copied."""),
        hint="Which of these does a command get from the shell that starts it?"),
    Compare(
        Run("ask"),
        Claim("The child has the directory, the umask and the limit of its parent.",
            """row('the directory').child['in_child'] == row('the directory').parent['in_parent']
            and row('the umask').child['in_child'] == row('the umask').parent['in_parent'] and
            row('a limit: 100 open files').child['in_child'] == row('a limit: 100 open
            files').parent['in_parent']"""),
        Claim("Only the pid is different.",
            """row('a pid, asked for').child['in_child'] != row('a pid, asked
            for').parent['in_parent'] and row('an environment variable').child['in_child'] ==
            row('an environment variable').parent['in_parent'] and row('nice 5').child['in_child']
            == row('nice 5').parent['in_parent']"""),
        id="copied",
        title="the parent sets",
        rows={
            "the directory": Edit(),
            "the umask":
                replace('os.chdir("/")', "os.umask(0o27)") +
                    replace("os.getcwd", 'lambda: format(os.umask(0o27), "03o")'),
            "a limit: 100 open files":
                replace('os.chdir("/")', "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))") +
                    replace("os.getcwd", "lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[0]"),
            "an environment variable":
                replace('os.chdir("/")', 'os.environ["A"] = "1"') +
                    replace("os.getcwd", 'lambda: os.environ["A"]'),
            "nice 5":
                replace('os.chdir("/")', "os.nice(5)") +
                    replace("os.getcwd", "lambda: os.getpriority(os.PRIO_PROCESS, 0)"),
            "a pid, asked for":
                replace('os.chdir("/")', "pass") + replace("os.getcwd", "os.getpid")},
        columns={"the child has the same": "child['in_child'] == parent['in_parent']"},
        needs=["prlimit64"]),
    Say("""The child also has its parent's user and group ids, *process group*, *session* and
        terminal. But `fork` does not copy everything."""),
    Predict("The parent has four other things. **Which one does the child have, too?**",
        Choice("the parent's directory",
            """row('the directory /').child['in_child'] == row('the directory
            /').parent['in_parent'] and row('alarm(100): seconds left').child['in_child'] == 0 and
            row('a record lock, asked for again').child['in_child'] == 'refused' and row('used CPU
            time, in ms').child['in_child'] < row('used CPU time, in ms').parent['in_parent']""",
            "The other three belong to one process: a running timer, a lock, the used CPU time."),
        Choice("the parent's running alarm",
            """row('alarm(100): seconds left').child['in_child'] == row('alarm(100): seconds
            left').parent['in_parent']""",
            """If the child had it, SIGALRM would end a child that never asked for an alarm. An
            alarm belongs to one process."""),
        Choice("the parent's record lock",
            """row('a record lock, asked for again').child['in_child'] == row('a record lock, asked
            for again').parent['in_parent']""",
            """If the child had it, two processes would hold a lock that only one may hold. A record
            lock belongs to one process."""),
        Choice("the parent's used CPU time",
            """row('used CPU time, in ms').child['in_child'] == row('used CPU time, in
            ms').parent['in_parent']""",
            """If the child had it, the same seconds would count twice. The CPU time of a new
            process begins at 0."""),
        hint="What would happen if two processes had the same alarm, lock or CPU time?"),
    Compare(
        Run("ask"),
        Claim("The child has no alarm: 0 seconds are left.",
            "row('alarm(100): seconds left').child['in_child'] == 0"),
        Claim("The child has no record lock: the kernel refuses it.",
            "row('a record lock, asked for again').child['in_child'] == 'refused'"),
        Claim("The child's CPU time begins at 0.",
            """row('used CPU time, in ms').child['in_child'] < row('used CPU time, in
            ms').parent['in_parent']"""),
        id="own",
        title="the parent has",
        rows={
            "the directory /": Edit(),
            "alarm(100): seconds left":
                replace('os.chdir("/")', "signal.alarm(100)") +
                    replace("os.getcwd", "lambda: round(signal.getitimer(signal.ITIMER_REAL)[0])"),
            "a record lock, asked for again":
                replace('os.chdir("/")', 'may_lock("f")') +
                    replace("os.getcwd", 'lambda: may_lock("f")'),
            "used CPU time, in ms":
                replace('os.chdir("/")', "sum(range(10**6))") +
                    replace("os.getcwd", "lambda: round(time.process_time() * 1000)")},
        columns={"in the parent": "parent['in_parent']", "in the child": "child['in_child']"}),
    Say("""A process has for each *signal* an action: default, ignore, or a *handler*, a function of
        the program. It has a *signal mask*: signals in it are *blocked*. A blocked signal that
        arrives is *pending* until it is unblocked."""),
    Predict("""SIGUSR1 is blocked, and one is pending. The parent forks. **In which state is SIGUSR1
        in the child?**""",
        Choice("blocked, and one pending",
            "at(1).child.blocks('SIGUSR1') and at(1).child.has_pending('SIGUSR1')",
            """If `fork` copied pending signals, one `kill` would arrive twice. The signal was sent
            to the parent, and is pending there only."""),
        Choice("unblocked, and none pending",
            "not at(1).child.blocks('SIGUSR1') and not at(1).child.has_pending('SIGUSR1')",
            """You will read that the child has no pending and no blocked signals. It is not so:
            only the pending ones are cleared; see fork(2)."""),
        Choice("blocked, and none pending",
            "at(1).child.blocks('SIGUSR1') and not at(1).child.has_pending('SIGUSR1')",
            """The mask of the thread that forks is copied. The pending signal was sent to another
            process."""),
        Choice("unblocked, and one pending",
            "at(1).child.has_pending('SIGUSR1') and not at(1).child.blocks('SIGUSR1')",
            """Such a state does not last: a signal that is pending and not blocked is delivered. In
            the child SIGUSR1 is blocked and not pending."""),
        hint="Two questions: is the mask copied by fork? To which pid was the signal sent?",
        again=[child_clears_mask, child_sends_again]),
    Run("signals",
        Claim("The child has the parent's mask, and the parent's handler for SIGTERM.",
            "at(1).child.blocks('SIGUSR1') and at(1).child.catches('SIGTERM')",
            wrong=[child_clears_mask, child_resets]),
        Claim("The signal is pending in the parent, and not in the child.",
            "at(1).parent.has_pending('SIGUSR1') and not at(1).child.has_pending('SIGUSR1')",
            wrong=child_sends_again)),
    Say("""Not shown here: user, group, root directory, *namespaces* and seccomp filter are
        inherited, too. Memory locks (`mlock`), POSIX timers, asynchronous input and output and
        semaphore adjustments are not. fork(2) has the whole list."""),
    Task("In one line, begin with `A=0;`. Then give `A=1` to one command only:",
        asks={
            "`sh -c` with `echo $A` prints 1, and after that your shell's `echo $A` prints 0":
                some("",
                ("output == '1\\n0\\n'", "printed: {shown}"),
                ("shell.expands('A', '0')", "the 0 that was printed was typed")),
            "the `sh` itself looks up `$A`, and does not set it": some("p",
                ("p.execs('sh') or p.execs('bash') or p.execs('dash')", "no `sh -c` ran"),
                ("'$A' in p.argv[2] or '${A' in p.argv[2]",
                 "the script of `sh` was `{p.argv[2]}`"),
                ("'A=' not in p.argv[2]", "the script of `sh` sets `A` itself: `{p.argv[2]}`")),
            "your shell's own `A` stays 0": some("",
                ("shell['A'] == '0'", "your shell's `A` became {shell['A']}"),
                ("not any(before(p.ends, shell.sets('A')[-1:]) for p in processes[1:])",
                 "your shell's `A` was another one, and was set back"))},
        hint="`A=1` in front of a command is for that command.",
        solution="A=0; A=1 sh -c 'echo $A'; echo $A",
        wrong={
            "A=0; A=1; sh -c 'echo $A'; echo $A":
                """`A=1;` is a command of its own and changes the shell's `A`. Without `export` the
                child has no `A`.""",
            "A=0; export A=1; sh -c 'echo $A'; echo $A":
                "`export A=1` changes the shell's own `A` as well: the second line shows 1, not 0.",
            "A=0; A=1 echo $A; echo $A":
                """The shell replaces `$A` with 0 before `echo` starts. The child itself must look:
                `sh -c 'echo $A'`."""},
        note="`A=1` in front of a command is in the environment of this command."),
    Repair("repair",
        """The parent blocks SIGTERM while it starts a worker. Later it sends SIGTERM to the worker,
        and hangs. The signal should end the worker. Fix it.""",
        Claim("SIGTERM ends the worker.",
            "worker.killed('SIGTERM')",
            wrong=[still_blocked, replace("os.kill(worker, signal.SIGTERM)", "os.kill(worker, 9)")],
            hint="Which signals does the worker block, from its first moment on?"),
        Claim("The parent collects the worker, and ends.",
            "parent.collects(worker) and returns",
            wrong=delete("os.waitpid(worker, 0)"),
            hint="Keep the wait."),
        fix=insert(
            "signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})",
            above="signal.pause()"),
        fix_in_c=insert(
            "sigprocmask(SIG_UNBLOCK, &term, NULL);  // for its own life",
            above="pause();"),
        hint="A child inherits the mask of its parent, and keeps it.",
        praise="The worker unblocked SIGTERM in its own mask, so the signal ended it."),
    remember="""A child has its parent's attributes, signal mask and handlers. It does not have what
    belongs to one process: pid, alarm, record locks, CPU time, pending signals.""",
    good_for="""You set a umask, a limit or a variable once in the shell, and every program that the
    shell starts has it. That is also why a wrong one is hard to find.""",
    requires=["rule-7-wait-for-every-child"],
    read="fork(2); POSIX.1-2024 fork(); signal(7); Kerrisk, TLPI, section 28.4",
)
