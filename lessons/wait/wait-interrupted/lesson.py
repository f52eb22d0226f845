"""A signal handler can end a wait although no child has ended."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, delete, insert, replace,
)

lesson = Lesson(
    Predict("""{line:libc.waitpid} is the **C library's** waitpid. The parent has a *handler* for
        SIGUSR1, and you send this signal. The child sleeps. What does waitpid do?""",
        Choice("it returns the pid",
            "row('C: waitpid').parent.gets(row('C: waitpid').child)",
            """`waitpid` returns the pid when the child has ended. This signal is for the parent,
            and the child still sleeps."""),
        Choice("it continues to sleep",
            "row('C: waitpid').output == 'the child\\n'",
            """With SA_RESTART the kernel calls again, and Python does so, too (PEP 475). This
            handler has no SA_RESTART."""),
        Choice("it fails with EINTR",
            "row('C: waitpid').output == 'EINTR\\n'",
            """The kernel must end the call to run the handler. Without SA_RESTART the kernel does
            not begin the call again."""),
        hint="""The handler must run while the parent sleeps in a *system call*. What happens to
        this call?"""),
    Compare(
        Run("interrupted", at_rest=[Kill("parent", "SIGUSR1"), Kill("child", "SIGTERM")]),
        Claim("A handler without SA_RESTART ends the wait with EINTR, although no child has ended.",
            """row('C: waitpid').parent.fails('waitpid', 'EINTR') and row('C: waitpid').output ==
            'EINTR\\n'"""),
        Claim("Python runs the handler and then makes the system call wait4 a second time.",
            """len(row('Python: os.waitpid').parent.waits()) == 2 and row('Python:
            os.waitpid').output == 'the child\\n'"""),
        id="eintr",
        title="you send SIGUSR1, then end the child",
        rows={
            "C: waitpid": Edit(),
            "C: waitpid, SA_RESTART": insert(
                "signal.siginterrupt(signal.SIGUSR1, False)",
                above="child = os.fork()"),
            "Python: os.waitpid": replace(
                "libc.waitpid(child, None, 0)",
                "os.waitpid(child, 0)[0]")},
        columns={"it returns with": "output", "calls of wait4": "len(parent.waits())"}),
    Say("""So C programs use a loop: `while (waitpid(child, &status, 0) < 0 && errno == EINTR);`.
        POSIX and Linux agree: with SA_RESTART the kernel begins `waitpid` again, without it the
        call fails with *EINTR*."""),
    Predict("""This Python handler **raises an exception**. You send SIGALRM while the parent waits.
        What happens to the child?""",
        Choice("the parent kills and collects it",
            "child.killed('SIGKILL') and parent.collects(child)",
            """The exception ends the first `os.waitpid`, and {line:os.kill} runs. No process has
            collected the child yet, so the parent can do it."""),
        Choice("SIGALRM ends it with the parent",
            "child.killed('SIGALRM')",
            """Without the handler, SIGALRM to the whole group ends both. You send this signal to
            the parent alone, which has a handler."""),
        Choice("it sleeps, and Python waits again",
            "not child.killed('SIGKILL')",
            """Python waits again after a handler that returns. This handler raises an exception,
            which ends `os.waitpid`."""),
        part="__main__",
        hint="""PEP 475: after EINTR Python runs the handler, and calls again if the handler does
        not raise."""),
    Run("limit",
        Claim("""The exception ends the first wait before any child is collected. The second wait
            collects the child.""",
            """parent.fails('waitpid', 'EINTR') and len(parent.collects(child)) == 1 and
            child.killed('SIGKILL')""",
            wrong=replace("raise TimeoutError", "return")),
        at_rest=[Kill("parent", "SIGALRM")]),
    Repair("interrupted",
        """You send SIGUSR1 to this program, and later end its child. It should print `the child`.
        It prints `EINTR`, and leaves the child. Fix it.""",
        Claim("The handler still catches SIGUSR1.",
            "parent.gets_signal('SIGUSR1')",
            wrong=replace("lambda *_: None", "signal.SIG_IGN"),
            hint="Keep the handler: a signal should be noted, and the wait should continue."),
        Claim("It prints `the child`.",
            "output == 'the child\\n'",
            wrong=[delete("signal.siginterrupt"), replace("SIGUSR1, False)", "SIGUSR1, True)")],
            hint="The wait returned −1 with EINTR. Begin it again, or let the kernel do that."),
        Claim("The child is collected.",
            "parent.collects(child)",
            wrong=delete("signal.siginterrupt") + replace('"EINTR"', '"the child"'),
            hint="A wait that ended with EINTR has collected nothing."),
        at_rest=[Kill("parent", "SIGUSR1"), Kill("child", "SIGTERM")],
        fix=insert("signal.siginterrupt(signal.SIGUSR1, False)", above="child = os.fork()"),
        fix_in_c=replace("= nothing}", "= nothing, .sa_flags = SA_RESTART}"),
        hint="A flag of sigaction(2), or a loop, makes the wait begin again.",
        praise="The handler ran, the wait began again, and it returned with the child."),
    remember="""In C, call waitpid again if it fails with EINTR. No child was collected, so the
    parent must still collect its child.""",
    good_for="""A shell gets SIGWINCH each time you change the size of the window. A shell that
    takes EINTR for the end of a child forgets a child that is alive.""",
    requires=["wait-scenarios"],
    read="wait(2), ERRORS; signal(7), “Interruption of system calls”; sigaction(2); PEP 475",
)
