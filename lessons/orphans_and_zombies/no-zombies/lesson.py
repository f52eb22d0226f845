"""A parent that does not wait can still leave no zombies, but each way has its price."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace,
    some,
)

not_ignored = delete("signal.signal(signal.SIGCHLD, signal.SIG_IGN)")
sigchld_ignored = replace("signal.SIG_DFL", "signal.SIG_IGN")


lesson = Lesson(
    Say("""A server forks a worker for each task, and the kernel sends it *SIGCHLD* when a worker
        ends. The server does not wait: it must serve the next client. At ① three workers have
        ended. One line **before the loop** can change what is left of the workers at ②."""),
    Predict("Which of these lines leaves **no** zombie?",
        Choice("set flag SA_NOCLDSTOP",
            """len([p for p in row('SA_NOCLDSTOP').at(2) if p.called == 'worker' and p.state ==
            'Z']) == 0""",
            """SA_NOCLD**WAIT** prevents zombies. SA_NOCLD**STOP** has a similar name; it only
            leaves out the signal for *stopped* children."""),
        Choice("set SIGCHLD to SIG_IGN",
            """len([p for p in row('SIGCHLD ignored: SIG_IGN').at(2) if p.called == 'worker' and
            p.state == 'Z']) == 0""",
            """With SIG_IGN the program says that it will not wait. POSIX has specified this since
            2001 (wait(2), NOTES)."""),
        Choice("set SIGCHLD to SIG_DFL",
            """len([p for p in row('SIGCHLD to its default: SIG_DFL').at(2) if p.called == 'worker'
            and p.state == 'Z']) == 0""",
            """signal(7) says that the default is to ignore the signal. But a program says that it
            will not wait by SIG_IGN or SA_NOCLDWAIT."""),
        hint="Which line tells the kernel that the server will never ask for a status?"),
    Compare(
        Run("three", main="server"),
        Claim("The default action ignores the signal, and it prevents no zombie.",
            """len([p for p in row('SIGCHLD to its default: SIG_DFL').at(2) if p.called == 'worker'
            and p.state == 'Z']) == 3"""),
        Claim("SIGCHLD ignored by SIG_IGN: no zombie and no status.",
            """len([p for p in row('SIGCHLD ignored: SIG_IGN').at(2) if p.called == 'worker' and
            p.state == 'Z']) == 0 and len(row('SIGCHLD ignored: SIG_IGN').server.collects()) ==
            0"""),
        Claim("SA_NOCLDSTOP concerns stopped children: it prevents no zombie.",
            """len([p for p in row('SA_NOCLDSTOP').at(2) if p.called == 'worker' and p.state ==
            'Z']) == 3"""),
        Claim("SA_NOCLDWAIT prevents all zombies, as SIG_IGN does.",
            """len([p for p in row('SA_NOCLDWAIT').at(2) if p.called == 'worker' and p.state ==
            'Z']) == 0"""),
        Claim("A handler that collects all leaves no zombie and gets every status.",
            """len([p for p in row('a handler that collects all').at(2) if p.called == 'worker' and
            p.state == 'Z']) == 0 and len(row('a handler that collects all').server.collects()) ==
            3"""),
        id="ways",
        title="before it forks",
        rows={
            "nothing": Edit(),
            "SIGCHLD to its default: SIG_DFL": insert(
                "signal.signal(signal.SIGCHLD, signal.SIG_DFL)",
                above="for code in"),
            "SIGCHLD ignored: SIG_IGN": insert(
                "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
                above="for code in"),
            "SA_NOCLDSTOP": insert("set_flags(signal.SIGCHLD, SA_NOCLDSTOP)", above="for code in"),
            "SA_NOCLDWAIT": insert("set_flags(signal.SIGCHLD, SA_NOCLDWAIT)", above="for code in"),
            "a handler that collects all": insert(
                "signal.signal(signal.SIGCHLD, collect_all)",
                above="for code in")},
        columns={
            "zombies at ②": "len([p for p in at(2) if p.called == 'worker' and p.state == 'Z'])",
            "statuses the server got": "len(server.collects())"}),
    Predict("SIGCHLD is ignored, and `sh` exits with 7. What does the program print?",
        Choice("returned 7",
            "parent.prints('returned 7')",
            """Without the ignored SIGCHLD, `waitpid` gives 7 to `subprocess`. Here the kernel threw
            the status away when `sh` ended."""),
        Choice("returned -1",
            "parent.prints('returned -1')",
            """In C, `system()` returns −1 here, because `waitpid` fails with ECHILD. Python's
            `subprocess` reports an unknown status in another way."""),
        Choice("returned 0",
            "parent.prints('returned 0')",
            """`waitpid` fails with ECHILD, so the status is unknown. `subprocess` catches the error
            and reports 0, which looks like success."""),
        hint="`subprocess` calls `waitpid`. What does `waitpid` return for a child that vanished?"),
    Run("ignored",
        Claim("sh exits with 7 and vanishes: it is never a zombie.",
            "sh.exits(7) and sh.vanishes",
            wrong=not_ignored),
        Claim("`waitpid` fails with ECHILD, and the program reports a failure as success.",
            "parent.fails('waitpid', 'ECHILD') and output == 'returned 0\\n'",
            wrong=not_ignored),
        births=["sh"]),
    Say("""An ignored signal stays ignored across `exec` (execve(2)). A program that you start with
        SIGCHLD ignored therefore loses its children's statuses, too. Never ignore SIGCHLD in a
        shell or in a launcher."""),
    Task("""This line prints 1, the status of
        `false`:

            python3 -c 'import subprocess; print(subprocess.run("false").returncode)'

        Make the status vanish. Type a line in which:""",
        asks={
            "a process ends with another status than 0": some("p",
                ("p.ends and not p.exits(0)", "no process ended with another status than 0")),
            "its parent waits for it, and gets ECHILD: the status is lost": some("p",
                ("p.ends and not p.exits(0)", "no process ended with another status than 0"),
                ("any(before(p.born, [e]) for e in p.made_by.fails('wait', 'ECHILD') + "
                 "p.made_by.fails('waitid', 'ECHILD'))",
                 "no parent of such a process waited and got ECHILD"),
                ("not p.collected", "{p.made_by.words} got the status"))},
        hint="`env --ignore-signal=SIGNAL COMMAND` starts a command with this signal ignored.",
        solution="""env --ignore-signal=CHLD python3 -c 'import subprocess;
        print(subprocess.run("false").returncode)'""",
        wrong={
            "python3 -c 'import subprocess; print(subprocess.run(\"false\").returncode)'":
                "This is the given line: its `waitpid` returns the status.",
            """env --ignore-signal=CHLD python3 -c 'import subprocess;
            print(subprocess.run("true").returncode)'""":
                "The status is lost, but it was 0. Let a program fail.",
            "env --ignore-signal=CHLD sh -c 'false; echo $?'":
                """A shell needs the statuses of its children: `sh` sets its own action for SIGCHLD
                at its start.""",
            "python3 -c 'print(0)'":
                "This prints a number only. A process must fail, and its parent must wait for it."},
        note="`returncode` was 0, as of a program that succeeds. No process can learn the truth."),
    Repair("repair",
        """The author ignored SIGCHLD, so that no zombie is left. Since then this program prints `no
        status`. It should print `exit status 7`, and still leave no zombie. Fix it.""",
        Claim("The parent gets the status of its child: 7.",
            "parent.gets(child, 0x0700)",
            wrong=[
                sigchld_ignored,
                sigchld_ignored + replace("os.waitpid(child, 0)", "(child, 7 << 8)"),
                replace("os._exit(7)", "os._exit(0)")],
            hint="""What does the kernel do with the status of a child if the parent ignores
            SIGCHLD?"""),
        Claim("It prints `exit status 7`.",
            "output == 'exit status 7\\n'",
            wrong=[sigchld_ignored, replace("os.WEXITSTATUS(word)", "word")],
            hint="Print the exit status that `waitpid` has returned."),
        Claim("No child vanishes, and none is left as a zombie.",
            "not child.vanishes and len(parent.collects()) == 1",
            wrong=sigchld_ignored,
            hint="Each fork needs a wait; then no zombie is left."),
        fix=replace("signal.SIG_IGN", "signal.SIG_DFL"),
        fix_in_c=replace("SIG_IGN", "SIG_DFL"),
        hint="The program waits for its child. Does it need the line about SIGCHLD?",
        praise="""The kernel kept the status until `waitpid` fetched it, and then the zombie was
        gone."""),
    remember="""Wait for each child, or collect all children in a SIGCHLD handler. If you ignore
    SIGCHLD, every status is lost.""",
    good_for="""A web server or cron starts a thousand programs a day and must leave no zombies.
    Choose the way by one question: does the parent need the statuses?""",
    requires=["zombie"],
    exercise="make-zombie",
    read="wait(2), NOTES; sigaction(2), SA_NOCLDWAIT; POSIX.1-2024 sigaction()",
)
