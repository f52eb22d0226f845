"""The wait status: one number that says what a child has done."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, insert, replace,
    some,
)

as_in_a_shell = replace("os.WIFSIGNALED(word)", "os.WEXITSTATUS(word) > 128")

lesson = Lesson(
    Say("""`wait` gives the parent one number about its child, the *wait status*. POSIX specifies
        only **macros** that take the number apart, such as `WIFEXITED`. Here you look at the bits
        themselves, as Linux sets them."""),
    Predict("Which two numbers does the parent get, one for `first` and one for `second`?",
        Choice("0x0300 and 0x0009",
            "parent.gets(first, 0x0300) and parent.gets(second, 0x0009)",
            """An exit status goes into the high byte. A signal that killed the child goes into the
            low seven bits."""),
        Choice("0x0300 and 0x0900",
            "parent.gets(first, 0x0300) and parent.gets(second, 0x0900)",
            """0x0900 is the wait status of `_exit(9)`. The second child did not exit: a signal
            killed it, and a signal is in the low byte."""),
        Choice("0x0003 and 0x0009",
            "parent.gets(first, 0x0003) and parent.gets(second, 0x0009)",
            """If a parent saw plain numbers, it could not tell `_exit(9)` from *SIGKILL*. So Linux
            moves the exit status up by eight bits."""),
        hint="""SIGKILL has the number 9. The parent must be able to tell a child that calls
        `_exit(9)` from a child that SIGKILL kills.""",
        again=[
            replace("os._exit(3)", "os.kill(os.getpid(), 3)"),
            replace("os.kill(os.getpid(), signal.SIGKILL)", "os._exit(9)")]),
    Run("ends",
        Claim("`_exit(3)` gives the wait status 0x0300: the exit status in the high byte, 0 below.",
            "parent.gets(first, 0x0300)",
            wrong=replace("os._exit(3)", "os.kill(os.getpid(), 3)")),
        Claim("SIGKILL gives 0x0009: the number of the signal in the low bits, and 0 above.",
            "parent.gets(second, 0x0009)",
            wrong=replace("os.kill(os.getpid(), signal.SIGKILL)", "os._exit(9)"))),
    Predict("`os.waitpid` returns with the wait status 0x137f. **What has the child done?**",
        Choice("signal 0x7f has killed it",
            "parent.gets(child, 0x007f)",
            """A killed child has its signal here, 0x09 for SIGKILL. On x86 and ARM no signal has
            the number 127, so 0x7f was free to mean “stopped”."""),
        Choice("exit status 0x13 has ended it",
            "child.exits(19)",
            """The wait status of `_exit(0x13)` is 0x1300. Here the low byte is 0x7f, which says:
            this child has not ended."""),
        Choice("signal 0x13 has stopped it",
            "parent.gets(child, 0x137f)",
            """0x7f in the low byte means “stopped”, and 0x13 in the high byte is SIGSTOP. A
            *stopped* process exists and can continue."""),
        hint="Split the number into two bytes. 0x7f is 127, and signals end at 64 on x86 and ARM."),
    Run("stopped",
        Claim("""The stopped child gives 0x137f: 0x7f in the low byte, the signal (0x13 is 19,
            SIGSTOP) in the high byte.""",
            "parent.gets(child, 0x137f)",
            wrong=replace("os.WUNTRACED", "os.WNOHANG")),
        Claim("The continued child gives 0xffff.",
            "parent.gets(child, 0xffff)",
            wrong=replace("os.WCONTINUED", "os.WNOHANG")),
        Claim("Neither was an end: SIGTERM kills the child later, and the wait status is 0x000f.",
            "parent.gets(child, 0x000f)",
            wrong=replace("signal.SIGTERM", "signal.SIGKILL"))),
    Predict("The child continues, and the wait status is 0xffff. **Which** `WIF…` macro is true?",
        Choice("`WIFCONTINUED` alone",
            """'WIFE' not in row('stops, and gets SIGCONT').output and 'WIFSIG' not in row('stops,
            and gets SIGCONT').output""",
            "0xffff is a value of its own: no other `WIF…` macro is true of it."),
        Choice("`WIFEXITED` alone",
            "'WIFEXITED' in row('stops, and gets SIGCONT').output",
            """0xff00 is exit status 255, and there `WIFEXITED` is true. It asks that the low seven
            bits are 0; here they are all 1."""),
        Choice("all four of them",
            "'WIFSIGNALED' in row('stops, and gets SIGCONT').output",
            """Macros that test one bit each could all be true. The four `WIF…` macros test for
            patterns, and these patterns exclude each other."""),
        hint="""The low seven bits are 0 after an exit. After SIGKILL they are the number of the
        signal. After a stop the low byte is 0x7f."""),
    Compare(
        Run("macro", leaves=["child"]),
        Claim("Exactly one of `WIFEXITED`, `WIFSIGNALED`, `WIFSTOPPED` and `WIFCONTINUED` is true.",
            """row('calls _exit(3)').output == '0x0300 WIFEXITED' and row('is killed by
            SIGKILL').output == '0x0009 WIFSIGNALED' and row('stops').output == '0x137f WIFSTOPPED'
            and 'WIFCONTINUED' in row('stops, and gets SIGCONT').output"""),
        Claim(
            "`WCOREDUMP` is the bit 0x80 next to the signal: the kernel has written a *core dump*.",
            "row('aborts, and may leave a core file').output == '0x0086 WIFSIGNALED WCOREDUMP'",
            needs=["core dumps"]),
        Claim("""`WCOREDUMP` looks at this bit alone, so it is true of 0xffff as well. It has a
            meaning only if `WIFSIGNALED` is true.""",
            "row('stops, and gets SIGCONT').output == '0xffff WCOREDUMP WIFCONTINUED'"),
        id="macros",
        title="the child",
        rows={
            "calls _exit(3)": Edit(),
            "is killed by SIGKILL": replace("os._exit(3)", "os.kill(os.getpid(), signal.SIGKILL)"),
            "aborts, without a core file":
                replace("os._exit(3)", "os.abort()") +
                    insert("core_files(are_allowed=False)", above="child = os.fork()"),
            "aborts, and may leave a core file":
                replace("os._exit(3)", "os.abort()") +
                    insert("core_files(are_allowed=True)", above="child = os.fork()"),
            "stops": replace("os._exit(3)", "os.kill(os.getpid(), signal.SIGSTOP)\nsignal.pause()"),
            "stops, and gets SIGCONT":
                replace("os._exit(3)", "os.kill(os.getpid(), signal.SIGSTOP)\nsignal.pause()") +
                    insert(
                        "os.waitid(os.P_PID, child, os.WSTOPPED)\nos.kill(child, signal.SIGCONT)",
                        above="_, word")},
        columns={"wait status and true macros": "output"},
        needs=["prlimit64"]),
    Say("""You will read that the program ended abnormally if `WIFEXITED` is false. It is not so:
        this holds only if the parent asked for ends alone. With `WUNTRACED` or `WCONTINUED`, the
        child may be alive. So test `WIFSIGNALED` as well."""),
    Predict("The child calls `_exit(256)`. Which *exit status* does the parent get?",
        Choice("0",
            "child.status == 0",
            """Only the low eight bits of the number arrive, and in 256 they are all 0. So the
            parent reads success."""),
        Choice("256",
            "child.status == 256",
            "The wait status has eight bits for the exit status, so 255 is the highest."),
        Choice("255",
            "child.status == 255",
            """The kernel does not lower a big number to the highest one. The kernel drops the bits
            above the eighth."""),
        Choice("1",
            "child.status == 1",
            "257 arrives as 1. The low eight bits of 256 are 0, and 0 means success."),
        hint="Write 256 as a binary number, and keep the last eight digits."),
    Run("lost",
        Claim("The parent reads an exit status of 256 as 0, success.",
            "child.status == 0",
            wrong=replace("os._exit(256)", "os._exit(257)"))),
    Compare(
        Run("lost"),
        Claim("The parent gets 44 for 300 (300 − 256). It gets 255 for −1.",
            "row('_exit(300)').child.status == 44 and row('_exit(-1)').child.status == 255"),
        id="codes",
        title="what the child calls",
        rows={
            "_exit(255)": replace("256", "255"),
            "_exit(256)": Edit(),
            "_exit(300)": replace("256", "300"),
            "_exit(-1)": replace("256", "-1")},
        columns={"WEXITSTATUS in the parent": "child.status"}),
    Task("""After SIGKILL, `$?` is 137 in simpsh, dash and bash: 128 + 9. POSIX says only “above
        128”. Type a line in which:""",
        asks={
            "the 137 that is printed is the value of your shell's `$?`": some("",
                ("prints('137')", "printed: {shown}"),
                ("anyone.expands('?', '137')", "the 137 is not your shell's `$?`")),
            "no signal has ended a process": some(
                "",
                ("not anyone.killed()", "a signal ended a process"))},
        hint="`sh -c 'exit N'` is a process that exits with a status of your choice.",
        solution="sh -c 'exit 137'; echo $?",
        wrong={
            "sh -c 'kill -9 $$'; echo $?":
                """`$?` is 137, because SIGKILL ended sh. The task asks for 137 without such a
                signal.""",
            "echo 137": "`echo` prints its argument. The task asks for the status of a process.",
            "sh -c 'exit 9'; echo $?":
                "An exit with 9 is 9 in `$?`. A shell adds 128 only for a signal."},
        note="""`$?` is one number for two ways to end. The wait status tells them apart: 0x8900 is
        an exit with 137, 0x0009 is SIGKILL."""),
    Repair("repair",
        """This program should print `exit status 3` and `killed by signal 9`. It prints `exit
        status 0` for the child that SIGKILL ended. Fix it.""",
        Claim("The parent collects both children.",
            "len(parent.collects()) == 2",
            wrong=replace("(first, second)", "(first,)"),
            hint="Each child needs a wait of its own."),
        Claim("The killed child is reported by the number of its signal.",
            "'killed by signal 9\\n' in output",
            wrong=[as_in_a_shell, replace("WTERMSIG", "WEXITSTATUS")],
            hint="""Which macro asks whether a signal ended the child, and which one gives its
            number?"""),
        Claim("The child that exited is reported by its exit status.",
            "'exit status 3\\n' in output",
            wrong=[
                replace("os.WIFSIGNALED(word)", "True"),
                replace("os.WEXITSTATUS(word)", "word")],
            hint="Which macro gives the exit status, without the bits below it?"),
        fix=replace("os.WEXITSTATUS(word) > 128", "os.WIFSIGNALED(word)"),
        fix_in_c=replace("WEXITSTATUS(word) > 128", "WIFSIGNALED(word)"),
        hint="A `$?` above 128 is how a shell reports a signal. The status word has another place.",
        praise="""An exit and a signal are different ends. The program asks for one before it takes
        the number of the other."""),
    remember="""Read a wait status with the macros. First ask what happened: exit, kill, stop or
    continue. Then read the exit status or the signal.""",
    good_for="""A script that treats every failure alike cannot tell a bug (SIGSEGV) from a full
    disk (exit status 1) or from an operator's SIGTERM.""",
    requires=["wait-scenarios"],
    exercise="open-file",
    read="wait(2); signal(7); core(5); POSIX.1-2024 <sys/wait.h>",
)
