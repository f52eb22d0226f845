"""A handler writes a byte into a pipe, and the loop that waits for the pipe cannot miss it."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Explore, Kill, Lesson, Predict, Repair, Run, Say, Task, delete,
    insert, replace, some,
)

watches_one = delete("loop.register(os.pidfd_open(done), select.POLLIN)")
collects_before = insert("os.waitpid(done, 0)", above="info = os.waitid")
writes_a_byte = (replace("came = 1;", 'int saved = errno; write(ends[1], "!", 1); errno = saved;') +
    replace("#include <poll.h>", "#include <errno.h>\n#include <poll.h>"))
blocked = insert(
    "sigset_t set, old;\n"
    "sigemptyset(&set);\n"
    "sigaddset(&set, SIGUSR1);\n"
    "sigprocmask(SIG_BLOCK, &set, &old);",
    above="if (fork() == 0)")
unblocks_first = (blocked +
    replace(
        "if (!came) poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, -1);",
        "if (!came) {\n"
        "    sigprocmask(SIG_SETMASK, &old, 0);\n"
        "    poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, -1);\n"
        "}"))
one_signal = replace('b"!"))\nos.kill(os.getpid(), signal.SIGUSR1)', 'b"!"))')
keeps_a_flag = replace('os.write(write_end, b"!")', "None")


lesson = Lesson(
    Say("""`waitpid(pid, …)` waits for one child, and `read` waits for data from one descriptor. An
        *event loop* waits for many things in one call: `poll` sleeps until one of its descriptors
        is ready. A pidfd is a descriptor, too.""",
        part=""),
    Predict("""The parent calls `poll` with a pidfd for each child. `busy` lives, `done` ends. At ①
        `poll` has returned. **In which state** is `done`?""",
        Choice("collected",
            "at(1).done.gone",
            "After `os.waitid` you are right. `poll` itself takes nothing."),
        Choice("still running",
            "at(1).done.state == 'R'",
            """While `done` runs, `poll` sleeps. A pidfd becomes readable at the end of its
            process."""),
        Choice("a zombie",
            "at(1).done.state == 'Z'",
            """`poll` reports that the pidfd is readable: the process has ended. Only a wait call
            collects it."""),
        hint="`poll` gets descriptors. Does it read from them?"),
    Run("both",
        Claim("`poll` returns when `done` has ended, although `busy` is still alive.",
            "at(1).busy.asleep_in == 'pause' and parent.prints('status 3')",
            wrong=watches_one),
        Claim("`poll` has collected no child: at ① `done` is a zombie.",
            "at(1).done.state == 'Z'",
            wrong=collects_before),
        at_rest=[Kill("busy", "SIGTERM")],
        needs=["pidfd"]),
    Say("""A server sleeps in `poll` until input comes, and a signal shall wake it, too. A handler
        may do little: it sets a flag, and the loop tests the flag. Here the child sends SIGUSR1 to
        its parent."""),
    Predict("**Can the signal come so that the parent sleeps for ever?**",
        Choice("yes: between test and poll",
            "len(row('sets a flag').outputs) == 2",
            """The test has found 0, then the handler runs. `poll` waits for input, and knows
            nothing of the flag."""),
        Choice("yes: whenever it comes",
            "'woken' not in row('sets a flag').outputs",
            """That needs a handler that is never called. A signal before the test, or during
            `poll`, wakes the parent."""),
        Choice("no: poll fails with EINTR",
            "row('sets a flag').outputs == {'woken'}",
            """It does if the signal comes **while** `poll` sleeps. The signal can also come before
            that, and after the test."""),
        hint="Go through the lines: what happens if the signal comes after this one?"),
    Compare(
        Explore("wait", births=["child"], needs=["compiler"], native=10),
        Claim("A flag is not enough: between the test and `poll` the signal is lost.",
            "len(row('sets a flag').outputs) == 2"),
        Claim("The byte stays in the pipe: `poll` returns in every order.",
            "row('writes a byte').outputs == {'woken'}"),
        Claim("Blocking alone moves the gap to the place between unblocking and `poll`.",
            "len(row('sets a flag; unblocked before poll').outputs) == 2"),
        id="waits",
        title="the handler",
        rows={
            "sets a flag": Edit(),
            "writes a byte": writes_a_byte,
            "sets a flag; unblocked before poll": unblocks_first},
        columns={"woken in every order": "'yes' if outputs == {'woken'} else 'no'"},
        needs=["compiler"]),
    Say("""This is the *self-pipe*: the handler's `write` is async-signal-safe, and the byte waits
        in the pipe until the loop reads it. The loop has one more descriptor in its list, nothing
        else changes.""",
        part=""),
    Predict("Two signals come **before** `select`. What does the program print?",
        Choice("`!!`: a byte for each call",
            "output == '!!'",
            """Each call of the handler leaves a byte. `select` finds data, and the read takes both
            bytes."""),
        Choice("`!`: equal signals are one",
            "output == '!'",
            """Equal **pending** signals are one. The first signal was delivered before the second
            was sent: the handler ran twice."""),
        Choice("nothing: `select` sleeps",
            "at('rest').parent.asleep_in in ('select', 'pselect6')",
            """With a flag alone it would sleep. The pipe has data already, so `select` returns at
            once."""),
        hint="When is a signal to oneself delivered, if it is not blocked?",
        again=keeps_a_flag),
    Run("bytes",
        Claim("The signals came before the wait, and `select` returns: two bytes are there.",
            "output == '!!'",
            wrong=[keeps_a_flag, one_signal])),
    Say("""Both ends of a self-pipe are non-blocking: a handler that waits for room would wait for
        the program that it interrupts. Linux has two other ways: `ppoll` and `pselect` take a
        signal mask for the time of the sleep, and *signalfd* makes a descriptor that gives blocked
        signals as records. Equal pending signals are one record there."""),
    Task("""A shell can do it with a FIFO that it opens for both: `mkfifo f; exec 3<>f`. Type a line
        in which:""",
        asks={
            "your shell receives SIGUSR1": some("",
                ("shell.gets_signal('SIGUSR1')", "your shell received no SIGUSR1")),
            "the signal's `trap` writes `usr1` into the FIFO": some("p",
                ("any('/' in path for path in p.pipes_written('usr1\\n'))",
                 "no process wrote `usr1` into a FIFO"),
                ("in_trap('SIGUSR1', p.writes('usr1\\n'))", "no trap for SIGUSR1 writes it")),
            "your shell reads `usr1` from it, and prints it": some("",
                ("prints('usr1')", "printed: {shown}"),
                ("shell.has_read('usr1')", "your shell did not read it"),
                ("shell.expands(value='usr1') or not shell.sets(value='usr1')",
                 "what your shell reads is not what it prints"))},
        hint="`trap 'COMMAND >&3' USR1`, then `kill`, then `read x <&3`.",
        solution="""mkfifo f; exec 3<>f; trap 'echo usr1 >&3' USR1; kill -USR1 $$; read x <&3; echo
        $x""",
        wrong={
            "trap 'echo usr1' USR1; kill -USR1 $$":
                """The trap prints the word itself. It should only write into the FIFO, as a handler
                does.""",
            "mkfifo f; exec 3<>f; echo usr1 >&3; read x <&3; echo $x":
                "The word goes through the FIFO without a signal.",
            "trap 'echo usr1 >g' USR1; kill -USR1 $$; read x <g; echo $x":
                "This `g` is a regular file. No `read` could wait for its data.",
            "mkfifo f; exec 3<>f; trap 'echo usr1 >&3' USR1; kill -USR1 $$":
                "The word is in the FIFO, and no process reads it."},
        note="The data wait in the FIFO, so it does not matter when the signal comes."),
    Repair("repair",
        """Two signals come, and the loop should see both and print `done`. It prints `seen seen`,
        and sleeps. Fix it.""",
        Claim("The program sees both signals, and then prints `done`.",
            "output == 'seen seen done' and returns",
            wrong=[
                delete("os.set_blocking(read_end, False)"),
                replace("while os.read", "if os.read"),
                keeps_a_flag,
                one_signal],
            hint="The loop reads until the pipe is empty. What does a read from an empty pipe do?"),
        fix=insert("os.set_blocking(read_end, False)", above="os.set_blocking(write_end, False)"),
        fix_in_c=insert(
            "fcntl(read_end, F_SETFL, O_NONBLOCK);",
            above="fcntl(write_end, F_SETFL, O_NONBLOCK);"),
        hint="The writer is this program itself: while it sleeps in read, nothing is written.",
        praise="""Both ends are non-blocking: the handler never waits for room, the loop never for a
        byte."""),
    remember="""`poll` sleeps until one of many descriptors is ready, and reads none of them. A
    pidfd makes a child's end such a descriptor, and a handler that writes into a non-blocking pipe
    does it for a signal.""",
    good_for="""Python has `signal.set_wakeup_fd` for it, and asyncio uses that. A server without
    such a pipe may react to SIGTERM only after the next request.""",
    requires=["signals-blocked", "pidfd"],
    read="""signal-safety(7); poll(2), ppoll; pidfd_open(2); signalfd(2); TLPI 63.5.2 The Self-Pipe
    Trick""",
)
