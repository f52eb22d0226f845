"""The last actions of a program: exit handlers run, and buffers are written."""

from __future__ import annotations

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, LineRun, Predict, Repair, Run, Say, Task, Variation,
    Write, asked, delete, in_words, move, replace,
)

registered_save_first = move("atexit.register(save)", above="atexit.register(disconnect)")
left_at_once = replace("sys.exit(3)", "os._exit(3)")
written_at_once = replace('end=""', 'end="", flush=True')
worker_leaves_at_once = replace("sys.exit(0)", "os._exit(0)")
registered_later = move("atexit.register(clean_up)", above="os.waitpid(worker, 0)")


def registers(line: LineRun) -> str:
    """Some sh registers it: where `exit` stands in place of `exec`, the handler runs."""
    if line.varied is None:
        is_so = bool([name for name in line.others if has_been_sh(line, name)])
    else:
        says = [one for one in bye_writers(line.varied) if one != line.varied.shell]
        both = {*says, *map(line.varied.parent, says)}
        is_so = bool([name for name in both if has_been_sh(line.varied, name)])
    return "" if is_so else "no `sh` had registered the handler"


def has_been_sh(line: LineRun, name: str) -> bool:
    """Return whether a process executed a shell."""
    return bool({"sh", "bash", "dash"} & {*line.programs(name)})


def bye_writers(line: LineRun) -> list[str]:
    """Return the processes that wrote bye, not a text with this word in it."""
    return [name for _, name, what in line.events(Write) if what.text.startswith("bye")]


def becomes_true(line: LineRun) -> str:
    """A process executes a shell, then true."""
    if [name for name in line.ran("true") if has_been_sh(line, name)]:
        return ""
    return "a child ran `true`" if line.ran("true") else "no process executed `true`"


def no_bye(line: LineRun) -> str:
    """No process writes bye."""
    writers = bye_writers(line)
    return f"{in_words(writers[0])} printed `bye`" if writers else ""


