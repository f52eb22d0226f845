"""Two forks and setsid take a daemon out of its caller's job, session and terminal."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Show, Task, delete, insert,
    move, replace, some,
)

a_fork_before = insert("if os.fork():\n    os._exit(0)", above="try:")
no_second_fork = replace("os.fork():  # in the leader of the session", "False:")
second_fork = insert("if os.fork():\n    os._exit(0)", above="_, terminal")
leads_a_session = move("os.setsid()", above='os.chdir("/")')


lesson = Lesson(
    Say("""A *daemon* continues to work when its caller has ended. It leaves the caller's *session*
        (all groups of one terminal or login) by `setsid`. A shell makes each job a *process group*,
        and the job's first process is the *group leader*."""),
    Predict("The program leads its group. What does `setsid` do?",
        Choice("it fails with EPERM",
            "program.exits(1)",
            """A group must not be spread over two sessions. So POSIX forbids `setsid` to a group
            leader."""),
        Choice("it fails with EACCES",
            "program.fails('setsid', 'EACCES')",
            """You think of permissions: `open` gives EACCES for a file that you may not read.
            `setsid` needs no permission, and refuses root, too."""),
        Choice("it begins a new session",
            "program.exits(0)",
            """`setsid` begins a session for a process that leads no process group. This program
            leads one: so programs fork first."""),
        hint="""Other processes may be in the leader's group. In which session would they be, if the
        leader began a new one?""",
        again=a_fork_before),
    Run("leader",
        Claim("`setsid` fails with EPERM, because the program leads a process group.",
            "program.fails('setsid', 'EPERM') and program.exits(1)",
            wrong=[a_fork_before, delete("os.setpgid(0, 0)")]),
        main="shell"),
    Say("""These are the steps of daemon(7), with three differences. The umask there is 0.
        Descriptors are closed first there. And the caller leaves last, when the daemon is ready:
        the lesson `ready` adds that. `daemon-inherits` adds signals and environment.""",
        part="daemonize"),
    Predict("The daemon has run the last line. Which process is the **leader** of its session?",
        Choice("the shell that started it",
            "at('rest').daemon.session == shell.pid",
            """This would be the caller's session. A fork keeps the session of its caller, but
            `setsid` left that session."""),
        Choice("a process that has ended",
            "at('rest').daemon.session == middle.pid and at('rest').middle.gone",
            """The middle process called `setsid`, so it led the session. Then it ended, and the
            session has no leader."""),
        Choice("the daemon itself",
            "at('rest').daemon.session == daemon.pid",
            """The process that calls `setsid` is the leader. Without the second fork this is the
            daemon; here the middle process called `setsid`."""),
        part="__main__",
        hint="Which of the processes calls `setsid`? Does that process still exist?",
        again=delete("os.setsid()")),
    Run("daemon",
        Claim("`setsid` succeeds: after the first fork the caller of `setsid` leads no group.",
            "not anyone.fails('setsid', 'EPERM')",
            wrong=replace("os.fork():  # in the caller", "False:")),
        Claim("The daemon has no controlling terminal; the shell has one.",
            "at('rest').daemon.terminal == '' and at('rest').shell.terminal != ''",
            wrong=delete("os.setsid()")),
        Claim("The shell alone leads a session: the leader of the daemon's session has ended.",
            "len([p for p in at('rest') if p.session == p.pid]) == 1",
            wrong=no_second_fork),
        Claim("The daemon's directory is /: it keeps no other file system busy.",
            "at('rest').daemon.cwd == '/'",
            wrong=delete('os.chdir("/")')),
        Claim("The daemon has 0, 1 and 2, all on /dev/null, and no other descriptor.",
            """at('rest').daemon.descriptors == (0, 1, 2) and at('rest').daemon.fd(0).target ==
            '/dev/null' and at('rest').daemon.fd(1).target == '/dev/null' and
            at('rest').daemon.fd(2).target == '/dev/null'""",
            wrong=[delete("os.closerange"), replace("(0, 1, 2):", "(0,):")]),
        Claim("No process in between prints “tidied up”: `os._exit` runs no `finally`.",
            "not anyone.writes('tidied up')",
            wrong=replace("os._exit(0)  # no finally", "raise SystemExit  # not so: finally")),
        main="shell",
        births=["middle", "daemon"],
        needs=["close_range"],
        terminal=True),
    Show("family",
        of="daemon",
        at="rest",
        text="""The first fork: the program leads a group. Then `setsid`. The second fork: the
        leader can end. The daemon's new parent is the process that adopts orphans."""),
    Predict("""This server **leads** its session, which has no terminal. It opens a terminal. What
        happens?""",
        Choice("it has opened a file and no more",
            "not len([p for p in row('as it is').at('rest') if p.terminal != '']) == 1",
            """With O_NOCTTY, or in a process that leads no session, a terminal is a file like
            others. POSIX leaves the rest to the system. On Linux a *session leader* acquires the
            terminal."""),
        Choice("open fails with an error",
            "row('as it is').server.fails('open')",
            """`open` fails for /dev/tty, because the server has no *controlling terminal*. A
            terminal's own name can be opened."""),
        Choice("it acquires a controlling terminal",
            "len([p for p in row('as it is').at('rest') if p.terminal != '']) == 1",
            """On Linux the first terminal that such a leader opens becomes its controlling
            terminal, unless another session has it. From then on ^C there ends the server."""),
        hint="open(2), O_NOCTTY: what does `open` do with a terminal if this flag is missing?"),
    Compare(
        Run("terminal"),
        Claim("A session leader without a terminal acquires the first terminal that it opens.",
            "len([p for p in row('as it is').at('rest') if p.terminal != '']) == 1"),
        Claim("After a second fork the process leads no session and acquires no terminal.",
            "not len([p for p in row('with a second fork').at('rest') if p.terminal != '']) == 1"),
        id="terminals",
        title="the server",
        rows={
            "as it is": Edit(),
            "with O_NOCTTY": replace("os.O_RDWR)", "os.O_RDWR | os.O_NOCTTY)"),
            "with a second fork": second_fork},
        columns={
            "its controlling terminal":
                """'the one it opened' if len([p for p in at('rest') if p.terminal != '']) == 1 else
                'none'"""},
        needs=["terminal"]),
    Task("Make a daemon of `sleep`, with commands that you know. Type a line after which:",
        asks={
            "`sleep 1000` runs": some("",
                ("ran('sleep', '1000')", "no process ran `sleep 1000`"),
                ("still('sleep', '1000')", "no `sleep 1000` was left")),
            "it is in another session than your shell": some("",
                ("still('sleep', '1000')", "no `sleep 1000` was left"),
                ("all(p.end.session != shell.end.session for p in still('sleep', '1000'))",
                 "it is in your shell's session")),
            "it does not lead its session": some("",
                ("still('sleep', '1000')", "no `sleep 1000` was left"),
                ("all(p.end.session != p.pid for p in still('sleep', '1000'))",
                 "it leads its session")),
            "it has been adopted: its parent is no process of your line": some("",
                ("still('sleep', '1000')", "no `sleep 1000` was left"),
                ("all(p.end.parent == reaper for p in still('sleep', '1000'))",
                 "its parent is {still('sleep', '1000')[0].end.parent.words}")),
            "0, 1 and 2 are /dev/null": some("",
                ("still('sleep', '1000')", "no `sleep 1000` was left"),
                ("all(p.end.fd(n).target == '/dev/null' for p in still('sleep', '1000') for n "
                 "in (0, 1, 2))",
                 "one of the three is closed, or is something else"))},
        hint="The program `setsid` begins a session. Who starts `sleep` there, and then ends?",
        solution="setsid sh -c 'sleep 1000 &' </dev/null >/dev/null 2>&1",
        wrong={
            "sleep 1000 &": "This is a job of your shell, in its session.",
            "(sleep 1000 </dev/null >/dev/null 2>&1 &)":
                """The subshell has ended, so `sleep` has a new parent. It is still in your shell's
                session.""",
            "(setsid sleep 1000 </dev/null >/dev/null 2>&1 &)":
                "`sleep` leads the new session here: it could acquire a terminal.",
            "setsid sh -c 'sleep 1000 &'":
                "Standard output and standard error are still your terminal."},
        note="Nothing of your shell's session is left: no terminal, no group, no parent."),
    Repair("repair",
        """When this daemon opens a terminal for its log, the terminal becomes its controlling
        terminal, and ^C there ends it. No terminal should be able to become that. Fix it.""",
        Claim("The daemon has no controlling terminal.",
            "at('end').daemon.terminal == ''",
            wrong=delete("os.setsid()"),
            hint="Which call begins a session, which has no terminal?"),
        Claim("The daemon leads no session, so it cannot acquire a terminal.",
            "at('end').daemon.session != daemon.pid",
            wrong=leads_a_session,
            hint="The process that calls `setsid` leads the new session. Must that be the daemon?"),
        Claim("Its directory is /, and 0, 1 and 2 are /dev/null.",
            """at('end').daemon.cwd == '/' and at('end').daemon.fd(0).target == '/dev/null' and
            at('end').daemon.fd(1).target == '/dev/null' and at('end').daemon.fd(2).target ==
            '/dev/null'""",
            wrong=[delete('os.chdir("/")'), replace("(0, 1, 2):", "(0,):")],
            hint="Keep the lines about the directory and the three descriptors."),
        main="caller",
        leaves=["daemon"],
        terminal=True,
        fix=move("os.setsid()", above="daemon = os.fork()"),
        fix_in_c=move("setsid();", above="pid_t daemon = fork();"),
        hint="Compare the order of `fork`, `setsid`, `fork` with the recipe.",
        praise="""The leader of the session has ended. The daemon belongs to the session, and leads
        none."""),
    remember="""Fork, setsid, fork: the daemon is in a new session, leads no session, and has no
    terminal. It has a new parent.""",
    good_for="""A server that you start by hand must survive your logout. Service managers do these
    steps for their services, so a new service needs none of them (daemon(7)).""",
    requires=["pipe-hang", "orphan"],
    exercise="daemon",
    read="daemon(7); setsid(2); credentials(7); TLPI 37.2 Creating a Daemon",
)
