"""waitid: look at a dead child without collecting it, and wait for a child of one group."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, insert, replace,
)

taken_at_once = replace("os.WEXITED | os.WNOWAIT", "os.WEXITED")
not_collected = (replace("os.WEXITED | os.WNOWAIT", "os.WEXITED") +
    replace("os.waitpid(child, 0)", "pass"))
leader_only = replace("os.P_PGID, leader, os.WEXITED)\n", "os.P_PID, leader, os.WEXITED)\n")

lesson = Lesson(
    Predict("`os.waitid` has returned. In which state is the child at ①?",
        Choice("still alive",
            "not at(1).child.state == 'Z' and not at(1).child.gone",
            """With `WNOHANG` the call does not sleep, so the child can be alive. `WNOWAIT` sleeps
            until the child has ended."""),
        Choice("collected",
            "at(1).child.gone",
            """Without `WNOWAIT`, `waitid` collects the child, as `waitpid` does. With it, the child
            remains."""),
        Choice("a zombie",
            "at(1).child.state == 'Z'",
            """`WNOWAIT` reports the end and leaves the *zombie*. A later call can *collect* the
            child."""),
        hint="""The call has two flags. `WEXITED` says what to wait for; `WNOWAIT` says whether to
        collect the child."""),
    Run("look",
        Claim("The first call reports the end and leaves the zombie.",
            "at(1).child.state == 'Z'",
            wrong=taken_at_once),
        Claim("The second call reports the same exit status, 3, and collects the child.",
            "parent.prints('3') and at(2).child.gone",
            wrong=replace(
                "_, status = os.waitpid(child, 0)",
                "status = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT).si_status << 8"))),
    Say("""`waitid` fills a *siginfo* with these fields: `si_pid` (which child), `si_uid` (the
        child's user), `si_code` (what has happened), `si_status`, and `si_signo`, which is always
        SIGCHLD.""",
        part=""),
    Predict("The child calls `_exit(3)`. What does the parent print?",
        Choice("CLD_EXITED 0",
            "row('calls _exit(3)').output == 'CLD_EXITED 0'",
            """A child that calls `_exit(0)` gives this line. `si_status` is the exit status of the
            child, not the success of the call."""),
        Choice("CLD_EXITED 3",
            "row('calls _exit(3)').output == 'CLD_EXITED 3'",
            """`si_code` already says that the child has exited. So `si_status` can be the plain
            exit status."""),
        Choice("CLD_EXITED 768",
            "row('calls _exit(3)').output == 'CLD_EXITED 768'",
            """768 is 0x0300, the *wait status* that `waitpid` returns. `waitid` has a field of its
            own for the exit status."""),
        hint="`waitpid` reports one number. `waitid` has two fields for the same facts."),
    Compare(
        Run("siginfo", leaves=["child"]),
        Claim("""`si_code` says what has happened. `si_status` is the plain exit status or the plain
            number of the signal.""",
            """row('calls _exit(3)').output == 'CLD_EXITED 3' and row('is killed by SIGKILL').output
            == 'CLD_KILLED 9'"""),
        Claim("""POSIX specifies that `si_status` has all the bits of the exit status. Linux keeps
            the low eight bits, so 256 + 3 arrives as 3.""",
            "row('calls _exit(256 + 3)').output == 'CLD_EXITED 3'"),
        id="fields",
        title="the child",
        rows={
            "calls _exit(3)": Edit(),
            "calls _exit(256 + 3)": replace("os._exit(3)", "os._exit(256 + 3)"),
            "is killed by SIGKILL": replace("os._exit(3)", "os.kill(os.getpid(), signal.SIGKILL)"),
            "stops (SIGSTOP)": replace(
                "os._exit(3)",
                "os.kill(os.getpid(), signal.SIGSTOP)\nsignal.pause()"),
            "stops, and gets SIGCONT":
                replace("os._exit(3)", "os.kill(os.getpid(), signal.SIGSTOP)\nsignal.pause()") +
                    insert(
                        "os.waitid(os.P_PID, child, os.WSTOPPED)\nos.kill(child, signal.SIGCONT)",
                        above="info = ") +
                    replace("WEXITED | os.WSTOPPED", "WEXITED | os.WCONTINUED")},
        columns={"si_code and si_status": "output"}),
    Predict("""Two children are in one *process group*. You end **`member`**, and later `leader`.
        When does the first `waitid(P_PGID, …)` return?""",
        Choice("when both of them have ended",
            "at(1).member.gone and at(1).leader.gone",
            """The `wait` of a shell waits for a whole job: the shell counts its processes. The
            kernel reports children, never the end of a group."""),
        Choice("when `leader` has ended",
            "at(1).leader.gone and before(leader.ends, parent.collects(leader))",
            """P_PID waits for `leader` alone. The number in the call is the pid of `leader`, but
            with P_PGID it means the group."""),
        Choice("when one of them has ended",
            "at(1).member.gone and at(1).leader.state == 'S'",
            """P_PGID selects children: any child in this group will do. Each call reports one
            child."""),
        hint="Each call of `waitid` reports one child. Which children does P_PGID select?"),
    Run("group",
        Claim("""The first call returns when one process of the group has ended, while `leader` is
            alive.""",
            "at(1).member.gone and at(1).leader.state == 'S'",
            wrong=leader_only),
        Claim("The second call collects `leader`. No child is left in the group.",
            "parent.collects(leader) and before(leader.ends, parent.ends)",
            wrong=replace("os.WEXITED)  # ①", "os.WEXITED | os.WNOHANG)  # ①")),
        at_rest=[Kill("member", "SIGTERM"), Kill("leader", "SIGTERM")]),
    Say("""`waitid` can also wait for any child (P_ALL), for one child (P_PID) and, on Linux since
        5.4, for a *pidfd* (P_PIDFD). POSIX has no P_PIDFD. A process can also wait for a process
        that is not its child: one that it **traces**."""),
    Say("""The kernel counts the *resource usage* of each process: *user time*, *system time*, *page
        faults*, memory. A second sum is for the children of the process. `compute` uses 0.05 s;
        `seconds` adds the two times.""",
        part=""),
    Predict("""The child has used 0.05 s and is a *zombie*. How much time does the parent read for
        its **children**?""",
        Choice("0 s now, 0 s after waitpid",
            "parent['collected'] == 0.0",
            """If the parent ignored SIGCHLD, you would be right: then no process collects the
            child, and its usage is lost."""),
        Choice("0.05 s now, 0.05 s after waitpid",
            "parent['dead'] >= 0.05",
            """With an earlier `waitpid` both numbers would be 0.05 s. Here the child is a zombie,
            and the kernel keeps its usage there."""),
        Choice("0 s now, 0.05 s after waitpid",
            "parent['dead'] == 0.0 and parent['collected'] >= 0.05",
            """The kernel keeps the usage with the zombie. The kernel adds it when the parent
            *collects* the child."""),
        hint="""RUSAGE_CHILDREN counts children that have ended **and** meet a second condition. See
        getrusage(2)."""),
    Run("usage",
        Claim("""The end of the child adds nothing to the parent's sum. Collecting the child adds
            its usage.""",
            "at(1).child.state == 'Z' and parent['dead'] == 0.0 and parent['collected'] >= 0.05",
            wrong=not_collected),
        needs=["getrusage"],
        shows="output"),
    Repair("repair",
        """The first call should only wait until the child has ended; the second call should collect
        it. But the second call fails with ECHILD. It should print 3. Fix it.""",
        Claim("No wait fails: there is a child for the second call, too.",
            "not parent.fails('waitpid', 'ECHILD')",
            wrong=taken_at_once,
            hint="""The child was collected by the first call. Which flag lets a call look, and
            leave the zombie?"""),
        Claim("It prints 3.",
            "output == '3\\n'",
            wrong=[taken_at_once, replace("os.waitstatus_to_exitcode(status)", "status")],
            hint="Print the exit status that the second call has returned."),
        fix=replace("os.WEXITED", "os.WEXITED | os.WNOWAIT"),
        fix_in_c=replace("WEXITED", "WEXITED | WNOWAIT"),
        hint="What does the kernel keep after the first call?",
        praise="With WNOWAIT the child stayed a zombie, and `waitpid` could still collect it."),
    remember="""With WNOWAIT, waitid reports a dead child and does not collect it; with P_PGID it
    waits for any child of one group. The usage of a child counts for its parent when the parent
    collects it.""",
    good_for="""A supervisor looks at a dead child with `WNOWAIT`, reads its entry in `/proc`, and
    then collects the child. Until then no other process can get the pid of the dead child.""",
    requires=["stop-and-continue"],
    exercise="make-zombie",
    read="waitid(2); POSIX.1-2024 waitid(); setpgid(2); wait4(2); getrusage(2)",
)
