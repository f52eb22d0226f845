"""A write to a pipe without a reader: SIGPIPE, or the error EPIPE."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace, some,
)

yes_keeps_the_read_end = delete("# yes does not read")
error_ignored = replace("os._exit(1)", "pass")
stops_with_0 = replace("os._exit(1)", "break")
signal_ends_it = insert("signal.signal(signal.SIGPIPE, signal.SIG_DFL)", above="for _ in")
sender_reads = delete("# the sender does not read")
always_1 = error_ignored + replace("os._exit(0)", "os._exit(1)")


lesson = Lesson(
    Say("`yes` writes lines for ever. `head` reads one line and closes its *read end*."),
    Predict("No read end is left. What happens to `yes`?",
        Choice("it sleeps in its write",
            "at('rest').yes.asleep_in == 'write'",
            """A writer sleeps while the pipe is full and a read end is open. Here the first
            `os.close(read_end)` closes the read end of `yes`, too."""),
        Choice("it is ended by a signal",
            "yes.killed('SIGPIPE')",
            "A write without a reader causes SIGPIPE. Its default action ends the process."),
        Choice("it sees end of file",
            "yes.sees_end_of_file",
            """A **reader** sees end of file when no writer is left. `yes` only writes, and `write`
            has no end of file."""),
        hint="""Which read ends are open after the second `os.close(read_end)`? What does a write do
        then?"""),
    Run("broken",
        Claim("No read end is open, and SIGPIPE ends `yes` at its next write.",
            "yes.killed('SIGPIPE')",
            wrong=[replace("SIG_DFL", "SIG_IGN"), yes_keeps_the_read_end]),
        Claim("The last write fails with EPIPE.",
            "yes.fails('write', 'EPIPE')",
            wrong=yes_keeps_the_read_end),
        main="head",
        watch=["close"]),
    Say("""Every Python program ignores *SIGPIPE* from its start. Here `yes` is such a program, and
        `head` closes at once."""),
    Predict("What happens to **this** `yes`?",
        Choice("a signal ends it",
            "yes.killed('SIGPIPE')",
            """In the first program SIGPIPE ended `yes`, because `yes` had set SIG_DFL. This one
            keeps Python's SIG_IGN."""),
        Choice("an error ends it",
            "yes.exits(3)",
            """SIGPIPE is ignored, so `write` fails with EPIPE. Python raises BrokenPipeError, and
            `yes` exits with 3."""),
        Choice("nothing ends it",
            "at('rest').yes.asleep_in == 'write'",
            """That needs a `write` that does not fail. SIG_IGN throws away the signal only; the
            error EPIPE still comes."""),
        hint="""`write` does two things without a reader: it sends a signal and it returns an error.
        Which of them does SIG_IGN remove?""",
        again=insert("signal.signal(signal.SIGPIPE, signal.SIG_DFL)", above="try:")),
    Run("ignored",
        Claim("With SIGPIPE ignored, `write` fails with EPIPE and the program decides.",
            "yes.fails('write', 'EPIPE') and yes.exits(3)",
            wrong=insert("signal.signal(signal.SIGPIPE, signal.SIG_DFL)", above="try:")),
        main="head"),
    Task("`yes` writes lines for ever. Type a line in which:",
        asks={
            "three lines of `yes` are shown, and no more": some("",
                ("output == 'y\\ny\\ny\\n'", "printed: {shown}"),
                ("all(p.got('y') for p in processes if p.output)",
                 "not all three are lines of `yes`")),
            "another process gets them through a pipe": some("p q",
                ("p.execs('yes')", "no `yes` ran"),
                ("p.pipes_written() & q.pipes_read('y')",
                 "no process read them from a pipe of `yes`")),
            "SIGPIPE ends `yes`, and no process has sent it": some("p",
                ("p.execs('yes')", "no `yes` ran"),
                ("p.killed('SIGPIPE')", "SIGPIPE did not end `yes`"),
                ("not anyone.sends('SIGPIPE')", "a process sent SIGPIPE"))},
        hint="`head -n 3` reads three lines, and ends. What does a process close at its end?",
        solution="yes | head -n 3",
        wrong={
            "printf 'y\\ny\\ny\\n'":
                "`printf` prints the three lines itself: there is no `yes`, and no pipe.",
            "yes >/dev/null & kill -PIPE $!; echo y; echo y; echo y":
                """Here `kill` sends the signal, and `echo` prints the lines. The kernel must send
                SIGPIPE, at a write of `yes`.""",
            "yes | head -n 1":
                "SIGPIPE ends `yes`, but `head` shows one line. The task asks for three.",
            "yes | head -n 3 | cat >/dev/null":
                "SIGPIPE ends `yes`, but the three lines go to /dev/null. Show them."},
        note="The last read end was closed. At its next write the kernel signals the writer."),
    Repair("repair",
        """The sender should exit with 0 if it has sent all blocks, and with 1 if a `write` failed.
        Its reader closes the pipe early, but this program prints `code 0`. Fix it.""",
        Claim("The sender exits with 1, and `head` prints `code 1`.",
            "sender.exits(1) and output == 'code 1\\n' and returns",
            wrong=[error_ignored, stops_with_0, signal_ends_it, sender_reads],
            hint="""SIGPIPE is ignored here. What does the sender do when `write` fails with EPIPE?
            Its exit status must show that."""),
        Claim("The first write that fails with EPIPE is the last one.",
            "len(sender.fails('write', 'EPIPE')) == 1",
            wrong=[error_ignored, always_1],
            hint="After EPIPE no write to this pipe can succeed again."),
        main="head",
        fix=replace("pass", "os._exit(1)"),
        fix_in_c=replace("continue;", "_exit(1);"),
        hint="Which error does `write` return, and which line handles it?",
        praise="""The sender stops at the first EPIPE, and its exit status shows that some blocks
        were not sent."""),
    remember="""A write to a pipe whose last read end is closed causes SIGPIPE. If SIGPIPE is
    ignored, the write fails with EPIPE.""",
    good_for="""`yes | head` ends because of this signal. “BrokenPipeError” in a Python program
    means that its reader has closed the pipe. `subprocess` resets SIGPIPE for the programs that it
    starts.""",
    requires=["full-pipe"],
    exercise="pipeline",
    read="pipe(7); signal(7), SIGPIPE; write(2), EPIPE; Python: signal, “Note on SIGPIPE”",
)
