"""A FIFO is a pipe with a name."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace,
    some,
)

opens_at_once = replace('os.open("f", os.O_RDONLY)', 'os.open("f", os.O_RDONLY | os.O_NONBLOCK)')
a_plain_file = replace('os.mkfifo("f")', 'os.close(os.open("f", os.O_CREAT, 0o600))')
two_fifos = replace('os.open("f", os.O_WRONLY)', 'os.open("g", os.O_RDWR | os.O_CREAT, 0o600)')
own_write_end = insert('os.open("f", os.O_WRONLY)', above="os.waitpid(client, 0)")


lesson = Lesson(
    Say("""A pipe has two descriptors and no name. Two processes normally share a pipe because one
        inherits the descriptors from the other, or both from a common parent. A *FIFO* is a pipe
        with a name: `mkfifo f` makes one, and open finds it."""),
    Predict("The reader opens the FIFO first. **What does the reader do at ①?**",
        Choice("it sleeps in read",
            "at(1).reader.asleep_in == 'read'",
            """The reader of an unnamed pipe sleeps in read: pipe() opens both ends at once. The
            open of a FIFO waits for the other end."""),
        Choice("it sleeps in open",
            "at(1).reader.asleep_in == 'openat'",
            "The kernel lets an open for reading wait until a process opens the FIFO for writing."),
        Choice("it has ended early",
            "at(1).reader.state == 'Z'",
            """With O_NONBLOCK the open returns, and read sees end of file: no process has the FIFO
            open for writing. Then the reader ends."""),
        hint="pipe() makes both ends in one call. How many ends of the FIFO are open at ①?"),
    Run("name",
        Claim("At ① the reader sleeps in open: no process has the FIFO open for writing.",
            "at(1).reader.asleep_in == 'openat'",
            wrong=[opens_at_once, a_plain_file]),
        Claim("""Five bytes go from the parent to the reader. The reader has inherited no descriptor
            of the FIFO.""",
            "reader.reads('hello') and at(1).reader.descriptors == (0, 1, 2)",
            wrong=two_fifos)),
    Predict("""No reader exists. A process opens the FIFO for **writing**, with O_NONBLOCK. What
        happens?""",
        Choice("open fails with ENXIO",
            "row('for writing, O_NONBLOCK').parent.fails('open', 'ENXIO')",
            """The kernel may not put the process to sleep, and a pipe without a reader has no use.
            ENXIO is “No such device or address”."""),
        Choice("open waits for a reader",
            "row('for writing, O_NONBLOCK').hangs",
            """Without O_NONBLOCK the open sleeps until a reader opens the FIFO. The flag forbids
            exactly this."""),
        Choice("open returns a descriptor",
            "row('for writing, O_NONBLOCK').output == 'it is open'",
            """An open for **reading** does return one. A writer with no reader would get SIGPIPE at
            its first write, so the kernel refuses the open."""),
        hint="Which error would the first write to a pipe without a reader get?"),
    Compare(
        Run("alone"),
        Claim("Alone, an open for writing sleeps, and so does an open for reading.",
            """row('for writing').at('rest').parent.asleep_in == 'openat' and row('for
            reading').at('rest').parent.asleep_in == 'openat'"""),
        Claim("With O_NONBLOCK the writer gets ENXIO: a pipe without a reader has no use.",
            "row('for writing, O_NONBLOCK').parent.fails('open', 'ENXIO')"),
        Claim("With O_NONBLOCK the reader's open succeeds.",
            """row('for reading, O_NONBLOCK').returns and row('for reading, O_NONBLOCK').output ==
            'it is open'"""),
        id="ways",
        title="one process opens the FIFO",
        rows={
            "for writing": Edit(),
            "for reading": replace("O_WRONLY", "O_RDONLY"),
            "for writing, O_NONBLOCK": replace("O_WRONLY", "O_WRONLY | os.O_NONBLOCK"),
            "for reading, O_NONBLOCK": replace("O_WRONLY", "O_RDONLY | os.O_NONBLOCK"),
            "for both, O_RDWR": replace("O_WRONLY", "O_RDWR")},
        columns={"open": "'sleeps' if hangs else 'returns'", "output": "output"}),
    Say("""O_RDWR opens both ends at once, so the open need not wait. Linux permits it; POSIX leaves
        the result undefined."""),
    Predict("""The client has written `one` and has ended. The server has read `one`. What does its
        **second read** do?""",
        Choice("it waits for a client",
            "row('only reads').hangs",
            """If the server had a write end of its own, read would sleep until the next client
            writes. Here no write end is open."""),
        Choice("it reads `one` again",
            "len(row('only reads').server.reads('one')) == 2",
            """In a regular file the bytes stay, and can be read again. A read from a FIFO takes its
            bytes out of the kernel's buffer."""),
        Choice("it returns end of file",
            "row('only reads').server.sees_end_of_file",
            """A FIFO is at its end when no process has it open for writing, exactly as a pipe. The
            FIFO itself still exists."""),
        hint="Count the write ends of the FIFO that are open after the client's end."),
    Compare(
        Run("second", main="server"),
        Claim("The last writer has closed the FIFO, so the second read sees end of file.",
            "row('only reads').returns and len(row('only reads').server.sees_end_of_file) == 1"),
        Claim(
            "With a write end of its own, the server sleeps in read until the next client writes.",
            "row('opens f for writing, too').at('rest').server.asleep_in == 'read'"),
        id="servers",
        title="the server",
        rows={"only reads": Edit(), "opens f for writing, too": own_write_end},
        columns={"the second read": "'sleeps' if hangs else 'returns end of file'"}),
    Task("A FIFO is a pipe with a name. In one line, begin with `mkfifo f`, and use no `|`:",
        asks={
            "`cat` reads `hi` from the FIFO `f`, and prints it": some("p q",
                ("p.execs('cat')", "no `cat` ran"),
                ("p.has_read('hi\\n')", "`cat` read no `hi`"),
                ("any(path.endswith('/f') for path in p.pipes_read('hi'))",
                 "`cat` did not read it from a FIFO `f`"),
                ("p != q and q.writes('hi\\n')", "no other process wrote `hi`"),
                ("'hi' in p.output", "printed: {shown}")),
            "the line makes no pipe without a name": some(
                "",
                ("not anyone.calls('pipe')", "the line made a pipe")),
            "the line returns": some("", ("returns", "the line hangs"))},
        hint="""Each of the two opens sleeps until the other one. So one command must run in the
        background: `cat <f &`.""",
        solution="mkfifo f; cat <f & echo hi >f; wait",
        wrong={
            "mkfifo f; echo hi >f; cat <f":
                """The child for `echo` sleeps in open: no process opens `f` for reading. The shell
                starts `cat` only after this child.""",
            "mkfifo f; cat <f; echo hi >f":
                """The child for `cat` sleeps in open: no process opens `f` for writing. The shell
                starts `echo` only after this child.""",
            "echo hi | cat": "This is an unnamed pipe. Use a FIFO instead of the `|`.",
            "mkfifo f; echo hi":
                """`echo` prints to the terminal, and no process opens the FIFO. The bytes must pass
                through `f` to `cat`.""",
            "echo hi >f; cat <f":
                """Without `mkfifo` this `f` is a regular file: it keeps the bytes, and no open has
                to wait. The task asks for a FIFO."""},
        note="Each of the two opens waits for the other one."),
    Repair("second",
        """This server should wait for the next client when the first one has left. But its second
        `read` returns end of file at once. Fix it.""",
        Claim("The server reads what the client has written, and collects the client.",
            "parent.reads('one') and parent.collects(client)",
            wrong=delete("os.waitpid(client, 0)"),
            hint="Keep the client, the first read, and the wait."),
        Claim("The server then sleeps in read: it waits for another client.",
            "not parent.sees_end_of_file and at('rest').parent.asleep_in == 'read'",
            wrong=replace("os.O_RDWR", "os.O_RDONLY"),
            hint="""End of file comes when no process has the FIFO open for writing. The server
            itself may open it for writing, too."""),
        leaves=["parent"],
        fix=replace("os.O_RDONLY", "os.O_RDWR"),
        fix_in_c=replace("O_RDONLY", "O_RDWR"),
        hint="Which process still has the FIFO open for writing when the client has left?",
        praise="The server has a write end of its own, so end of file never comes."),
    remember="A FIFO is a pipe with a name. Its open sleeps until a process opens the other side.",
    good_for="""A script waits for a service: `read line <ready.fifo` sleeps until the service
    writes. The risk is the same: if no writer ever comes, the open never returns.""",
    requires=["end-of-file"],
    exercise="fifo-server",
    read="fifo(7); mkfifo(3); POSIX.1-2024 open(), ENXIO and O_NONBLOCK",
)
