"""Text in a buffer at the fork is written twice."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, delete, insert, move,
    replace,
)

written_at_once = replace('print("before")', 'print("before", flush=True)')
line_not_finished = replace('print("before")', 'print("before ", end="")')
flushed_before = insert("sys.stdout.flush()", above="child = os.fork()")
child_exits_at_once = insert("if child == 0:\n    os._exit(0)", above="if child != 0:")
parent_waits_first = (replace("os.waitpid(child, 0)", "pass") +
    insert("if child != 0:\n    os.waitpid(child, 0)", above='print("after")'))
worker_leaves_at_once = replace("sys.exit(0)", "os._exit(0)")
registered_later = move("atexit.register(clean_up)", above="os.waitpid(worker, 0)")

lesson = Lesson(
    Say("""`os.write` is one call to the kernel. `print`, and C's `printf`, put the text into a
        *buffer* first, a piece of the process's memory. The process *flushes* the buffer, that is,
        writes it, when the buffer is full or when the program ends normally."""),
    Predict("The output goes into a *pipe*. **How many lines appear?**",
        Choice("3, only “after” twice",
            "output == 'before\\nafter\\nafter\\n'",
            """That is the output on a terminal, where `print` writes each line at once. Into a pipe
            `print("before")` wrote nothing yet: the text was in the buffer."""),
        Choice("2, each word once",
            "output == 'before\\nafter\\n'",
            """That is the output of one process. By rule 1 the child continues after the fork, and
            runs `print("after")` as well."""),
        Choice("4, each word twice",
            "output == 'before\\nafter\\nbefore\\nafter\\n'",
            """`print("before")` ran once, and its text was in the buffer. The child has a copy of
            the buffer. Each process writes its buffer at its end."""),
        hint="Where is the word “before” at the moment of the fork: in the pipe, or in memory?"),
    Run("printed",
        Claim("“before” appears twice, although only the parent ran that line.",
            """parent.writes('before') and child.writes('before') and not
            child.reaches('print("before")')""",
            wrong=[written_at_once, move("child = os.fork()", above='print("before")')])),
    Predict("The same program writes to a **terminal** instead of a pipe. How many lines appear?",
        Choice("3",
            "output.count('\\n') == 3",
            """On a terminal the buffer is flushed at the end of each line. At the fork the buffer
            was empty, so there was nothing to copy."""),
        Choice("4",
            "output.count('\\n') == 4",
            """With a pipe there are 4. That is why the error hides: you see it with `program |
            cat`, and not at the terminal."""),
        Choice("2",
            "output.count('\\n') == 2",
            """Two would be one line of each process. The parent writes “before” too, and that is a
            line of its own."""),
        hint="A terminal is *line-buffered*. When is the first line written?"),
    Run("printed",
        Claim("On a terminal the parent writes the finished line before the fork.",
            "before(parent.writes('before'), parent.forks(child)) and not child.writes('before')",
            wrong=line_not_finished),
        id="terminal",
        terminal=True,
        shows="output"),
    Predict("Three changes are tried. Which one prints **before once and after twice**?",
        Choice("a `wait` before “after”",
            "row('the parent waits before “after”').output == 'before\\nafter\\nafter\\n'",
            """A wait cures a race: it fixes the order of the processes. Both processes still have
            the text in their buffers."""),
        Choice("a flush before the fork",
            "row('flush before the fork').output == 'before\\nafter\\nafter\\n'",
            "After the flush the buffer is empty. A copy of an empty buffer does no harm."),
        Choice("`os._exit` in the child",
            "row('the child leaves by os._exit').output == 'before\\nafter\\nafter\\n'",
            """`os._exit` writes no buffer. The child's copy of “before” is lost, as you want, but
            its own “after” is lost as well."""),
        hint="What is in each buffer at the fork, and which process writes its buffer later?"),
    Compare(
        Run("printed"),
        Claim("`os._exit` writes no buffer. Both “before” and “after” of the child are lost.",
            "row('the child leaves by os._exit').output == 'before\\nafter\\n'"),
        Claim("After a flush the buffer is empty at the fork: “before” appears once.",
            "row('flush before the fork').output == 'before\\nafter\\nafter\\n'"),
        Claim("A wait changes the order only: each process still has the text.",
            "row('the parent waits before “after”').output.count('\\n') == 4"),
        id="cures",
        title="what is changed",
        rows={
            "nothing": Edit(),
            "the parent waits before “after”": parent_waits_first,
            "the child leaves by os._exit": child_exits_at_once,
            "flush before the fork": flushed_before},
        columns={"lines in the output": "output.count('\\n')"}),
    Say("""Why is the text lost? `_exit` is a system call: the kernel ends the process at once.
        `exit` is a function of the C library. It first calls the program's *exit handlers*,
        registered with `atexit`, and then writes the buffers. Python's names are `os._exit`,
        `sys.exit` and `atexit.register`."""),
    Compare(
        Run("leaving"),
        Claim("`os._exit` runs no handler and writes no buffer.",
            """not row('os._exit(0)').parent.writes('handler ') and not
            row('os._exit(0)').parent.writes('text ') and row('os._exit(0)').parent.status == 0"""),
        Claim("A program that a signal ends runs no handler, and the text in its buffer is lost.",
            """not row('a SIGTERM to itself').parent.writes('handler ') and not row('a SIGTERM to
            itself').parent.writes('text ')"""),
        id="ends",
        title="the last line",
        rows={
            "sys.exit(0)": Edit(),
            "pass": replace("sys.exit(0)", "pass"),
            "os._exit(0)": worker_leaves_at_once,
            "a SIGTERM to itself":
                replace("sys.exit(0)", "os.kill(os.getpid(), signal.SIGTERM)")},
        columns={
            "the handler": "'runs' if parent.writes('handler ') else 'does not run'",
            "the text in the buffer": "'is written' if parent.writes('text ') else 'is lost'"}),
    Predict("""The worker only calls `sys.exit`. The parent waits, then looks. **Is the directory
        there?**""",
        Choice("no, and the worker has removed it",
            "parent.writes('False') and worker.succeeds('rmdir')",
            """`fork` copied the list of handlers with all other memory. So `sys.exit` in the worker
            ran `clean_up`."""),
        Choice("yes, and the parent removes it later",
            "parent.writes('True') and before(parent.writes('True'), parent.succeeds('rmdir'))",
            """With `os._exit(0)` in the worker you are right. Here the worker runs a handler that
            it has never registered."""),
        Choice("yes, and it remains for ever",
            "parent.writes('True') and not anyone.succeeds('rmdir')",
            """This needs two processes that end by `os._exit`. The parent registered `clean_up`,
            and its normal end runs the handler."""),
        Choice("no, and the parent has removed it",
            "parent.writes('False') and parent.succeeds('rmdir')",
            """The parent runs its handler at its own end, after the last line. The end of a child
            calls no handler in the parent."""),
        hint="The list of handlers is memory. What does `fork` do with memory?"),
    Run("copied",
        Claim("The worker removed the parent's directory: it had a copy of the handlers.",
            "worker.succeeds('rmdir') and output == 'data exists: False\\n'",
            wrong=[worker_leaves_at_once, registered_later]),
        Claim("The handler ran in both processes. The second time the directory was gone.",
            "len(anyone.calls('rmdir')) == 2 and parent.fails('rmdir', 'ENOENT')",
            wrong=worker_leaves_at_once)),
    Repair("printed",
        """This program should print `before` once, and `after` twice. Into a pipe or a file it
        prints `before` twice. Fix it.""",
        Claim("“before” comes once, and “after” twice.",
            "output == 'before\\nafter\\nafter\\n'",
            wrong=[
                delete("sys.stdout.flush()"),
                move("sys.stdout.flush()", above='print("after")')],
            hint="Which text is still in the buffer when `fork` copies it?"),
        fix=flushed_before,
        fix_in_c=insert("fflush(stdout);", above="pid_t child = fork();"),
        hint="The output goes into a pipe here, so `print` keeps it in a buffer.",
        praise="The buffer was empty at the fork, so only one process wrote `before`."),
    remember="""`fork` copies buffers and exit handlers. Flush before you fork, and let the child
    end with `_exit`.""",
    good_for="""A log in which each line appears twice: a process forked while text was in its
    buffer. A temporary directory that disappears while its program still runs: a worker ended with
    `sys.exit`, and ran the handler that removes it.""",
    requires=["rule-4-copied"],
    read="setvbuf(3); stdio(3); _exit(2); atexit(3); Kerrisk, TLPI, sections 25.1 to 25.4",
)
