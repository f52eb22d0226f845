"""Rule 6: parent and child share open files."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Show, Task, delete, insert, replace, some,
)

child_opens_the_poem = insert('os.close(fd)\nfd = os.open("poem", 0)', above="os.read(fd, 4)")
child_opens_another = insert('fd = os.open("poem", os.O_RDWR)', above="os.read(fd, 4)")
opens_again = insert('log = os.open("log", os.O_WRONLY)', above='os.write(log, b"child')
empties_it = insert('log = os.open("log", os.O_WRONLY | os.O_TRUNC)', above='os.write(log, b"pa')


lesson = Lesson(
    Say("""A *descriptor* refers to an *open file description* in the kernel, which has the
        *offset*, the place of the next read. Each `open` makes a new description."""),
    Predict("The child reads “one ” and closes the file. What does the **parent** read?",
        Choice("“one”, from the start",
            "parent.prints('one')",
            """If the offset were in the process's memory, `fork` would copy it. The offset is in
            the kernel, in the description, and there is one description for both."""),
        Choice("“two”, the next word",
            "parent.prints('two')",
            """Both descriptors refer to one description, so there is one offset. The child's read
            moved it by 4."""),
        Choice("nothing, but EBADF",
            "parent.fails('read', 'EBADF')",
            """Two threads have one table, so a `close` in one thread is a `close` for both. The
            child removed an entry of its own table; the parent's entry is unchanged."""),
        hint="`fork` copies the memory of the process. Is the offset in that memory?",
        again=child_opens_the_poem),
    Run("poem",
        Claim("The parent continues where the child stopped.",
            "parent.prints('two')",
            wrong=child_opens_the_poem),
        Claim("At ① the child's 3 and the parent's 3 refer to one open file description.",
            "at(1).child.fd(3).shares_offset_with(at(1).parent.fd(3))",
            wrong=child_opens_the_poem,
            needs=["kcmp"]),
        Claim("""At ① the offset of the parent's 3 is 4, because the child read 4 bytes. The offset
            of 4 is still 0.""",
            "at(1).parent.fd(3).offset == 4 and at(1).parent.fd(4).offset == 0",
            wrong=replace('os.open("poem", os.O_RDONLY)', "os.dup(fd)")),
        Claim("At ② the child's 3 is closed, and the parent's 3 is open.",
            "3 not in at(2).child.descriptors and 3 in at(2).parent.descriptors",
            wrong=[delete("os.close(fd)"), insert("os.close(fd)", above="os.waitpid(")])),
    Show("open files",
        of="poem",
        at="①",
        text="The table shows what the kernel has at ①. `fork` copied only the left column."),
    Say("""You will read that the offset belongs to the file, or to its *inode*. It is not so: here
        the file `poem` has two offsets at one time, 4 and 0. The offset belongs to the open file
        description: see open(2), and POSIX.1-2024, Base Definitions."""),
    Predict("The child has closed its 3 at ②. Which descriptors refer to `poem` now?",
        Choice("parent 4, child 4",
            "3 not in at(2).parent.descriptors and 3 not in at(2).child.descriptors",
            """Threads have one table for both, so 3 would be closed for both. Each process has its
            own table, and the parent's 3 is still in it."""),
        Choice("parent 3 and 4, child 4",
            """3 in at(2).parent.descriptors and 4 in at(2).parent.descriptors and 3 not in
            at(2).child.descriptors and 4 in at(2).child.descriptors""",
            """`close` removes one number from one table. The description remains as long as any
            descriptor refers to it."""),
        Choice("parent 3 and 4, child none",
            "3 not in at(2).child.descriptors and 4 not in at(2).child.descriptors",
            """For that the child must close 4 as well. `close` closes one descriptor, and 4 is
            another descriptor of the same file."""),
        hint="`close` gets a number. In which process's table does the kernel remove it?",
        again=insert("os.close(fd)", above="os.waitpid(")),
    Show("open files",
        of="poem",
        at="②",
        text="""Each process has a table of its own: only the child's table lost its 3. The
        description remains."""),
    Predict("Now the child **opens the file itself** before it reads. What does the parent read?",
        Choice("“two”, after the child",
            "parent.prints('two')",
            """Without the new `open` the parent reads “two”. The child's new descriptor refers to a
            new description, with an offset of its own."""),
        Choice("nothing, the end of file",
            "parent.output == ''",
            """In a pipe a byte that was read is gone. A file keeps its contents; only an offset
            moves."""),
        Choice("“one”, from the start",
            "parent.prints('one')",
            """`open` made a new description, with its own offset. The child's read moved that one,
            and the parent's offset is still 0."""),
        hint="How many open file descriptions are there, and which one does the parent use?"),
    Run("poem",
        Claim("The parent reads from the beginning: the child moved another offset.",
            "parent.prints('one')",
            wrong=replace('fd = os.open("poem", os.O_RDWR)', "fd = os.dup(fd)")),
        id="own",
        watch=["open"],
        edit=child_opens_another),
    Task("`echo aa >f; echo b >f` leaves only b: the second `>` opens `f` again. Change the line:",
        asks={
            "in every order `f` has both lines: aa, then b": some(
                "",
                ("file('f') == 'aa\\nb\\n'", "`f` has {file('f')}")),
            "two `echo` write them": some("p q",
                ("p.execs('echo') and p.writes_into('f', 'aa\\n')",
                 "no program `echo` wrote `aa` into `f`"),
                ("q.execs('echo') and q.writes_into('f', 'b\\n')",
                 "no program `echo` wrote `b` into `f`"),
                ("len(ran('echo')) == 2", "processes that ran `echo`: {len(ran('echo'))}"))},
        hint="Open `f` once for both commands: `{ …; }` can have a *redirection*.",
        solution="{ echo aa; echo b; } >f",
        wrong={
            "echo aa >f; echo b >f":
                "This is the line of the task: the second `>` empties `f`, so only `b` remains.",
            "echo aa; echo b >f":
                "The redirection belongs to the last command only: `aa` is not in `f`.",
            "echo aa; echo b": "No command writes to `f` here. Both lines must be in the file.",
            "printf 'aa\\nb\\n' >f":
                """The contents are right, but one program wrote both lines. The task is about two
                `echo`."""},
        note="Each `echo` writes after the other one: at one shared offset, or at the end."),
    Repair("repair",
        """Child and parent each write a line into `log`. Afterwards only `parent` is in the file.
        Both lines should be there. Fix it.""",
        Claim("The child writes its line, and then the parent writes its own.",
            "before(child.writes('child\\n'), parent.writes('parent\\n'))",
            wrong=[
                replace('os.write(log, b"child\\n")', "pass"),
                replace("os.waitpid(child, 0)", "os.sched_yield()")],
            hint="Each process writes one line, and the parent waits before it writes."),
        Claim("At the end both lines are in the log.",
            "file('log') == 'child\\nparent\\n'",
            wrong=[opens_again, empties_it],
            hint="""At which offset does the parent write? Each `open` makes an offset of its own,
            and `fork` makes none."""),
        fix=delete('log = os.open("log", os.O_WRONLY)'),
        fix_in_c=delete('log = open("log", O_WRONLY);'),
        hint="How many open file descriptions does this program have?",
        praise="""Both processes wrote through one open file description: the parent began where the
        child had stopped."""),
    remember="""`fork` copies descriptors, and shares the open file descriptions: one offset for
    parent and child.""",
    good_for="""In `(date; who) >report` both programs write at one offset, so `who` continues after
    `date` and overwrites nothing.""",
    requires=["rule-5-order"],
    read="open(2), Open file descriptions; lseek(2); dup(2); Kerrisk, TLPI, section 5.4",
)
