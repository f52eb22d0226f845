"""How exec fails, and how a parent learns whether exec has succeeded."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace,
    some,
)

kept_open = insert("os.set_inheritable(write_end, True)", above="try:")

lesson = Lesson(
    Predict("""The script exists and is executable. But its `#!` line says `/bin/shh`, which does
        not exist. Which error does exec give?""",
        Choice("ENOENT: no such file or directory",
            "row('has a wrong #! line').program.fails('exec', 'ENOENT')",
            "The missing file is the interpreter. The error does not say which file is missing."),
        Choice("ENOEXEC: exec format error",
            "row('has a wrong #! line').program.fails('exec', 'ENOEXEC')",
            """A text without a `#!` line gives ENOEXEC: it names no interpreter. Here the line
            names an interpreter, and this file is missing."""),
        Choice("EACCES: permission denied",
            "row('has a wrong #! line').program.fails('exec', 'EACCES')",
            """A script without the x permission gives EACCES, and so does a directory. This script
            has the permission."""),
        hint="The kernel opens two files: the script and the program that its `#!` line names."),
    Compare(
        Run("script", main="program"),
        Claim("ENOENT is about the interpreter of the `#!` line. The script itself exists.",
            "row('has a wrong #! line').program.fails('exec', 'ENOENT')"),
        Claim("""A text without `#!` gives ENOEXEC. A shell then runs the text as a script, and
            `execvp` of glibc lets `/bin/sh` run it. Python does neither.""",
            "row('has no #! line').program.fails('exec', 'ENOEXEC')"),
        Claim("exec takes “script -v” for one file name, and no file has this name.",
            "row('is “script -v” in one word').program.fails('exec', 'ENOENT')"),
        id="errors",
        title="the script",
        rows={
            "is in order": Edit(),
            "has a wrong #! line": replace("/bin/sh", "/bin/shh"),
            "has no #! line": replace("#!/bin/sh\\n", ""),
            "has no x permission": replace("0o755", "0o644"),
            "is open for writing": insert('file = open("script", "a")', above="try:"),
            "is “script -v” in one word": replace('os.execv("script"', 'os.execv("script -v"')},
        columns={"what you see": "output"}),
    Say("""POSIX specifies how a shell reports a failed exec: 127 if the command was **not found**,
        and 126 if the command could **not be executed**. 126 and 127 are ordinary *exit statuses*:
        any program can exit with them."""),
    Predict(
        "A successful exec does not return. What does the **parent's** read return here, and when?",
        Choice("end of file, when exec succeeds",
            "parent.sees_end_of_file and at('end').child.program == 'sleep'",
            """The child's *write end* is *close-on-exec*, so a successful exec closes it. After a
            failed exec the parent reads the error."""),
        Choice("a single byte, when exec succeeds",
            "parent.reads('success')",
            """A child can write a byte before exec, but this child does not. The kernel itself
            writes nothing into a program's pipe."""),
        Choice("end of file, when sleep ends",
            "at('rest').parent.asleep_in == 'read'",
            """An inheritable *write end* would stay open in `sleep`, until `sleep` ends. Python
            makes pipes *close-on-exec*."""),
        hint="Which processes hold the write end of the pipe after the exec?",
        again=kept_open),
    Run("report",
        Claim("The parent reads end of file and continues, while `sleep` is still alive.",
            "parent.sees_end_of_file and at('end').child.program == 'sleep'",
            wrong=kept_open),
        leaves=["child"]),
    Say("""In Python, `subprocess` uses such a pipe. So `subprocess.run(["nosuch"])` can raise
        FileNotFoundError in the *parent*, although the exec failed in the *child*."""),
    Task("In `$?` a shell reports how exec failed: 127 for “not found”. Type a line in which:",
        asks={
            "exec fails with EACCES": some(
                "",
                ("anyone.fails('exec', 'EACCES')", "no exec failed with EACCES")),
            "the 126 that is printed is the value of your shell's `$?`": some("",
                ("prints('126')", "printed: {shown}"),
                ("anyone.expands('?', '126')", "the 126 is not your shell's `$?`"))},
        hint="Which file exists, but has no x permission?",
        solution="/etc/passwd; echo $?",
        wrong={
            "nosuchprogram; echo $?":
                """No file has this name, so exec fails with ENOENT, and `$?` is 127. EACCES needs a
                file that exists.""",
            "sh -c 'exit 126'; echo $?":
                """Here exec succeeds: sh runs, and exits with 126. The task asks for an exec that
                fails.""",
            "echo 126":
                """`echo` prints its argument, and its exec succeeds. The task asks for an exec that
                fails with EACCES.""",
            "/etc/passwd": "This exec fails with EACCES. But the line does not print `$?`."},
        note="The child still runs the code of the shell after a failed exec, and exits with 126."),
    Repair("repair",
        """This program should start `sleep`, and print `end of file` as soon as exec has succeeded.
        It waits for `sleep` to end. Fix it.""",
        Claim("The child becomes `sleep`, and lives on.",
            "at('end').child.program == 'sleep'",
            wrong=replace('os.execvp("sleep"', 'os.execvp("nosuch"'),
            hint="The child must execute `sleep`, and the parent must not end it."),
        Claim("The parent reads end of file and continues.",
            "parent.sees_end_of_file and 'end of file\\n' in output",
            wrong=kept_open,
            hint="""Which process still holds the write end while `sleep` runs? What can close a
            descriptor at exec?"""),
        leaves=["child"],
        fix=delete("os.set_inheritable(write_end, True)"),
        fix_in_c=replace(
            "pipe2(ends, 0) == -1)",
            "pipe2(ends, O_CLOEXEC) == -1)  // both are close-on-exec"),
        hint="A pipe gives end of file when no process can write to it.",
        praise="""exec closed the write end of the child. The parent got end of file while `sleep`
        still runs."""),
    remember="""exec returns only after a failure, and errno says why. A close-on-exec pipe tells
    the parent: end of file means success.""",
    good_for="""A script from Windows can have a carriage return at the end of its `#!` line. The
    shell then says “not found” although the script exists.""",
    requires=["exec-replaces"],
    exercise="open-file",
    read="execve(2), ERRORS; exec(3); POSIX.1-2024, Shell Command Language, 2.8.2; pipe(7)",
)
