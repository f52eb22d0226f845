"""A daemon inherits its caller's umask, signal settings and environment: it sets its own."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, delete, insert,
    replace,
)

dispositions_reset = insert("signal.signal(signal.SIGTERM, signal.SIG_DFL)", above="signal.pause()")
mask_reset = insert("signal.pthread_sigmask(signal.SIG_SETMASK, [])", above="signal.pause()")

lesson = Lesson(
    Say("""`fork` copies more than memory and descriptors. The daemon also gets its caller's
        *umask*, its *signal mask*, its ignored signals and its *environment*. We begin with the
        umask, which takes permission bits away."""),
    Predict("The umask is 027. Which mode does the file get, in three digits?",
        Choice("640",
            "daemon.output.strip() == '640'",
            "The kernel clears the bits of 027 in 666: the group may read, others get nothing."),
        Choice("666",
            "daemon.output.strip() == '666'",
            """With a umask of 0 the file gets 666, and every user may write to it. daemon(7) sets
            0; then give each `open` a strict mode."""),
        Choice("639",
            "daemon.output.strip() == '639'",
            """You subtract 27 from 666 as decimal numbers. The mask clears bits: in the middle, 6
            without 2 is 4; at the end, 6 without 7 is 0."""),
        Choice("637",
            "daemon.output.strip() == '637'",
            """You subtract 027. The mask clears bits: in the middle, 6 without 2 is 4; at the end,
            6 without 7 is 0."""),
        Choice("027",
            "daemon.output.strip() == '027'",
            "The mask names the bits that are taken away, not those that stay."),
        hint="Write 6, 6, 6 and 0, 2, 7 in binary. Clear each bit that is 1 in the mask."),
    Run("mask",
        Claim("The file has mode 640: no other user can read or write it.",
            "daemon.prints('640')",
            wrong=[replace("0o027", "0"), delete("os.umask(0o027)")]),
        main="daemon",
        shows="output"),
    Predict("""The caller ignores **and** blocks SIGTERM. What must the daemon reset, so that your
        SIGTERM ends it?""",
        Choice("neither, because fork resets both",
            "row('nothing').daemon.killed('SIGTERM')",
            """`fork` resets neither: it copies the *dispositions* and the mask. `exec` resets
            handlers, and keeps ignored and blocked signals."""),
        Choice("only the disposition",
            "row('the disposition (SIG_DFL)').daemon.killed('SIGTERM')",
            """The mask is separate from the disposition. SIGTERM stays pending while the mask
            blocks it."""),
        Choice("only the signal mask",
            "row('the signal mask').daemon.killed('SIGTERM')",
            """An empty mask lets the signal through. The disposition is still “ignore”, so the
            kernel discards SIGTERM."""),
        Choice("the disposition and the mask",
            """row('both').daemon.killed('SIGTERM') and not row('the signal
            mask').daemon.killed('SIGTERM')""",
            """A signal acts if it is not blocked and not ignored. Both settings came from the
            caller. On Linux a blocked signal stays pending even while it is ignored."""),
        hint="The kernel asks two questions about a signal: is it blocked, and is it ignored?"),
    Compare(
        Run("deaf", main="caller", at_rest=[Kill("daemon", "SIGTERM")], leaves=["daemon"]),
        Claim("The kernel discards an ignored SIGTERM; a reset mask alone does not help.",
            "not row('the signal mask').daemon.killed('SIGTERM')"),
        Claim("A blocked SIGTERM stays pending; a reset disposition alone does not help.",
            "row('the disposition (SIG_DFL)').at('end').daemon.has_pending('SIGTERM')"),
        Claim("With both reset, SIGTERM ends the daemon.", "row('both').daemon.killed('SIGTERM')"),
        id="signals",
        title="the daemon resets",
        rows={
            "nothing": Edit(),
            "the disposition (SIG_DFL)": dispositions_reset,
            "the signal mask": mask_reset,
            "both": dispositions_reset + mask_reset},
        columns={
            "SIGTERM …": "'ends it' if daemon.killed('SIGTERM') else 'does not'",
            "SIGTERM pending": "'yes' if at('end').daemon.has_pending('SIGTERM') else 'no'"}),
    Predict("The caller has TOKEN=secret in its environment. What does the daemon's program print?",
        Choice("nothing, without export",
            "output == '' and daemon.execs('printenv')",
            """Export is a word of shells: it puts a variable **into** the environment. `os.environ`
            is the environment, so TOKEN is in it."""),
        Choice("secret, as in the caller",
            "output == 'secret\\n'",
            """`fork` copies the environment with the memory, and `execvp` passes it on to the
            program."""),
        Choice("nothing, after setsid",
            "output == '' and daemon.succeeds('setsid')",
            """A session is a group of processes. The environment is memory of each process, and
            `setsid` does not change it."""),
        hint="What is the third argument of execve(2), and where does `execvp` take it from?"),
    Run("token-pipe",
        Claim("The daemon's program has the caller's TOKEN.",
            "output == 'secret\\n'",
            wrong=insert("os.environ.clear()", above="os.execvp")),
        id="token",
        main="caller"),
    Say("""The descriptors are inherited, too. A daemon writes to no terminal, so some programs
        **close** 0, 1 and 2. Here the daemon closes 1 and opens its data file. Later a library
        writes a message to standard output."""),
    Predict("Descriptor 1 was **closed**. Where does the message go?",
        Choice("into the daemon's own file",
            "row('closed').file('data') == 'record 1\\nhello\\n'",
            """`open` takes the lowest free number, and that is 1. So the daemon's file is standard
            output now."""),
        Choice("nowhere, as write fails",
            "row('closed').daemon.fails('write', 'EBADF')",
            """A write to a closed descriptor fails with EBADF. Here 1 is open again: `open` has
            taken the number."""),
        Choice("to the output of the daemon's caller",
            "row('closed').daemon.output == 'hello\\n'",
            """A descriptor number does not remember its old target. After `close` the number is
            free for the next `open`."""),
        hint="Which number does `os.open` return?"),
    Compare(
        Run("record", main="daemon"),
        Claim("The file has got the number 1, so the file gets the message, too.",
            "row('closed').file('data') == 'record 1\\nhello\\n'"),
        Claim("A descriptor opened for reading cannot be written: EBADF, and the daemon fails.",
            "row('/dev/null, O_RDONLY').daemon.fails('write', 'EBADF')"),
        Claim("With /dev/null for reading and writing, the message vanishes and the file is right.",
            """row('/dev/null, O_RDWR').file('data') == 'record 1\\n' and not row('/dev/null,
            O_RDWR').daemon.exits(1)"""),
        id="messages",
        title="descriptor 1 is",
        rows={
            "closed": Edit(),
            "/dev/null, O_RDONLY": replace(
                "os.close(1)",
                'os.dup2(os.open("/dev/null", os.O_RDONLY), 1)'),
            "/dev/null, O_RDWR": replace(
                "os.close(1)",
                'os.dup2(os.open("/dev/null", os.O_RDWR), 1)')},
        columns={
            "the message": "'fails: EBADF' if daemon.fails('write', 'EBADF') else 'is written'",
            "the file data": "file('data')"}),
    Say("""All other descriptors are closed. But SC_OPEN_MAX is the limit of now, and the daemon may
        have a descriptor above it: here the limit is 50, and 60 was open before."""),
    Compare(
        Run("closing", main="daemon"),
        Claim("A loop up to SC_OPEN_MAX misses a descriptor above a lowered limit.",
            "60 in row('SC_OPEN_MAX').at('rest').daemon.descriptors"),
        id="limits",
        title="closed from 3 up to",
        rows={
            "SC_OPEN_MAX": Edit(),
            "the largest number": replace('os.sysconf("SC_OPEN_MAX")', "2**31 - 1")},
        columns={"still open": "at('rest').daemon.descriptors"},
        needs=["close_range", "prlimit64"]),
    Say("""So the recipe of daemon(7) also has these steps: put /dev/null on 0, 1 and 2, and close
        all other descriptors. Set all dispositions to SIG_DFL, empty the signal mask, and remove
        the variables that the daemon does not want."""),
    Repair("deaf",
        """You send SIGTERM to this daemon, and nothing happens. SIGTERM should end it, whatever its
        caller ignores and blocks. Fix it.""",
        Claim("SIGTERM ends the daemon.",
            "daemon.killed('SIGTERM') or (daemon.gets_signal('SIGTERM') and daemon.exits())",
            wrong=[
                delete("signal.signal(signal.SIGTERM, signal.SIG_DFL)"),
                delete("signal.pthread_sigmask(signal.SIG_SETMASK, [])")],
            hint="""A child inherits dispositions **and** the signal mask. Reset both in the
            daemon."""),
        main="caller",
        at_rest=[Kill("daemon", "SIGTERM")],
        fix=dispositions_reset + mask_reset,
        fix_in_c=insert("signal(SIGTERM, SIG_DFL);", above="pause();") +
            insert("sigprocmask(SIG_UNBLOCK, &term, NULL);", above="pause();"),
        hint="What does the caller do with SIGTERM before it forks?",
        praise="The daemon has begun with a clean state of its signals."),
    remember="""A daemon inherits umask, ignored and blocked signals, environment and descriptors.
    It sets each of them itself: /dev/null on 0, 1 and 2, and all others closed.""",
    good_for="""“It works from my shell, not at boot”, or the opposite: the difference is often
    something inherited. With `nohup`, for example, a program inherits an ignored SIGHUP.""",
    requires=["daemonize", "rule-6-open-files"],
    exercise="daemon",
    read="daemon(7), SysV Daemons; umask(2); fork(2); execve(2); environ(7); close_range(2)",
)
