"""SIGHUP tells a daemon to read its configuration again."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, Task, delete, insert,
    replace, some,
)

handler_notes = replace("SIGHUP, load", "SIGHUP, lambda *_: None")
reopens = insert("os.kill(os.getppid(), signal.SIGHUP)", above="os._exit(0)")
at_once = replace("signal.SIGHUP, note", "signal.SIGHUP, load")
never_later = delete('if settings.pop("told"') + delete("    load()")


lesson = Lesson(
    Say("""A daemon has no terminal, so no closed window sends it SIGHUP. The signal is free for
        another meaning: by convention, read your configuration again, as `load` does.""",
        part="load"),
    Predict("""Suppose `signal.signal(signal.SIGHUP, load)` is missing. What does SIGHUP do to
        the daemon?""",
        Choice("it lives, with the old settings",
            """not row('SIGHUP, without a handler').at('end').daemon.gone and not row('SIGHUP,
            without a handler').daemon.prints('loaded new')""",
            """This is true of a daemon that ignores SIGHUP. The default action of SIGHUP is to end
            the process."""),
        Choice("it ends, without new settings",
            "row('SIGHUP, without a handler').daemon.killed('SIGHUP')",
            """The default action of SIGHUP ends a process. Send SIGHUP only to a daemon that has a
            handler for it."""),
        Choice("it lives, with the new settings",
            "row('SIGHUP, without a handler').daemon.prints('loaded new')",
            """This needs a handler that calls `load`. The kernel does not know of the file: a
            signal is a number only."""),
        part="__main__",
        hint="signal(7) lists the default action of each signal. What is that of SIGHUP?"),
    Compare(
        Run("tell", main="admin", leaves=["daemon"]),
        Claim("A daemon with a handler lives on, with the new settings.",
            """row('SIGHUP, and the handler loads').daemon.prints('loaded new') and row('SIGHUP, and
            the handler loads').at('end').daemon.state == 'S'"""),
        Claim("Without a handler SIGHUP ends the daemon.",
            "row('SIGHUP, without a handler').daemon.killed('SIGHUP')"),
        Claim("If the file is gone, the daemon lives on with the old settings.",
            """row('SIGHUP, but the file is gone').daemon.output == 'loaded old\\n' and not
            row('SIGHUP, but the file is gone').at('end').daemon.gone"""),
        id="signals",
        title="after the change",
        rows={
            "no signal": delete("os.kill(daemon"),
            "SIGHUP, without a handler": delete("signal.signal(signal.SIGHUP, load)"),
            "SIGHUP, which is ignored": replace("SIGHUP, load", "SIGHUP, signal.SIG_IGN"),
            "SIGHUP, and the handler loads": Edit(),
            "SIGHUP, but the file is gone": replace(
                'Path("config").write_text("new")',
                'os.unlink("config")')},
        columns={
            "the daemon": "'ends' if daemon.ends else 'lives on'",
            "its settings": "'new' if daemon.prints('loaded new') else 'old'"}),
    Predict("""The client is slow. SIGHUP comes between the two parts of an answer. What does the
        client read?""",
        Choice("hello from new, bye from new",
            "daemon.prints('hello from new')",
            "The first part was written before the signal. No handler takes it back."),
        Choice("hello from old, bye from old",
            "daemon.prints('bye from old')",
            """This needs a handler that only notes the signal. Here the handler changes the
            settings at once."""),
        Choice("hello from old, bye from new",
            "daemon.prints('hello from old') and daemon.prints('bye from new')",
            """The handler runs while the daemon waits for its client. After that the settings are
            the new ones."""),
        part="__main__",
        hint="When does the handler run: at once, or after the answer?",
        again=handler_notes),
    Run("answer",
        Claim("One answer has parts of two configurations: the handler loads at once.",
            "daemon.prints('hello from old') and daemon.prints('bye from new')",
            wrong=handler_notes),
        main="daemon",
        at_rest=[Kill("daemon", "SIGHUP")]),
    Say("""So the handler sets a flag, and the loop loads between two requests. Next, the log.
        `logrotate` renames it, for example once a day, and expects the daemon to begin a new
        one.""",
        part="reopen"),
    Predict(
        "Another program renames `log` to `log.1`, and sends **no** signal. Where does `two` go?",
        Choice("to log.1, the renamed file",
            "row('no signal').file('log.1') == 'one two '",
            """A descriptor refers to the open file, not to its name. The file has a new name, and
            the daemon still writes to it."""),
        Choice("to no file, with an error",
            "row('no signal').daemon.fails('write', 'EBADF')",
            "`write` fails if the descriptor is closed. A rename closes no descriptor."),
        Choice("to log, which is a new file",
            "row('no signal').file('log') == 'two '",
            """The next `open` of this name makes a new file. The daemon opened its log before, and
            only writes."""),
        part="__main__",
        hint="Does a descriptor know the name of its file?"),
    Compare(
        Run("rotate", main="daemon"),
        Claim("The daemon writes to the renamed file, unless it opens its log again.",
            """row('no signal').file('log.1') == 'one two ' and row('SIGHUP, handler
            reopens').file('log') == 'two '"""),
        id="logs",
        title="after the rename",
        rows={"no signal": Edit(), "SIGHUP, handler reopens": reopens},
        columns={"log.1": "file('log.1')", "log": "file('log')"}),
    Task("""SIGHUP ends this shell, and `new` is not
        printed:

            x=old; echo new >config; kill -HUP $$; echo $x

        Add a `trap` to this line, so that:""",
        asks={
            "the line prints `new`": some("", ("output == 'new\\n'", "printed: {shown}")),
            "the shell itself reads `config`, after SIGHUP arrives": some("",
                ("shell.gets_signal('SIGHUP')", "your shell received no SIGHUP"),
                ("shell.reads_file('config')", "your shell did not read it itself"),
                ("before(shell.gets_signal('SIGHUP'), shell.reads_file('config')[-1:])",
                 "it was read before the signal")),
            "without SIGHUP it would print `old`": some("",
                ("in_trap('SIGHUP', shell.sets(value='new'))",
                 "without the signal it is `new`, too"),
                ("shell.expands(value='new')", "the `new` that is printed was typed"))},
        hint="`trap 'COMMAND' HUP` makes COMMAND the action for SIGHUP.",
        solution="trap 'read x <config' HUP; x=old; echo new >config; kill -HUP $$; echo $x",
        wrong={
            "x=old; echo new >config; kill -HUP $$; echo $x":
                "This is the given line. The shell has no `trap`, so SIGHUP ends it.",
            "trap '' HUP; x=old; echo new >config; kill -HUP $$; echo $x":
                "The shell ignores SIGHUP, and keeps the old `x`.",
            "x=old; echo new >config; read x <config; echo $x":
                """This loads the file without a signal. A daemon must do it **because** SIGHUP
                arrives.""",
            "trap 'x=$(cat config)' HUP; x=old; echo new >config; kill -HUP $$; echo $x":
                "SIGHUP loads `config`, but a child `cat` reads the file. Let the shell read it.",
            "trap 'x=new' HUP; x=old; echo new >config; kill -HUP $$; echo $x":
                "The `trap` sets `x` itself. Let it load the file."},
        note="The shell is still the same process, and it has the new settings."),
    Repair("repair",
        """SIGHUP comes while this daemon answers, and the client reads `hello from old`, then `bye
        from new`. An answer should be from one configuration. Fix it.""",
        Claim("The first client gets both parts of its answer from the old settings.",
            "daemon.prints('hello from old') and daemon.prints('bye from old')",
            wrong=[
                at_once,
                replace('write_text("new")', 'write_text("old")') + at_once +
                    replace('b"bye from "', 'b"good "')],
            hint="""The handler runs in the middle of an answer. What may it do there, and what
            should wait?"""),
        Claim("The second client gets an answer from the new settings.",
            "daemon.prints('hello from new')",
            wrong=[never_later, replace('write_text("new")', 'write_text("old")')],
            hint="Between two requests the daemon can load what has changed."),
        Claim("SIGHUP is caught, and ends nothing.",
            "daemon.gets_signal('SIGHUP') and daemon.exits(0)",
            wrong=replace("signal.SIGHUP, note", "signal.SIGHUP, signal.SIG_DFL"),
            hint="Keep a handler: the default action of SIGHUP ends the process."),
        main="daemon",
        at_rest=[Kill("daemon", "SIGHUP")],
        fix=replace(
            'os.write(1, b"bye from " + settings["name"] + b"\\n")',
            'os.write(1, b"bye from " + settings["name"] + b"\\n")\n    load()') +
            replace(
                'os.write(1, b"bye from " + settings["name"] + b"\\n")',
                'os.write(1, b"bye from " + settings["name"] + b"\\n")\n'
                'if settings.pop("told", b""):') +
            replace("signal.SIGHUP, load", "signal.SIGHUP, note"),
        fix_in_c=replace(
            'dprintf(1, "bye from %s\\n", name);\n    load(0);',
            'dprintf(1, "bye from %s\\n", name);\nif (told)\n    load(0);') +
            replace(".sa_handler = load", ".sa_handler = note"),
        hint="A handler can note that it was called, and do no more.",
        praise="The handler noted the signal. The daemon loaded between two answers."),
    remember="""On SIGHUP a daemon reads its configuration and opens its log again, between two
    requests. Without a handler SIGHUP ends it.""",
    good_for="""`nginx -s reload` sends SIGHUP, and so do many `postrotate` lines of logrotate. The
    server has new settings, and no client has lost its connection.""",
    requires=["daemonize", "signals-handlers"],
    exercise="daemon",
    read="daemon(7); signal(7); logrotate(8); Kerrisk, TLPI, 37.4 and 37.5",
)
