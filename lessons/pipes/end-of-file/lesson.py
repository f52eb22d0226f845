"""A pipe is at its end when it is empty and no process can write to it any more."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Show, Task, delete, insert,
    move, replace, some,
)

no_process_closes = delete("os.close(write_end)")
reader_closes_too = insert("os.close(write_end)", above="while os.read")
only_the_reader_closes = move("os.close(write_end)", above="while os.read")
writer_ends = only_the_reader_closes + delete("os.waitpid(reader, 0)")
parent_keeps_it = delete("# the parent does not write")
parent_closes_late = (parent_keeps_it +
    replace("os.waitpid(reader, 0)", "os.waitpid(reader, 0)\nos.close(write_end)"))
reader_keeps_it = delete("# the reader only reads")
reads_once = replace("while text :=", "if text :=")
waits_for_one = delete("os.waitpid(reader, 0)")


lesson = Lesson(
    Say("""`read` returns no bytes: that means *end of file*. A pipe has no end mark: a writer can
        only close its *write end*."""),
    Predict("The writer sends a word and closes. What does the **reader** do?",
        Choice("it sees end of file",
            "reader.sees_end_of_file",
            """The writer's close is enough if the writer has the only write end. `fork` duplicated
            it: the reader has one, too, and keeps it open."""),
        Choice("its read fails",
            "reader.fails('read')",
            """A **write** to a pipe without readers fails, with EPIPE. A read without writers is
            not an error: it returns end of file."""),
        Choice("it sleeps in read",
            "at('rest').reader.asleep_in == 'read'",
            """One write end is still open: the reader's own. The reader waits for data that only
            the reader could write."""),
        hint="Count the open write ends after `fork`, and again after `os.close(write_end)`.",
        again=reader_closes_too),
    Run("forgotten",
        Claim("The reader has read the word, and now it sleeps in read.",
            "reader.reads('hello') and at('rest').reader.asleep_in == 'read'",
            wrong=reader_closes_too),
        Claim("The only process that can still write is the reader itself.",
            "at('rest').holders('A', 'write') == ['reader']",
            wrong=no_process_closes)),
    Show("descriptors",
        of="forgotten",
        at="rest",
        text="The kernel counts open write ends, not processes that intend to write."),
    Predict("Which process must close its write end, so that the reader gets end of file?",
        Choice("the reader and the writer",
            """row('both').reader.sees_end_of_file and row('the writer').hangs and row('the
            reader').hangs""",
            """After `fork` there are two open write ends. The reader gets end of file when the last
            one is closed."""),
        Choice("the reader",
            "row('the reader').reader.sees_end_of_file",
            """Then the writer's end is still open. The writer waits for the reader, and the reader
            for end of file: both sleep."""),
        Choice("the writer",
            "row('the writer').reader.sees_end_of_file",
            """This is enough if the reader has no write end. In the run above the reader's own
            write end kept the pipe open."""),
        hint="How many write ends are open after `fork`, and in which processes?"),
    Compare(
        Run("forgotten"),
        Claim("If only the writer closes, the reader itself can still write.",
            "row('the writer').at('rest').holders('A', 'write') == ['reader']"),
        Claim("If only the reader closes, the writer can still write.",
            "row('the reader').at('rest').holders('A', 'write') == ['parent']"),
        Claim("If both close, the reader reads end of file and prints “done”.",
            "row('both').reader.prints('done')"),
        Claim("A process that ends closes all its descriptors: that is enough for the writer.",
            "row('the reader; the writer ends').reader.sees_end_of_file"),
        id="closing",
        title="closed by",
        rows={
            "none": no_process_closes,
            "the writer": Edit(),
            "the reader": only_the_reader_closes,
            "both": reader_closes_too,
            "the reader; the writer ends": writer_ends},
        columns={
            "the reader": "'reads end of file' if reader.sees_end_of_file else 'sleeps in read'",
            "can still write": "at('rest').holders('A', 'write') or 'no process'"}),
    Task("Two processes use one pipe, one after the other. Type a line in which:",
        asks={
            "a process writes into a pipe and ends, then another one writes into it": some("p q",
                ("p.pipes_written()", "no process wrote into a pipe"),
                ("p != q and p.pipes_written() & q.pipes_written()",
                 "only {p.words} wrote into this pipe"),
                ("before(p.ends, q.writes()[:1])",
                 "no writer of the same pipe had surely ended when another one wrote")),
            "a third process reads all of that, and then end of file": some("p q",
                ("p.pipes_written()", "no process wrote into a pipe"),
                ("p != q and p.pipes_written() & q.pipes_written()",
                 "only {p.words} wrote into this pipe"),
                ("any(p.pipes_written() & q.pipes_written() & r.pipes_read() for r in "
                 "processes)",
                 "no process read from both"),
                ("any(p.pipes_written() & q.pipes_written() & r.pipes_read() and "
                 "r.sees_end_of_file for r in processes)",
                 "no such process read all of it, and then end of file"))},
        hint="""Each command of a list in parentheses can be a process: `( … ; … ) | …`. At this
        prompt `echo` is a program; in other shells `sh -c 'echo one'` makes a process.""",
        solution="(sh -c 'echo one'; sh -c 'echo two') | cat",
        wrong={
            "echo one | cat":
                "One process writes here. Two processes must write into the same pipe.",
            "echo one | cat; echo two | cat": "These are two pipes, each with one writer.",
            "(sh -c 'echo one' & sh -c 'echo two') | cat":
                """Both writers run at the same time. The second should write when the first has
                ended.""",
            "(sh -c 'echo one'; sh -c 'echo two') | (read a; read b)":
                "The shell reads two lines and ends. It does not read until end of file."},
        note="""The end of the first writer is no end of file: the parentheses are a process, which
        has the write end open."""),
    Repair("repair",
        """The writer sends a word, and the reader counts its bytes. This program should print `5
        bytes` and end. It prints nothing and hangs. Fix it.""",
        Claim("The reader reads the word, and then end of file.",
            "reader.reads('hello') and reader.sees_end_of_file",
            wrong=[parent_keeps_it, parent_closes_late, reader_keeps_it, reads_once],
            hint="""Each `fork` duplicates the write end. Which processes still have it open while
            the reader waits for end of file?"""),
        Claim("The program prints `5 bytes`, and the parent collects both children.",
            """output == '5 bytes\\n' and parent.collects(writer) and parent.collects(reader) and
            returns""",
            wrong=[waits_for_one, replace('b"hello"', 'b"hello\\n"')],
            hint="The parent waits for the writer and for the reader. The word has five bytes."),
        fix=insert(
            "os.close(write_end)  # the parent does not write",
            above="os.waitpid(writer, 0)"),
        fix_in_c=insert(
            "close(write_end);  // the parent does not write",
            above="waitpid(writer, NULL, 0);"),
        hint="Three processes have the write end. Which of them close it?",
        praise="""The last write end is closed when the writer ends. Then the reader gets end of
        file."""),
    remember="""A reader gets end of file when the last write end is closed, in every process. Close
    the ends that you do not use.""",
    good_for="""A shell closes pipe ends in each process of a pipeline. If one `close` is forgotten,
    `sort` waits for ever for more lines.""",
    requires=["rule-6-open-files"],
    exercise="pipeline",
    read="pipe(7); POSIX.1-2024 pipe(), read(); TLPI 44.2 Creating and Using Pipes",
)
