"""Ready: a launcher's end says nothing about its daemon; a word from the daemon does."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace,
    some,
)

config_exists = insert('os.mkdir("config")', above="daemon = os.fork()")
launcher_can_write = delete("# only the daemon writes")
never_says_so = config_exists + delete('os.write(write_end, b"ready")')
never_closes = never_says_so + delete("# it has no more to write")
from_fork = replace("number = int(os.read(read_end, 20))", "number = middle")
from_the_old_file = insert(
    'number = int(os.read(os.open("pid", os.O_RDONLY), 20))',
    above="middle = os.fork()") + delete("number = int(os.read(read_end, 20))")
reports_status = insert("os._exit(os.waitpid(daemon, 0)[1] >> 8)", above="os._exit(0)")


lesson = Lesson(
    Say("""A script says `start-server && use-server`. The second command runs only if the first one
        has reported **success**. start-server forks the *daemon* and ends."""),
    Predict(
        "The config is missing, so this daemon cannot work. Which **status** does the script get?",
        Choice("none, as the launcher waits",
            "hangs",
            """A parent waits only if it calls `wait`. This parent ends at once, and another process
            adopts its child."""),
        Choice("0, the launcher's status",
            "launcher.exits(0)",
            """The script waits for the launcher. The daemon's status, 1, goes to the process that
            adopts the daemon, and not to the script."""),
        Choice("1, the daemon's status",
            "launcher.exits(1)",
            """A launcher that waits for its daemon can report the daemon's status. This launcher
            does not wait, and ends with its own 0."""),
        hint="Which process does the script start, and what does that process call last?",
        again=reports_status),
    Run("lie",
        Claim("The launcher reports success; the daemon has failed.",
            "launcher.exits(0) and daemon.exits(1)",
            wrong=[
                config_exists,
                reports_status]),
        Claim("Nothing orders the two ends: the launcher cannot know of the failure.",
            "unordered(launcher.exits(), daemon.exits())",
            wrong=insert("os.waitpid(daemon, 0)", above="os._exit(0)")),
        main="launcher",
        leaves=["daemon"]),
    Say("""A sleep in the launcher excludes no order. It must **read** what the daemon writes:
        “ready” from a pipe, or end of file if no process can write any more.""",
        part=""),
    Predict("Which daemon makes its launcher wait **for ever**?",
        Choice("one that keeps the pipe without a word",
            "row('keeps the pipe without a word').hangs",
            "This daemon can still write, so `read` sleeps. Only this case needs a time limit."),
        Choice("one that closes the pipe without a word",
            "row('closes the pipe without a word').hangs",
            "No process can write any more: that is end of file, and the launcher ends with 1."),
        Choice("one that ends without a word",
            "row('dies before').hangs",
            """You expect that only a word can end the `read`. End of file ends it, too, and the
            kernel closes the pipe of a dead process."""),
        hint="In which of the three cases is a write end still open?"),
    Compare(
        Run("listening", main="launcher", leaves=["daemon"]),
        Claim("The word makes the launcher end with 0.", "row('says ready').launcher.exits(0)"),
        Claim("If the daemon keeps the pipe and writes nothing, its launcher waits for ever.",
            "row('keeps the pipe without a word').hangs"),
        Claim("If the launcher keeps its own write end, it waits for ever, too.",
            "row('dies; the launcher kept its end').hangs"),
        id="ends",
        title="what the daemon does",
        rows={
            "says ready": config_exists,
            "dies before": Edit(),
            "closes the pipe without a word": never_says_so,
            "keeps the pipe without a word": never_closes,
            "dies; the launcher kept its end": launcher_can_write},
        columns={
            "the launcher": "'waits for ever' if hangs else 'ends'",
            "its status": "launcher.status"}),
    Say("""After a double fork the launcher does not know the daemon's pid. So this daemon writes
        its *pid file* and **then** sends its pid as the word. `simpsh.daemonize` also locks the
        file, and its launcher waits for the word.""",
        part="serve"),
    Predict("An old pid file says 1. Which number is **the daemon's pid**?",
        Choice("the number in the old pid file",
            """row('in the pid file, at once').value('number') == row('in the pid file, at
            once').daemon.pid""",
            """The file is right after the word has come. Before the word it may be an old daemon's:
            here it says 1."""),
        Choice("the number from the pipe",
            """row('the word in the pipe').value('number') == row('the word in the pipe').daemon.pid
            and not row("fork's result").value('number') == row("fork's result").daemon.pid""",
            "The daemon itself has written this number, into a pipe that no other daemon has."),
        Choice("the number from `fork`",
            "row(\"fork's result\").value('number') == row(\"fork's result\").daemon.pid",
            """`fork` returns the pid of the launcher's own child. That is the middle process; the
            daemon is a grandchild."""),
        part="__main__",
        hint="Which process can be sure of the daemon's pid?"),
    Compare(
        Run("two-forks", main="launcher", leaves=["daemon"]),
        Claim("`fork` returns the pid of the middle process, and that process ends.",
            "row(\"fork's result\").value('number') == row(\"fork's result\").middle.pid"),
        Claim("A pid file read at once still has the old number.",
            "row('in the pid file, at once').value('number') == 1"),
        Claim("The number from the pipe is the daemon's pid.",
            """row('the word in the pipe').value('number') == row('the word in the
            pipe').daemon.pid"""),
        id="numbers",
        title="the launcher's number is",
        rows={
            "fork's result": from_fork,
            "in the pid file, at once": from_the_old_file,
            "the word in the pipe": Edit()},
        columns={
            "it means": "'the daemon' if value('number') == daemon.pid else 'another process'"}),
    Task("""A shell also reads until end of file. This line hangs, because the daemon keeps the
        pipe:

            x=$(sh -c 'echo ready; exec sleep 1000' &); echo $x

        Change it:""",
        asks={
            "the line returns": some("", ("returns", "the line hangs")),
            "your shell gets `ready` through the pipe, and prints it": some("",
                ("output == 'ready\\n'", "printed: {shown}"),
                ("shell.has_read('ready')", "your shell did not read `ready`"),
                ("shell.expands(value='ready') or not shell.sets(value='ready')",
                 "what your shell reads is not what it prints")),
            "the process that says `ready` continues": some("p",
                ("p.writes('ready\\n')", "no other process said `ready`"),
                ("p.end.state != 'Z' or p.made_by != shell and p.made_by.end.state != 'Z'",
                 "{p.words} ended"))},
        hint="`exec` with a redirection and no command changes the shell's own descriptors.",
        solution="x=$(sh -c 'echo ready; exec >/dev/null; exec sleep 1000' &); echo $x",
        wrong={
            "x=$(sh -c 'echo ready; exec sleep 1000' &); echo $x":
                "`sleep` keeps the pipe's write end, so the shell still reads.",
            "x=$(sh -c 'exec >/dev/null; echo ready; exec sleep 1000' &); echo $x":
                """The daemon closes the pipe first. Its “ready” goes to /dev/null, and `x` is
                empty.""",
            "echo ready":
                """Your shell's `echo` prints the word. The task asks for a daemon that says “ready”
                and continues.""",
            "x=$(sh -c 'echo ready; exec sleep 0.1' &); echo $x":
                """This daemon ends, and its end closes the pipe. The task asks for a daemon that
                continues.""",
            "x=$(sh -c 'exec >/dev/null; exec sleep 1000' &); echo ready":
                """The daemon closes the pipe without a word. Your shell's own `echo` prints
                “ready”.""",
            "x=$(sh -c 'exec >/dev/null; echo ready; exec sleep 1000' &); echo ready":
                """The daemon's “ready” goes to /dev/null. Your shell's own `echo` prints the word
                that you see."""},
        note="A daemon that closes the pipe can live on, and its launcher knows that it is ready."),
    Repair("repair",
        """The daemon has no `config`, and exits with 1. Its launcher should exit with 1, too. It
        hangs. Fix it.""",
        Claim("The launcher gets end of file when the daemon has ended.",
            "daemon.exits(1) and launcher.sees_end_of_file",
            wrong=[launcher_can_write, replace("os.read(read_end, 5)", "b''"), config_exists],
            hint="Which processes can still write to the pipe when the daemon has ended?"),
        Claim("The launcher exits with 1: the daemon was never ready.",
            "launcher.exits(1)",
            wrong=[launcher_can_write, replace("0 if is_ready else 1", "0")],
            hint="Status 0 is for a daemon that has said `ready`."),
        main="launcher",
        fix=insert(
            "os.close(write_end)  # only the daemon writes",
            above='is_ready = os.read(read_end, 5) == b"ready"'),
        fix_in_c=insert(
            "close(write_end);  // only the daemon writes",
            above="ssize_t count = read(read_end, text, 5);"),
        hint="End of file comes when no process can write to the pipe any more.",
        praise="""The end of the daemon closed the last write end, and the launcher got end of
        file."""),
    remember="""The launcher's end says nothing about the daemon. Let the daemon alone hold the
    write end: a word, best its pid, means ready; end of file without the word means dead.""",
    good_for="""“start && use” fails now and then: the launcher returned before its daemon was
    ready. s6 gives a service such a descriptor (notification-fd); systemd's Type=notify uses a
    datagram socket, sd_notify(3).""",
    requires=["daemonize", "end-of-file"],
    exercise="daemon",
    read="daemon(7); sd_notify(3); systemd.service(5), Type=; pipe(7)",
)
