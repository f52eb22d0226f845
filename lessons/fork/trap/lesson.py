"""The cost of a system call and of a context switch."""

from __future__ import annotations

from simpsh.course import (
    Ask, Choice, Claim, Compare, Edit, Lesson, LineRun, Predict, Repair, Run, Say, Task, Write,
    asked, delete, insert, replace,
)

computes_much = replace("resource.getpagesize", "lambda: sum(range(1000))")
to_itself = replace("rounds(here, here)", "rounds(*socket.socketpair())")
child_first = (replace("few, alone = rounds(here, there)", "many, together = rounds(here, there)") +
    replace("many, together = rounds(here, here)", "few, alone = rounds(here, here)"))
UNBUFFERED = replace('open("log", "w")', 'open("log", "wb", buffering=0)') + replace('"x"', 'b"x"')


def one_read(line: LineRun) -> str:
    """One read gets zeros, 100 of them or more."""
    counts = [what.count for _, _, what in line.reads("\0")]
    if len(counts) == 1 and counts[0] == 100:
        return ""
    return f"reads of zeros: {len(counts)}" + (f", of {counts[0]} bytes" if counts else "")


def one_write(line: LineRun) -> str:
    """One write of 100 zeros."""
    counts = [what.count for _, _, what in line.events(Write) if "\0" in what.text]
    if counts == [100]:
        return ""
    return f"writes of zeros: {len(counts)}" + (f", of {counts[0]} bytes" if counts else "")


lesson = Lesson(
    Say("""A function call is a jump within the code of the process. A *system call* is a *trap*: an
        instruction with which the processor changes into *kernel mode*. The kernel checks the
        arguments, does the work, and goes back. What does this cost?"""),
    Predict("""`getpagesize` reads a number in the memory of the process; `getppid` asks the kernel
        for a number. Which of the two needs more processor time?""",
        Choice("`getpagesize`, the function",
            "parent['function'] * 10 > parent['system'] * 13",
            """That would be a function with much to compute. This one only reads a number in
            memory, and stays in the process."""),
        Choice("`getppid`, the system call",
            "parent['system'] * 10 > parent['function'] * 13",
            """The processor changes into the kernel and back. Both numbers contain Python's own
            work for a call, so the ratio is larger in C."""),
        Choice("neither, both are calls",
            """parent['function'] * 10 <= parent['system'] * 13 and parent['system'] * 10 <=
            parent['function'] * 13""",
            """In the code both look like calls of functions. Only `getppid` contains an instruction
            that goes into the kernel."""),
        hint="For which of the two must the processor leave the code of the process?"),
    Run("calls",
        Claim("The system call needs at least 1.3 times the processor time of the function.",
            "parent['system'] * 10 > parent['function'] * 13",
            wrong=computes_much),
        shows="output"),
    Say("`rounds(a, b)` sends a byte into `a` and receives one from `b`, 1000 times."),
    Predict("""The parent waits for 1000 answers of the child. How often does the kernel switch
        **away from the parent**?""",
        Choice("at most once",
            "parent['many'] <= 1",
            """On two processors both could run all the time. Here the child can answer only when
            the parent does not run."""),
        Choice("once in each time slice",
            "parent['many'] > 1 and parent['many'] < 1000",
            """A process that only computes runs for a whole *time slice*. The parent needs an
            answer in each round, long before its time slice is over."""),
        Choice("1000 times or more",
            "parent['many'] >= 1000",
            """There are 1000 answers. For each of them the child must run, so the parent must leave
            the processor."""),
        hint="Both processes have one processor. What must happen for one answer?"),
    Run("switches",
        Claim("""For each answer there is a *context switch*. A process that sends to itself needs
            none.""",
            "parent['few'] < 100 and parent['many'] >= 1000",
            wrong=to_itself),
        Claim("A round with the child needs at least 1.2 times the parent's processor time.",
            "parent['together'] * 10 > parent['alone'] * 12",
            wrong=child_first),
        needs=["sched_setaffinity", "getrusage"],
        shows="output"),
    Say("""The nanoseconds are those of this machine, at this moment. In both cases the parent calls
        `send` and `recv`, so the difference is the switch. (Why not two pipes? A lesson stops each
        `read` and `write` in order to look, and would measure itself.)"""),
    Ask("""The program calls `log.write` 60 times, with one byte each time. How many `write` system
        calls does the program make?""",
        "len(parent.writes('x'))",
        "The file object collects the bytes in its memory, and makes one system call at the end.",
        near={
            60:
                """`log.write` is a function. Without a buffer it would make a system call each
                time, as `os.write` does."""},
        hint="Is `log.write` a function or a system call?"),
    Run("file",
        Claim(
            "The file object keeps the bytes in a *buffer*, and `close` writes them with one call.",
            "len(parent.writes('x')) == 1",
            wrong=UNBUFFERED)),
    Compare(
        Run("file",
            Claim("""The file object keeps the bytes in a *buffer*, and `close` writes them with one
                call.""",
                "len(parent.writes('x')) == 1",
                wrong=UNBUFFERED)),
        Claim("Without the buffer each byte is a system call.",
            "len(row('without a buffer').parent.writes('x')) == 60"),
        id="buffers",
        title="60 bytes",
        rows={
            "with a buffer": Edit(),
            "without a buffer": UNBUFFERED,
            "a line at a time": replace('"w")', '"w", buffering=1)') + replace('"x"', '"x\\n"')},
        columns={"calls of write": "len(parent.writes('x'))"}),
    Task("""`dd if=/dev/zero of=f bs=1 count=100` copies 100 bytes with 100 calls of `read` and 100
        of `write`. Copy the same 100 bytes into a file:""",
        asks={"with **one** `read`": asked(one_read), "and **one** `write`": asked(one_write)},
        hint="`bs` is the number of bytes of each call.",
        solution="dd if=/dev/zero of=f bs=100 count=1",
        wrong={
            "dd if=/dev/zero of=f bs=1 count=100":
                "This is the line of the task, with 200 system calls.",
            "dd if=/dev/zero of=f bs=100 count=100":
                "Each call has 100 bytes now, but `count` still asks for 100 calls of each.",
            "dd if=/dev/zero of=f bs=1 count=1":
                "One `read` and one `write`, but of one byte. The task asks for 100."},
        note="The same bytes, and two system calls instead of 200."),
    Repair("repair",
        "This program writes 60 bytes with 60 system calls. One is enough. Fix it.",
        Claim("The file has 60 bytes.",
            "file('log') == 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
            wrong=replace("range(60)", "range(1)"),
            hint="Keep the 60 bytes: only the number of calls is wrong."),
        Claim("One system call writes them.",
            "len(parent.writes('x')) == 1",
            wrong=[UNBUFFERED, insert("log.flush()", above="log.write")],
            hint="Where do the bytes wait until there are enough of them?"),
        fix=replace('b"x"', '"x"') + replace('open("log", "wb", buffering=0)', 'open("log", "w")'),
        fix_in_c=delete("setvbuf(log, NULL, _IONBF, 0);"),
        hint="A file object of Python, and a `FILE` of C, may have a buffer.",
        praise="The bytes waited in the process, and the kernel was asked once."),
    remember="""A system call costs more than a function call. To wait for another process costs a
    context switch as well. A buffer saves system calls.""",
    good_for="""A program that reads a file byte by byte spends its time in traps: `strace -c`
    counts its system calls. With a buffer the same program needs one call for all of them.""",
    requires=["process-states"],
    read="syscalls(2); getrusage(2), ru_nvcsw; setvbuf(3); Arpaci-Dusseau, OSTEP, chapter 6",
)
