"""What a signal handler may do."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, Task, delete, insert,
    move, replace, some,
)

puts_back = replace(
    "waitpid(-1, 0, WNOHANG);",
    "int saved = errno;\nwaitpid(-1, 0, WNOHANG);\nerrno = saved;")
harmless = replace("asctime(gmtime(&one_day));", 'write(1, "", 0);')
no_signal = delete("raise(SIGUSR1);")
restarts = replace(".sa_flags = 0", ".sa_flags = SA_RESTART")
not_blocked = delete("signal.SIG_BLOCK")
let_in_early = move("signal.SIG_UNBLOCK", above='os.write(1, b"and the rest')


lesson = Lesson(
    Say("""A *handler* is a function that the kernel calls when a signal arrives: between any two
        instructions, even in the middle of a library function. Here the program sends the signal to
        itself, so that the moment is always the same."""),
    Predict(
        "`main` makes the text for day 0 (Thu Jan  1). The handler makes one for the next day. "
        "**What does `main` write?**",
        Choice("nothing: the kernel ends it",
            "parent.killed()",
            """The kernel ends a program for a wrong address, for example. It does not check which
            functions a handler calls: the damage is silent."""),
        Choice("Thu Jan  1: its own text",
            "output == 'Thu Jan  1'",
            """With a buffer for each call, `main` would still have its text. `asctime()` returns a
            pointer to one static buffer, and the handler wrote into it."""),
        Choice("Fri Jan  2: the new text",
            "output == 'Fri Jan  2'",
            """`asctime()` has one buffer for the whole program. The handler's call replaced the
            text that `main` still points to."""),
        hint="`asctime()` returns a pointer. Which function owns the memory that it points to?",
        again=no_signal),
    Run("text",
        Claim("The handler's call has replaced the text that `main` still points to.",
            "output == 'Fri Jan  2'",
            wrong=[harmless, no_signal]),
        needs=["compiler"]),
    Say("""A function that may be called from a handler is *async-signal-safe*. POSIX lists those
        functions: `write()`, `waitpid()`, `kill()`, `_exit()` … Not in the list are `printf()`,
        `malloc()`, `exit()` and every function with a static buffer or a *lock*."""),
    Predict("""`open()` has failed: `errno` is ENOENT. Then a handler calls `waitpid()`, which
        fails, too. **What does `main` find in `errno`?**""",
        Choice("ECHILD, from waitpid",
            "row('calls waitpid').output == 'ECHILD'",
            """There is one `errno` in each thread, and the handler runs in the same thread as
            `main`. Its `waitpid()` has set `errno` to ECHILD."""),
        Choice("ENOENT, from open",
            "row('calls waitpid').output == 'ENOENT'",
            """With a handler that saves `errno` and restores it, `main` would find ENOENT. The
            kernel saves the registers only; `errno` is a variable in memory."""),
        Choice("EINTR, from the signal",
            "parent.fails('waitpid', 'EINTR')",
            """EINTR is the error of a sleeping call that a handler interrupts. Here `open()` has
            returned before the signal, and `waitpid()` does not sleep."""),
        hint="The kernel saves and restores the registers around a handler. Is `errno` one?"),
    Compare(
        Run("errno", needs=["compiler"]),
        Claim("`waitpid` in the handler fails with ECHILD, and `main` finds ECHILD in `errno`.",
            """row('calls waitpid').output == 'ECHILD' and row('calls
            waitpid').parent.fails('waitpid', 'ECHILD')"""),
        Claim("A handler that saves `errno` and restores it leaves `main`'s ENOENT as it was.",
            "row('calls waitpid, restores errno').output == 'ENOENT'"),
        id="errors",
        title="the handler",
        rows={"calls waitpid": Edit(), "calls waitpid, restores errno": puts_back},
        columns={"main finds in errno": "output"},
        needs=["compiler"]),
    Predict("""The process sleeps in `read`. You send SIGUSR1, and the handler returns. `sa_flags`
        is 0. **What does `read` do?**""",
        Choice("it continues to sleep",
            "row('with sa_flags = 0').output == 'noted '",
            """With SA_RESTART the kernel calls `read` again. By default glibc's `signal()` sets
            SA_RESTART, and not with `-std=c11`; `sigaction()` sets the flags that you give."""),
        Choice("it fails, and errno is EINTR",
            "row('with sa_flags = 0').output == 'noted EINTR'",
            """The kernel ended the call so that the handler could run. Without SA_RESTART it
            reports this with EINTR."""),
        Choice("it delays the handler",
            "row('with sa_flags = 0').output == ''",
            """A sleep in state D (a disk, for example) does delay a handler. A read from a pipe is
            interrupted; otherwise ^C could not end such a reader."""),
        hint="Which flag of `sigaction()` concerns the calls that a handler interrupts?"),
    Compare(
        Run("asleep",
            at_rest=[Kill("parent", "SIGUSR1"), Kill("parent", "SIGKILL")],
            needs=["compiler"]),
        Claim("Without SA_RESTART, `read` fails with EINTR once the handler has returned.",
            "row('with sa_flags = 0').output == 'noted EINTR'"),
        Claim("With SA_RESTART the kernel calls `read` again: the process sleeps as before.",
            """row('with SA_RESTART').output == 'noted ' and row('with SA_RESTART').at('rest',
            2).parent.asleep_in == 'read'"""),
        id="reads",
        title="the handler is installed",
        rows={"with sa_flags = 0": Edit(), "with SA_RESTART": restarts},
        columns={
            "the handler": "'has run' if 'noted ' in output else 'has not run'",
            "read": "'fails with EINTR' if 'EINTR' in output else 'sleeps again'"},
        needs=["compiler"]),
    Predict("""`libc.waitpid` is the **C library's** waitpid. The parent has a *handler* for
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
    Say("""So C programs call `waitpid` again after EINTR: no child was collected. And a handler
        does as little as possible. It sets a flag of type `volatile sig_atomic_t`, or it writes one
        byte to a pipe. The main loop does the rest. Python does exactly this: the C handler sets a
        flag, and your function runs later."""),
    Task("A shell's handler is a `trap`, and `$$` is the shell's pid. Type a line in which:",
        asks={
            "your shell receives SIGUSR1, and continues": some("",
                ("shell.gets_signal('SIGUSR1')", "your shell received no SIGUSR1"),
                ("not shell.killed", "SIGUSR1 ended your shell")),
            "it prints `got it` **because** of the signal: without SIGUSR1 nothing is printed":
                some("",
                ("output == 'got it\\n'", "printed: {shown}"),
                ("in_trap('SIGUSR1', anyone.writes('got it'))",
                 "without the signal the line prints it, too"))},
        hint="`trap 'COMMAND' USR1` sets the action. `kill -USR1 PID` sends the signal.",
        solution="trap 'echo got it' USR1; kill -USR1 $$",
        wrong={
            "echo got it":
                """This prints the text at once, without a signal. The shell must print it
                **because** SIGUSR1 arrives.""",
            "kill -USR1 $$; echo got it":
                """SIGUSR1 arrives at a shell without a `trap`, and its default action ends the
                shell. Nothing prints the text.""",
            "trap 'echo got it' USR1":
                "This sets the action only. No process has sent SIGUSR1 to the shell yet.",
            "trap 'echo got it' TERM; kill $$":
                """This does it with SIGTERM, which `kill` sends by default. The task asks for
                SIGUSR1."""},
        note="""The shell's own handler only sets a flag. Between two commands the shell checks the
        flag and runs your action."""),
    Repair("repair",
        """A signal comes while this program writes a line. It prints `half a line, noted`. The line
        should be whole, and `noted` should come after it. Fix it.""",
        Claim("The signal is sent while the line is half written, and a handler catches it.",
            """before(parent.writes('half a line, '), parent.sends('SIGUSR1', parent)) and
            before(parent.sends('SIGUSR1', parent), parent.writes('and the rest\\n')) and
            parent.writes('noted\\n')""",
            wrong=[
                delete("signal.signal(signal.SIGUSR1, note)") + delete("signal.SIG_UNBLOCK"),
                delete("signal.SIG_UNBLOCK"),
                move("os.kill(os.getpid()", above='os.write(1, b"half')],
            hint="Leave the line with `kill` where it is, and let `noted` be printed once."),
        Claim("The line is whole, and `noted` comes after it.",
            "output == 'half a line, and the rest\\nnoted\\n'",
            wrong=[not_blocked, let_in_early],
            hint="""A handler may run between any two calls. Let the signal wait until the line is
            whole, or let the handler only set a variable that the program looks at later."""),
        fix=insert(
            "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})",
            above='os.write(1, b"half a line, ")'),
        fix_in_c=insert(
            "sigprocmask(SIG_BLOCK, &set, NULL);",
            above='write(1, "half a line, ", 13);'),
        hint="Which call keeps a signal pending, and which call lets it in?",
        praise="""The data that the program shares with its handler were consistent when the handler
        ran."""),
    remember="""A handler may run between any two instructions. It calls only async-signal-safe
    functions, restores `errno`, and may end a sleeping call with EINTR.""",
    good_for="""A program that calls `printf()` in its handler may pass every test and hang once a
    year, when the signal comes while `printf()` in `main` holds its lock.""",
    requires=["wait-scenarios"],
    read="""signal-safety(7); sigaction(2); signal(7), “Interruption of system calls and library
    functions by signal handlers”; PEP 475; POSIX.1-2024 2.4.3 Signal Actions""",
)
