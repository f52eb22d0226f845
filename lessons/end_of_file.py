"""End of file: nobody can write any more.

A pipe has no mark that says “this was all”.  A read comes back empty when the pipe is empty and
every write end, in every process, is closed; until then the reader sleeps.  The same counting
goes on at the other side: a writer sleeps while the pipe is full, and SIGPIPE kills it when
every read end is closed.
"""

from __future__ import annotations

import fcntl
import os
import signal

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Run,
    Say,
    Try,
    all_of,
    at,
    delete,
    hangs,
    happens,
    holders,
    insert,
    move,
    of,
    output,
    processes,
    replace,
    returns,
    told_at,
    words,
)

parent, reader, child, yes, head = processes("parent", "reader", "child", "yes", "head")


# --- 1. The forgotten write end --------------------------------------------------------------
def read_to_the_end() -> None:
    """The reader reads until end of file, and says so."""
    read_end, write_end = os.pipe()
    reader = os.fork()
    if reader == 0:  # in the reader
        while os.read(read_end, 4096):  # until end of file
            pass
        print("done", flush=True)
        os._exit(0)
    os.write(write_end, b"hello")
    os.close(write_end)
    os.waitpid(reader, 0)


# --- 2. The full pipe ----------------------------------------------------------------------------
def wait_first() -> None:
    """The child writes a byte too many, the parent waits before it reads."""
    read_end, write_end = os.pipe()
    room = fcntl.fcntl(write_end, fcntl.F_GETPIPE_SZ)
    child = os.fork()
    if child == 0:  # in the child
        os.write(write_end, b"x" * (room + 1))
        os._exit(0)
    os.close(write_end)
    os.waitpid(child, 0)
    os.read(read_end, room)


# --- 3. Nobody reads -----------------------------------------------------------------------------
def yes_head() -> None:
    """What yes | head -1 does."""
    read_end, write_end = os.pipe()
    yes = os.fork()
    if yes == 0:  # in yes
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.close(read_end)  # yes does not read
        while True:
            os.write(write_end, b"y\n" * 2048)
    os.close(write_end)
    os.read(read_end, 2)
    os.close(read_end)  # head has seen enough
    os.waitpid(yes, 0)


# --- Edits: who closes what; worlds in which it is not so ----------------------------------------
nobody_closes = delete("os.close(write_end)")
reader_closes_too = insert("os.close(write_end)", above="while os.read")
only_the_reader_closes = move("os.close(write_end)", above="while os.read")
writer_ends = only_the_reader_closes + delete("os.waitpid(reader, 0)")
it_fits = replace("(room + 1)", "room")
read_before_waiting = move("os.read(read_end, room)", above="os.waitpid(child, 0)")
yes_keeps_the_read_end = delete("# yes does not read")

who_closes = Compare(
    Run(read_to_the_end, id="read"),
    id="closing",
    title="who closes its write end",
    variants={
        "nobody": nobody_closes,
        "the writer": Edit(),
        "the reader": only_the_reader_closes,
        "both": reader_closes_too,
        "the reader; the writer ends": writer_ends,
    },
    columns={
        "the reader": words(
            happens(reader.sees_end_of_file), "reads end of file", "sleeps in read"
        ),
        "who can still write": told_at("rest", holders("A", "write")),
    },
    facts=("pipe-eof",),
    claims=[
        Claim(
            "The writer's close alone does not help: the reader could write.",
            of("the writer", at("rest", holders("A", "write") == "reader by 4")),
        ),
        Claim(
            "The reader's close alone does not help: the writer could.",
            of("the reader", at("rest", holders("A", "write") == "parent by 4")),
        ),
        Claim("Both closed: the reader is done.", of("both", reader.prints("done"))),
        Claim(
            "A process that ends closes all it has.",
            of("the reader; the writer ends", happens(reader.sees_end_of_file)),
        ),
    ],
)

