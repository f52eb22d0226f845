"""Status flags are shared; descriptor flags are not."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Show, delete, insert, replace,
)

parent_clears_too = insert("fcntl.fcntl(read_end, fcntl.F_SETFD, 0)", above="child = os.fork()")
puts_it_back = insert(
    "fcntl.fcntl(read_end, fcntl.F_SETFL, 0)",
    above="fcntl.fcntl(read_end, fcntl.F_SETFD")
with_dup = insert(
    "read_end = os.dup(read_end)",
    above="fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_NONBLOCK)")
opens_again = insert(
    'read_end = os.open(f"/proc/self/fd/{read_end}", os.O_RDONLY)',
    above="fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_NONBLOCK)")

lesson = Lesson(
    Say("An open file description has *status flags*, too, such as `O_NONBLOCK`."),
    Predict("The child makes its read end non-blocking. What does the **parent's** read do?",
        Choice("it fails with the error EAGAIN",
            "parent.fails('read', 'EAGAIN')",
            "`O_NONBLOCK` is a flag of the open file description. The child set it for both."),
        Choice("it sleeps until a byte comes",
            "hangs",
            """A flag in the child's table, such as `FD_CLOEXEC`, would not reach the parent.
            `O_NONBLOCK` is in the description, which both share."""),
        Choice("it reports the end of file",
            "parent.sees_end_of_file",
            """A read returns 0 bytes when no write end is open. Here the parent itself has a write
            end open."""),
        hint="Rule 6: what is copied at the fork, and what do both refer to?"),
    Run("flags",
        Claim("The child called `fcntl`, and the parent's read failed with EAGAIN.",
            "parent.fails('read', 'EAGAIN')",
            wrong=delete("F_SETFL")),
        Claim("At ① both descriptors have `O_NONBLOCK`.",
            "at(1).child.fd(3).has('O_NONBLOCK') and at(1).parent.fd(3).has('O_NONBLOCK')",
            wrong=opens_again),
        Claim("At ① `FD_CLOEXEC` is cleared in the child, and still set in the parent.",
            "not at(1).child.fd(3).has('O_CLOEXEC') and at(1).parent.fd(3).has('O_CLOEXEC')",
            wrong=[parent_clears_too, delete("F_SETFD")])),
    Predict("""`FD_CLOEXEC` is a *descriptor flag*. Python sets it on each new descriptor, and the
        child cleared it. In which process does an *exec* now **close** the descriptor 3?""",
        Choice("in both processes",
            "at(1).parent.fd(3).has('O_CLOEXEC') and at(1).child.fd(3).has('O_CLOEXEC')",
            """If no process had cleared the flag, both would lose the descriptor. *Exec* closes the
            descriptors with `FD_CLOEXEC`, and the child has cleared this flag."""),
        Choice("in the parent alone",
            "at(1).parent.fd(3).has('O_CLOEXEC') and not at(1).child.fd(3).has('O_CLOEXEC')",
            """The flag is in the table, and each process has its own table. The child changed its
            own entry."""),
        Choice("in neither of the two",
            "not at(1).parent.fd(3).has('O_CLOEXEC') and not at(1).child.fd(3).has('O_CLOEXEC')",
            """That is true for a status flag, such as `O_NONBLOCK`. `FD_CLOEXEC` belongs to the
            descriptor, and the child's descriptors are copies."""),
        hint="F_SETFD changes a flag of the **d**escriptor. Whose descriptor is it?"),
    Show("open files",
        of="flags",
        at="①",
        text="""Both processes have a descriptor 3, and both descriptors refer to one description.
        `F_SETFL` changes its status flags. `F_SETFD` changes the flag of one descriptor."""),
    Predict("""The child needs a non-blocking read end for itself. After which change does the
        parent's read still **sleep**?""",
        Choice("the child sets it on a new open",
            "row('sets it on a new open').hangs",
            """On Linux `/proc/self/fd/3` can be opened. That makes a new description, with its own
            flags."""),
        Choice("the child sets it on a dup",
            "row('sets it on a dup').hangs",
            """`dup` makes a second number for the same description. So the flag is set for the
            parent, too."""),
        Choice("the child sets it and then ends",
            "row('sets the flag').hangs",
            """If the flag ended with the process that set it, you would be right. The description
            remains, because the parent still refers to it."""),
        hint="Which of the three makes a new open file description?"),
    Compare(
        Run("flags", leaves=["parent"]),
        Claim("`dup` makes a new number for the same description: the flag is still shared.",
            "row('sets it on a dup').parent.fails('read', 'EAGAIN')"),
        Claim("A new open makes a description of its own. The parent's read sleeps, as it should.",
            "row('sets it on a new open').hangs"),
        id="ways",
        title="the child",
        rows={
            "sets the flag": Edit(),
            "sets it on a dup": with_dup,
            "sets it on a new open": opens_again,
            "sets it, and clears it": puts_it_back},
        columns={
            "the parent's read":
                "'fails: EAGAIN' if parent.fails('read', 'EAGAIN') else 'sleeps'"}),
    Say("""`F_SETFL` cannot change everything: the access mode, reading or writing, stays as it was
        at `open`. And a program that must not sleep asks `poll` first, or, on a **socket**, calls
        `recv` with `MSG_DONTWAIT`. Neither changes the shared flag."""),
    Repair("repair",
        """The child checks if the pipe has data, and does not sleep. The parent should then sleep
        until data comes. Its `read` fails with EAGAIN. Fix it.""",
        Claim("The child prints `no data yet`, and ends.",
            "output == 'no data yet' and parent.collects(child)",
            wrong=[
                delete("fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_NONBLOCK)"),
                replace("os.O_NONBLOCK", "0")],
            hint="The child must look and not sleep: keep what it prints."),
        Claim("The parent sleeps in read until data comes.",
            "at('rest').parent.asleep_in == 'read'",
            wrong=[
                delete("read_end = os.open"),
                replace('os.open(f"/proc/self/fd/{read_end}", os.O_RDONLY)', "os.dup(read_end)")],
            hint="""The flag belongs to the open file description. Does the child have one of its
            own, or put the flag back?"""),
        leaves=["parent"],
        fix=opens_again,
        fix_in_c=insert(
            "char path[40];\n"
            'snprintf(path, sizeof path, "/proc/self/fd/%d", read_end);\n'
            "read_end = open(path, O_RDONLY);",
            above="if (fcntl(read_end"),
        hint="Whose flag is O_NONBLOCK: the descriptor's, or the description's?",
        praise="The flag is on a description that only the child had. The parent's is as it was."),
    remember="""O_NONBLOCK and O_APPEND belong to the shared description, FD_CLOEXEC to one
    descriptor.""",
    good_for="""A program sets the terminal to O_NONBLOCK and ends. The next program, or the shell,
    then gets EAGAIN instead of a line. The program should have cleared the flag.""",
    requires=["rule-6-open-files"],
    read="fcntl(2), F_SETFL and F_SETFD; open(2); dup(2); Kerrisk, TLPI, section 5.4",
)
