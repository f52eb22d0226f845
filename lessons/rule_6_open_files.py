"""Rule 6: open files are shared, although the descriptors are copies.

A descriptor is a number in a table of the process.  What it refers to, the *open file description*,
lies in the kernel, with the offset and the status flags in it.  fork copies the table, not what its
entries refer to: parent and child use one offset.  Who wants another one must open the file again.
"""

from __future__ import annotations

import fcntl
import os

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Compare,
    Edit,
    Explore,
    Lesson,
    Predict,
    Run,
    Say,
    Show,
    Try,
    all_of,
    anyone,
    at,
    count,
    delete,
    file,
    hangs,
    happens,
    how_many_outputs,
    insert,
    none_of,
    of,
    outputs,
    processes,
    replace,
)

parent, child = processes("parent", "child")
refused = child.prints("refused")


# --- 1. Two readers, one file -------------------------------------------------------------------
def two_readers() -> None:
    """The child reads a word and closes the file; then the parent reads."""
    fd = os.open("poem", os.O_CREAT | os.O_RDWR, 0o600)
    os.write(fd, b"one two three")
    os.lseek(fd, 0, os.SEEK_SET)
    os.open("poem", os.O_RDONLY)  # the same file once more, as 4
    child = os.fork()
    if child == 0:  # in the child
        os.read(fd, 4)
        os.close(fd)  # ① the child has read
        os._exit(0)  # ② the child has closed
    os.waitpid(child, 0)
    os.write(1, os.read(fd, 3))


# --- 2. Two kinds of flags ----------------------------------------------------------------------
def two_flags() -> None:
    """The child changes one flag of each kind."""
    read_end, _ = os.pipe()
    child = os.fork()
    if child == 0:  # in the child
        fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_NONBLOCK)
        fcntl.fcntl(read_end, fcntl.F_SETFD, 0)  # no FD_CLOEXEC
        os._exit(0)  # ① both are changed
    os.waitpid(child, 0)
    try:
        os.read(read_end, 1)
    except BlockingIOError:
        os.write(1, b"there is nothing to read")


# --- 3. Two writers, two places -----------------------------------------------------------------
def two_places() -> None:
    """The child wants cc at the beginning, the parent pp behind four bytes."""
    fd = os.open("table", os.O_CREAT | os.O_RDWR, 0o600)
    child = os.fork()
    if child == 0:  # in the child
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, b"cc")
        os._exit(0)
    os.lseek(fd, 4, os.SEEK_SET)
    os.write(fd, b"pp")
    os.waitpid(child, 0)
    os.write(1, os.pread(fd, 9, 0).replace(b"\0", b"."))


