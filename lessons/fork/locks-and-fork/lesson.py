"""Locks and fork: a flock is shared with the child, a record lock is not inherited."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, delete, insert, replace,
)

child_opens_itself = insert('fd = os.open("lock", os.O_RDWR)', above="try:")
record_lock = (replace("flock(fd, fcntl.LOCK_EX)", "lockf(fd, fcntl.LOCK_EX)") +
    replace("flock(fd, fcntl.LOCK_EX |", "lockf(fd, fcntl.LOCK_EX |"))
closes_another = insert('os.close(os.open("lock", os.O_RDWR))', above="child = os.fork()")

lesson = Lesson(
    Say("A *lock* on a file keeps other processes out, if they ask for it as well."),
    Predict("The parent holds the lock. The child asks on the inherited `fd`. What happens?",
        Choice("both sleep for ever",
            "hangs",
            """Without LOCK_NB, and with a description of its own, the child would wait for the
            parent, and the parent for the child. Here the lock is granted at once."""),
        Choice("the child is refused",
            "child.prints('refused')",
            """If the child opened the file itself, the call would fail with EWOULDBLOCK. Here both
            use one open file description, and the lock belongs to it."""),
        Choice("the child gets the lock",
            "child.prints('granted')",
            """The lock belongs to the open file description, and both share the description. So the
            lock does not keep the child out."""),
        hint="Rule 6: what do parent and child share? To what does a `flock` belong?"),
    Run("lock",
        Claim("The child was granted the lock that its parent holds.",
            "child.prints('granted')",
            wrong=child_opens_itself)),
    Predict("""Now the parent takes a *record lock* with `lockf`, the kind that POSIX has. How long
        does the lock keep the child out?""",
        Choice("until `fd` itself is closed",
            """row('a record lock').child.prints('refused') and row('a record lock; opens and
            closes').child.prints('refused')""",
            """A `flock` keeps another program out until then. POSIX says of record locks: close
            **any** descriptor of the file, and the lock is gone."""),
        Choice("not at all, the child has it, too",
            "row('a record lock').child.prints('granted')",
            """With `flock` the child would get the lock. fork(2) says that record locks are not
            inherited: a record lock belongs to one process."""),
        Choice("until any descriptor is closed",
            """row('a record lock').child.prints('refused') and row('a record lock; opens and
            closes').child.prints('granted')""",
            """The lock belongs to the parent, and the child is another process. The parent loses
            the lock when it closes **any** descriptor of the file."""),
        hint="fcntl(2) says when the kernel releases a record lock. Read that sentence twice."),
    Compare(
        Run("lock"),
        Claim("A record lock belongs to the process: the child is refused.",
            "row('a record lock').child.prints('refused')"),
        Claim(
            "The parent opened the file again and closed that descriptor: its record lock is gone.",
            "row('a record lock; opens and closes').child.prints('granted')"),
        Claim("With a new open the child has its own description, and is refused.",
            "row('a flock; the child opens itself').child.prints('refused')"),
        id="locks",
        title="the parent holds",
        rows={
            "a flock": Edit(),
            "a record lock": record_lock,
            "a record lock; opens and closes": record_lock + closes_another,
            "a flock; the child opens itself": child_opens_itself},
        columns={"the child asks, and is": "child.output"}),
    Predict("""Back to `flock`. The parent holds the lock, and the child calls **LOCK_UN**. The
        parent has not unlocked. Is the file still locked?""",
        Choice("yes, the child does not own it",
            "row('unlocks: LOCK_UN').parent.prints('locked')",
            """A record lock belongs to the parent, and the child could not free it. The owner of a
            `flock` is the open file description, and the child's `fd` refers to it, too."""),
        Choice("yes, the child's call fails",
            "row('unlocks: LOCK_UN').child.fails('flock')",
            """The kernel would have to check which process locked. A `flock` belongs to a
            description, and the kernel stores no process with it."""),
        Choice("no, the child has freed it",
            "row('unlocks: LOCK_UN').parent.prints('free')",
            """There is one lock, of one description. LOCK_UN on any descriptor of it frees the
            lock."""),
        hint="How many locks are there, and how many descriptors lead to it?"),
    Compare(
        Run("unlock"),
        Claim("LOCK_UN in the child frees the lock of the parent.",
            "row('unlocks: LOCK_UN').parent.prints('free')"),
        Claim("A close in the child frees nothing: the parent still refers to the description.",
            "row('closes fd').parent.prints('locked')"),
        id="ends",
        title="the child",
        rows={
            "unlocks: LOCK_UN": Edit(),
            "closes fd": replace("fcntl.flock(fd, fcntl.LOCK_UN)", "os.close(fd)"),
            "does nothing, and ends": replace("fcntl.flock(fd, fcntl.LOCK_UN)", "pass")},
        columns={"then the lock is": "parent.output"}),
    Say("""Linux has a third kind, the *open file description lock* (`F_OFD_SETLK`, fcntl(2)): parts
        of a file, as with record locks, but owned by the description, as with `flock`. POSIX.1-2024
        has this kind, too."""),
    Repair("lock",
        "The parent holds the lock, so its child should be refused. It prints `granted`. Fix it.",
        Claim("The child asks for the lock, and is refused.",
            """output == 'refused' and (child.fails('flock', 'EAGAIN') or child.fails('fcntl',
            'EAGAIN'))""",
            wrong=[
                replace("granted", "refused") + delete('fd = os.open("lock", os.O_RDWR)'),
                delete('fd = os.open("lock", os.O_RDWR)'),
                delete("fcntl.LOCK_EX)")],
            hint="""A lock of `flock` belongs to the open file description. Whose description does
            the child use?"""),
        Claim("The parent collects the child.",
            "parent.collects(child)",
            wrong=delete("os.waitpid(child, 0)"),
            hint="Keep the wait."),
        fix=child_opens_itself,
        fix_in_c=insert('fd = open("lock", O_RDWR);', above="if (flock(fd, LOCK_EX | LOCK_NB)"),
        hint="How many open file descriptions of `lock` are there?",
        praise="The child opened the file for itself, and the lock of the parent kept it out."),
    remember="""A flock belongs to the open file description and is shared; a record lock belongs to
    the process and is not inherited.""",
    good_for="""A daemon that forks workers: with `flock`, a worker that lives on keeps the lock.
    With a record lock, a library that opens and closes the file loses it.""",
    requires=["rule-6-open-files"],
    read="flock(2); fcntl(2), Advisory record locking; lockf(3); Kerrisk, TLPI, chapter 55",
)
