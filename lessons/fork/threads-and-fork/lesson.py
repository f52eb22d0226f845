"""Threads and fork: the child has one thread."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, delete, insert, move, replace,
)

child_starts_one = insert("threading.Thread(target=signal.pause).start()", above="os._exit(0)  # ①")
own_lock = replace("lock.acquire()", "threading.Lock().acquire()")
no_lock = replace("lock.acquire()", "pass")
execs_at_once = replace("lock.acquire()", 'os.execv("/bin/true", ["true"])')
thread_first = move(
    "threading.Thread(target=work, args=[lock, write_end]).start()",
    above="child = os.fork()") + move("os.read(read_end, 1)", above="child = os.fork()")

lesson = Lesson(
    Say("""A *thread* is one flow of execution in a process. All threads of a process share its
        memory. A *mutex*, here `threading.Lock`, is held by one thread at a time; another thread
        that wants it sleeps."""),
    Predict("""The parent has two threads, and one of them forks. **How many threads** does the
        child have at ①?""",
        Choice("one, which called `fork`",
            "at(1).child.fields['Threads'] == 1",
            """`fork` copies the memory, and the thread that calls `fork`. POSIX says the same: the
            new process has a single thread."""),
        Choice("none, until it creates one",
            "at(1).child.fields['Threads'] == 0",
            "A process without a thread cannot run any code, not even `os._exit(0)`. "
            "The thread that called `fork` runs there."),
        Choice("two, just like the parent",
            "at(1).child.fields['Threads'] == 2",
            """`fork` copies the memory, and with it the stacks of both threads. No thread runs on
            the copied stack of the second one."""),
        hint="`fork` returns in the child. In which thread does it return?"),
    Run("threads",
        Claim("At ① the parent has two threads, the child one.",
            "at(1).parent.fields['Threads'] == 2 and at(1).child.fields['Threads'] == 1",
            wrong=child_starts_one),
        needs=["threads"]),
    Say("""That alone would do no harm. But the other threads leave something in memory: the locks
        that they hold. This is what the second thread does now:""",
        part="hold"),
    Predict("""The child asks for the lock. The thread that holds it is not in the child. **What
        happens?**""",
        Choice("the child sleeps for ever",
            "at('rest').child.asleep_in == 'futex'",
            """The child's copy of the lock is taken. The thread that would release it exists only
            in the parent, and releases the parent's copy."""),
        Choice("the child gets the lock",
            "returns",
            """If the lock had been free at the fork, the child would get it. The lock is a word in
            memory, and in the child's copy the word says: taken."""),
        Choice("the child gets an error",
            "child.exits(1)",
            """A plain mutex does not check its owner. A robust mutex
            (pthread_mutexattr_setrobust(3)) reports an owner that has **ended**; here the owner
            lives on in the parent."""),
        part="__main__",
        hint="By rule 4 the lock is copied. In which state was it at the fork?"),
    Run("lock",
        Claim("The child sleeps in a lock that no thread of the child can release.",
            "at('rest').child.asleep_in == 'futex'",
            wrong=own_lock),
        Claim("So the parent waits for ever, too: no process can continue.",
            "hangs",
            wrong=no_lock),
        births=["child"],
        leaves=["parent", "child"],
        needs=["threads"]),
    Compare(
        Run("lock", births=["child"], leaves=["parent", "child"]),
        Claim("After `exec` the locks of the old program no longer exist.",
            "row('execs another program at once').child.execs('true')"),
        id="ways",
        title="the child",
        rows={
            "takes the parent's lock": Edit(),
            "takes a lock of its own": own_lock,
            "execs another program at once": execs_at_once},
        columns={"what happens to it": "'ends' if child.ends else 'sleeps for ever'"},
        needs=["threads"]),
    Say("""POSIX says: after `fork` in a process with threads, the child may call only
        *async-signal-safe* functions until it calls exec. `printf` and `malloc` are not, because
        they take locks. Python 3.12 and later warn about such a fork."""),
    Repair("repair",
        """The second thread has the lock when the parent forks. The child needs the lock, too, and
        this program hangs. Child and thread should both get one. Fix it.""",
        Claim("The child gets its lock.",
            "child.writes('the child has its lock\\n')",
            wrong=[thread_first, insert("os._exit(1)", above='b"the child has its lock')],
            hint="""The child has a copy of the lock as it was at the fork, and no second thread to
            release it."""),
        Claim("The fork is always before the thread takes the lock, or always after.",
            "not unordered(child.born, parent.writes('the thread has the lock\\n'))",
            wrong=move(
                "threading.Thread(target=work, args=[lock, write_end]).start()",
                above="child = os.fork()"),
            hint="In this run the fork came first by chance. What makes it come first?"),
        Claim("The second thread gets the lock of the parent.",
            "parent.writes('the thread has the lock\\n')",
            wrong=delete("threading.Thread(target=work, args=[lock, write_end]).start()") +
                delete("os.read(read_end, 1)"),
            hint="Keep the thread, and its work."),
        Claim("The parent collects the child.",
            "parent.collects(child)",
            wrong=delete("os.waitpid(child, 0)"),
            hint="Keep the wait for the child."),
        births=["child"],
        fix=move("os.read(read_end, 1)", above="os.waitpid(child, 0)") +
            move(
                "threading.Thread(target=work, args=[lock, write_end]).start()",
                above="os.read(read_end, 1)"),
        fix_in_c=replace(
            "if (pthread_create(&thread, NULL, work, NULL) != 0)\n"
            '        errx(1, "pthread_create");\n'
            "    read(ends[0], &byte, 1);\n"
            "    pid_t child = fork();",
            "pid_t child = fork();") +
            insert("read(ends[0], &byte, 1);", above="waitpid(child, NULL, 0);") +
            replace(
                "read(ends[0], &byte, 1);",
                '    errx(1, "pthread_create");\nread(ends[0], &byte, 1);') +
            replace(
                '}\n        errx(1, "pthread_create");',
                "}\n"
                "if (pthread_create(&thread, NULL, work, NULL) != 0)\n"
                '    errx(1, "pthread_create");'),
        hint="At which moment is no thread inside the lock?",
        praise="The child was born before the thread. So its copy of the lock was free."),
    remember="""Only the thread that calls `fork` exists in the child. Locks of other threads stay
    locked. So a program with threads should fork only to exec.""",
    good_for="""A child of a server with threads hangs once a day. At the fork another thread held
    the lock of a log, and the child tried to log a line.""",
    requires=["rule-4-copied"],
    read="fork(2); pthread_atfork(3); signal-safety(7); POSIX.1-2024 fork()",
)
