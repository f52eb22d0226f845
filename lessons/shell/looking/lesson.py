"""Looking at a process that does not continue."""

from simpsh.course import (
    Choice, Claim, Kill, Lesson, Predict, Repair, Run, Say, Show, Task, insert, replace,
    some,
)

helper_closes = insert("os.close(into)", above="signal.pause()  # in the helper")
worker_lives = replace("os._exit(0)", "signal.pause()")


lesson = Lesson(
    Say("""A program makes no progress. Do not guess, and do not kill it yet: look. Here a parent
        reads what its worker writes. The worker has ended."""),
    Predict("Which **state** does `ps -l` show for the parent?",
        Choice("S, for sleeping",
            "at('rest').parent.state == 'S'",
            """The parent sleeps in `read` until a byte comes, or end of file. Sleeping costs no
            processor time."""),
        Choice("R, for running",
            "at('rest').parent.state == 'R'",
            """A loop that polls without a pause is in state R, and `top` shows 100 %. In a call
            that blocks, the kernel puts the process to sleep."""),
        Choice("Z, for zombie",
            "at('rest').parent.state == 'Z'",
            """The **worker** is a zombie: it has ended, and the parent has not come to `waitpid`
            yet."""),
        hint="What does `read` do when a pipe is empty and a process could still write?"),
    Run("hang",
        Claim("State: the parent sleeps (S). It uses no processor.",
            "at('rest').parent.state == 'S'",
            wrong=helper_closes),
        Claim("Call: the parent is inside `read`, on its descriptor 3, the read end of pipe A.",
            "at('rest').parent.asleep_in == 'read' and 'parent' in at('rest').holders('A', 'read')",
            wrong=helper_closes),
        Claim("Wake-up: only the helper still has the write end of pipe A open.",
            "at('rest').holders('A', 'write') == ['helper']",
            wrong=[helper_closes, worker_lives]),
        births=["helper"],
        at_rest=[Kill("helper", "SIGTERM")]),
    Show("descriptors",
        of="hang",
        at="rest",
        text="""`ls -l /proc/PID/fd` shows the same of each process: `pipe:[NUMBER]`. The same
        number means the same pipe. So search for the number in /proc/*/fd."""),
    Predict("**Which process** must end, or close its descriptor, so that `read` returns?",
        Choice("the parent",
            "'parent' in at('rest').holders('A', 'write')",
            """A parent that keeps its own write end is a frequent mistake. This parent has closed
            its write end in `os.close(into)`."""),
        Choice("the worker",
            "'worker' in at('rest').holders('A', 'write')",
            """The worker had a write end while it lived. It is a zombie now: its descriptors were
            closed when it ended."""),
        Choice("the helper",
            "at('rest').holders('A', 'write') == ['helper']",
            """The helper inherited the write end through two forks. It never writes, but the kernel
            must expect that it could."""),
        hint="End of file comes when no process holds the write end. Read the picture above."),
    Show("family",
        of="hang",
        at="rest",
        text="The table above shows the same as `ps -l` and `/proc/PID/wchan`."),
    Task("`$$` is the pid of your shell. What does the shell do while `grep` runs?",
        asks={
            "`grep` finds the line `State`, and only this line is printed": some("p",
                ("p.execs('grep')", "no `grep` ran"),
                ("p.writes('State:') and output.startswith('State:') and output.count('\\n') "
                 "== 1",
                 "printed: {shown}")),
            "it is the state of your shell": some("",
                ("any(p.has_read('State:') for p in processes)", "no status was read"),
                ("any(p.has_read(f'\\nPid:\\t{shell.pid}\\n') for p in processes)",
                 "it was the state of another process"))},
        hint="`grep WORD FILE`; the file is /proc/PID/status.",
        solution="grep State /proc/$$/status",
        wrong={
            "echo 'S (sleeping)'":
                """`echo` prints the text itself. The task asks for a line that the kernel shows in
                /proc.""",
            "grep SigBlk /proc/$$/status":
                "This line shows the blocked signals. The task asks for the line with the state.",
            "grep State /proc/self/status":
                """`self` is the process that looks: this is the state of `grep`, which runs. The
                task asks for the shell.""",
            "cat /proc/$$/status":
                "`cat` shows all lines. The task asks for one line, found by `grep`."},
        note="S: the shell sleeps in a wait until `grep` has ended."),
    Task("Now descriptors. In one line, with a list of /proc/self/fd:",
        asks={
            "`ls` lists its own descriptors into a file `f`: number 1 leads to `f`": some("p",
                ("file('f')", "there is no `f`"),
                ("any(' 1 -> ' in row and row.endswith('/f') for row in file('f').splitlines())",
                 "`f` has no row `1 -> …/f`"),
                ("p.execs('ls') and p.writes(' 1 -> ')", "no `ls` wrote it")),
            "`f` is shown": some("", ("file('f') in output", "printed: {shown}"))},
        hint="`ls -l /proc/self/fd >f`, and then `cat f`.",
        solution="ls -l /proc/self/fd >f; cat f",
        wrong={
            "ls -l /proc/self/fd":
                """The list appears on your terminal, and descriptor 1 of `ls` is the terminal. The
                task asks for the output in f.""",
            "ls -l /proc/self/fd >f": "The list is in f now. No command has shown f yet.",
            "ls -l /proc/self/fd | cat":
                "Descriptor 1 of `ls` is a pipe here. The task asks for a file f.",
            "echo /f": "`echo` prints a text. The task asks for the descriptors that `ls` lists."},
        note="A process that holds your pipe is found in the same way.",
        needs=["statx"]),
    Say("""Not shown here: a debugger and strace stop the processes that they look at, and so does
        this course; a process has one tracer. Try them in another window. `strace -f -p PID` shows
        the call in which a process sleeps, and then each further call. `gdb -p PID` shows the line.
        GDB follows the parent after fork, unless you say `set follow-fork-mode child`."""),
    Repair("hang",
        """This program hangs. Find the process that keeps the parent asleep, and fix that process.
        The helper must live on.""",
        Claim("The parent reads end of file, and ends.",
            "parent.sees_end_of_file and returns",
            wrong=[
                replace("os.close(into)\n    signal", "os.close(out)\nsignal"),
                replace("os.close(into)\n    signal", "os.close(1)\nsignal")],
            hint="""Which process still has the write end? A picture of the descriptors, or
            `/proc/PID/fd`, shows it."""),
        Claim("The helper lives on.",
            "at('end').helper.state == 'S'",
            wrong=replace("signal.pause()  # in the helper", "os._exit(0)"),
            hint="The helper has more to do: it must not end."),
        births=["helper"],
        leaves=["helper"],
        fix=helper_closes,
        fix_in_c=replace("case 0: pause();", "case 0: close(into); pause();"),
        hint="In which call does the parent sleep, and which process can wake it?",
        praise="""The helper closed the write end, which it does not need. Then the parent read end
        of file."""),
    remember="""Why does a process make no progress? /proc/PID/status shows its state,
    /proc/PID/wchan where it sleeps. A search of /proc/*/fd shows which process has the other
    end.""",
    good_for="""A job has written nothing for an hour. Is it computing, waiting for a disk, or for a
    process that will never answer? You can find out in a minute, without stopping the job.""",
    requires=["pipe-hang"],
    read="""proc(5), /proc/PID/status, /proc/PID/wchan and /proc/PID/fd; strace(1); ps(1), “PROCESS
    STATE CODES”; GDB manual, “Debugging Forks”""",
)
