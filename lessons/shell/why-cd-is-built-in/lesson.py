"""Why cd is built in."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Show, Task, insert, move,
    replace, some,
)

in_the_shell = insert('os.chdir("/tmp")', above="child = os.fork()")
masked_in_the_shell = replace("os.umask(0o022)", "os.umask(0o077)")
back_to_the_child = move('os.chdir("/tmp")', above="os.umask(0o077)")
not_done = replace('os.chdir("/tmp")', 'os.chdir(".")')
braces = replace("(x=2; cd /tmp);", "{ x=2; cd /tmp; };")


from_a_file = replace(
    "printf 'a\\nb\\n' | while read x; do n=$((n+1)); done; echo $n",
    "printf 'a\\nb\\n' >f; while read x; do n=$((n+1)); done <f; echo $n")
inside = replace(
    "| while read x; do n=$((n+1)); done; echo $n",
    "| { while read x; do n=$((n+1)); done; echo $n; }")
substituted = replace(
    "n=0; printf 'a\\nb\\n' | while read x; do n=$((n+1)); done; echo $n",
    "set -o typed\nn=0; while read x; do n=$((n+1)); done < <(printf 'a\\nb\\n'); echo $n")


lesson = Lesson(
    Say("""A shell runs a program by `fork`, `exec` and `wait`. Suppose that `cd` were a program.
        This is what the shell would do; the work of `cd` is in place of the `exec`."""),
    Predict("The child changes to /tmp and ends. **Where is the shell**, at ① and at ②?",
        Choice("its old directory",
            "at(1).shell.cwd != '/tmp' and at(2).shell.cwd != '/tmp'",
            """Each process has a *working directory* of its own. `fork` copied it, and
            `os.chdir` changed the child's."""),
        Choice("/tmp at both moments",
            "at(1).shell.cwd == '/tmp' and at(2).shell.cwd == '/tmp'",
            """Two threads of one process share one directory. Here are two processes, and `chdir`
            changes only its caller."""),
        Choice("/tmp, then its old directory",
            "at(1).shell.cwd == '/tmp' and at(2).shell.cwd != '/tmp'",
            """The shell would come back if both shared one directory until the child ends. At ① the
            child is in /tmp, and the shell is not."""),
        hint="Which process calls `chdir`? What does `fork` do with the working directory?"),
    Run("as-a-program",
        Claim("At ① the child is in /tmp; the shell is still in its old directory.",
            "at(1).child.cwd == '/tmp' and at(1).shell.cwd != '/tmp'",
            wrong=[in_the_shell, not_done]),
        Claim("At ② the child is gone, and the shell is still in its old directory.",
            "at(2).child.gone and at(2).shell.cwd != '/tmp'",
            wrong=in_the_shell),
        Claim("The same holds for the umask: each process has its own.",
            "at(1).child.umask == 63 and at(1).shell.umask == 18",
            wrong=masked_in_the_shell),
        main="shell"),
    Show("family",
        of="as-a-program",
        at="①",
        text="""The same holds for the umask, for limits (ulimit), variables (export), for replacing
        the shell (exec), ending it (exit), and waiting for **its** children (wait). All of these
        are built into every shell."""),
    Predict("In simpsh: `x=1; (x=2; cd /tmp); echo $x; pwd`. What does `echo $x` print?",
        Choice("2",
            "any(p.prints('2') for p in row('(x=2; cd /tmp)').processes[1:])",
            """With braces, `{ x=2; cd /tmp; }`, the shell itself sets `x`, and echo prints 2.
            Parentheses make a child."""),
        Choice("1",
            "any(p.prints('1') for p in row('(x=2; cd /tmp)').processes[1:])",
            """Parentheses fork a *subshell*. The subshell sets its own `x`, changes its own
            directory, and ends."""),
        Choice("an empty line",
            "not any(p.prints('1') or p.prints('2') for p in row('(x=2; cd /tmp)').processes[1:])",
            """The line is empty if no `x` is set. The subshell's end removes only the subshell's
            `x`; the shell's own `x` stays 1."""),
        hint="How many processes have a variable `x`, and which of them expands `$x`?"),
    Compare(
        Run("line", births=["subshell"]),
        Claim("Parentheses fork a subshell, and its changes end with the subshell.",
            """row('(x=2; cd /tmp)').subshell.ends and any(p.prints('1') for p in row('(x=2; cd
            /tmp)').processes[1:])"""),
        Claim("Braces make no process: the shell itself sets `x` and changes its directory.",
            "row('{ x=2; cd /tmp; }').output == '2\\n/tmp\\n'"),
        id="groups",
        title="x=1, then …",
        rows={"(x=2; cd /tmp)": Edit(), "{ x=2; cd /tmp; }": braces},
        columns={
            "processes": "len(processes)",
            "echo $x prints": "'1' if any(p.prints('1') for p in processes if p != shell) else '2'",
            "pwd prints": "'/tmp' if '/tmp\\n' in output else 'the old directory'"}),
    Predict("""A loop, at the right side of a pipe. What does `n=0; printf 'a\\nb\\n' | while read
        x; do n=$((n+1)); done; echo $n` print?""",
        Choice("1",
            "row('through a pipe: | while …').output == '1\\n'",
            """1 would need a new child for each line, with `n` from 0 again. The whole loop is one
            child, and its `n` grows to 2."""),
        Choice("2",
            "row('through a pipe: | while …').output == '2\\n'",
            """ksh93 and zsh print 2: they run the last stage in the shell itself. POSIX allows
            both. bash, dash and simpsh run every stage in a child."""),
        Choice("0",
            "row('through a pipe: | while …').output == '0\\n'",
            """The loop counts to 2 in a child. The `echo` comes after the pipeline, and the shell
            expands its own `n`."""),
        hint="The `;` after `done` ends the pipeline. Which process runs what follows?"),
    Compare(
        Run("counting"),
        Claim("After the pipeline, the shell's `n` is 0.",
            "row('through a pipe: | while …').output == '0\\n'"),
        Claim(
            "A redirection does not make a process: the shell itself runs the loop, and `n` is 2.",
            "row('through a file: done <f').output == '2\\n'"),
        Claim("Braces put the `echo` into the same child as the loop. That child's `n` is 2.",
            "row('| { while …; done; echo $n; }').output == '2\\n'"),
        Claim("With `<( )` the loop is not a child: the shell reads the pipe, and `n` is 2.",
            """row('through a named pipe: done < <(…)').output == '2\\n' and row('through a named
            pipe: done < <(…)').shell.reads('a')"""),
        id="ways",
        title="the loop gets its lines",
        rows={
            "through a pipe: | while …": Edit(),
            "through a file: done <f": from_a_file,
            "| { while …; done; echo $n; }": inside,
            "through a named pipe: done < <(…)": substituted},
        columns={"echo $n prints": "output", "processes": "len(processes)"}),
    Say("""bash has `<( )`, and at the prompt simpsh has it, too. The shell makes a pipe and a child
        that writes into it, and replaces `<(…)` with a name of the read end, such as
        `/dev/fd/63`."""),
    Task("Print the name of the root directory with `pwd`, so that:",
        asks={
            "a process whose directory is `/` prints it": some("",
                ("output == '/\\n'", "printed: {shown}")),
            "it comes from `pwd`": some("p",
                ("p.writes('/\\n')", "printed: {shown}"),
                ("not {*p.programs} & {'echo', 'printf', 'cat'} and not any('echo /' in word "
                 "for word in p.argv)",
                 "{p.words} printed it")),
            "your shell runs no `cd`: its directory does not change": some("",
                ("not shell.calls('chdir')", "your shell changed its directory"))},
        hint="Which process may change its directory, so that yours does not change?",
        solution="(cd /; pwd)",
        wrong={
            "(cd /); pwd":
                """The subshell changed its directory and ended. `pwd` ran in your shell, whose
                directory did not change.""",
            "cd /; pwd":
                "`pwd` prints the right name. But your shell itself has run `cd`, and is in / now.",
            "echo /":
                "`echo` prints the text itself. The task asks for the directory that `pwd` finds.",
            "{ cd /; pwd; }":
                "Braces make no process: your shell itself has run `cd`, and is in / now.",
            "cd /; /bin/pwd":
                "`/bin/pwd` runs in a child, but `cd` does not: your shell itself is in / now.",
            "printf '/\\n'":
                """`printf` prints the text itself. The task asks for the directory that `pwd`
                finds."""},
        note="A child may change its directory. The directory of its parent stays."),
    Repair("repair",
        """You type `cd /tmp`, and this shell should continue in `/tmp`. It is still in its old
        directory. Fix it.""",
        Claim("The shell continues in `/tmp`.",
            "output == '/tmp'",
            wrong=[back_to_the_child, insert('os.chdir("/")', above="os.waitpid(child, 0)")],
            hint="Which process has the directory that `pwd` shows afterwards?"),
        Claim("The shell itself changes its directory.",
            "parent.succeeds('chdir')",
            wrong=[
                back_to_the_child,
                back_to_the_child + replace("os.getcwd().encode()", "b'/tmp'")],
            hint="A process can change its own directory only."),
        fix=move('os.chdir("/tmp")', above="child = os.fork()"),
        fix_in_c=insert(
            'if (chdir("/tmp") == -1)\n    err(1, "/tmp");',
            above="pid_t child = fork();"),
        hint="The child changes its own directory. What does this change in the shell?",
        praise="The shell called `chdir` itself. That is why `cd` is a builtin."),
    remember="""A child changes only itself. So the shell itself must do what changes the shell, and
    a variable that a stage of a pipeline sets is gone with its process.""",
    good_for="""A script that sets variables for you must run **in** your shell: read it with the
    dot command. `grep ERROR log | while read line; do count=$((count+1)); done` counts in a child:
    write `done <file`.""",
    requires=["redirection-order"],
    exercise="shell-1",
    read="""chdir(2); umask(2); POSIX.1-2024 Shell Command Language 2.9.2 Pipelines, 2.13 Shell
    Execution Environment""",
)
