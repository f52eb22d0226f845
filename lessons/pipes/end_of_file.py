"""A pipe is at its end when it is empty and no process can write to it any more.

A pipe has no mark that says “this was all”: how does a reader learn that no more comes?  A pipe has
no mark that says “this was all”.  A read returns no bytes when the pipe is empty and every write
end, in every process, is closed.  Until then the reader sleeps.  So each process closes the ends
that it does not use, the reader first of all.
"""

from __future__ import annotations

import os

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Repair,
    Run,
    Say,
    Show,
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

parent, reader, writer = processes("parent", "reader", "writer")


# --- The forgotten write end ---------------------------------------------------------------------
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


# --- A program to repair -------------------------------------------------------------------------
def count_bytes() -> None:
    """The reader counts the bytes of the writer; the parent waits for both."""
    read_end, write_end = os.pipe()
    writer = os.fork()
    if writer == 0:  # in the writer
        os.write(write_end, b"hello")
        os._exit(0)
    reader = os.fork()
    if reader == 0:  # in the reader
        os.close(write_end)  # the reader only reads
        length = 0
        while text := os.read(read_end, 4096):
            length += len(text)
        print(length, "bytes", flush=True)
        os._exit(0)
    os.close(write_end)  # the parent does not write
    os.waitpid(writer, 0)
    os.waitpid(reader, 0)


# --- Edits: which process closes -----------------------------------------------------------------
no_process_closes = delete("os.close(write_end)")
reader_closes_too = insert("os.close(write_end)", above="while os.read")
only_the_reader_closes = move("os.close(write_end)", above="while os.read")
writer_ends = only_the_reader_closes + delete("os.waitpid(reader, 0)")

parent_keeps_it = delete("# the parent does not write")
parent_closes_late = parent_keeps_it + replace(
    "os.waitpid(reader, 0)", "os.waitpid(reader, 0)\nos.close(write_end)"
)
reader_keeps_it = delete("# the reader only reads")
reads_once = replace("while text :=", "if text :=")
waits_for_one = delete("os.waitpid(reader, 0)")

the_closing = Compare(
    Run(read_to_the_end, id="read"),
    id="closing",
    title="closed by",
    variants={
        "none": no_process_closes,
        "the writer": Edit(),
        "the reader": only_the_reader_closes,
        "both": reader_closes_too,
        "the reader; the writer ends": writer_ends,
    },
    columns={
        "the reader": words(
            happens(reader.sees_end_of_file), "reads end of file", "sleeps in read"
        ),
        "can still write": told_at("rest", holders("A", "write")),
    },
    facts=("pipe-eof",),
    claims=[
        Claim(
            "If only the writer closes, the reader itself can still write.",
            of("the writer", at("rest", holders("A", "write") == "reader by 4")),
        ),
        Claim(
            "If only the reader closes, the writer can still write.",
            of("the reader", at("rest", holders("A", "write") == "parent by 4")),
        ),
        Claim(
            "If both close, the reader reads end of file and prints “done”.",
            of("both", reader.prints("done")),
        ),
        Claim(
            "A process that ends closes all its descriptors: that is enough for the writer.",
            of("the reader; the writer ends", happens(reader.sees_end_of_file)),
        ),
    ],
)

LESSON = Lesson(
    id="end-of-file",
    title="When does a pipe end?",
    minutes=6,
    chapter="descriptors and pipes",
    requires=["rule-6-open-files"],
    remember="A reader gets end of file when the last write end is closed, in every process. Close "
    "the ends that you do not use.",
    good_for="A shell closes pipe ends in each process of a pipeline. If one `close` is "
    "forgotten, `sort` waits for ever for more lines.",
    read_on=("pipe(7)", "POSIX.1-2024 pipe(), read()", "TLPI 44.2 Creating and Using Pipes"),
    exercise="pipeline",
    steps=[
        Say(
            "`read` returns no bytes: that means *end of file*. A pipe has no end mark: a writer "
            "can only close its *write end*."
        ),
        Predict(
            "The writer sends a word and closes. What does the **reader** do?",
            Choice(
                "it sees end of file",
                happens(reader.sees_end_of_file),
                "The writer's close is enough if the writer has the only write end. `fork` "
                "duplicated it: the reader has one, too, and keeps it open.",
            ),
            Choice(
                "it sleeps in read",
                at("rest", reader.asleep_in == "read"),
                "One write end is still open: the reader's own. The reader waits for data that "
                "only the reader could write.",
            ),
            Choice(
                "its read fails",
                happens(reader.fails("read")),
                "A **write** to a pipe without readers fails, with EPIPE. A read without writers "
                "is not an error: it returns end of file.",
            ),
            hint="Count the open write ends after `fork`, and again after `os.close(write_end)`.",
            again=[reader_closes_too],
        ),
        Run(
            read_to_the_end,
            id="forgotten",
            facts=("pipe-eof",),
            claims=[
                Claim(
                    "The reader has read the word, and now it sleeps in read.",
                    all_of(happens(reader.reads("hello")), at("rest", reader.asleep_in == "read")),
                    wrong=reader_closes_too,
                ),
                Claim(
                    "The only process that can still write is the reader itself.",
                    at("rest", holders("A", "write") == "reader by 4"),
                    wrong=no_process_closes,
                ),
            ],
        ),
        Show(
            "descriptors",
            of="forgotten",
            at="rest",
            text="The kernel counts open write ends, not processes that intend to write.",
        ),
        Predict(
            "Which process must close its write end, so that the reader gets end of file?",
            Choice(
                "the writer",
                of("the writer", happens(reader.sees_end_of_file)),
                "This is enough if the reader has no write end. In the run above the reader's own "
                "write end kept the pipe open.",
            ),
            Choice(
                "the reader",
                of("the reader", happens(reader.sees_end_of_file)),
                "Then the writer's end is still open. The writer waits for the reader, and the "
                "reader for end of file: both sleep.",
            ),
            Choice(
                "both of them",
                all_of(
                    of("both", happens(reader.sees_end_of_file)),
                    of("the writer", hangs),
                    of("the reader", hangs),
                ),
                "After `fork` there are two open write ends. The reader gets end of file when the "
                "last one is closed.",
            ),
            hint="How many write ends are open after `fork`, and in which processes?",
        ),
        the_closing,
        Repair(
            Run(
                count_bytes,
                id="repair",
                claims=[
                    Claim(
                        "The reader reads the word, and then end of file.",
                        all_of(happens(reader.reads("hello")), happens(reader.sees_end_of_file)),
                        wrong=[parent_keeps_it, parent_closes_late, reader_keeps_it, reads_once],
                        hint="Each `fork` duplicates the write end. Which processes still have "
                        "it open while the reader waits for end of file?",
                    ),
                    Claim(
                        "The program prints `5 bytes`, and the parent collects both children.",
                        all_of(
                            output == "5 bytes\n",
                            happens(parent.collects(writer)),
                            happens(parent.collects(reader)),
                            returns,
                        ),
                        wrong=[waits_for_one, replace('b"hello"', 'b"hello\\n"')],
                        hint="The parent waits for the writer and for the reader. The word has "
                        "five bytes.",
                    ),
                ],
            ),
            task="The writer sends a word, and the reader counts its bytes. This program should "
            "print `5 bytes` and end. It prints nothing and hangs. Fix it.",
            broken=parent_keeps_it,
            broken_in_c=delete("// the parent does not write"),
            hint="Three processes have the write end. Which of them close it?",
            praise="The last write end is closed when the writer ends. Then the reader gets end "
            "of file.",
        ),
    ],
)
