"""A daemon puts /dev/null on 0, 1 and 2, and closes all other descriptors."""

from simpsh.course import Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, replace

lesson = Lesson(
    Say("""A daemon writes to no terminal. So some programs **close** the *descriptors* 0, 1 and 2.
        Here the daemon closes 1 and opens its data file. Later a library writes a message to
        standard output."""),
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
        hint="Which number does {line:os.open} return?"),
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
    Predict("""Descriptor 60 is open. Then the limit is lowered to 50. The daemon closes 3 up to
        **SC_OPEN_MAX**. What is still open?""",
        Choice("0, 1, 2 and 60",
            "row('SC_OPEN_MAX').at('rest').daemon.descriptors == (0, 1, 2, 60)",
            "SC_OPEN_MAX is the limit, now 50. Descriptor 60 is above the limit and stays open."),
        Choice("no descriptor",
            "row('SC_OPEN_MAX').at('rest').daemon.descriptors == ()",
            """The range begins at 3. The standard descriptors stay, and the daemon puts /dev/null
            there."""),
        Choice("0, 1 and 2",
            "row('SC_OPEN_MAX').at('rest').daemon.descriptors == (0, 1, 2)",
            """These three stay if `closerange` reaches 60. Here it ends at 50: a lowered limit
            forbids new numbers above it, and closes none."""),
        hint="Which numbers does `closerange(3, limit)` close? Is 60 among them?"),
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
    Say("""`os.closerange(3, 2**31 - 1)` is one call of close_range(2), since Linux 5.9 and glibc
        2.34. On older systems it is one `close` for each of two billion numbers. There, close the
        numbers that `/proc/self/fd` lists."""),
    Repair("record",
        """A library of this daemon writes messages to 1. The author closed 1. Now `hello` is in the
        file of records. Keep the message out of the file. Fix it.""",
        Claim("The library writes its message.",
            "daemon.writes('hello\\n')",
            wrong=replace("O_RDWR), 1)", "O_RDONLY), 1)"),
            hint="Descriptor 1 must be open for writing, wherever it leads to."),
        Claim("The file has only the record.",
            "file('data') == 'record 1\\n'",
            wrong=[
                replace('os.dup2(os.open("/dev/null", os.O_RDWR), 1)', "os.close(1)"),
                replace('b"record 1\\n"', 'b"record 1"')],
            hint="Which number does `open` return after `close(1)`?"),
        main="daemon",
        fix=replace("os.close(1)", 'os.dup2(os.open("/dev/null", os.O_RDWR), 1)'),
        fix_in_c=replace("close(1);", 'dup2(open("/dev/null", O_RDWR), 1);'),
        hint="The lowest free number is given to the next file that is opened.",
        praise="Descriptor 1 stays taken, so no file of the daemon can get this number."),
    remember="""Put /dev/null on 0, 1 and 2 with O_RDWR, and do not close them. Close all others up
    to the largest number.""",
    good_for="""A debug message in the middle of a database file, a server that keeps your pipe or
    your disk busy: both come from a daemon's descriptors.""",
    requires=["daemonize", "rule-6-open-files"],
    exercise="daemon",
    read="open(2); dup2(2); close_range(2); null(4); daemon(3)",
)