LESSON = Lesson(
    id="end-of-file",
    title="End of file: nobody can write any more",
    minutes=9,
    chapter="pipes and daemons",
    requires=["rule-6-open-files"],
    remember="A pipe ends for its reader when the last write end is closed, and for its writer "
    "when the last read end is. Close what you do not use.",
    good_for="Every shell closes pipe ends in each process of a pipeline; one forgotten close and "
    "`sort` waits for ever. A caller that waits before it reads works until the output grows.",
    read_on=("pipe(7)", "POSIX.1-2024 pipe()", "signal(7), SIGPIPE"),
    steps=[
        Say(
            "A `read` from a pipe that comes back empty means **end of file**. No writer can write "
            "such a mark: it can only close. What exactly brings the end?"
        ),
        Predict(
            "The writer sends a word and closes. What does the **reader** do?",
            Choice(
                "it prints: done",
                reader.prints("done"),
                "It would if the writer's close were the end. But fork copied the write end, and "
                "the reader's is open.",
            ),
            Choice(
                "it sleeps in read",
                at("rest", reader.asleep_in == "read"),
                "One write end is still open: the reader's own. It waits for itself.",
            ),
            Choice(
                "its read fails: nobody writes",
                happens(reader.fails("read")),
                "A pipe without writers is no error for readers, but end of file. EPIPE is for "
                "writers without readers.",
            ),
        ),
        Run(
            read_to_the_end,
            id="forgotten",
            facts=("pipe-eof",),
            claims=[
                Claim(
                    "The reader has got the word, and sleeps in read.",
                    all_of(happens(reader.reads("hello")), at("rest", reader.asleep_in == "read")),
                    wrong=reader_closes_too,
                ),
                Claim(
                    "The only one that could still write is the reader itself.",
                    at("rest", holders("A", "write") == "reader by 4"),
                    wrong=nobody_closes,
                ),
            ],
        ),
        Predict(
            "**Who** must close its write end, so that the reader gets end of file?",
            Choice(
                "the writer",
                of("the writer", happens(reader.sees_end_of_file)),
                "That is what you have seen: the reader's own copy keeps the pipe open.",
            ),
            Choice(
                "the reader",
                of("the reader", happens(reader.sees_end_of_file)),
                "Then the writer's own is left, and the writer waits with it for the reader.",
            ),
            Choice(
                "both",
                all_of(
                    of("both", happens(reader.sees_end_of_file)),
                    of("the writer", hangs),
                    of("the reader", hangs),
                ),
                "The kernel counts the write ends of all processes. At zero, the pipe is at its "
                "end.",
            ),
        ),
        who_closes,
        Predict(
            "`room` is what fits into the pipe, 65536 bytes as a rule. The child writes one "
            "more. What happens?",
            Choice(
                "the pipe grows, all is well",
                returns,
                "That is what a queue in memory would do. A pipe has a fixed size, so that a fast "
                "writer cannot fill the memory while its reader is slow.",
            ),
            Choice(
                "the write fails: pipe full",
                happens(child.fails("write", "EAGAIN")),
                "It would return early with O_NONBLOCK, and fail when nothing fits. By default "
                "a writer sleeps until there is room.",
            ),
            Choice(
                "both sleep for ever",
                at("rest", all_of(child.asleep_in == "write", parent.asleep_in == "wait4")),
                "The child waits for room, which only the parent could make, and the parent "
                "waits for the child.",
            ),
        ),
        Run(
            wait_first,
            id="full",
            facts=("pipe-capacity-deadlock",),
            claims=[
                Claim(
                    "The child sleeps in write: one byte has no room. The parent, who could "
                    "make some, sleeps in wait.",
                    at("rest", all_of(child.asleep_in == "write", parent.asleep_in == "wait4")),
                    wrong=[it_fits, read_before_waiting],
                ),
            ],
        ),
        Run(
            wait_first,
            id="cured",
            edit=read_before_waiting,
            facts=("pipe-capacity-deadlock",),
            claims=[
                Claim(
                    "The parent reads first; that makes room, and the child comes to its end.",
                    all_of(happens(child.exits(0)), returns),
                    wrong=delete("os.read(read_end, room)"),
                ),
            ],
        ),
        Predict(
            "Now the other side: yes writes for ever, head reads one line and closes. "
            "How does **yes** end?",
            Choice(
                "a signal kills it",
                happens(yes.is_killed_by("SIGPIPE")),
                "Whoever writes without a reader gets SIGPIPE. Most programs never look at what "
                "write returns; so they end all the same.",
            ),
            Choice(
                "it reads end of file",
                happens(yes.sees_end_of_file),
                "End of file is for readers, and yes reads nothing.",
            ),
            Choice(
                "never: it sleeps in write",
                at("rest", yes.asleep_in == "write"),
                "So it would if anybody could still read: yes itself, had it not closed its copy "
                "in {line:# yes does not read}.",
            ),
        ),
        Run(
            yes_head,
            id="broken",
            main="head",
            watch=("close",),
            facts=("sigpipe",),
            claims=[
                Claim(
                    "Writing to a pipe that nobody can read killed yes, by SIGPIPE.",
                    happens(yes.is_killed_by("SIGPIPE")),
                    wrong=[replace("SIG_DFL", "SIG_IGN"), yes_keeps_the_read_end],
                ),
                Claim(
                    "Its last write failed, EPIPE: all that a program ignoring SIGPIPE gets.",
                    happens(yes.fails("write", "EPIPE")),
                    wrong=yes_keeps_the_read_end,
                ),
            ],
        ),
        Try(
            "`yes` writes lines for ever. Type a pipeline that shows three of them, after which "
            "the kernel ends `yes`, since nobody reads any more.",
            expect=all_of(
                output == "y\ny\ny\n",
                happens(yes.is_killed_by("SIGPIPE")),
                happens(yes.fails("write", "EPIPE")),
            ),
            hint="head -n 3 reads three lines, and ends. What closes its read end?",
            solution="yes | head -n 3",
            wrong=[
                "printf 'y\\ny\\ny\\n'",
                "yes >/dev/null & kill -PIPE $!; echo y; echo y; echo y",
            ],
            praise="head ended, and with it the last read end. Nobody waited for yes or sent it a "
            "signal: its own next write brought SIGPIPE.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
