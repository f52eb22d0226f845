"""A pipe has a fixed size: a writer sleeps while the pipe is full."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Task, delete, insert, move, replace,
    some,
)

it_fits = replace("(room + 1)", "room")
read_before_waiting = move("os.read(read_end, room)", above="os.waitpid(child, 0)")
not_blocking = insert("os.set_blocking(write_end, False)", above='os.write(write_end, b"x"')
one_read = replace("while taken", "if taken")
one_large_read = one_read + replace("os.read(read_end, room)", "os.read(read_end, 3 * room)")
waits_first = delete("os.waitpid(child, 0)") + insert("os.waitpid(child, 0)", above="length = 0")
writes_less = replace("(3 * room)", "room")
does_not_wait = delete("os.waitpid(child, 0)")


lesson = Lesson(
    Say("""The kernel keeps the bytes of a pipe in memory until a reader takes them. How many bytes
        fit? The writer must not sleep: with O_NONBLOCK, `write` takes what fits and returns that
        number. The program offers 2097152 bytes."""),
    Predict("The pipe is empty. How many bytes does `write` take?",
        Choice("65536",
            "value('taken') == 65536",
            """That is the capacity of this pipe. Linux gives a pipe 16 pages; with pages of 4096
            bytes that makes 65536. POSIX names no number."""),
        Choice("2097152",
            "value('taken') == 2097152",
            """That needs a pipe that grows. A pipe has a fixed size, so that a fast writer cannot
            fill the memory."""),
        Choice("4096",
            "value('taken') == 4096",
            """4096 is PIPE_BUF on Linux: a write of at most 4096 bytes is *atomic*. The capacity is
            larger."""),
        Choice("0",
            "value('taken') == 0",
            "`write` takes nothing only if nothing fits. Here the pipe is empty."),
        hint="pipe(7), “Pipe capacity”: 16 pages. How large is a page here? `getconf PAGESIZE`"),
    Run("fill",
        Claim("`write` takes as many bytes as F_GETPIPE_SZ says, and leaves the rest.",
            "value('taken') == value('size')",
            wrong=insert('os.write(write_end, b"x")', above="taken =")),
        shows="output"),
    Predict("""The child writes **one byte more** than fits. The parent waits first, and reads
        later. What happens?""",
        Choice("both sleep for ever",
            "at('rest').child.asleep_in == 'write' and at('rest').parent.asleep_in == 'wait4'",
            """The child sleeps until there is room. Only the parent can make room, and the parent
            waits for the child: a *deadlock*."""),
        Choice("the pipe grows",
            "returns",
            """That is true of a queue without a limit. The size of a pipe is fixed; only a program
            may change it, by F_SETPIPE_SZ."""),
        Choice("the write fails",
            "child.fails('write', 'EAGAIN')",
            """With O_NONBLOCK a write to a full pipe fails with *EAGAIN*. By default the writer
            sleeps until there is room."""),
        hint="What does the child need to continue? What does the parent need to continue?",
        again=not_blocking),
    Run("full",
        Claim("The child sleeps in write, the parent sleeps in wait: a deadlock.",
            "at('rest').child.asleep_in == 'write' and at('rest').parent.asleep_in == 'wait4'",
            wrong=[it_fits, read_before_waiting, not_blocking])),
    Predict("Now the parent **reads before it waits**. What does the child do?",
        Choice("it ends with status 0",
            "child.exits(0) and returns",
            """The parent's read makes room, the child's write returns, and the child exits. Then
            `waitpid` returns."""),
        Choice("it is ended by SIGPIPE",
            "child.killed('SIGPIPE')",
            """The kernel sends *SIGPIPE* to a writer when no *read end* is open. The parent still
            has its read end open."""),
        Choice("it still sleeps in write",
            "at('rest').child.asleep_in == 'write'",
            """That is true if no process reads. The writer needs **room**, not a reader for each
            byte: its last byte fits now."""),
        hint="How much room does the child's last byte need? How much does the read make?"),
    Run("full",
        Claim("The parent's read makes room, and the child exits.",
            "child.exits(0) and returns",
            wrong=delete("os.read(read_end, room)")),
        id="cured",
        edit=read_before_waiting),
    Task("Make a full pipe, and go on. Type a line after which:",
        asks={
            "a process sleeps in `write`, because its pipe is full": some("",
                ("any(p.fills for p in processes)", "no process sleeps in `write` to a pipe")),
            "no process has read a byte from this pipe": some("",
                ("any(p.fills for p in processes)", "no pipe is full"),
                ("not any(p.fills & q.pipes_read() for p in processes for q in processes)",
                 "a process has read from it")),
            "the prompt is back": some("", ("returns", "the line hangs"))},
        hint="`yes` writes for ever. Which program has a read end, and does not read?",
        solution="yes | sleep 1000 &",
        wrong={
            "yes | sleep 1000":
                """The pipe is full, but your shell waits for `sleep`. Let both run in the
                background.""",
            "echo hello | sleep 1000 &":
                "Six bytes fit into the pipe, so `echo` does not sleep in `write`: it has ended.",
            "yes | cat >/dev/null &": "`cat` reads, so there is always room again.",
            "yes >/dev/null &": "/dev/null takes everything. A pipe has a fixed size.",
            "yes | true &": "`true` ends, and no read end is left. SIGPIPE ends `yes`."},
        note="""The writer continues when a process reads. If the last reader ends, SIGPIPE ends the
        writer."""),
    Repair("repair",
        """The child writes three times the size of the pipe. The parent reads before it waits, but
        the program hangs. It should print `read 3 times the size` and end. Fix it.""",
        Claim("The child's write returns, and the child exits with 0.",
            "child.exits(0) and returns",
            wrong=[one_read, one_large_read, waits_first],
            hint="""The child writes three times the size of the pipe. How often must the parent
            make room before the child can exit?"""),
        Claim("The parent has read all bytes.",
            "output == 'read 3 times the size\\n'",
            wrong=[writes_less, not_blocking],
            hint="""The child must write as many bytes as before, and the parent must count the
            bytes of each read."""),
        Claim("The parent collects its child.",
            "parent.collects(child)",
            wrong=does_not_wait,
            hint="The parent must still wait for its child."),
        fix=replace("if taken", "while taken"),
        fix_in_c=replace("if ((taken", "while ((taken"),
        hint="How many bytes can one `read` return, and what happens to the rest?",
        praise="""The parent reads until end of file. So the child always gets room again, and
        `waitpid` returns."""),
    remember="""A pipe holds a fixed number of bytes, 65536 on most Linux systems. Read the output
    of a child first, then wait for the child.""",
    good_for="""A program works with little output and hangs with much: it waits before it reads.
    Python warns of this at `Popen.wait`, and offers `communicate()`.""",
    requires=["end-of-file"],
    exercise="pipeline",
    read="pipe(7), Pipe capacity; write(2); fcntl(2), F_GETPIPE_SZ",
)
