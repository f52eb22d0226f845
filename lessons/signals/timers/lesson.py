"""A process has one ITIMER_REAL; its ring can interrupt a call, and a timerfd keeps the ring."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Explore, Lesson, Predict, Repair, Run, Say, Task, delete, insert,
    replace, some,
)

one_limit = delete("# for the first step") + delete("# the step is done")
restarts = replace(".sa_handler = ring}", ".sa_handler = ring, .sa_flags = SA_RESTART}")
polls = (replace(
        "alarm(1);\n    read(ends[0], &byte, 1);",
        "poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, 1000);") +
    replace("#include <signal.h>", "#include <poll.h>\n#include <signal.h>")) + delete("char byte;")


lesson = Lesson(
    Say("""`alarm(2)` asks the kernel for SIGALRM in whole seconds, `setitimer(2)` in parts of a
        second. The default action of SIGALRM ends the process. Here a child sets a timer, and then
        it executes `sleep`."""),
    Predict("`sleep` knows nothing of the timer. **What happens to it?**",
        Choice("it sleeps on: exec removes the timer",
            "at('rest').child.asleep_in == 'clock_nanosleep'",
            """exec removes handlers and memory. The timer belongs to the process, as its pid does;
            it is kept."""),
        Choice("it ends by itself, with status 0",
            "child.exits(0)",
            """That needs a `sleep` that is shorter than the limit, or that catches SIGALRM. After
            exec no signal is caught."""),
        Choice("it is ended by a signal of the kernel",
            "child.killed('SIGALRM')",
            """exec keeps the timer, and SIGALRM has its default action. So a program gets a time
            limit that it cannot know."""),
        hint="Does exec make a new process?",
        again=replace('"1000"', '"0"') + replace("0.1)  # SIGALRM in 0.1 s", "100)  # in 100 s")),
    Run("limit",
        Claim("The timer was set before exec, and SIGALRM ended `sleep`.",
            "child.execs('sleep') and child.killed('SIGALRM')",
            wrong=[
                delete("signal.setitimer(signal.ITIMER_REAL, 0.1)"),
                insert("signal.setitimer(signal.ITIMER_REAL, 0.1)", above="child = os.fork()") +
                    delete("0.1 s")]),
        Claim("No process sent the signal.",
            "not parent.sends('SIGALRM', child)",
            wrong=replace(
                "os.waitpid(child, 0)",
                "os.kill(child, signal.SIGALRM)\nos.waitpid(child, 0)"))),
    Predict("The second step never ends by itself. **What ends this program?**",
        Choice("the first limit, after 0.3 seconds",
            "parent.killed('SIGALRM')",
            """That needs a second timer. The limit of the first step replaced the limit for all of
            it, and was then cancelled."""),
        Choice("nothing",
            "at('rest').parent.asleep_in in ('pause', 'rt_sigsuspend')",
            """A process has one ITIMER_REAL, and `alarm` uses the same one. The second call
            replaced it, the third cancelled it. Only a machine that stands still for 0.3 s can let
            it ring before."""),
        Choice("an error of the second call",
            "parent.fails('setitimer')",
            """`setitimer` does not fail if a timer is running: it returns the time that was left,
            and sets the new one."""),
        hint="""How many timers of this kind does a process have? `alarm` returns how many seconds
        were left.""",
        again=one_limit),
    Run("two",
        Claim("No SIGALRM comes: the program sleeps for ever.",
            """at('rest').parent.asleep_in in ('pause', 'rt_sigsuspend') and not
            parent.gets_signal('SIGALRM')""",
            wrong=one_limit),
        remark="In one order it prints `first`, in another nothing."),
    Say("""`sleep` was ended by its timer. A program that wants to go on catches SIGALRM. This
        handler does nothing: it shall only interrupt `read`, to which nobody writes.""",
        part=""),
    Predict("**In which orders** does this program print `late`?",
        Choice("in some: the ring can come before",
            "len(row('alarm, read').outputs) == 2",
            """While `read` sleeps, the ring makes it fail with EINTR. A ring before `read` is lost,
            and `read` sleeps for ever."""),
        Choice("in all: `read` fails with EINTR",
            "row('alarm, read').outputs == {'late'}",
            """`read` fails with EINTR if the ring comes while it sleeps. The second may be over
            before that: then no ring is left."""),
        Choice("in none: `read` goes on",
            "'late' not in row('alarm, read').outputs",
            """It would with SA_RESTART: then the kernel begins the call again when the handler has
            returned."""),
        hint="Two things happen after `alarm`: the ring, and the beginning of `read`."),
    Compare(
        Explore("rings", needs=["compiler"], native=5),
        Claim("A ring while `read` sleeps makes it fail with EINTR; a ring before it is lost.",
            "'late' in row('alarm, read').outputs and len(row('alarm, read').outputs) == 2"),
        Claim("With SA_RESTART the kernel begins `read` again: this limit never works.",
            "'late' not in row('alarm with SA_RESTART, read').outputs"),
        Claim("The time of `poll` is no signal: it ends in every order.",
            "row('poll for 1000 ms').outputs == {'late'}"),
        id="calls",
        title="the limit",
        rows={
            "alarm, read": Edit(),
            "alarm with SA_RESTART, read": restarts,
            "poll for 1000 ms": polls},
        columns={
            "it can end": "'yes' if 'late' in outputs else 'no'",
            "it ends in every order": "'yes' if outputs == {'late'} else 'no'"},
        needs=["compiler"]),
    Say("""In Python you see no EINTR: after the handler Python calls again (PEP 475). `poll` and
        `select` end with EINTR even with SA_RESTART. A *timerfd* is a timer that `poll` can wait
        for.""",
        part=""),
    Predict("This timer expires **before** the program reads. What does `read` do?",
        Choice("it fails: the timer is over",
            "parent.fails('read')",
            """With TFD_NONBLOCK a read fails with EAGAIN if the timer has **not** expired since the
            last read."""),
        Choice("it returns the number 1",
            "output == '1'",
            """The timer has expired once since it was set. `read` returns this count, eight bytes,
            and sets it to 0."""),
        Choice("it sleeps until the next time",
            "not output == '1'",
            """A signal that came too early would be lost. A timerfd counts: the number waits until
            a read takes it."""),
        hint="A timerfd is a descriptor. Is something to be read?"),
    Run("timerfd",
        Claim("The count of the timer waits for the read: nothing is lost.",
            "output == '1' and returns",
            wrong=[
                replace("read(timer, &count, sizeof count);", "close(timer);"),
                replace(".it_value = ", ".it_interval = {0, 10000000}, .it_value = ")]),
        needs=["compiler"]),
    Task("Give `sleep 1000` a time limit of less than ten seconds. Type a line in which:",
        asks={
            "a signal ends `sleep`": some("p",
                ("p.killed if p.execs('sleep') else not p.programs and not 0 <= p.status <= 128",
                 "no signal ended `sleep`")),
            "a clock decides when: a tenth of a second after the start, or later": some("p",
                ("p.killed if p.execs('sleep') else not p.programs and not 0 <= p.status <= 128",
                 "no signal ended `sleep`"),
                ("p.clock_seconds", "its end did not wait for any clock"),
                ("p.clock_seconds > 0.05",
                 "its end waited only {p.clock_seconds} seconds for a clock"))},
        hint="timeout(1). Or let another process sleep before it sends the signal to `$!`.",
        solution="timeout 0.3 sleep 1000",
        wrong={
            "sleep 1000 & kill $!":
                "`kill` waits for no clock: this is no limit of a tenth of a second.",
            "sleep 0.3": "This `sleep` ends by itself, without a signal.",
            "timeout 0.01 sleep 1000":
                "This limit is a hundredth of a second. The task asks for a tenth, or more.",
            "timeout 3 sleep 0.3": "This limit is longer than the sleep."},
        note="`timeout` sets a timer of its own. Its status 124 says that the time was up."),
    Repair("repair",
        """All of it may take 0.3 seconds, and the first step has a limit of its own. This program
        forgets the first limit, and sleeps for ever. Fix it.""",
        Claim("The first step is done, and then SIGALRM ends the program.",
            "output == 'first ' and parent.killed('SIGALRM')",
            wrong=[
                replace("left)", "0)"),
                delete("signal.pause()"),
                delete('os.write(1, b"first ")')],
            hint="""The one timer must ring after the first step, too. What did the second
            `setitimer` return?"""),
        Claim("The kernel's timer sends the signal, no process does.",
            "not parent.sends('SIGALRM', parent)",
            wrong=replace(
                "signal.setitimer(signal.ITIMER_REAL, left)",
                "os.kill(os.getpid(), signal.SIGALRM)"),
            hint="Set the timer again, with the time that was left."),
        fix=replace(
            "signal.setitimer(signal.ITIMER_REAL, 0)  # the step is done",
            "signal.setitimer(signal.ITIMER_REAL, left)  # the step is done"),
        fix_in_c=replace("alarm(0)", "setitimer(ITIMER_REAL, &left, NULL)"),
        hint="The time that was left is the old value that `setitimer` returns.",
        praise="""The timer counts down the limit for all of it again, and the kernel ends the
        program."""),
    remember="""A process has one ITIMER_REAL, which exec keeps; timer_create(2) makes more. Its
    SIGALRM interrupts a sleeping call with EINTR, unless SA_RESTART is set. A timerfd keeps its
    count until it is read.""",
    good_for="""`timeout` sets a timer, and so does a client that gives up after a while. A library
    that sets an alarm cancels the alarm of its caller.""",
    requires=["signals-handlers", "self-pipe"],
    read="""alarm(2); setitimer(2); timerfd_create(2); signal(7), “Interruption of system calls”;
    TLPI chapter 23""",
)