lesson = Lesson(
    Say("""A program can end in two ways. `_exit` is a system call: the kernel ends the process at
        once. `exit` is a function of the C library. It first calls the program's *exit handlers*,
        functions that the program has registered with `atexit`. Python's names are `os._exit`,
        `sys.exit` and `atexit.register`."""),
    Predict("Each handler writes its own name. **What does the program write?**",
        Choice("work disconnect save",
            "output == 'work disconnect save '",
            """Handlers in the order of registration would write this. `exit` goes through the list
            from its end, so that `save` still has a connection."""),
        Choice("work and nothing else",
            "output == 'work '",
            """`os._exit` would end the process at once, without a handler. `sys.exit` runs the
            handlers first."""),
        Choice("work save disconnect",
            "output == 'work save disconnect '",
            """The handler that was registered last runs first. So `save` runs while the connection
            is still open."""),
        part="__main__",
        hint="`save` needs the connection. Which of the two must run first?"),
    Run("session",
        Claim("Exit handlers run in the reverse order of their registration.",
            """before(parent.writes('work '), parent.writes('save ')) and before(parent.writes('save
            '), parent.writes('disconnect '))""",
            wrong=registered_save_first),
        Claim("The process ends after the handlers, with the status that `exit` got: 3.",
            "before(parent.writes('disconnect '), parent.exits(3)) and parent.status == 3",
            wrong=left_at_once)),
    Predict("""`talk` runs first. Its text has no end of line, so `print` leaves it in a *buffer*.
        **What appears?**""",
        Choice("handler text",
            "output == 'handler text '",
            """`exit` runs all handlers first, because they may print, as `talk` does. After them it
            *flushes* the buffers."""),
        Choice("handler without text",
            "output == 'handler '",
            """`os._exit` after the handler would lose the text. `sys.exit` writes the buffers
            before the process ends."""),
        Choice("text handler",
            "output == 'text handler '",
            """With `flush=True` the text is written first. Here it waits in the buffer until all
            handlers have run."""),
        hint="A handler may call `print`. When must `exit` write the buffers, before or after?"),
    Run("ending",
        Claim("`exit` flushes the buffers after the last handler.",
            "before(parent.writes('handler '), parent.writes('text '))",
            wrong=written_at_once)),
    Predict("""`sys.exit(0)` is replaced by another last line. With which one does the handler
        **still run**?""",
        Choice("SIGTERM from `os.kill`",
            "row('a SIGTERM to itself').parent.writes('handler ')",
            """A program can catch SIGTERM and call `exit` itself. By default the kernel ends the
            process, and no code of the program runs."""),
        Choice("`pass` at the end of the code",
            "row('pass').parent.writes('handler ')",
            "The end of the program is a call of `exit`. In C, `return` from `main` is the same."),
        Choice("`execv` of another program",
            "row('execv of /bin/true').parent.writes('handler ')",
            """exec does not end the process. It replaces the memory, and the list of handlers is a
            part of this memory."""),
        Choice("`os._exit(0)` with success",
            "row('os._exit(0)').parent.writes('handler ')",
            """The status says nothing about handlers. `_exit` is the system call itself, and the
            kernel has no list of handlers."""),
        hint="The handlers are a list in the memory of the process. Which code reads it?"),
    Compare(
        Run("leaving"),
        Claim("`os._exit` runs no handler and writes no buffer.",
            """not row('os._exit(0)').parent.writes('handler ') and not
            row('os._exit(0)').parent.writes('text ') and row('os._exit(0)').parent.status == 0"""),
        Claim("A program that a signal ends runs no handler, and the text in its buffer is lost.",
            """not row('a SIGTERM to itself').parent.writes('handler ') and not row('a SIGTERM to
            itself').parent.writes('text ')"""),
        Claim("exec replaces the memory of the process, and with it the handlers and the buffer.",
            """not row('execv of /bin/true').parent.writes('handler ') and not row('execv of
            /bin/true').parent.writes('text ') and row('execv of
            /bin/true').parent.execs('true')"""),
        id="ends",
        title="the last line",
        rows={
            "sys.exit(0)": Edit(),
            "pass": replace("sys.exit(0)", "pass"),
            "os._exit(0)": worker_leaves_at_once,
            "a SIGTERM to itself": replace("sys.exit(0)", "os.kill(os.getpid(), signal.SIGTERM)"),
            "execv of /bin/true": replace("sys.exit(0)", 'os.execv("/bin/true", ["true"])')},
        columns={
            "the handler": "'runs' if parent.writes('handler ') else 'does not run'",
            "the text in the buffer": "'is written' if parent.writes('text ') else 'is lost'"}),
    Predict("""The worker only calls `sys.exit`. The parent waits, then looks. **Is the directory
        there?**""",
        Choice("no, and the worker has removed it",
            "parent.writes('False') and worker.succeeds('rmdir')",
            """`fork` copied the list of handlers with all other memory. So `sys.exit` in the worker
            ran `clean_up`."""),
        Choice("yes, and the parent removes it later",
            "parent.writes('True') and before(parent.writes('True'), parent.succeeds('rmdir'))",
            """With `os._exit(0)` in the worker you are right. Here the worker runs a handler that
            it has never registered."""),
        Choice("yes, and it remains for ever",
            "parent.writes('True') and not anyone.succeeds('rmdir')",
            """This needs two processes that end by `os._exit`. The parent registered `clean_up`,
            and its normal end runs the handler."""),
        Choice("no, and the parent has removed it",
            "parent.writes('False') and parent.succeeds('rmdir')",
            """The parent runs its handler at its own end, after {line:exists}. The end of a child
            calls no handler in the parent."""),
        hint="The list of handlers is memory. What does `fork` do with memory?"),
    Run("copied",
        Claim("The worker removed the parent's directory: it had a copy of the handlers.",
            "worker.succeeds('rmdir') and output == 'data exists: False\\n'",
            wrong=[worker_leaves_at_once, registered_later]),
        Claim("The handler ran in both processes. The second time the directory was gone.",
            "len(anyone.calls('rmdir')) == 2 and parent.fails('rmdir', 'ENOENT')",
            wrong=worker_leaves_at_once)),
    Say("""So a child that continues its parent's program ends with `_exit`, also after an exec that
        has failed. `_exit` writes no buffer, so the child flushes its own text first. A program
        that must clean up on SIGTERM catches the signal."""),
    Task("`trap 'echo bye' EXIT` registers an exit handler in a shell. Type a line in which:",
        asks={
            "an `sh` that you start registers this handler": asked(registers),
            "the same process then becomes `true`": asked(becomes_true),
            "the handler does not run: `bye` is not printed": asked(no_bye)},
        hint="`exec PROGRAM` in a shell calls execve without a fork.",
        solution="sh -c 'trap \"echo bye\" EXIT; exec /bin/true'",
        wrong={
            "sh -c 'trap \"echo bye\" EXIT; /bin/true'":
                "`sh` ran `/bin/true` in a child, and then ended itself, and ran the handler.",
            "sh -c 'trap \"echo bye\" EXIT; exit 0'":
                "`exit` of a shell is like `exit` in C: it runs the handler.",
            "sh -c 'trap \"echo bye\" EXIT; kill -KILL $$'":
                """SIGKILL ended `sh` without the handler. The task asks for `/bin/true` in the same
                process.""",
            "sh -c 'exec /bin/true'":
                "`sh` became `/bin/true`, and it had no handler that could have run.",
            "trap 'echo bye' EXIT; exec /bin/true":
                "Here your own shell became `/bin/true`. The task asks for an `sh` that you start.",
            "/bin/true": "`/bin/true` runs, but no shell has registered a handler."},
        note="exec replaces the memory of a process, with the handlers in it.",
        variation=Variation({"\\b(exec)\\b[^;&|\\n]*\\btrue\\b": "exit {};"})),
    Repair("copied",
        """The parent needs its directory `data` after the worker has ended. But `data` is gone by
        then. Fix it.""",
        Claim("The worker ends, and the parent collects it.",
            "parent.collects(worker)",
            wrong=delete("os.waitpid(worker, 0)"),
            hint="Keep the worker, and the wait for it."),
        Claim("The directory exists when the worker has ended.",
            "output == 'data exists: True\\n'",
            wrong=[replace("os._exit(0)", "sys.exit(0)"), delete("os.mkdir")],
            hint="""Which functions does `exit` call in the worker? Which way of `leaving` calls
            none?"""),
        Claim("The parent removes the directory at its end.",
            "parent.succeeds('rmdir')",
            wrong=delete("atexit.register"),
            hint="Keep the handler: the parent still needs it."),
        fix=worker_leaves_at_once,
        fix_in_c=replace("exit(0)", "_exit(0)"),
        hint="The worker has a copy of the list of exit handlers.",
        praise="""The worker left without its parent's handlers. They run once, when the parent
        ends."""),
    remember="""`exit` runs the exit handlers in reverse order, then writes the buffers, then calls
    `_exit`. `fork` copies the handlers: a child ends with `_exit`.""",
    good_for="""A Python program forks workers, and its temporary directory disappears while it
    still runs. One worker ended with `sys.exit`, and ran the handler that removes the
    directory.""",
    requires=["exec-replaces"],
    read="""exit(3); _exit(2); atexit(3); Kerrisk, TLPI, sections 25.1 to 25.4; Stevens, Rago, APUE,
    section 7.3""",
)
