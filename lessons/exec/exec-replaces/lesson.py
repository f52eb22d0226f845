"""Exec replaces the program of a process, and a successful exec never returns."""

from simpsh.course import (
    Choice, Claim, Kill, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace, some,
)

no_fork = replace("os.fork()", "0")
does_not_wait = delete("# printf has ended")
spawned = replace("os.execvp(", "os.spawnvp(os.P_WAIT, ")


lesson = Lesson(
    Predict("Every call here succeeds. **What is printed?**",
        Choice("before during after",
            "output == 'before during after '",
            """`system` and `spawn` would print all three: they fork first, so the old program still
            exists. *exec* replaces the old program."""),
        Choice("before during",
            "output == 'before during '",
            "exec replaced this program with `printf`: the next line does not exist any more."),
        Choice("during",
            "output == 'during '",
            """With `print` instead of `os.write`, “before” would still be in the *stdio buffer*,
            and exec discards the buffer."""),
        hint="Which program does the process run after exec?",
        again=spawned),
    Run("exec",
        Claim("There is one process from the beginning to the end, and it never prints “after”.",
            "len(processes) == 1 and not program.writes('after')",
            wrong=spawned),
        main="program"),
    Predict("""In a shell, `exec` is a *builtin*: the shell calls exec without a fork. What does
        this line print?""",
        Choice("after",
            "output == 'after\\n'",
            """bash with `shopt -s execfail` prints this if the exec fails. Here the exec succeeds,
            and no shell is left for the second command."""),
        Choice("during",
            "output == 'during'",
            "The shell has become `printf`. No shell is left to run the second command."),
        Choice("during, then after",
            "output == 'duringafter\\n'",
            """Without the word `exec` you are right: the shell forks, and the child calls exec.
            Here the shell itself becomes `printf`."""),
        hint="Which process calls exec here: the shell or a child of the shell?"),
    Run("shell",
        Claim("The shell forks no child. After exec no shell is left to run `echo`.",
            "not shell.forks() and not anyone.writes('after')",
            wrong=replace("exec ", ""))),
    Predict("""This process **ignores** *SIGHUP* and has a *handler* for SIGUSR1. Then it becomes
        `grep`. What does `grep` do with the two signals?""",
        Choice("SIGHUP: default; SIGUSR1: default",
            """not at('rest').program.ignores('SIGHUP') and not
            at('rest').program.catches('SIGUSR1')""",
            """`posix_spawn` can reset all signals if you ask for it. exec resets only those that
            have a handler."""),
        Choice("SIGHUP: ignored; SIGUSR1: default",
            "at('rest').program.ignores('SIGHUP') and not at('rest').program.catches('SIGUSR1')",
            """Ignoring a signal needs no code, so this *disposition* can stay. `nohup` depends on
            it."""),
        Choice("SIGHUP: ignored; SIGUSR1: handled",
            "at('rest').program.ignores('SIGHUP') and at('rest').program.catches('SIGUSR1')",
            """Until exec the handler works: it is a function of the old program. exec has removed
            this function."""),
        hint="A handler is code of the old program. Which code does an ignored signal need?"),
    Run("stays",
        Claim("`grep` still ignores SIGHUP: the signal arrives, and `grep` still sleeps.",
            "at('rest').program.ignores('SIGHUP') and at('rest', 2).program.state == 'S'",
            wrong=replace("signal.SIG_IGN", "print")),
        Claim("The handler of SIGUSR1 is gone together with its code, so SIGUSR1 kills `grep`.",
            "program.killed('SIGUSR1')",
            wrong=replace('os.execvp("grep", ["grep", "x", "fifo"])', "signal.pause()")),
        Claim("`grep` still blocks SIGTERM, and the SIGTERM from before exec is still *pending*.",
            "at('rest').program.blocks('SIGTERM') and at('rest').program.has_pending('SIGTERM')",
            wrong=replace(
                "pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])",
                "signal(signal.SIGTERM, signal.SIG_IGN)")),
        Claim("""Python ignores SIGPIPE and has not reset it before exec. So `grep` ignores SIGPIPE,
            too.""",
            "program.execs('grep') and at('rest').program.ignores('SIGPIPE')",
            wrong=insert("signal.signal(signal.SIGPIPE, signal.SIG_DFL)", above="os.execvp(")),
        main="program",
        at_rest=[Kill("program", "SIGHUP"), Kill("program", "SIGUSR1")]),
    Say("""exec also **keeps** the pid, the parent, the current directory, the *umask*, the limits,
        the *process group* and every *descriptor* that is not *close-on-exec*. The kernel
        **discards** memory, *stdio buffers*, other threads and handlers."""),
    Task("""In one line, begin with `trap - HUP;`: your shell must not ignore SIGHUP. Then, with
        `trap` in place of `nohup`:""",
        asks={
            "a `sleep 1000` that ignores SIGHUP runs in the background": some("p",
                ("p in still('sleep', '1000')", "no `sleep 1000` was left"),
                ("p.end.ignores('SIGHUP')", "it does not ignore SIGHUP")),
            "your shell does not ignore SIGHUP": some("",
                ("not shell.end.ignores('SIGHUP')", "your shell ignores SIGHUP")),
            "no `nohup` runs": some("", ("not anyone.execs('nohup')", "`nohup` ran"))},
        hint="""`trap '' HUP` makes the shell that runs it ignore SIGHUP. Which shell runs the
        commands in parentheses?""",
        solution="trap - HUP; (trap '' HUP; exec sleep 1000) &",
        wrong={
            "trap - HUP; sleep 1000 &":
                """This `sleep` has SIGHUP at its default, as your shell has. `sleep` must ignore
                SIGHUP.""",
            "trap - HUP; nohup sleep 1000 &":
                "`nohup` makes `sleep` ignore SIGHUP, but the task asks for `trap` in its place.",
            "trap - HUP; trap '' HUP; sleep 1000 &":
                """`sleep` inherits the ignored signal. But your shell itself ignores SIGHUP now,
                and it must not.""",
            "trap - HUP; (trap '' HUP); sleep 1000 &":
                """The subshell ignores SIGHUP and then ends. `sleep` is a child of your shell, not
                of the subshell.""",
            "(trap - HUP; exec sleep 1000) &":
                "`trap - HUP` sets SIGHUP to its default. `sleep` must ignore SIGHUP."},
        note="An ignored signal stays ignored across exec."),
    Repair("repair",
        """This program should print `before during after`. It prints `before during`, and no
        program is left that prints the last word. Fix it.""",
        Claim("The program prints “after”, and a process executes `printf`.",
            "program.writes('after ') and anyone.execs('printf')",
            wrong=[no_fork, replace("os.execvp(", "print(")],
            hint="""A successful exec does not return. Which process may become `printf`, so that
            this program is left?"""),
        Claim("“after” comes when `printf` has ended.",
            "before(printer.ends, program.writes('after '))",
            wrong=[does_not_wait, replace("os.waitpid(printer, 0)", "os.getppid()")],
            hint="Both processes run now. What makes the program sleep until its child has ended?"),
        main="program",
        fix=replace("printer = 0", "printer = os.fork()"),
        fix_in_c=replace("printer = 0", "printer = fork()"),
        hint="A shell runs `printf` and continues. What does it call before exec, and after?",
        praise="The child became `printf`, and its parent stayed the program it was."),
    remember="""A successful exec never returns: the process runs another program from then on. What
    follows exec in the code runs only after a failure.""",
    good_for="""`nohup` ignores SIGHUP and then calls exec. `env`, `nice` and container runtimes
    also change one thing and call exec. The change stays.""",
    requires=["rule-6-open-files"],
    exercise="split-words",
    read="execve(2); exec(3); signal(7); POSIX.1-2024 exec",
)
