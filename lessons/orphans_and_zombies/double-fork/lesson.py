"""After a double fork the worker is an orphan: its new parent waits for it, not the server."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace,
    some,
)

no_wait = delete("os.waitpid(middle, 0)")
server_adopts = insert("ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)", above="middle = os.fork()")
no_second_fork = replace("worker = os.fork()", "worker = 0")


lesson = Lesson(
    Say("""A server starts a worker that may work for hours. The server does not want the worker's
        status, and it wants no zombie. It forks **twice**: the worker becomes a grandchild, and the
        process in the middle ends at once."""),
    Predict("Which process must the **server** wait for?",
        Choice("the middle process",
            "server.collects(middle) and not server.collects(worker)",
            """The middle process is the server's only child. After its end the worker is an orphan,
            and its new parent collects it."""),
        Choice("neither the middle nor the worker",
            "not server.waits()",
            """That is true of the worker, which is a grandchild. The middle process is a child of
            the server; without a wait it stays as a zombie."""),
        Choice("the worker process",
            "server.collects(worker)",
            """After one fork the worker would be a child of the server. `wait` is for children
            only: for a grandchild it fails with ECHILD."""),
        hint="`wait` is for children. Which processes does the server fork itself?"),
    Run("twice",
        Claim("At ① the worker exists, and it has a new parent.",
            "not at(1).worker.gone and at(1).worker.parent == reaper",
            wrong=server_adopts),
        Claim("At ① the server has collected the middle process: it is gone.",
            "at(1).middle.gone",
            wrong=no_wait),
        Claim("The new parent collects the worker, not the server.",
            "reaper.collects(worker)",
            wrong=no_second_fork),
        main="server"),
    Say("""Note which process ends: the middle process. If the **server** forked and ended instead,
        its shell would regard the service as finished, and the server's pid would change."""),
    Predict("""The server forks twice, and leaves out `os.waitpid`. Which process is a
        **zombie** at ①?""",
        Choice("the adopted worker",
            "row('does not wait').at(1).worker.state == 'Z'",
            """The worker would be a zombie if its parent did not wait. It has a new parent now,
            which collects it."""),
        Choice("the process in the middle",
            "row('does not wait').at(1).middle.state == 'Z'",
            "The middle process has ended. Its parent, the server, lives and does not wait."),
        Choice("none of the processes",
            "row('does not wait').at(1).middle.gone and not row('does not wait').at(1).worker.gone",
            """With the wait there is none. A double fork gives only the worker a new parent; the
            middle process stays the server's child."""),
        hint="Which process has ended at ①, and is its parent alive?"),
    Compare(
        Run("twice", main="server"),
        Claim("Without the wait the middle process is the zombie.",
            "row('does not wait').at(1).middle.state == 'Z'"),
        id="waits",
        title="the server",
        rows={"waits for the middle process": Edit(), "does not wait": no_wait},
        columns={
            "middle at ①": "'a zombie' if at(1).middle.state == 'Z' else 'gone'",
            "the worker belongs to":
                "'its new parent' if at(1).worker.parent == reaper else 'another process'"}),
    Task("""This line leaves a zombie, because `sleep` never
        waits:

            sh -c 'true & exec sleep 1000' &

        Change it:""",
        asks={
            "a child still runs `true`, and ends": some("p",
                ("p.programs == ['true'] or not p.programs and not p.forks",
                 "no child ran `true` and ended"),
                ("p.exits(0)", "no child ran `true` and ended")),
            "`sleep 1000` still runs afterwards": some("",
                ("ran('sleep', '1000')", "no process ran `sleep 1000`"),
                ("still('sleep', '1000')", "no `sleep 1000` was left")),
            "no zombie is left, in any order": some("",
                ("not any(p.end.state == 'Z' and p.end.parent != shell for p in processes[1:])",
                 "a zombie is left"))},
        hint="""`sh` can wait before it executes `sleep`. Or a subshell, `( … )`, starts `true` in
        the background and ends.""",
        solution="sh -c '(true &); exec sleep 1000' &",
        wrong={
            "sh -c 'true & exec sleep 1000' &":
                """This is the given line. `sleep` has become the parent of `true`, and never waits
                for it.""",
            "sh -c 'exec sleep 1000' &":
                "There is no zombie, but `true` does not run. Keep both programs.",
            "sh -c 'true & exec sleep 1000; wait' &":
                "`exec` replaces sh with `sleep`, so the `wait` after it never runs."},
        note="""A process that waits before exec leaves no zombie. Or the middle process ends, and
        the new parent of `true` collects it."""),
    Repair("repair",
        """This server forks twice, so that it need not wait for its worker. A zombie is left all
        the same. Fix it.""",
        Claim("The server collects the middle process.",
            "server.collects(middle)",
            wrong=no_wait,
            hint="The middle process is a child of the server. Which process must collect it?"),
        Claim("The worker is not the server's child: it gets a new parent, or has ended before.",
            "not server.forks(worker) and worker.exits(3)",
            wrong=no_second_fork,
            hint="Keep both forks: the worker must be a grandchild."),
        main="server",
        fix=insert("os.waitpid(middle, 0)", above='os.write(1, b"next, please\\n")'),
        fix_in_c=insert("waitpid(middle, NULL, 0);", above='write(1, "next, please\\n", 13);'),
        hint="Which of the two processes is a child of the server?",
        praise="""The server waits for the middle process, which ends at once. The worker's new
        parent collects it."""),
    remember="""Fork twice, let the middle process end, and wait for it. The worker then belongs to
    a new parent, which gets its status.""",
    good_for="""A program that starts a browser or a daemon and never wants its status uses a double
    fork. `(command &)` in a shell does the same.""",
    requires=["no-zombies"],
    exercise="make-zombie",
    read="wait(2), NOTES; fork(2); daemon(7)",
)
