"""A fork bomb, contained by a limit."""

import resource

from simpsh.course import (
    Choice, Claim, Kill, Lesson, Predict, Repair, Run, Say, Task, Type, delete, insert, move,
    replace, some,
)

# The limit of the task: below the hard limit, which an ordinary user may not raise.
try:
    HARD = resource.getrlimit(resource.RLIMIT_NPROC)[1]
except OSError:  # the call is refused here
    HARD = resource.RLIM_INFINITY
LIMIT = 3000 if HARD == resource.RLIM_INFINITY else min(3000, HARD - 1)
lower_limit = insert("resource.setrlimit(resource.RLIMIT_NPROC, (4, 4))", above="while True:")
only_the_first_forks = replace("os.fork()", "if os.fork() == 0:\n                signal.pause()")
bomb_ends = replace("    explode()", "    os._exit(0)")
no_refill = replace("os.wait()", "signal.pause()")
groups_of_their_own = replace("os.fork()", "os.fork() or os.setpgid(0, 0)")
no_limit = delete("resource.setrlimit(resource.RLIMIT_NPROC, (4, 4))")


lesson = Lesson(
    Say("""`:(){ :|:& };:` is a famous *fork bomb*: a shell function that calls itself twice, in the
        background. Here is the same in plain code. **This lesson contains it**: it allows at most 8
        processes, and ends them with the lesson. Do not run it elsewhere."""),
    Predict("""There are 8 processes, which is the limit. Each of them calls `fork` again. **What
        happens?**""",
        Choice("`fork` fails in all 8 processes",
            "len(anyone.fails('fork', 'EAGAIN')) == 8",
            """`fork` creates no child and fails with EAGAIN, “try again later”. Each of the 8
            processes calls `fork`, so each gets the error."""),
        Choice("`fork` sleeps in all 8 processes",
            "at('rest').bomb.asleep_in == 'fork'",
            """A write to a full pipe sleeps in this way, until a reader makes room. `fork` does not
            wait for another process to end."""),
        Choice("the kernel kills one of the 8 processes",
            "anyone.killed('SIGKILL')",
            """On a machine that runs out of **memory** Linux kills a process. A limit on the number
            of processes kills none."""),
        Choice("`fork` fails in the first process",
            "len(anyone.fails('fork', 'EAGAIN')) == 1",
            """If only the first process forked, only one `fork` would fail. Each child continues in
            the same loop and also reaches the limit."""),
        hint="""How can `fork` report that it has created no child? And which processes call
        `fork`?"""),
    Run("bomb",
        Claim("There are 8 processes, and there were never more.",
            "len(at('rest')) == 8 and len(anyone.forks()) == 7",
            wrong=lower_limit),
        Claim("Each of the 8 processes reached the limit and got EAGAIN.",
            "len(anyone.fails('fork', 'EAGAIN')) == 8",
            wrong=only_the_first_forks),
        main="bomb",
        leaves=["anyone"],
        guard=8,
        shows="nothing"),
    Predict("""The shell started the bomb in the background, and has the same limit. Its user types
        `ls`. **What does this shell do?**""",
        Choice("it says that it cannot fork",
            "shell.fails('fork', 'EAGAIN')",
            """The bomb has reached the limit of this user. A *builtin* such as `kill` still works,
            because it needs no fork."""),
        Choice("it sleeps until the bomb ends",
            "at('rest', 2).shell.asleep_in == 'fork'",
            """Then `fork` would have to wait at the limit. It fails there, and the shell can report
            the reason."""),
        Choice("it runs `ls` as usual",
            "not shell.fails('fork', 'EAGAIN')",
            """A limit for the bomb alone would leave room for `ls`. RLIMIT_NPROC counts all
            processes of the user. The shell has the limit of 8, too, so its fork fails. A process
            with a higher limit of its own could still fork."""),
        part="__main__",
        hint="RLIMIT_NPROC counts the processes of a user. Whose process is the shell?"),
    Run("user",
        Claim("""The shell is not the bomb, but it cannot fork either: the limit counts the
            processes of a user, and the shell has the same limit.""",
            "shell.fails('fork', 'EAGAIN')",
            wrong=bomb_ends),
        main="shell",
        at_rest=[Kill("shell", "SIGUSR1")],
        leaves=["anyone"],
        guard=8,
        shows="output"),
    Predict("""The limit is 4 now, and each process tries again when a child of its own has ended.
        You **kill one** of the 4 with SIGKILL. How many are alive then?""",
        Choice("two or fewer",
            "len([p for p in at('rest', 2) if p.state == 'S']) < 3",
            """The end of an ordinary parent ends none of its children: they become orphans. So one
            process is missing, and its parent makes a new one."""),
        Choice("only three",
            "len([p for p in at('rest', 2) if p.state == 'S']) == 3",
            """If no process forked again, three would be left. Here the parent collects the dead
            child and forks again."""),
        Choice("four as before",
            "len([p for p in at('rest', 2) if p.state == 'S']) == 4",
            """The parent waits in `os.wait` for exactly this. It collects the dead child and
            forks again."""),
        hint="In which line do the processes sleep, and what wakes them?"),
    Run("one-killed",
        Claim("The killed process is gone, and a new process has replaced it.",
            """len([p for p in at('rest', 2) if p.state == 'S']) == 4 and at('rest',
            2).process('bomb.1').gone""",
            wrong=no_refill),
        main="bomb",
        at_rest=[Kill("bomb.1", "SIGKILL")],
        leaves=["anyone"],
        guard=4,
        shows="nothing"),
    Predict("""So a loop of `kill` commands loses the race against the bomb. Now the bomb runs in
        the *foreground* of a terminal, and you press ^C. How many of the 4 are left?""",
        Choice("none of them",
            "len(at('end')) == 0",
            """^C sends SIGINT to the whole foreground *process group* at once, so no process is
            left that could fork."""),
        Choice("four once more",
            "len([p for p in at('end') if p.state == 'S']) == 4",
            """After a `kill` with one pid the others would fork again. ^C reaches the whole
            *process group*, so no process is left to fork."""),
        Choice("three of them",
            "len([p for p in at('end') if p.state == 'S']) == 3",
            """`kill` with a pid reaches one process. The terminal signals a *process group*, and
            `fork` keeps the children in it."""),
        hint="Which processes get the signal of ^C? In which process group are the children?"),
    Run("one-killed",
        Claim("All 4 processes are gone, and no new process has replaced one of them.",
            "len(at('end')) == 0 and len(anyone.forks()) == 3",
            wrong=groups_of_their_own),
        id="all-killed",
        main="bomb",
        at_rest=[Type("^C")],
        guard=4,
        terminal=True),
    Say("""RLIMIT_NPROC does not bind root, and POSIX does not have it. On Linux `pids.max` of a
        *cgroup* binds every process in the group, root's too, and counts no other process.
        Containers and systemd use it."""),
    Task("""`ulimit -u` prints the limit of processes, and `ulimit -u 3000` sets it, for a shell and
        its later children. Type a line in which:""",
        asks={
            f'a process sets its limit to {LIMIT}': some("",
                (f"anyone.calls('prlimit64', 0, 6, {LIMIT})"
                 f" or anyone.calls('setrlimit', 6, {LIMIT})"
                 f" or any(anyone.calls('prlimit64', p.pid, 6, {LIMIT}) for p in processes[1:])",
                 "no process set this limit")),
            "the limit that it has then is printed": some("",
                (f"output == '{LIMIT}\\n'", "printed: {shown}"),
                (f"before(anyone.calls('prlimit64', 0, 6, {LIMIT})[:1],"
                 " anyone.calls('prlimit64', 0, 6, None)[-1:])",
                 "no process asked for its limit after that")),
            "your shell keeps its own limit": some("",
                (f"not shell.calls('prlimit64', 0, 6, {LIMIT})"
                 f" and not anyone.calls('prlimit64', shell.pid, 6, {LIMIT})",
                 "your shell gets another limit"))},
        hint="""A child inherits the limits of its parent, not the other way round. Which process
        could set the limit instead of your shell?""",
        solution="(ulimit -u 3000; ulimit -u)",
        wrong={
            "ulimit -u 3000; ulimit -u":
                "This sets the limit of your shell itself, and all its later children inherit it.",
            "(ulimit -u 3000); ulimit -u":
                "The child with the limit has ended. This is the limit of your shell itself.",
            "(echo 3000)": "A child prints the number, but no process has set a limit.",
            "echo 3000": "This prints the number, but no process has set a limit."},
        note="The limit is gone with the child that had it.",
        needs=["prlimit64"]),
    Repair("repair",
        """This shell starts a bomb, and then it cannot start `ls`: the bomb has taken all eight
        places of the user. The bomb should get four. Fix it.""",
        Claim("The bomb still forks until its fork fails.",
            "bomb.fails('fork', 'EAGAIN')",
            wrong=delete("    burst()"),
            hint="Keep the bomb: it should be held by a limit, not taken away."),
        Claim("There are fewer than eight processes, so the user has places left.",
            "len(at('rest')) < 8",
            wrong=no_limit,
            hint="Eight is the limit of this user. The bomb needs a lower one."),
        Claim("The shell can start `ls`.",
            "output == 'ls runs\\n'",
            wrong=[
                no_limit,
                move(
                    "resource.setrlimit(resource.RLIMIT_NPROC, (4, 4))",
                    above="bomb = os.fork()")],
            hint="""A limit belongs to the process that sets it, and to its later children. Which
            process should have the lower one?"""),
        main="shell",
        at_rest=[Kill("shell", "SIGUSR1")],
        leaves=["anyone"],
        guard=8,
        shows="output",
        fix=replace(
            "if bomb == 0:  # in the bomb",
            "if bomb == 0:  # in the bomb\n    resource.setrlimit(resource.RLIMIT_NPROC, (4, 4))"),
        fix_in_c=replace("burst();", '    err(1, "setrlimit");\nburst();') +
            replace(
                "if (bomb == 0) {  // in the bomb",
                "if (bomb == 0) {  // in the bomb\n"
                "    if (setrlimit(RLIMIT_NPROC, &four) == -1)") +
            insert("struct rlimit four = {4, 4};", above="sigset_t usr1;"),
        hint="setrlimit(2) with RLIMIT_NPROC. The number counts all processes of the user.",
        praise="""The bomb failed at four. The shell kept its own limit, and there was room for
        `ls`."""),
    remember="""A limit that was set before stops a fork bomb. To remove the bomb, send one signal
    to all of its processes.""",
    good_for="""One wrong line in a script can make a machine unusable for all its users. `ulimit
    -u`, TasksMax= of systemd and pids.max of a container are one line each.""",
    requires=["how-many"],
    exercise="bomb-limit",
    read="fork(2), EAGAIN; getrlimit(2), RLIMIT_NPROC; cgroups(7); POSIX.1-2024 ulimit",
)
