"""A pid file is a lock with a number in it: lock it before you change it."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Explore, Lesson, Predict, Repair, Run, Say, delete, insert,
    replace,
)

in_one_step = replace("os.O_CREAT", "os.O_CREAT | os.O_EXCL")
record_lock = (replace("flock(fd, fcntl.LOCK_EX)", "lockf(fd, fcntl.LOCK_EX)") +
    replace("flock(fd, fcntl.LOCK_EX |", "lockf(fd, fcntl.LOCK_EX |"))
a_good_number = replace('int("0\\n")', "daemon")

lesson = Lesson(
    Say("""A daemon writes its pid into a *pid file*: a command can stop the daemon, and no second
        daemon may start. A common mistake: look, then create."""),
    Predict("Two daemons are started at the same moment. How many **can** start?",
        Choice("always two",
            "outputs == {'started started '}",
            """Two start if both look before a file exists. If one daemon creates its file before
            the other looks, only one starts."""),
        Choice("one or two",
            "outputs == {'started ', 'started started '}",
            "If both look before one of them creates, both find no file. Then both start."),
        Choice("only one",
            "outputs == {'started '}",
            """This needs look and create in one step. With O_EXCL they are one: `open` fails if the
            file exists. Here they are two."""),
        hint="Write down the steps of both: look, create. In which orders can they happen?"),
    Explore("race",
        Claim("In some orders both daemons start.",
            "outputs == {'started ', 'started started '}",
            wrong=in_one_step),
        births=["daemon 2"],
        native=20),
    Say("""With O_EXCL, after a crash the file is still there, and no daemon can start. A *lock*
        ends with its holder: with the last descriptor of its *open file description*. This is the
        right sequence.""",
        part="start_once"),
    Predict("""The daemon has called `start_once`. With which change does a **second** daemon start,
        too?""",
        Choice("O_TRUNC in the call of `open`",
            "row('O_TRUNC in the call of open').second.exits(0)",
            """The second daemon then truncates the file before it asks for the lock. The number is
            gone, but the lock is refused."""),
        Choice("no change: it inherits the lock",
            "row('nothing').second.exits(0)",
            """The **inherited** descriptor has the lock: a `flock` of that one succeeds.
            `start_once` opens the file once more, for a lock of its own."""),
        Choice('`open("pid", "a")` in place of `os.open`',
            "row('a file object').second.exits(0)",
            """At the function's return no name refers to the file object. Python closes its file,
            and the lock ends without a message."""),
        part="__main__",
        hint="When is the last descriptor of the locked open file description closed?"),
    Compare(
        Run("right", main="daemon"),
        Claim("In the right sequence the second start is refused, and the number stays.",
            "row('nothing').second.exits(1) and not row('nothing').file('pid') == ''"),
        Claim("If `open` truncates, the second is refused, but the daemon's number is gone.",
            """row('O_TRUNC in the call of open').second.exits(1) and row('O_TRUNC in the call of
            open').file('pid') == ''"""),
        Claim("Python closes a file object that no name refers to: the lock is gone.",
            "row('a file object').second.exits(0)"),
        id="sequences",
        title="what is changed",
        rows={
            "nothing": Edit(),
            "O_TRUNC in the call of open": replace("os.O_CLOEXEC", "os.O_CLOEXEC | os.O_TRUNC"),
            "a file object": replace(
                'lock = os.open("pid", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)',
                'pid_file = open("pid", "a")\nlock = pid_file.fileno()')},
        columns={
            "the second": "'is refused' if second.exits(1) else 'starts, too'",
            "the pid file": "'has a number' if not file('pid') == '' else 'is empty'"}),
    Predict("The old daemon has ended; its worker lives. Does the new daemon get the lock?",
        Choice("yes: its holder has ended",
            "row('nothing').returns",
            """A record lock (`fcntl`, `lockf`) belongs to the process and ends with it. A lock of
            `flock` belongs to the open file description."""),
        Choice("no: the worker holds it",
            "row('nothing').hangs",
            """`fork` shares the open file description. The worker's descriptor keeps the
            description open, and the lock with it."""),
        Choice("no: a file stays locked for ever",
            "row('nothing').hangs and row('the worker closes it').hangs",
            """A lock is not part of the file. The kernel has it, and removes it with the last
            descriptor."""),
        hint="""After the daemon's end: which process has a descriptor of the locked open file
        description?"""),
    Compare(
        Run("restart", leaves=["worker"]),
        Claim("A worker that keeps the descriptor keeps the lock.", "row('nothing').hangs"),
        Claim("""If the worker's descriptor is closed, by `close` or by `exec`, the lock ends with
            the daemon.""",
            "row('the worker closes it').returns and row('the worker executes a program').returns"),
        Claim("""A new file of the same name is another file. Its lock is free: the new daemon gets
            it, although the worker still holds the old one.""",
            "row('the pid file is deleted before').returns"),
        id="lifetimes",
        title="what is changed",
        rows={
            "nothing": Edit(),
            "the worker closes it": insert("os.close(lock)", above="signal.pause()"),
            "the worker executes a program": insert(
                'os.execvp("sleep", ["sleep", "1000"])',
                above="signal.pause()"),
            "record locks: lockf":
                replace("fcntl.flock(lock", "fcntl.lockf(lock") +
                    replace("fcntl.flock(new", "fcntl.lockf(new"),
            "the pid file is deleted before": insert('os.unlink("pid")', above="new = os.open")},
        columns={"the new daemon": "'sleeps in flock' if hangs else 'has the lock'"}),
    Compare(
        Run("lock"),
        Claim("A child that is forked after `flock` shares the lock, and is granted it again.",
            "row('flock').child.prints('granted')"),
        Claim("""A record lock belongs to the process that took it: the child has lost it, and is
            refused. So a daemon takes it after its forks.""",
            "row('a record lock: lockf').child.prints('refused')"),
        id="locks",
        title="locked before the fork, by",
        rows={"flock": Edit(), "a record lock: lockf": record_lock},
        columns={"the child asks, and is": "child.output"}),
    Predict("""`stopper` sends SIGTERM to the number in the pid file. **Which processes get the
        signal?**""",
        Choice("the daemon",
            "daemon.gets_signal('SIGTERM')",
            """The daemon gets SIGTERM if its own number is in the file. `kill` knows no other way
            to find a process."""),
        Choice("none of the three",
            "not stopper.gets_signal('SIGTERM') and not daemon.gets_signal('SIGTERM')",
            """You read 0 as a pid. For `kill`, 0 means “my own process group”, and −1 means “all
            processes that I may signal”."""),
        Choice("the stopper and its helper",
            "stopper.gets_signal('SIGTERM') and helper.gets_signal('SIGTERM')",
            """`kill(0, …)` signals the sender's own process group: here the stopper and its
            helper."""),
        hint="kill(2) names four cases: above 0, 0, −1, and below −1.",
        again=a_good_number),
    Run("stop",
        Claim("SIGTERM ends the stopper itself and its helper.",
            "stopper.killed('SIGTERM') and helper.killed('SIGTERM')",
            wrong=a_good_number),
        Claim("The daemon still runs.", "at('end').daemon.state == 'S'", wrong=a_good_number),
        leaves=["daemon"]),
    Say("""So accept digits only, and a number above 1 and below pid_max. Even this number may
        belong to another process by now. Try the **lock** first: if you get it, no daemon runs, and
        there is no process to signal."""),
    Repair("restart",
        """The old daemon has ended, and its worker lives on. The new daemon should get the lock. It
        waits for ever. Fix it.""",
        Claim("The new daemon gets the lock.",
            "returns",
            wrong=[delete("os.close(lock)"), replace("os.close(lock)", "os.dup(lock)")],
            hint="The lock belongs to an open file description. Which process still has it open?"),
        Claim("The worker lives on.",
            "at('end').worker.state == 'S'",
            wrong=insert("os.kill(worker, signal.SIGKILL)", above="os._exit(0)"),
            hint="The worker has more to do: no process may end it."),
        leaves=["worker"],
        fix=insert("os.close(lock)", above="signal.pause()"),
        fix_in_c=insert("if (worker == 0)\n    close(lock);", above="if (worker == 0)  // in"),
        hint="What does the worker inherit from the daemon?",
        praise="""The worker closed its copy of the descriptor. The daemon's end closed the last
        one, and the lock was free."""),
    remember="""Open without truncating, lock, truncate, write, and keep the descriptor open, in no
    other process. The lock says that the daemon runs; the number is a hint.""",
    good_for="""“Already running” after a crash; a restart that fails while an old worker lives; a
    pid file that is empty; a stop command that ends itself.""",
    requires=["daemonize", "rule-6-open-files"],
    exercise="daemon",
    read="""flock(2); fcntl(2), Advisory record locking; open(2), O_EXCL; kill(2); TLPI 55.6 Running
    Just One Instance""",
)