# --- 4. A lock, and a child ---------------------------------------------------------------------
def one_lock() -> None:
    """The parent holds the lock; the child asks for it, without waiting."""
    fd = os.open("lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    child = os.fork()
    if child == 0:  # in the child
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(1, b"granted")
        except BlockingIOError:
            os.write(1, b"refused")
        os._exit(0)
    os.waitpid(child, 0)


# --- 5. Two opens, one log ----------------------------------------------------------------------
def two_opens() -> None:
    """Each opens the log for itself, one after the other."""
    child = os.fork()
    if child == 0:  # in the child
        log = os.open("log", os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(log, b"AAAA")
        os._exit(0)
    os.waitpid(child, 0)
    log = os.open("log", os.O_WRONLY)
    os.write(log, b"BB")


# --- Worlds in which it is not so, and what people try ------------------------------------------
child_opens_the_poem = insert('os.close(fd)\nfd = os.open("poem", 0)', above="os.read(fd, 4)")
parent_clears_too = insert("fcntl.fcntl(read_end, fcntl.F_SETFD, 0)", above="child = os.fork()")
child_opens_the_table = insert('fd = os.open("table", os.O_RDWR)', above="os.lseek(fd, 0")
lock = "fcntl.flock(fd, fcntl.LOCK_EX)"
both_lock = insert(lock, above="os.lseek(fd, 0") + insert(lock, above="os.lseek(fd, 4")
record_lock = replace(lock, "fcntl.lockf(fd, fcntl.LOCK_EX)") + replace(
    "fcntl.flock(fd, fcntl.LOCK_EX |", "fcntl.lockf(fd, fcntl.LOCK_EX |"
)

the_poem = Run(
    two_readers,
    id="poem",
    claims=[
        Claim(
            "The parent goes on where the child has stopped.",
            parent.prints("two"),
            wrong=child_opens_the_poem,
            facts=("rule6-shared-description",),
        ),
        Claim(
            "The child's 3 and the parent's 3 are one open file description.",
            at("①", child.descriptor(3).shares_offset_with(parent.descriptor(3))),
            wrong=child_opens_the_poem,
            needs=("kcmp",),
            facts=("rule6-shared-description",),
        ),
        Claim(
            "4 is the same file, opened once more: its offset is still 0. The offset does not "
            "belong to the file, as some books say.",
            at("①", parent.descriptor(3).offset == 4, parent.descriptor(4).offset == 0),
            wrong=replace('os.open("poem", os.O_RDONLY)', "os.dup(fd)"),
            facts=("rule6-shared-description",),
        ),
        Claim(
            "At ② the child's 3 is closed, and the parent's is open.",
            at("②", child.descriptor(3).is_closed, parent.descriptor(3).is_open),
            wrong=[delete("os.close(fd)"), insert("os.close(fd)", above="os.waitpid(")],
            facts=("close-is-per-process",),
        ),
    ],
)

the_remedies = Compare(
    Explore(two_places, id="a-table", native=1),
    id="remedies",
    title="what is done about it",
    variants={
        "both lock fd with flock()": both_lock,
        "both write with O_APPEND": replace("os.O_RDWR", "os.O_RDWR | os.O_APPEND"),
        "the child opens it for itself": child_opens_the_table,
    },
    columns={"possible tables": how_many_outputs},
    claims=[
        Claim(
            "flock() takes no table away: the lock belongs to the description, so both have it.",
            of("both lock fd with flock()", how_many_outputs == 5),
            facts=("interleaved-file", "lock-kinds-and-fork"),
        ),
        Claim(
            "O_APPEND writes at the end, whatever the offset; an offset of its own lets each write "
            "where it wants to.",
            all_of(
                of("both write with O_APPEND", outputs == {"ccpp", "ppcc"}),
                of("the child opens it for itself", outputs == {"cc..pp"}),
            ),
            facts=("append-and-lost-writes", "interleaved-file"),
        ),
    ],
)

# --- The lesson ---------------------------------------------------------------------------------
LESSON = Lesson(
    id="rule-6-open-files",
    title="Rule 6: open files are shared",
    minutes=9,
    chapter="fork",
    requires=["rule-5-order"],
    remember="fork copies descriptors, and shares what they refer to, offset and flags included.",
    good_for="In `(date; who) >report` both write at one offset, so nothing is overwritten. And a "
    "child that leaves the terminal non-blocking breaks the shell behind it.",
    read_on=("open(2), “Open file descriptions”", "fcntl(2)", "flock(2)", "pwrite(2)"),
    steps=[
        Predict(
            "The child reads “one ”, and closes the file. What does the **parent** read then?",
            Choice(
                "one",
                parent.prints("one"),
                "It would if the offset were copied, as a variable is, or if the child had opened "
                "the file itself. The offset lies in the kernel, once.",
            ),
            Choice(
                "two",
                parent.prints("two"),
                "There is one offset for both, and the child has moved it by 4.",
            ),
            Choice(
                "nothing: the file is closed",
                happens(parent.fails("read", "EBADF")),
                "The child has emptied a row of its own table; the parent's is as it was.",
            ),
        ),
        the_poem,
        Show(
            "descriptors",
            of="poem",
            at="②",
            text="Number → **open file description** (offset, O_APPEND, O_NONBLOCK) → file. fork "
            "and dup copy the number; only open makes a new description.",
        ),
        Predict(
            "The child makes its end of the empty pipe **non-blocking**. What does the parent's "
            "read do?",
            Choice(
                "it sleeps until something comes",
                hangs,
                "It would if O_NONBLOCK were kept in the table, as FD_CLOEXEC is.",
            ),
            Choice(
                "it fails: EAGAIN",
                happens(parent.fails("read", "EAGAIN")),
                "O_NONBLOCK is kept in the description. The child has set it for both.",
            ),
        ),
        Run(
            two_flags,
            id="flags",
            claims=[
                Claim(
                    "The parent has not asked for it, and its read fails with EAGAIN.",
                    happens(parent.fails("read", "EAGAIN")),
                    wrong=delete("F_SETFL"),
                    facts=("status-flags-vs-fd-flags",),
                ),
                Claim(
                    "The child has cleared FD_CLOEXEC; the parent's is set as before.",
                    at(
                        "①",
                        none_of(child.descriptor(3).closes_on_exec),
                        parent.descriptor(3).closes_on_exec,
                    ),
                    wrong=[parent_clears_too, delete("F_SETFD")],
                    facts=("status-flags-vs-fd-flags",),
                ),
            ],
        ),
        Ask(
            "The child wants `cc` at 0, the parent `pp` at 4: **cc..pp**. How many different "
            "tables are *possible*?",
            answer=how_many_outputs,
            because="Both seeks may come before both writes. Then the last seek wins, and the "
            "second to write stands behind the first.",
            near={1: "It is what you see while nobody comes between a seek and its write."},
        ),
        Explore(
            two_places,
            id="table",
            native=30,
            claims=[
                Claim(
                    "Five tables are possible, four of them wrong: the last lseek before a write "
                    "was somebody else's.",
                    outputs == {"cc..pp", "ccpp", "ppcc", "....ccpp", "....ppcc"},
                    wrong=child_opens_the_table,
                    facts=("interleaved-file",),
                ),
            ],
        ),
        Say(
            "Three remedies are tried: a lock around seek and write; O_APPEND; and the child opens "
            "the file again. With which is **cc..pp** the only table that is possible?"
        ),
        the_remedies,
        Predict(
            "The parent holds a lock. Which kind **keeps its child out**, if the child uses the "
            "inherited descriptor?",
            Choice(
                "flock",
                of("a flock", refused),
                "It would if the child had opened the file itself, with a description of its own.",
            ),
            Choice(
                "lockf, a record lock",
                of("a lockf", refused),
                "It belongs to a process, and the child is another one.",
            ),
        ),
        Compare(
            Run(one_lock, id="lock"),
            id="locks",
            title="the parent holds",
            variants={
                "a flock": Edit(),
                "a lockf": record_lock,
            },
            columns={"the child asks, and is": child.output},
            claims=[
                Claim(
                    "A flock is shared with the child; a record lock is not inherited.",
                    all_of(of("a flock", child.output == "granted"), of("a lockf", refused)),
                    facts=("lock-kinds-and-fork",),
                ),
            ],
        ),
        Ask(
            "Each opens the log for itself. The child writes AAAA, then the parent BB. What is "
            "**in the file**?",
            answer=file("log"),
            because="A new description begins at 0, and a write replaces what is there.",
            near={"AAAABB": "It would be with O_APPEND, or with one description for both."},
        ),
        Run(
            two_opens,
            id="log",
            claims=[
                Claim(
                    "Two bytes of the child's are lost.",
                    file("log") == "BBAA",
                    wrong=replace("os.O_WRONLY)", "os.O_WRONLY | os.O_APPEND)"),
                    facts=("append-and-lost-writes",),
                ),
            ],
        ),
        Try(
            "`echo aa >f; echo b >f` leaves only b. Change it so that both lines are in f.",
            expect=all_of(file("f") == "aa\nb\n", count(anyone.execs("echo")) == 2),
            hint="Open f once, for both: `{ … ; }` can have a redirection. Or append.",
            solution="{ echo aa; echo b; } >f",
            wrong=["echo aa >f; echo b >f", "echo aa; echo b", "printf 'aa\\nb\\n' >f"],
            praise="Either one description was there for both, or each wrote at the end.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
