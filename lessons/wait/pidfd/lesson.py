"""A pid names a process only for a while; a pidfd names one process for ever."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, delete, insert, move,
    replace,
)

same_number = replace("os.fork()", "fork_as(child) if _ else os.fork()")
opened_too_late = move("handle = os.pidfd_open(first)", above="try:")
collected_first = insert("os.waitpid(child, 0)", above='os.write(1, b"readable')
reported_singly = (insert('total = b""', above="handles = []") +
        replace("pidfd_open(child))", "pidfd_open(child))\ntotal += os.read(signals, 4096)") +
    replace("len(os.read(signals, 4096))", "len(total)"))
ignored = insert("signal.signal(signal.SIGCHLD, signal.SIG_IGN)", above="child = os.fork()")
blocked = insert("signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})", above="os.fork()")

lesson = Lesson(
    Predict("""The parent has collected the first child, so its *pid* is free. **Which pid** does
        the second child get?""",
        Choice("the first child's: it is free again",
            "child.pid == child_2.pid",
            """For *descriptors* the kernel gives out the lowest free number. Linux gives out pids
            upwards."""),
        Choice("the parent's plus 1: it is next",
            "child_2.pid == parent.pid + 1",
            """For the first child you may be right. The kernel counts from the last pid that it
            gave to any process, not from the parent's."""),
        Choice("another one: pids count upwards",
            "child.pid != child_2.pid",
            """Linux continues from the last number that it gave out. Above the limit in
            `/proc/sys/kernel/pid_max` it starts again with low numbers."""),
        hint="Each command in your shell is a new process. Do you see the same pid for each?"),
    Run("pid-numbers",
        Claim("The pid of the first child was free, and the second child has another one.",
            "parent.collects(child) and child.pid != child_2.pid",
            wrong=same_number),
        id="numbers",
        births=["child", "child"]),
    Predict("""A child ends, and the parent does not wait. In which case is the child's pid **free**
        at ①?""",
        Choice("with SIGCHLD blocked",
            "row('blocked').at(1).child.gone",
            """You will read that blocking is enough. It is not so: blocking only delays the signal,
            and the dead child remains a *zombie*."""),
        Choice("with SIGCHLD at default",
            "row('at its default').at(1).child.gone",
            """By default SIGCHLD has no effect, and that is not the same as SIG_IGN. Here a
            *zombie* keeps the pid."""),
        Choice("with SIGCHLD ignored",
            "row('ignored').at(1).child.gone",
            """A parent with this *disposition* cannot ask for the status. So the kernel makes no
            *zombie*, and the pid is free."""),
        hint="A zombie keeps the pid. When does the kernel make no zombie?"),
    Compare(
        Run("uncollected"),
        Claim("With SIGCHLD blocked, a zombie keeps the pid.",
            "row('blocked').at(1).child.state == 'Z'"),
        Claim("With SIGCHLD ignored, the pid is free without a wait: the kernel leaves no zombie.",
            "row('ignored').at(1).child.gone"),
        id="frees",
        title="SIGCHLD is",
        rows={"at its default": Edit(), "blocked": blocked, "ignored": ignored},
        columns={"the child's pid": "'a zombie keeps it' if not at(1).child.gone else 'free'"}),
    Say("""When you have *collected* a child, the kernel may give its pid to another process. To
        save time, this lesson asks for the same pid (clone3, `set_tid`)."""),
    Predict("`stranger` has the pid that `first` had. What does `os.kill(first, …)` do?",
        Choice("it succeeds: `stranger` has the pid",
            "parent.sends('SIGTERM', stranger)",
            "A pid names the process that has the number **now**."),
        Choice("it fails with EPERM: no child of mine",
            "parent.fails('kill', 'EPERM')",
            """`kill` fails like this for a process of another user. The kernel checks the user, not
            the parent."""),
        Choice("it fails with ESRCH: `first` is gone",
            "parent.fails('kill', 'ESRCH')",
            """You are right until the kernel gives the pid to another process. That can happen
            right before your call."""),
        hint="`kill` gets a number. Which process has this number now?"),
    Run("stranger",
        Claim("`stranger` has the pid that `first` had, and SIGTERM kills `stranger`.",
            "first.pid == stranger.pid and stranger.killed('SIGTERM')",
            wrong=replace("fork_as(first)", "os.fork()")),
        Claim("The signal by pidfd fails with ESRCH: the pidfd refers to `first`.",
            "parent.fails('pidfd_send_signal', 'ESRCH')",
            wrong=opened_too_late),
        births=["stranger"],
        needs=["root", "next pid", "pidfd", "clone3"]),
    Predict("""`select` has waited for a *pidfd*. At ② the pidfd is readable. In which state is the
        child?""",
        Choice("a zombie: select collects no child",
            "at(2).child.state == 'Z'",
            """The pidfd reports the end. Another call *collects* the child: `waitid` with P_PIDFD,
            or any wait."""),
        Choice("alive: the parent must read first",
            "at(2).child.state == 'S'",
            """With a pipe you can be right: “readable” means data. A pidfd is readable when its
            process has ended; a read of it fails with EINVAL."""),
        Choice("gone: select has collected it",
            "at(2).child.gone",
            "`wait` would have collected it. `select` waits, but does not collect."),
        hint="`wait` waits and collects. Which of the two does `select` do?"),
    Run("select-ends",
        Claim("`select` sleeps while the child is alive. When it returns, the child is a zombie.",
            "at(1).parent.asleep_in in ('select', 'pselect6') and at(2).child.state == 'Z'",
            wrong=collected_first),
        Claim("`waitid` collects the child through the pidfd.",
            "parent.collects(child)",
            wrong=replace("os.WEXITED", "os.WEXITED | os.WNOWAIT")),
        id="select",
        needs=["pidfd"]),
    Predict("""At ① three children have ended. A process reads from a *signalfd* one record for each
        *pending* SIGCHLD. **How many** records does the parent read?""",
        Choice("1",
            "value('records') == 1",
            """A *pending* SIGCHLD is one bit, so three ends are one record. Each child has a pidfd
            of its own, and each of the three is readable."""),
        Choice("3",
            "value('records') == 3",
            """With a real-time signal it is 3, because the kernel queues it. SIGCHLD is a standard
            signal: the kernel does not count it."""),
        Choice("0",
            "value('records') == 0",
            "The ends are pending: the parent blocks SIGCHLD, so no handler takes it away."),
        hint="SIGCHLD is a standard signal. Can it be pending twice?"),
    Run("three",
        Claim(
            "The signalfd has one record for three ends. Each of the three pidfds reports one end.",
            "output == '1 record, 3 pidfds\\n'",
            wrong=reported_singly),
        needs=["pidfd", "signalfd4"],
        shows="output"),
    Repair("repair",
        """This server learns of the end of its child by a pidfd, and closes the pidfd. The child is
        still a zombie. It should be collected. Fix it.""",
        Claim("The parent prints `readable`.",
            "output == 'readable\\n'",
            wrong=delete('os.write(1, b"readable'),
            hint="Keep the `select`, and the line after it."),
        Claim("The parent collects the child after that.",
            "before(parent.writes('readable\\n'), parent.collects(child))",
            wrong=[
                delete("os.waitid("),
                replace("os.WEXITED)", "os.WEXITED | os.WNOWAIT)"),
                replace("os.waitid(os.P_PIDFD, handle, os.WEXITED)", "os.close(handle)"),
                move("os.waitid(", above="os.write(1")],
            hint="A readable pidfd says that the child has ended. Which calls take its status?"),
        needs=["pidfd"],
        fix=replace("os.close(handle)", "os.waitid(os.P_PIDFD, handle, os.WEXITED)"),
        fix_in_c=insert("siginfo_t info;", above="pid_t child = fork();") +
            replace("close(handle);", "waitid(P_PIDFD, handle, &info, WEXITED);"),
        hint="Which call removes a zombie?",
        praise="The pidfd showed when the child ended, and the wait collected it."),
    remember="""A pid is safe while its process is your child and you have not collected it. For
    every other process, hold a pidfd.""",
    good_for="""A script that kills by the number in a pid file may one day kill another program.
    systemd and other supervisors hold pidfds for this reason.""",
    requires=["waitid"],
    exercise="two-pidfds",
    read="pidfd_open(2); pidfd_send_signal(2); signalfd(2); clone3(2), set_tid",
)
