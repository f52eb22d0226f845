"""A pseudo-terminal has two sides: a program has one, and the holder of the other is its user."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, move,
    replace, some,
)

no_session = replace("os.login_tty(terminal)", "os.dup2(terminal, 1)\nos.close(terminal)")
only_output = replace("os.login_tty(terminal)", "os.dup2(terminal, 1)")
parent_keeps = delete("# the child has it")
starts_a_server = insert(
    "server = os.fork()\nif server == 0:\n    signal.pause()",
    above="os._exit(0)")
closes = replace('os.write(master, b"\\x03")  # the byte of ^C', "os.close(master)")
child_keeps = delete("# the parent's")


lesson = Lesson(
    Say("""A *pseudo-terminal* (pty) has two sides, made by `os.openpty`: the *slave* is a terminal
        for a program. The *master* is a descriptor of the process that plays the keyboard and the
        screen. `os.login_tty` begins a *session* and makes the slave its controlling terminal.""",
        part=""),
    Predict("The child writes `hi` to its terminal. **Where does the text go?**",
        Choice("nowhere: it has no screen",
            "output == '' and not parent.reads('hi')",
            """A pseudo-terminal needs no device. Its screen is the process that reads from the
            master."""),
        Choice("to the screen of the parent",
            "not parent.reads('hi')",
            """Without `os.login_tty` it would: the child would have the parent's output. The
            child has another terminal now."""),
        Choice("to the reader of the master",
            "parent.reads('hi')",
            """What is written to the slave can be read from the master. The parent is the screen of
            this terminal."""),
        hint="`os.openpty` returned two descriptors. The child got one of them as 0, 1 and 2."),
    Run("screen",
        Claim("The parent reads `hi` from the master.",
            "parent.reads('hi')",
            wrong=delete("os.login_tty")),
        Claim("The child begins a session of its own. Its 0, 1 and 2 are the terminal.",
            "child.succeeds('setsid') and child.calls('dup2')",
            wrong=only_output)),
    Predict("The child prints and ends. **How does the parent learn that no more comes?**",
        Choice("read returns 0 bytes",
            "parent.sees_end_of_file",
            """At the end of a pipe it does. On Linux the read from a master without a slave is an
            error, EIO."""),
        Choice("it does not: read sleeps",
            "at('rest').parent.asleep_in == 'read'",
            """It sleeps while another process has the slave, for example the parent itself without
            `os.close(terminal)`."""),
        Choice("read fails, with EIO",
            "parent.fails('read', 'EIO')",
            """The last descriptor of the slave is closed. Linux reports this as an error; BSD
            systems report end of file."""),
        hint="`suppress` catches an exception.",
        again=parent_keeps),
    Run("end",
        Claim("The parent reads `hi`. Then, without a slave, its read fails with EIO.",
            "output == 'hi' and parent.fails('read', 'EIO')",
            wrong=[parent_keeps, replace("while text", "if text")])),
    Compare(
        Run("end", leaves=["server"]),
        Claim("A parent that keeps the terminal open waits for ever, as at a pipe.",
            "row('the child and the parent').hangs"),
        Claim("""The child leads the session. At its end the kernel sends SIGHUP to the foreground
            group, and that ends its server.""",
            """row('the child and its server').returns and row('the child and its
            server').server.killed('SIGHUP')"""),
        Claim("Without a session the server keeps the terminal open, and the parent waits.",
            """row('the same, without a session').hangs and not row('the same, without a
            session').server.killed('SIGHUP')"""),
        id="holders",
        title="the terminal is held by",
        rows={
            "the child": Edit(),
            "the child and the parent": parent_keeps,
            "the child and its server": starts_a_server,
            "the same, without a session": starts_a_server + no_session},
        columns={
            "after the child's end, read":
                "'fails with EIO' if parent.fails('read', 'EIO') else 'sleeps'",
            "the server": "'ends: SIGHUP' if server.killed('SIGHUP') else '–'"}),
    Predict("The parent writes the byte 3 to the **master**. What does it do?",
        Choice("the child reads a byte 3",
            "child.reads('\\x03')",
            """In raw mode it could. This terminal still has the flag `ISIG`: the kernel makes a
            signal of the byte."""),
        Choice("SIGINT ends the parent",
            "parent.gets_signal('SIGINT')",
            """A ^C at **your** keyboard would. This key is pressed at the child's terminal, and the
            parent is not in its session."""),
        Choice("SIGINT ends the child",
            "child.killed('SIGINT')",
            """A byte for the master is a key of the slave's terminal. The kernel signals the
            foreground group of that terminal."""),
        hint="What the master gets is typed. Which session has this terminal?"),
    Run("key",
        Claim("SIGINT ends the child, and no process has sent it: the key has.",
            "child.killed('SIGINT') and not parent.sends('SIGINT', child)",
            wrong=[only_output, replace("\\x03", "c")]),
        leaves=["child"]),
    Predict("The parent **closes the master** instead. What becomes of the child?",
        Choice("it continues to sleep",
            "at('rest').child.state == 'S'",
            """If another process had the master, too, it would: tmux keeps it, so that your
            programs outlive your window."""),
        Choice("its next read fails",
            "child.fails('read')",
            """For a child that ignores SIGHUP, read returns end of file, and write fails with EIO.
            Here SIGHUP comes first, and its default action ends a process."""),
        Choice("SIGHUP ends it",
            "child.killed('SIGHUP')",
            """Without a master the terminal has neither keyboard nor screen. The kernel sends a
            *hangup* to the leader of its session."""),
        hint="A terminal window holds a master. What happens when you close the window?"),
    Run("key",
        Claim("The kernel sends SIGHUP to the child, which leads the session.",
            "child.killed('SIGHUP')",
            wrong=[only_output, child_keeps]),
        id="hangup",
        leaves=["child"],
        edit=closes),
    Say("""sshd holds the master of your remote shell. ssh puts **your** terminal into raw mode and
        sends each key as a byte: so ^C arrives on the other machine. script copies the screen to a
        file. tmux keeps the masters in a server, which your window only visits."""),
    Task("`tty` prints the name of its terminal. Type a line in which:",
        asks={
            "`tty` runs at **another** terminal than your shell": some("p",
                ("p.execs('tty')", "no process executed `tty`"),
                ("p.writes('/dev/')", "`tty` found no terminal"),
                ("not p.writes(f'/dev/{shell.end.terminal}\\n')",
                 "it was the terminal of your shell")),
            "another process reads the name from the master, and prints it": some("p q",
                ("p.execs('tty') and p.writes('/dev/')", "`tty` found no terminal"),
                ("p != q and '/dev/' in q.output and q.got('/dev/')",
                 "no other process printed the name"))},
        hint="`script -c COMMAND FILE` makes a terminal. So does Python's `pty.spawn(\"tty\")`.",
        solution="python3 -c 'import pty; pty.spawn(\"tty\")'",
        wrong={
            "tty": "This `tty` has your shell's terminal as its standard input.",
            "tty | cat":
                "The output of `tty` is a pipe. Its standard input is still your shell's terminal.",
            "setsid tty":
                """A new session has no terminal. `tty` looks at its standard input, which is still
                yours.""",
            "tty </dev/null": "This `tty` has no terminal. The task asks for another one.",
            "echo /dev/pts/99": "This prints a name only. Let `tty` run at another terminal."},
        note="The master is a plain descriptor: any process can be the user of a terminal."),
    Repair("repair",
        """The parent reads the screen of its child until the end. The child ends, and the parent
        does not. Fix it.""",
        Claim("The parent reads what the child has written.",
            "parent.reads('hi')",
            wrong=[delete("os.login_tty"), replace('b"hi"', 'b""')],
            hint="Keep the child at its terminal."),
        Claim("The parent ends, and has collected the child.",
            "parent.collects(child) and returns",
            wrong=[
                parent_keeps,
                move("os.close(terminal)", above="os.waitpid(child, 0)"),
                delete("os.waitpid")],
            hint="The parent reads until no process has the slave. Which processes have it?"),
        fix=insert(
            "os.close(terminal)  # the child has it",
            above="with suppress(OSError):  # until read fails"),
        fix_in_c=insert(
            "close(terminal);  // the child has it",
            above="while ((length = read(master, text, 100)) > 0)  // until read fails"),
        hint="Count the descriptors of the slave after `fork`.",
        praise="Only the child had the slave. At its end the read from the master failed."),
    remember="""The program has the slave side of a pseudo-terminal. The process that holds the
    master reads its screen, types its keys, and hangs up when it closes the master.""",
    good_for="""sshd, script, tmux and every terminal window hold a master. A test of a program that
    asks for a password needs one, too: a pipe is not enough.""",
    requires=["terminal-line", "jobs-and-terminal"],
    read="pty(7); openpty(3); script(1); POSIX.1-2024 posix_openpt(); TLPI chapter 64",
)
