"""Without job control a background command reads from /dev/null and ignores ^C."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Type, delete, insert, move, replace,
)

with_job_control = replace("cat &", "set -m; cat &")
own_group = replace("sleep 1000 &", "set -m; sleep 1000 &")

lesson = Lesson(
    Say("""At a prompt each job gets a *process group*. A script has no *job control*: all its
        commands stay in the script's group, which is in the foreground."""),
    Predict("The script starts `cat &` at a terminal. What does `read` return to `cat`?",
        Choice("end of file",
            "cat.sees_end_of_file",
            """POSIX requires it: a background command without job control gets /dev/null as
            standard input."""),
        Choice("a stop by SIGTTIN",
            "cat.stops('SIGTTIN')",
            """With job control (`set -m`) cat has a group of its own, in the background, and its
            `read` stops it. A script has no job control."""),
        Choice("your next line",
            "at('rest').cat.asleep_in == 'read'",
            """Your line would come if cat's input were the terminal: its group is in the
            foreground. The shell gives cat another input."""),
        hint="""Two processes of the foreground group could read your next line. How can a shell
        prevent that?"""),
    Run("script",
        Claim("Without job control cat gets /dev/null to read, and sleep ignores ^C.",
            """cat.sees_end_of_file and at('rest').sleep.group == at('rest').foreground and
            at('rest').sleep.ignores('SIGINT')""",
            wrong=with_job_control),
        leaves=["shell", "sleep"],
        terminal=True),
    Predict("This script ignores SIGHUP, so only ^C matters. You press **^C**. Which process ends?",
        Choice("neither of them",
            "not shell.ends",
            """An **interactive** shell survives ^C, because it catches SIGINT. A script has the
            default action of SIGINT, and that ends it."""),
        Choice("the script and sleep",
            "sleep.killed('SIGINT')",
            """Both get SIGINT, because both are in the foreground group. The shell made sleep
            ignore SIGINT before the `exec`."""),
        Choice("the script alone",
            "shell.ends and not at('end').sleep.gone",
            """Both are in the foreground group. sleep ignores SIGINT, and an ignored signal stays
            ignored across `exec`."""),
        hint="Which of the two ignores SIGINT, and is one of them interactive?"),
    Run("key",
        Claim("^C ends the script; the background command lives on.",
            """at('rest').sleep.group == at('rest').foreground and shell.ends and
            at('end').sleep.ignores('SIGINT')""",
            wrong=own_group),
        at_rest=[Type("^C")],
        leaves=["sleep"],
        terminal=True),
    Repair("repair",
        """A script without job control starts a helper in its own group. ^C should end the script,
        and the helper should live on. Both end. Fix it.""",
        Claim("^C ends the script.",
            "script.killed('SIGINT')",
            wrong=move("signal.signal(signal.SIGINT, signal.SIG_IGN)", above="helper = os.fork()"),
            hint="The script itself must not ignore SIGINT."),
        Claim("The helper lives on: it is still `sleep`.",
            "helper.execs('sleep') and at('end').helper.state == 'S'",
            wrong=[
                delete("signal.signal(signal.SIGINT, signal.SIG_IGN)"),
                replace(
                    "signal.signal(signal.SIGINT, signal.SIG_IGN)",
                    "signal.signal(signal.SIGINT, lambda *_: None)"),
                replace("os.execvp(", "print(")],
            hint="A handler does not survive exec. What does?"),
        Claim("The helper is in the group of the script.",
            "at('rest').helper.group == at('rest').script.group",
            wrong=insert("os.setpgid(0, 0)", above="os.execvp"),
            hint="Without job control there is no new group. Let the helper ignore the signal."),
        main="script",
        at_rest=[Type("^C")],
        leaves=["helper"],
        terminal=True,
        fix=insert(
            "signal.signal(signal.SIGINT, signal.SIG_IGN)",
            above='os.execvp("sleep", ["sleep", "1000"])'),
        fix_in_c=insert(
            "signal(SIGINT, SIG_IGN);",
            above='execlp("sleep", "sleep", "1000", (char *)NULL);'),
        hint="What does a shell set for a command with `&` before its exec?",
        praise="An ignored signal stays ignored across exec, so the helper did not notice ^C."),
    remember="""Without job control a background command gets /dev/null as input, and ignores SIGINT
    and SIGQUIT.""",
    good_for="""A script starts helpers with `&`. ^C ends the script, and its helpers live on: end
    them in a trap.""",
    requires=["jobs-and-terminal"],
    exercise="shell-6",
    read="POSIX.1-2024 Shell Command Language 2.9.3 Lists; bash(1), JOB CONTROL; credentials(7)",
)
