"""fork can fail: then it returns −1 and creates no process."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, delete, insert, move, replace,
)

room_for_one_more = replace("(1, 1)", "(2, 2)")
asks_nothing = delete("if child == -1") + delete("cannot fork") + delete("os._exit(1)")
checked_first = insert(
    'if not argument.isdigit():\n    os.write(1, b"not a number: soon\\n")\n    os._exit(2)',
    above="for _ in (1, 2):")

lesson = Lesson(
    Say("""`fork` needs memory and a place in the table of processes. A *resource limit* can forbid
        one more process: `RLIMIT_NPROC` counts the processes and *threads* of a user. The
        demonstration sets it to 1, and runs as an ordinary user."""),
    Predict("""The limit is **one** process, so `fork` fails. Which processes reach
        `os.write`, and what is `child` there?""",
        Choice("one process, `child` is −1",
            "len(anyone.writes('the next')) == 1 and value('child') == -1",
            """No child exists, and the parent continues. Only the return value tells the program
            that `fork` failed."""),
        Choice("two processes, `child` is −1 and 0",
            "len(anyone.writes('the next')) == 2",
            """That needs a child in which `fork` returns as well. A `fork` that fails creates no
            process, so there is no second return."""),
        Choice("no process, and no `child`",
            "not anyone.writes('the next')",
            """The *kernel* ends no process because `fork` failed. Python's `os.fork` raises
            `BlockingIOError`; a program that does not catch the exception ends."""),
        Choice("one process, `child` is 0",
            "len(anyone.writes('the next')) == 1 and value('child') == 0",
            """0 means: this process is the child. Here only the parent exists, so `fork` needs a
            third value."""),
        hint="Without a child `fork` returns once. Neither 0 nor a pid would be true there."),
    Run("refused",
        Claim("""`fork` failed with EAGAIN because the limit was reached. C's `fork` returned −1,
            and no process was created.""",
            "parent.fails('fork', 'EAGAIN') and value('child') == -1 and len(processes) == 1",
            wrong=room_for_one_more),
        watch=["child"],
        guard=4),
    Say("""On Linux a process with `CAP_SYS_RESOURCE` or `CAP_SYS_ADMIN`, such as root's, is not
        bound by `RLIMIT_NPROC`. The error `ENOMEM` says that memory is short. In both cases a
        program can wait and try again, or work without the child."""),
    Say("""You will read that every call returns −1 when it fails. The next program checks this with
        three functions: `kill` with a wrong *signal*, `mmap` with 0 bytes, and `pthread_create` at
        the limit."""),
    Predict("The limit is reached. What does `pthread_create` **return**?",
        Choice("11, the number of EAGAIN",
            "value('by_thread') == 11",
            """The functions of pthreads return 0 or an error number. A test for −1 would never
            notice the error."""),
        Choice("0, and the thread starts",
            "value('by_thread') == 0",
            """With a limit on processes alone the thread would start. On Linux `RLIMIT_NPROC`
            counts threads, so the new thread is one too many."""),
        Choice("−1, and `errno` is EAGAIN",
            "value('by_thread') == -1",
            """System calls such as `fork` report an error in this way. The functions of pthreads
            return the error number itself, and do not use `errno`."""),
        hint="pthread_create(3) has a section RETURN VALUE. `errno` belongs to one thread."),
    Run("three",
        Claim("`pthread_create` returned EAGAIN, which is 11 on Linux.",
            "value('by_thread') == 11",
            wrong=room_for_one_more),
        Claim(
            "`kill` returned −1. `mmap` returned MAP_FAILED, which is `(void *) -1` and not NULL.",
            "value('by_kill') == -1 and value('by_mmap') in (2**32 - 1, 2**64 - 1)",
            wrong=[replace("None, 0, 0, 0,", "None, 1, 0, 34,"), replace("999)", "0)")]),
        watch=["by_kill", "by_thread"],
        needs=["threads"],
        guard=4),
    Say("""So the man page of each call says how it fails, under RETURN VALUE. `getpid` cannot fail.
        `getpriority` may return −1 as a good result: set `errno` to 0 first, and look at it
        afterwards. Python raises `OSError` when a system call fails, and `RuntimeError` when a
        thread cannot start."""),
    Say("""A mistake of the user is better found before the first `fork`. The next program gets
        `soon` in place of a number, and starts two children. Each of them checks."""),
    Predict("""The argument is `soon`. Each child reports the error and ends with status 2. **What
        does the user of the program get?**""",
        Choice("one message, and status 2",
            """len(row('after the fork').anyone.writes('not a number')) == 1 and row('after the
            fork').parent.status == 2""",
            """A check before `fork` gives this: one process, one message, one status. Here the
            check is in each child."""),
        Choice("two messages, and status 0",
            """len(row('after the fork').anyone.writes('not a number')) == 2 and row('after the
            fork').parent.status == 0""",
            """Each child writes its message. The parent ends with its own status, 0, so a script
            believes that all went well."""),
        Choice("two messages, and status 2",
            """len(row('after the fork').anyone.writes('not a number')) == 2 and row('after the
            fork').parent.status == 2""",
            """The parent could end with the status that `wait` returned. Here the parent ignores
            that status."""),
        hint="Count the processes that reach the check. Which process's status does `$?` show?"),
    Compare(
        Run("too-late"),
        Claim("The check is in each child: two messages, and the program's status is 0.",
            """len(row('after the fork').anyone.writes('not a number')) == 2 and row('after the
            fork').parent.status == 0"""),
        Claim("With the check before `fork` there is one process, one message, and status 2.",
            """len(row('before the fork').processes) == 1 and len(row('before the
            fork').anyone.writes('not a number')) == 1 and row('before the fork').parent.status ==
            2"""),
        id="checks",
        title="the check comes",
        rows={"after the fork": Edit(), "before the fork": checked_first},
        columns={
            "messages": "len(anyone.writes('not a number'))",
            "processes": "len(processes)",
            "status": "parent.status"}),
    Repair("repair",
        """`fork` fails here, because of a limit. This program prints `started` all the same. It
        should print `cannot fork` and exit with 1. Fix it.""",
        Claim("It prints `cannot fork`, and nothing else.",
            "output == 'cannot fork\\n'",
            wrong=[
                asks_nothing,
                replace("child == -1", "child is None"),
                move('os.write(1, b"started', above="if child == -1")],
            hint="Which three results can `fork` have? The program knows two of them."),
        Claim("It ends with status 1.",
            "parent.status == 1",
            wrong=replace("os._exit(1)", "os._exit(0)"),
            hint="The exit status tells the caller that the program has failed."),
        Claim("It has asked for a child.",
            "parent.fails('fork', 'EAGAIN')",
            wrong=replace("libc.fork()", "-1"),
            hint="Keep the limit and the `fork`: only what follows is wrong."),
        guard=4,
        fix=replace(
            "if child == 0:  # in the child",
            "    os._exit(1)\nif child == 0:  # in the child") +
            insert('os.write(1, b"cannot fork\\n")', above="os._exit(1)") +
            replace("child = libc.fork()", "child = libc.fork()\nif child == -1:"),
        fix_in_c=replace(
            "if (child == 0)  // in the child",
            "if (child == -1) {\n"
            '    write(1, "cannot fork\\n", 12);\n'
            "    _exit(1);\n"
            "}\n"
            "if (child == 0)  // in the child"),
        hint="What does `fork` of the C library return when it fails?",
        praise="""The program tested for −1 first. So it reported the failure, and did not wait for
        a child."""),
    remember="""A `fork` that fails returns −1 and creates no process. Test for −1 before you use
    the value as a pid.""",
    good_for="""A busy server may get −1 from `fork` one day. If the program then uses −1 as a pid,
    `kill(-1, SIGTERM)` sends SIGTERM to every process that the user may signal. On Linux only the
    caller and init get no signal.""",
    requires=["rule-2-return-value"],
    exercise="bomb-limit",
    read="fork(2); getrlimit(2); mmap(2); pthread_create(3); kill(2); errno(3); exit(3)",
)
