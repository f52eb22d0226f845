"""The first process of a pid namespace: process 1."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, Show, delete, insert,
    replace,
)

no_namespace = replace("CLONE_NEWUSER | CLONE_NEWPID", "CLONE_NEWUSER")
catches = insert(
    "sigaction(SIGTERM, &(struct sigaction){.sa_handler = _exit}, 0);",
    above="printf(") + insert("#include <signal.h>", above="#include <sched.h>")

lesson = Lesson(
    Say("""A *namespace* gives processes their own view of the machine. In a pid namespace, the
        processes have their own numbers, from 1."""),
    Predict("The middle process ends. **Which process adopts the orphan?**",
        Choice("init in the namespace",
            "at('rest').orphan.parent == init",
            "The nearest subreaper adopts it, else the init of its namespace."),
        Choice("the parent outside it",
            "at('rest').orphan.parent == parent",
            """A parent that is a subreaper adopts in its own namespace. This parent is outside the
            orphan's namespace, and has ended."""),
        Choice("the machine's init",
            "at('rest').orphan.parent == reaper",
            """Without a pid namespace, the machine's init could adopt the orphan. The kernel keeps
            the orphans of a namespace inside it."""),
        hint="See the lesson `orphan`: which process adopts first, and which one last?"),
    Run("adopts",
        Claim("Inside the namespace, the number of the first process is 1.",
            "init.output == '1'",
            wrong=no_namespace),
        Claim("The orphan is adopted by the namespace's init, not by the machine's.",
            "orphan.adopted(init)",
            wrong=no_namespace),
        births=["init", "middle", "orphan"],
        leaves=["init", "orphan"],
        needs=["compiler", "namespaces"]),
    Show("family",
        of="adopts",
        at="rest",
        text="""Outside, the same processes have other numbers: each process has one pid for each
        namespace that it is in. /proc/PID/status shows them in the line NSpid."""),
    Predict("You send **SIGTERM** to init. init has no handler. What happens?",
        Choice("no process is ended",
            "row('no handler').at('rest', 2).init.asleep_in == 'pause'",
            """The kernel drops a signal for an init that has no handler for it. Only SIGKILL and
            SIGSTOP from outside are an exception."""),
        Choice("all processes end",
            "row('no handler').init.killed('SIGTERM')",
            """SIGTERM would end any other process. The end of an init ends its whole namespace, so
            the kernel protects init from accidents."""),
        Choice("the orphan ends",
            "row('no handler').at('rest', 2).orphan.gone",
            """`kill` with a pid means one process. An init passes a signal on only if it is
            programmed to do so."""),
        hint="What would the end of init mean for all other processes?"),
    Compare(
        Run("adopts",
            births=["init", "middle", "orphan"],
            at_rest=[Kill("init", "SIGTERM"), Kill("init", "SIGKILL")],
            leaves=["init", "orphan"],
            needs=["compiler", "namespaces"]),
        Claim("The kernel drops SIGTERM for an init that has no handler for it.",
            "row('no handler').at('rest', 2).init.asleep_in == 'pause'"),
        Claim("When SIGKILL ends init, the kernel kills the orphan, too.",
            "row('no handler').orphan.killed('SIGKILL')"),
        Claim("With a handler, SIGTERM reaches init: the handler calls _exit(15).",
            "row('a handler for SIGTERM').init.exits(15)"),
        id="terms",
        title="the first process has",
        rows={
            "no handler": Edit(),
            "a handler for SIGTERM": catches,
            "no pid namespace of its own": no_namespace},
        columns={"SIGTERM": "'has no effect' if not at('rest', 2).init.gone else 'ends it'"},
        needs=["compiler", "namespaces"]),
    Say("""An init therefore has two tasks: collect every orphan, `while (wait(NULL) > 0);`, and
        handle SIGTERM by passing it on to its children. A program that was not written to be
        process 1 does neither."""),
    Repair("repair",
        """You send this container SIGTERM, and nothing happens: after ten seconds it is killed. It
        should exit with 0. Fix it.""",
        Claim("SIGTERM reaches process 1 of the container, and it exits with 0.",
            "init.gets_signal('SIGTERM') and init.exits(0)",
            wrong=[
                delete("signal.signal(signal.SIGTERM, lambda *_: os._exit(0))"),
                replace("lambda *_: os._exit(0)", "signal.SIG_DFL"),
                replace("signal.pause()", "os._exit(0)")],
            hint="""The kernel drops a signal that process 1 does not expect. How does a process say
            that it expects SIGTERM?"""),
        Claim("It is process 1 of a namespace.",
            "init.output == '1'",
            wrong=replace("libc.unshare(NAMESPACES)", "pass"),
            hint="Keep the `unshare`: it makes the container."),
        at_rest=[Kill("init", "SIGTERM")],
        needs=["namespaces"],
        fix=insert(
            "signal.signal(signal.SIGTERM, lambda *_: os._exit(0))",
            above='os.write(1, b"%d" % os.getpid())'),
        fix_in_c=insert("sigaction(SIGTERM, &action, NULL);", above='dprintf(1, "%d", getpid());') +
            insert(
                "struct sigaction action = {.sa_handler = leave};",
                above="sigaction(SIGTERM, &action, NULL);"),
        hint="What does the kernel do with a signal for process 1 that has no handler?",
        praise="With a handler the signal came through, and the container ended at once."),
    remember="""The first process of a pid namespace adopts its orphans. Signals that it has no
    handler for do not reach it, except SIGKILL and SIGSTOP from outside. When it ends, the kernel
    kills all processes of the namespace.""",
    good_for="""`docker stop` waits ten seconds and then kills: the program inside is process 1,
    without a handler for SIGTERM. With `--init` a small init passes signals on.""",
    requires=["orphan", "zombie"],
    read="pid_namespaces(7); unshare(2); kill(2), “NOTES”; namespaces are Linux's; POSIX has none",
)
