"""Not every process wants a processor: the states of a process."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Show, Task, delete, replace,
    some,
)

second_word = replace('text.rpartition(b")")[2].split()[0]', "text.split()[2]")


lesson = Lesson(
    Say("Most processes wait. A letter in `/proc/PID/stat` is the *process state*."),
    Predict("After ① the parent reads **its own** state. Which letter does it read?",
        Choice("R",
            "parent.output.strip() == 'R'",
            "R: it runs, or is ready to run. A process that reads is running."),
        Choice("S",
            "parent.output.strip() == 'S'",
            "S: it sleeps. To read its own state, a process must run."),
        Choice("Z",
            "parent.output.strip() == 'Z'",
            "Z: it has ended. A process that has ended reads nothing."),
        hint="What does a process do at the moment in which it reads a file?"),
    Run("letters",
        Claim("""At ① the child that waits is S, the stopped one is T, and the one that has ended is
            Z. None of the three needs a processor.""",
            "at(1).asleep.state == 'S' and at(1).stopped.state == 'T' and at(1).dead.state == 'Z'",
            wrong=[
                replace("signal.SIGSTOP", "signal.SIGKILL"),
                replace("signal.pause()", "os._exit(0)"),
                replace("os._exit(0)", "signal.pause()")]),
        Claim("The parent read R: it was running.",
            "parent.output == 'R'",
            wrong=replace('"/proc/self/stat"', 'f"/proc/{asleep}/stat"')),
        leaves=["asleep", "stopped", "dead"]),
    Show("family",
        of="letters",
        at="①",
        text="""`ps -o pid,stat,comm` shows the same letters. The lesson stops the parent at ① in
        order to look, so the picture shows the parent as **held**."""),
    Predict("""Now the parent waits for its child in `os.waitpid`. The **child** reads the
        state of the **parent**. Which letter is it?""",
        Choice("D: no signal wakes the parent",
            "child.output == 'D'",
            """D is a sleep that a handler cannot interrupt, for example a short wait for a disk. A
            wait for a child can be ended by a signal, so it is S."""),
        Choice("S: the parent sleeps and waits",
            "child.output == 'S'",
            """`waitpid` puts the parent to sleep until a child ends. A process in S needs no
            processor, however long it waits."""),
        Choice("T: the parent is stopped",
            "child.output == 'T'",
            """In T a process is stopped by a *signal*, and waits for SIGCONT. The parent called
            `waitpid` itself, and waits for its child."""),
        Choice("R: the parent is alive",
            "child.output == 'R'",
            """R does not mean “alive”: it says that a process runs or is ready to run. The parent
            is alive, but cannot continue before the child ends."""),
        hint="Does the parent use the processor while it waits? Could ^C end its wait?"),
    Run("looks-up",
        Claim("The child read S: a parent that waits for a child sleeps.",
            "child.output == 'S'",
            wrong=replace('f"/proc/{os.getppid()}/stat"', '"/proc/self/stat"')),
        remark="It prints `S`, or `R` if the parent does not sleep yet."),
    Say("""Not shown here: more letters. **D** is a sleep that no handler interrupts; on Linux a
        deadly signal ends some of these sleeps. The parent of a `vfork` child is in D, too. **t**
        is a process that a debugger has stopped. A lesson stops processes in the same way, and its
        pictures call this state “held”. **I** is an idle thread of the kernel, and **X** a process
        that is being removed."""),
    Task("""`/proc/self` is the directory of the process that looks. Guess the letter first; then
        type a line in which:""",
        asks={
            "a program reads its own `/proc/self/status`": some("p",
                ("p.programs and p.has_read('State:')", "no program read a status"),
                ("p.has_read(f'\\nPid:\\t{p.pid}\\n')",
                 "it read the status of another process")),
            "the line with its `State` is printed": some("",
                ("any(row.startswith('State:') for row in output.splitlines())",
                 "printed: {shown}"),
                ("any('State:' in p.output and p.got('State:') for p in processes)",
                 "the line that was printed was typed"))},
        hint="`grep WORD FILE` prints the lines of a file that contain a word.",
        solution="grep State /proc/self/status",
        wrong={
            "grep Name /proc/self/status":
                """This prints the name of the program. The state is in another line of the same
                file.""",
            "grep State /proc/self/stat":
                """The file `stat` has the letter, but not the word `State`. The task asks for a
                line of `status`.""",
            "printf 'State:\\tR (running)\\n'":
                """This prints the words without a look at any process. The line must come from the
                kernel's file."""},
        note="R: a process that reads its own state is running."),
    Repair("repair",
        """This process gives itself the name `a) S (b`. Then it reads its state, and prints S,
        although it runs. It should print R. Fix it.""",
        Claim("It prints R.",
            "output == 'R'",
            wrong=[second_word, replace("rpartition", "partition"), replace(".split()[0]", "")],
            hint="""The name is in parentheses, and may contain blanks and parentheses itself. Which
            `)` is the last one?"""),
        Claim("It has read its state from the kernel's file.",
            "parent.reads('R ')",
            wrong=delete("text = ") + replace('text.rpartition(b")")[2].split()[0]', 'b"R"'),
            hint="Keep `/proc/self/stat`: only its words are counted wrongly."),
        fix=replace("text.split()[2]", 'text.rpartition(b")")[2].split()[0]'),
        fix_in_c=replace("memchr", "memrchr"),
        hint="proc(5) shows the line: `42 (name) R 1 …`. Where does the name end?",
        praise="""The state is the first word after the last `)`. A name may contain all other
        characters."""),
    remember="""Among the states are: R runs or is ready, S sleeps, T is stopped, Z has ended and is
    not collected.""",
    good_for="""A slow machine: `ps -eo pid,stat,comm` shows which processes run or wait for a
    processor (R). A program that hangs is usually in S, and waits for something that never
    comes.""",
    requires=["rule-3-parallel"],
    read="proc(5), /proc/PID/stat; ps(1), PROCESS STATE CODES; signal(7)",
)
