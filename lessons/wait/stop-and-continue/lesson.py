"""Stops and continues: state changes of a child that has not ended."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, Task, insert, replace,
    some,
)

asked_in_between = insert("os.waitpid(child, os.WUNTRACED)", above="os.kill(child, signal.SIGCONT)")
by_pid = replace("os.waitpid(-1, CHANGES)  # for", "os.waitpid(second, os.WUNTRACED)  # for")
by_loop = replace(
    "os.waitpid(-1, CHANGES)  # for",
    "while os.waitpid(-1, CHANGES)[0] != second:\n        pass  # for")
not_asked = replace("os.WUNTRACED", "0")


lesson = Lesson(
    Predict("""You stop the child, then continue it, then end it. How often does `os.waitpid`
        **return**?""",
        Choice("twice: at the stop and at the end",
            """len(row('WUNTRACED | WCONTINUED').parent.gets(row('WUNTRACED | WCONTINUED').child))
            == 2""",
            """With `WUNTRACED` alone it returns twice. `WCONTINUED` asks for a third kind of *state
            change*."""),
        Choice("three times: at each change",
            """len(row('WUNTRACED | WCONTINUED').parent.gets(row('WUNTRACED | WCONTINUED').child))
            == 3""",
            "Each flag adds one kind of *state change*. The end is always reported."),
        Choice("once: when the child has ended",
            """len(row('WUNTRACED | WCONTINUED').parent.gets(row('WUNTRACED | WCONTINUED').child))
            == 1""",
            """`waitpid(child, 0)` and `wait` return once, because they report ends alone. Here two
            flags ask for more."""),
        hint="`WUNTRACED` asks for stops and `WCONTINUED` asks for continues."),
    Compare(
        Run("changes",
            at_rest=[Kill("child", "SIGSTOP"), Kill("child", "SIGCONT"), Kill("child", "SIGTERM")]),
        Claim("Without a flag waitpid reports the end of the child, and nothing else.",
            "len(row('0').parent.gets(row('0').child)) == 1"),
        Claim("With both flags waitpid reports the stop, the continue and the end.",
            """len(row('WUNTRACED | WCONTINUED').parent.gets(row('WUNTRACED | WCONTINUED').child))
            == 3"""),
        id="flags",
        title="waitpid(child, …)",
        rows={
            "0": replace("os.WUNTRACED | os.WCONTINUED", "0"),
            "WUNTRACED": replace("os.WUNTRACED | os.WCONTINUED", "os.WUNTRACED"),
            "WCONTINUED": replace("os.WUNTRACED | os.WCONTINUED", "os.WCONTINUED"),
            "WUNTRACED | WCONTINUED": Edit()},
        columns={
            "the stop": "'reported' if parent.gets(child, 'stopped') else '–'",
            "the continue": "'reported' if parent.gets(child, 'continued') else '–'",
            "the end": "'reported' if parent.gets(child, 'killed') else '–'",
            "returns": "len(parent.gets(child))"}),
    Predict("""Here the parent asks **late**: at ② the child has stopped and continued. What does
        `waitpid` report?""",
        Choice("the stop: it was first in the queue",
            "before(parent.sends('SIGCONT'), parent.gets(child, 'stopped'))",
            """In a queue the stop would come first. The kernel keeps no queue for a child, only its
            latest *state change*."""),
        Choice("the continue: it came last",
            "parent.gets(child, 'continued')",
            """The kernel keeps only the latest *state change* of a child. The continue has replaced
            the stop."""),
        Choice("the end: earlier changes are lost",
            "before(child.ends, parent.gets(child))",
            """`waitpid(child, 0)` reports the end alone. With the two flags the kernel keeps the
            latest change until the parent asks for it."""),
        hint="Does the kernel keep a list of changes for each child, or only the latest one?"),
    Run("late",
        Claim("The continue replaces a stop that the parent has not asked for.",
            """at(1).child.state == 'T' and len(parent.gets(child, 'stopped')) == 1 and
            parent.gets(child, 'continued')""",
            wrong=asked_in_between)),
    Predict("The child is stopped and gets **SIGTERM**. In which state is the child at ①?",
        Choice("stopped, with SIGTERM discarded",
            "at(1).child.state == 'T' and not at(1).child.has_pending('SIGTERM')",
            """The kernel discards a signal that the process ignores. This child does not ignore
            SIGTERM, so the kernel keeps the signal until the child runs again."""),
        Choice("a zombie, killed by SIGTERM",
            "at(1).child.state == 'Z'",
            """SIGKILL is the only signal that kills a stopped process at once. SIGTERM acts when
            the process runs again."""),
        Choice("stopped, with SIGTERM pending",
            "at(1).child.state == 'T' and at(1).child.has_pending('SIGTERM')",
            """A stopped process does not run, so it cannot receive SIGTERM. The kernel keeps the
            signal *pending* until SIGCONT."""),
        hint="""A process receives a signal when it runs again. Only SIGKILL and SIGCONT act on a
        stopped process at once."""),
    Run("pending",
        Claim(
            "SIGTERM is pending while the child is stopped. SIGTERM kills the child after SIGCONT.",
            """at(1).child.state == 'T' and at(1).child.has_pending('SIGTERM') and
            before(parent.sends('SIGCONT'), child.killed('SIGTERM'))""",
            wrong=replace("signal.SIGTERM", "signal.SIGKILL"))),
    Say("""Here is a small shell. It calls `waitpid` **once** for each command; `CHANGES` is both
        flags. You stop the first command. The shell continues this command in the *background* and
        starts a second one."""),
    Predict(
        "The last `os.waitpid` is meant for the second command. **What** does it report?",
        Choice("`first` has stopped",
            "len(shell.gets(first, 'stopped')) == 2",
            """A second stop would be reported here. The first `os.waitpid` has already fetched this
            stop, and the kernel reports each change once."""),
        Choice("`second` has ended",
            "at('rest', 2).shell.asleep_in == 'wait4'",
            """`waitpid(second, …)` would sleep until this command ends. −1 means any child, and
            `first` has changed its state."""),
        Choice("`first` has continued",
            "shell.gets(first, 'continued')",
            """This change is older than the second command, and the shell has not fetched it yet.
            −1 means any child."""),
        hint="""The first argument is −1. Which child has a state change that the shell has not
        fetched?"""),
    Run("shell",
        Claim("""The wait for the second command reports the first command. The shell prompts while
            the second command is alive.""",
            "shell.gets(first, 'continued') and at(1).second.state == 'S'",
            wrong=[by_pid, by_loop]),
        main="shell",
        at_rest=[Kill("first", "SIGSTOP"), Kill("second", "SIGTERM")],
        leaves=["first", "second"]),
    Compare(
        Run("shell",
            Claim("""The wait for the second command reports the first command. The shell prompts
                while the second command is alive.""",
                "shell.gets(first, 'continued') and at(1).second.state == 'S'",
                wrong=[by_pid, by_loop]),
            main="shell",
            at_rest=[Kill("first", "SIGSTOP"), Kill("second", "SIGTERM")],
            leaves=["first", "second"]),
        Claim("""With the pid of the second command, waitpid waits for this command. The kernel
            keeps the state change of the first command.""",
            """not row('waitpid(second, WUNTRACED)').shell.gets(row('waitpid(second,
            WUNTRACED)').first, 'continued')"""),
        id="fixes",
        title="the wait for the second command",
        rows={
            "waitpid(-1, …), once": Edit(),
            "waitpid(second, WUNTRACED)": by_pid,
            "waitpid(-1, …) until it is second": by_loop},
        columns={
            "change of first": "'fetched' if shell.gets(first, 'continued') else 'left'",
            "the prompt":
                "'in time' if before(second.ends, shell.writes('>> ')) else 'too early'"}),
    Task("""After this line `sleep` is stopped, and `wait` never
        returns:

            sleep 1000 & kill -STOP $!; wait

        Add one command:""",
        asks={
            "`sleep` is stopped, as before": some("p",
                ("anyone.sends('SIGSTOP', p)", "no process sent SIGSTOP to another one")),
            "it ends without running again: no process sends SIGCONT": some("p",
                ("anyone.sends('SIGSTOP', p)", "no process sent SIGSTOP to another one"),
                ("p.killed('SIGKILL')", "SIGKILL ended no process that was stopped"),
                ("all(q.killed('SIGKILL') for q in processes[1:] if anyone.sends('SIGSTOP', q))",
                 "a process was stopped, and is left"),
                ("not anyone.sends('SIGCONT')", "a process sent SIGCONT")),
            "`wait` returns": some("p",
                ("returns", "the line hangs"),
                ("anyone.sends('SIGSTOP', p) or p.killed('SIGKILL')",
                 "no process was stopped, or ended by SIGKILL"),
                ("p.collected", "your shell did not wait for {p.words}"))},
        hint="Only one signal ends a process that is stopped.",
        solution="sleep 1000 & kill -STOP $!; kill -KILL $!; wait",
        wrong={
            "sleep 1000 & kill -STOP $!; wait":
                "This is the given line: `sleep` is stopped, so it never ends.",
            "sleep 1000 & kill -STOP $!; kill $!; wait":
                """SIGTERM is pending while `sleep` is stopped. So `sleep` does not end, and `wait`
                does not return.""",
            "sleep 1000 & kill -KILL $!; wait":
                "`wait` returns, but `sleep` was not stopped before. Keep the SIGSTOP.",
            "sleep 1000 & kill -STOP $!; kill -CONT $!; kill -KILL $!; wait":
                "`wait` returns, but after SIGCONT `sleep` has run again."},
        note="""SIGKILL ends a stopped process at once. Another signal is pending until SIGCONT
        continues the process."""),
    Repair("repair",
        """The child of this program stops. The parent should continue it, and print `exit status
        3`. It prints nothing, and *hangs*. Fix it.""",
        Claim("The parent learns that the child has stopped, and continues the child.",
            "parent.gets(child, 'stopped') and parent.sends('SIGCONT', child)",
            wrong=[not_asked, replace("signal.SIGCONT", "signal.SIGKILL")],
            hint="""By default `waitpid` reports only the end of a child. Which flag reports that
            the child has stopped?"""),
        Claim("It prints `exit status 3`, and the child is collected.",
            "output == 'exit status 3\\n' and child.exits(3) and returns",
            wrong=[
                replace("if not os.WIFSTOPPED(status):", "if True:"),
                replace("os.WEXITSTATUS(status)", "status")],
            hint="A stop is not an end: wait again after SIGCONT, until the child has ended."),
        fix=replace(
            "_, status = os.waitpid(child, 0)",
            "_, status = os.waitpid(child, os.WUNTRACED)"),
        fix_in_c=replace("waitpid(child, &status, 0);", "waitpid(child, &status, WUNTRACED);"),
        hint="In which call does the parent sleep while its child is stopped?",
        praise="""With WUNTRACED `waitpid` returns for a stop, too. The parent tells the two apart
        by WIFSTOPPED."""),
    remember="""Each wait reports a state change of one child. Look at the pid first, then at the
    wait status: it may be another child, and the child may be alive.""",
    good_for="""`^Z` and `fg` in every shell depend on these state changes. A supervisor that does
    not ask for them takes a stopped server for a healthy one.""",
    requires=["status-word"],
    exercise="stop-and-continue",
    read="wait(2); signal(7); POSIX.1-2024 waitpid(); credentials(7)",
)
