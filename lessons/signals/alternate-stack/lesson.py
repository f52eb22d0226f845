"""A handler needs a stack of its own to report a stack overflow."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Run, Say, Task, Variation, insert,
    prints_the_status, replace, some,
)

other_stack = insert(
    "static char memory[65536];\n"
    "stack_t other = {.ss_sp = memory, .ss_size = sizeof memory};\n"
    "sigaltstack(&other, 0);",
    above="sigaction(SIGSEGV")
reports = other_stack + replace(".sa_flags = 0", ".sa_flags = SA_ONSTACK")
returns = replace("_exit(3);", "signal(number, SIG_DFL);")
jumps = (replace("static void report", "static sigjmp_buf back;\nstatic void report") +
        replace("_exit(3);", "siglongjmp(back, 1);") +
    replace("deeper(0);", 'if (sigsetjmp(back, 1) == 0)\n    deeper(0);\nwrite(1, "main", 4);'))
in_child = replace("deeper(0);", "if (fork() == 0)  // in the child\n    deeper(0);\nwait(0);")
in_thread = (replace(
        "deeper(0);",
        "pthread_t thread;\npthread_create(&thread, 0, work, 0);\npthread_join(thread, 0);") +
    insert("static void *work(void *none) { deeper(0); return none; }", above="int main(void) {"))
wrong_address = replace("deeper(0)", "ctypes.string_at(0)")

lesson = Lesson(
    Say("A handler runs on the stack of its thread: the kernel puts a *frame* there."),
    Predict("`deeper` calls itself until the stack of 1 MiB is full. **What happens then?**",
        Choice("the kernel enlarges the stack",
            "row('neither').parent.exits(0)",
            """A stack grows up to a limit, RLIMIT_STACK. With a limit of 500 MB the calls would
            return to `main`. Here the limit is 1 MiB."""),
        Choice("the process ends silently",
            "row('neither').output == '' and row('neither').parent.killed('SIGSEGV')",
            """The kernel finds no room for the frame of the handler. So it sets SIGSEGV to its
            default action, which ends the process."""),
        Choice("the handler writes its text",
            "'overflow ' in row('neither').output",
            """With an alternate stack the handler would write. Here its frame would need room on
            the very stack that is full."""),
        hint="Where does the kernel put the frame of the handler?"),
    Compare(
        Run("overflow", needs=["compiler"]),
        Claim("On a full stack no handler runs: SIGSEGV ends the process without a text.",
            "row('neither').output == '' and row('neither').parent.killed('SIGSEGV')"),
        Claim(
            "`sigaltstack` alone is not enough: a handler without SA_ONSTACK is not called there.",
            """row('only sigaltstack').output == '' and row('only
            sigaltstack').parent.killed('SIGSEGV')"""),
        Claim(
            "With both, the handler runs in the other memory, writes, and ends the process with 3.",
            """row('sigaltstack, SA_ONSTACK').output == 'overflow ' and row('sigaltstack,
            SA_ONSTACK').parent.exits(3)"""),
        id="stacks",
        title="the program uses",
        rows={
            "neither": Edit(),
            "only sigaltstack": other_stack,
            "sigaltstack, SA_ONSTACK": reports},
        columns={
            "the handler": "'has run' if 'overflow ' in output else 'has not run'",
            "main": "'is killed by SIGSEGV' if parent.killed('SIGSEGV') else 'ends by itself'"},
        needs=["compiler"]),
    Say("""`sigaltstack` names memory as the *alternate signal stack* of this thread. The flag
        SA_ONSTACK asks the kernel to call the handler there. From now on the program does
        both.""",
        part=""),
    Predict("""The handler no longer calls `_exit`. It writes, calls `signal(number, SIG_DFL)`, and
        **returns**. What happens?""",
        Choice("`main` continues after the call",
            "row('returns').parent.exits(0)",
            """`siglongjmp` leads back to `main`. A return leads back to the instruction that
            failed, and the stack is as full as before."""),
        Choice("SIGSEGV arrives a second time",
            "len(row('returns').parent.gets_signal('SIGSEGV')) == 2",
            """The kernel lets the process repeat the instruction, which fails again. The second
            SIGSEGV has the default action, and ends the process."""),
        Choice("the handler runs again and again",
            "len(row('returns').parent.writes('overflow ')) > 2",
            """Without the call of `signal`, each return would lead to the next SIGSEGV and the same
            handler. Here the next SIGSEGV has the default action."""),
        hint="Which instruction does the process run next when the handler has returned?"),
    Compare(
        Run("end", births=["child"], needs=["compiler"]),
        Claim(
            "After the handler the failing instruction runs again: SIGSEGV arrives a second time.",
            """len(row('returns').parent.gets_signal('SIGSEGV')) == 2 and
            row('returns').parent.killed('SIGSEGV')"""),
        Claim("`siglongjmp` leaves the handler and the full stack: `main` continues.",
            """row('calls siglongjmp').output == 'overflow main' and row('calls
            siglongjmp').parent.exits(0)"""),
        id="ends",
        title="the handler",
        rows={"calls _exit": Edit(), "returns": returns, "calls siglongjmp": jumps},
        columns={
            "SIGSEGV received": "len(parent.gets_signal('SIGSEGV'))",
            "printed": "output",
            "main": "'is killed by SIGSEGV' if parent.killed('SIGSEGV') else 'ends by itself'"},
        needs=["compiler"]),
    Predict("""`main` has called `sigaltstack`, then it makes a **thread**, whose stack overflows.
        What happens?""",
        Choice("only this thread is ended",
            "row('a new thread').parent.exits(0)",
            """`pthread_exit` ends one thread. The default action of SIGSEGV ends the process, with
            all its threads."""),
        Choice("the whole process is killed",
            "row('a new thread').output == '' and row('a new thread').parent.killed('SIGSEGV')",
            """A new thread has no alternate stack, so there is no room for the frame. The default
            action of SIGSEGV ends the whole process."""),
        Choice("the handler runs as in `main`",
            "'overflow ' in row('a new thread').output",
            """Threads share the handlers of their process. The alternate stack belongs to one
            thread, and a new thread has none."""),
        hint="What do the threads of a process share: the handlers, the stacks, or both?"),
    Compare(
        Run("end", births=["child"], needs=["compiler"]),
        Claim("A child of `fork` has a copy of the alternate stack: its handler runs.",
            """row('a child of fork').child.writes('overflow ') and row('a child of
            fork').child.exits(3)"""),
        Claim("A new thread has no alternate stack: SIGSEGV ends the process with all its threads.",
            "row('a new thread').output == '' and row('a new thread').parent.killed('SIGSEGV')"),
        id="copies",
        title="deeper runs in",
        rows={"main itself": Edit(), "a child of fork": in_child, "a new thread": in_thread},
        columns={
            "the handler": "'has run' if 'overflow ' in output else 'has not run'",
            "main": "'is killed by SIGSEGV' if parent.killed('SIGSEGV') else 'ends by itself'"},
        needs=["compiler"]),
    Predict("""`faulthandler` handles SIGSEGV on an alternate stack. **What ends the calls of
        `deeper` in Python?**""",
        Choice("an exception of the interpreter",
            "row('deeper(0)').output == 'RecursionError'",
            """The interpreter counts the calls. At its limit, normally 1000, it raises
            RecursionError, long before the stack is full."""),
        Choice("SIGSEGV, reported by faulthandler",
            """row('deeper(0)').parent.writes('Fatal Python error') and 'in <module>' in
            row('deeper(0)').output""",
            """That is what `faulthandler` does when C code uses a wrong address. Calls of Python
            functions end earlier: the interpreter counts them."""),
        Choice("SIGSEGV, without a report",
            "row('deeper(0)').output == '' and row('deeper(0)').parent.killed('SIGSEGV')",
            """A C program without an alternate stack would end like this. Python counts its calls
            and stops before the stack is full."""),
        hint="Python runs your functions one instruction at a time. What can it count?"),
    Compare(
        Run("endless"),
        Claim("Python counts its calls: RecursionError is raised, and there is no SIGSEGV.",
            """row('deeper(0)').output == 'RecursionError' and not
            row('deeper(0)').parent.gets_signal('SIGSEGV')"""),
        Claim("""A wrong address in C code is a SIGSEGV. `faulthandler` has called `sigaltstack`,
            and writes which Python line it was.""",
            """row('ctypes.string_at(0)').parent.succeeds('sigaltstack') and
            row('ctypes.string_at(0)').parent.writes('Fatal Python error') and 'in <module>' in
            row('ctypes.string_at(0)').output and
            row('ctypes.string_at(0)').parent.killed('SIGSEGV')"""),
        id="languages",
        title="Python calls",
        rows={"deeper(0)": Edit(), "ctypes.string_at(0)": wrong_address},
        columns={
            "SIGSEGV": "'is not sent' if not parent.gets_signal('SIGSEGV') else 'ends the process'",
            "first words":
                """'Fatal Python error' if parent.writes('Fatal Python error') and 'in <module>' in
                output else 'RecursionError'"""}),
    Task(
        "A stack overflow that no handler reports ends a process by SIGSEGV. Type a line in which:",
        asks={
            "SIGSEGV ends a child": some("p", ("p.killed('SIGSEGV')", "SIGSEGV ended no child")),
            "the 139 that is printed is the value of `$?`": prints_the_status(139)},
        hint="""In `sh -c 'COMMAND'` the word `$$` is the pid of this `sh`. `kill -SEGV PID` sends
        the signal.""",
        solution="sh -c 'kill -SEGV $$'; echo $?",
        wrong={
            "echo 139":
                """`echo` prints the number itself. The task asks for the status of a process that
                SIGSEGV has ended.""",
            "sh -c 'exit 139'; echo $?":
                "The number is the same, but this `sh` has ended by itself. No signal was sent.",
            "sh -c 'kill -SEGV $$'":
                "`sh` has ended by SIGSEGV. The task asks you to print the status, too.",
            "kill -SEGV $$; echo $?":
                """Here `$$` is the pid of your own shell, which SIGSEGV has ended. The task asks
                for a child."""},
        note="""139 is 128 + 11, and SIGSEGV is signal 11. The number does not show which address
        failed.""",
        variation=Variation(alters_statuses=True)),
    remember="""The frame of a handler needs room on a stack. To report a stack overflow, a handler
    needs `sigaltstack` and SA_ONSTACK, in each thread.""",
    good_for="""Rust gives each of its threads an alternate stack. So a program that recurses too
    deep ends with “has overflowed its stack”, not with a bare “Segmentation fault”.""",
    requires=["signals-handlers"],
    read="""sigaltstack(2); sigaction(2); Kerrisk, The Linux Programming Interface, 21.3 Handling a
    Signal on an Alternate Stack; Python: faulthandler""",
)
