"""The behaviour of wait in four situations."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Task,
    insert, replace, some,
)

stops_count = replace("os.wait()", "os.waitpid(child, os.WUNTRACED)")
not_kept = insert("signal.signal(signal.SIGCHLD, signal.SIG_IGN)", above="child = os.fork()")
any_child = replace("os.waitpid(second, 0)", "os.wait()")


lesson = Lesson(
    Predict("""You stop this child, then continue it, then end it. **When does the parent's call
        return?**""",
        Choice("when the child ends",
            "parent.gets(child, 'killed')",
            """`wait` collects a dead child. A *stopped* child is alive and keeps its memory and its
            descriptors."""),
        Choice("when the child continues",
            "parent.gets(child, 'continued')",
            "`waitpid` with `WCONTINUED` returns then. Plain `wait` reports ends alone."),
        Choice("when the child stops",
            "parent.gets(child, 'stopped')",
            """You will read that a stop ends the wait, too. It is not so: plain `wait` reports only
            ends. `waitpid` with `WUNTRACED` returns for a stop."""),
        hint="`wait` has no flags. Which single *state change* does it report?",
        again=stops_count),
    Run("lives",
        Claim("The parent sleeps in `wait`, and uses no processor time until the kernel wakes it.",
            "at('rest').parent.state == 'S' and at('rest').parent.asleep_in == 'wait4'",
            wrong=replace("os.wait()", "signal.pause()")),
        Claim("Neither a stop nor a continue is an end: the parent still sleeps.",
            """at('rest', 2).child.state == 'T' and at('rest', 2).parent.asleep_in == 'wait4' and
            at('rest', 3).child.state == 'S' and at('rest', 3).parent.asleep_in == 'wait4'""",
            wrong=stops_count),
        at_rest=[Kill("child", "SIGSTOP"), Kill("child", "SIGCONT"), Kill("child", "SIGTERM")]),
    Predict("""Two children sleep. You end **`second`**, and later `first`. When does the first
        `wait` return?""",
        Choice("when `second` has ended",
            "at(1).first.state == 'S' and before(second.ends, parent.collects(second))",
            """`wait` returns as soon as any child has ended. If several children have ended, POSIX
            does not specify which one comes first."""),
        Choice("when both have ended",
            "at(1).first.gone and at(1).second.gone",
            """The `wait` of a shell returns then. The function `wait` returns one pid and one *wait
            status*, so each child needs a call of its own."""),
        Choice("when `first` has ended",
            "before(parent.collects(first), parent.collects(second))",
            """`waitpid(first, 0)` waits for this child. `wait` has no argument: it returns for any
            child, in any order."""),
        hint="`wait` takes no pid as an argument and returns one pid.",
        again=replace("os.wait()  # the first", "os.waitpid(first, 0)  # the first")),
    Run("two",
        Claim("At ① the parent has collected `second`. The child `first` is still alive.",
            "at(1).second.gone and at(1).first.state == 'S'",
            wrong=replace("os.wait()  # the first", "os.waitpid(first, 0)  # the first")),
        at_rest=[Kill("second", "SIGTERM"), Kill("first", "SIGTERM")]),
    Predict("There are three children. How many times does the parent **call** `wait`?",
        Choice("4",
            "len(parent.waits()) == 4",
            """Three calls collect one child each. The fourth call finds no child and fails at once
            with *ECHILD*, which ends the loop."""),
        Choice("3",
            "len(parent.waits()) == 3",
            """A loop that counts the children needs three. This loop ends only when a call fails,
            so it needs one more."""),
        Choice("1",
            "len(parent.waits()) == 1",
            "One call returns one child, and the two others would stay zombies."),
        hint="Which exception ends the loop? Which call raises it?"),
    Run("none",
        Claim("Three calls collect one child each. The last call fails at once with ECHILD.",
            "len(parent.collects()) == 3 and parent.fails('wait', 'ECHILD')",
            wrong=replace("while True:", "for _ in range(3):"))),
    Predict("At ① the child has **already** ended. What does `wait` do?",
        Choice("it sleeps: it has missed the end",
            "at('rest').parent.asleep_in == 'wait4'",
            """If `wait` waited for an event, a late parent would miss it. The kernel keeps the
            *wait status* until the parent asks."""),
        Choice("it returns: the status is kept",
            "parent.gets(child, 0x0500)",
            """The child is a *zombie*: the kernel keeps its *wait status* until the parent calls
            `wait`."""),
        Choice("it fails: the child is already gone",
            "parent.fails('wait', 'ECHILD')",
            """With SIGCHLD ignored the kernel would keep nothing, and `wait` would fail. Here
            SIGCHLD is at its default."""),
        hint="A child that has ended and is not collected is a zombie. What does a zombie keep?",
        again=not_kept),
    Run("dead",
        Claim("""The parent does not miss the end of a quick child: wait returns the status that the
            zombie has kept.""",
            "at(1).child.state == 'Z' and parent.gets(child, 0x0500)",
            wrong=not_kept)),
    Predict("""In this program both children end. Now suppose that `second` is **alive**. What does
        `waitpid(second, WNOHANG)` do?""",
        Choice("it returns 0 and does not sleep",
            """len(row('waitpid(second, …): second is alive').parent.succeeds('waitpid')) >
            len(row('waitpid(second, …): second is alive').parent.gets())""",
            """No child has the pid 0. So 0 can mean: the child exists, and has not changed its
            state."""),
        Choice("it sleeps until `second` ends",
            "row('waitpid(second, …): second is alive').at('rest').parent.asleep_in == 'wait4'",
            """Without `WNOHANG` it would sleep. You will read that `WNOHANG` blocks while a child
            is alive. It is not so: with this flag `waitpid` never blocks."""),
        Choice("it fails with ECHILD at once",
            "row('waitpid(second, …): second is alive').parent.fails('waitpid', 'ECHILD')",
            """When `second` is collected you are right: then no such child exists. Here `second`
            exists, and has not changed its state."""),
        hint="`WNOHANG` means “return immediately”. See RETURN VALUE in wait(2)."),
    Compare(
        Run("certain", leaves=["first", "second"]),
        Claim("With `WNOHANG` waitpid never sleeps. It returns 0 if the child is alive.",
            """len(row('waitpid(second, …): second is alive').parent.succeeds('waitpid')) >
            len(row('waitpid(second, …): second is alive').parent.gets())"""),
        Claim(
            "0 means “a child in my own *process group*”. The child `second` has left this group.",
            """row('waitpid(0, …): of my own group').parent.collects(row('waitpid(0, …): of my own
            group').first)"""),
        Claim("""A process waits for its own children, and a debugger for what it traces. Any other
            pid gives ECHILD, even if the process exists.""",
            "row('waitpid(getppid(), …): no child').parent.fails('waitpid', 'ECHILD')"),
        id="selected",
        title="with WNOHANG, both have ended",
        rows={
            "waitpid(second, …): that child": Edit(),
            "waitpid(-1, …): any child": replace(
                "os.waitpid(second, os.WNOHANG)",
                "os.waitpid(-1, os.WNOHANG)"),
            "waitpid(0, …): of my own group": replace(
                "os.waitpid(second, os.WNOHANG)",
                "os.waitpid(0, os.WNOHANG)"),
            "waitpid(-second, …): of that group": replace(
                "os.waitpid(second, os.WNOHANG)",
                "os.waitpid(-second, os.WNOHANG)"),
            "waitpid(getppid(), …): no child": replace(
                "os.waitpid(second, os.WNOHANG)",
                "os.waitpid(os.getppid(), os.WNOHANG)"),
            "waitpid(second, …): second is alive":
                replace("os.setpgid(0, 0)", "signal.pause()") +
                    replace("(first, second)", "(first,)")},
        columns={"what it returns": "output"}),
    Task("""Two programs run in the background. `echo $?` prints 4, the exit status of the second
        one:

            sh -c 'exit $((PPID%90+9))' & sh -c 'exit 4' & wait $!; echo $?

        Change the line:""",
        asks={
            "both programs still run, and none waits for the other": some("p q",
                ("p.argv[1:] == ('-c', 'exit $((PPID%90+9))') and q.argv[1:] == ('-c', 'exit "
                 "4')",
                 "one of the two did not run"),
                ("together(p, q)", "the second one began because the first one had ended"),
                in_some_order=True),
            "the exit status of the **first** is printed, from `$?`, in every order": some("p",
                ("p.argv[1:] == ('-c', 'exit $((PPID%90+9))')", "one of the two did not run"),
                ("''.join(each for each in output if each.isdigit()) == str(p.status)",
                 "printed: {shown}"),
                ("anyone.expands('?', str(p.status))", "the number is not your shell's `$?`"))},
        hint="""`$!` is the pid of the last background job. The builtin `wait` takes a job, too:
        `%2` is the second job.""",
        solution="sh -c 'exit $((PPID%90+9))' & sh -c 'exit 4' & wait %1; echo $?",
        wrong={
            "sh -c 'exit $((PPID%90+9))' & sh -c 'exit 4' & wait; echo $?":
                "Without an argument `wait` waits for both programs, and its own status is 0.",
            "sh -c 'exit $((PPID%90+9))' & sh -c 'exit 4' & wait $!; echo $?":
                "This is the given line: `$!` is the pid of the second program.",
            "sh -c 'exit $((PPID%90+9))' & wait $!; echo $?":
                "This prints the status, but the second program does not run. Run both.",
            "sh -c 'exit $((PPID%90+9))' & sh -c 'exit 4' & wait; echo 3":
                "`echo 3` prints its argument. The first program exits with another number."},
        note="""`wait` with a job or a pid waits for this one. It does not matter which program ends
        first."""),
    Repair("repair",
        """This program should print `the second: 2`. Sometimes it prints `the second: 1`. Make that
        impossible.""",
        Claim("The parent collects both children.",
            "len(parent.collects()) == 2",
            wrong=replace("os.wait()", "os.getppid()"),
            hint="Two forks, two waits: also the first child must be collected."),
        Claim("In every order it prints the status of the second child.",
            "outputs == {'the second: 2\\n'}",
            wrong=[
                any_child,
                any_child + insert("time.sleep(0.01)", above="second = os.fork()"),
                replace("os.waitpid(second, 0)", "os.waitpid(first, 0)")],
            hint="""`wait` takes any child that has ended. Which call waits for a certain one,
            whatever the others do?"""),
        fix=replace("_, word = os.wait()", "_, word = os.waitpid(second, 0)"),
        fix_in_c=replace("wait(&word)", "waitpid(second, &word, 0)"),
        hint="The first child may end after the second one, or before it.",
        praise="""`waitpid` with a pid waits for this child alone. The state of the other one is
        kept until the parent asks for it."""),
    remember="""`wait` sleeps while all children are alive, returns at once if a child has ended,
    and fails with ECHILD if there is no child.""",
    good_for="""A build tool starts one compiler on each processor and then calls wait. The compiler
    that ends first makes room for the next one.""",
    requires=["rule-7-wait-for-every-child"],
    exercise="two-children",
    read="wait(2); POSIX.1-2024 wait(); Kerrisk, The Linux Programming Interface, chapter 26",
)
