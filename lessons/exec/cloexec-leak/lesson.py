"""The descriptor that a program should not have inherited."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace,
    some,
)

parent_clears_too = insert("fcntl.fcntl(read_end, fcntl.F_SETFD, 0)", above="child = os.fork()")
opens_again = insert(
    'read_end = os.open(f"/proc/self/fd/{read_end}", os.O_RDONLY)',
    above="fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_NONBLOCK)")
close_on_exec = delete("fcntl.fcntl(secret, fcntl.F_SETFD, 0)")


lesson = Lesson(
    Say("""A server has a secret file open and has removed its name, so no other program can open it
        by name. Then the server starts a helper with fork and exec. `<&3` makes *descriptor* 3 the
        input of `cat`."""),
    Predict("What does the **helper** print?",
        Choice("nothing: exec closes descriptor 3",
            "output == ''",
            """exec closes a descriptor that is *close-on-exec*. In C a descriptor is not
            *close-on-exec* unless you say O_CLOEXEC."""),
        Choice("TOPSECRET: exec keeps descriptor 3",
            "output == 'TOPSECRET'",
            "`fork` has copied descriptor 3, `exec` has left it open, and `cat` reads from it."),
        Choice("nothing: cat may not read the file",
            "helper.fails('open', 'EACCES')",
            """If `cat` opened the file by its name, another user would get EACCES. The kernel
            checks permissions in `open`, and `cat` only reads."""),
        hint="Follow descriptor 3 through the fork and through the exec."),
    Run("leak",
        Claim("The helper prints the secret, because exec has left descriptor 3 open.",
            "output == 'TOPSECRET'",
            wrong=close_on_exec),
        Claim("The helper has not opened the file. The file has no name in any directory any more.",
            """output == 'TOPSECRET' and not any(p.opens('secret') for p in processes if p !=
            parent) and parent.succeeds('unlink')""",
            wrong=[
                close_on_exec,
                delete('os.unlink("secret")') + replace("cat 2>/dev/null <&3", "cat secret")]),
        watch=["open"]),
    Predict(
        "The helper must not have the file, and the parent **needs** it. Which remedy does both?",
        Choice("set close-on-exec after the fork",
            """row('set close-on-exec after the fork').output == '' and 3 in row('set close-on-exec
            after the fork').at(1).parent.descriptors""",
            """Before the fork it would be right, unless another thread forks in between. The flag
            belongs to one descriptor of one process, and the helper has its own."""),
        Choice("close the file before the fork",
            """row('close the file before the fork').output == '' and 3 in row('close the file
            before the fork').at(1).parent.descriptors""",
            """You will read that you should close sensitive files before you fork. This is not
            enough if the parent still needs the file: here the parent loses it."""),
        Choice("set close-on-exec in open",
            """row('set close-on-exec in open').output == '' and 3 in row('set close-on-exec in
            open').at(1).parent.descriptors""",
            "O_CLOEXEC sets the flag within `open`. The descriptor never exists without the flag."),
        hint="""After the fork each process has its own descriptor 3. On which of them does each
        remedy act?"""),
    Compare(
        Run("leak"),
        Claim("A close before the fork takes the file from the parent, too.",
            """row('close the file before the fork').output == '' and 3 not in row('close the file
            before the fork').at(1).parent.descriptors"""),
        Claim("The flag after the fork is too late: the helper already has its own descriptor.",
            "row('set close-on-exec after the fork').output == 'TOPSECRET'"),
        Claim("The child can close the descriptor before exec, if the child knows its number.",
            """row('close in the child, before exec').output == '' and 3 in row('close in the child,
            before exec').at(1).parent.descriptors"""),
        Claim("With O_CLOEXEC in the open call, no later line is needed.",
            """row('set close-on-exec in open').output == '' and 3 in row('set close-on-exec in
            open').at(1).parent.descriptors"""),
        id="remedies",
        title="what the parent or the helper does",
        rows={
            "nothing": Edit(),
            "close the file before the fork": insert(
                "os.close(secret)",
                above="helper = os.fork()"),
            "set close-on-exec after the fork": insert(
                "fcntl.fcntl(secret, fcntl.F_SETFD, fcntl.FD_CLOEXEC)",
                above="os.waitpid(helper, 0)"),
            "close in the child, before exec": insert("os.close(secret)", above="os.execvp("),
            "set close-on-exec in open": close_on_exec},
        columns={
            "the helper prints": "'TOPSECRET' if output == 'TOPSECRET' else 'nothing'",
            "the parent": "'has the file' if 3 in at(1).parent.descriptors else 'has lost it'"}),
    Say("""Only root may open the file by its name. Now the helper becomes an ordinary user before
        it executes `sh`."""),
    Run("leak",
        Claim("Even a program of another user reads the file that only root may open.",
            "output == 'TOPSECRET' and helper.succeeds('setresuid')",
            wrong=close_on_exec),
        id="stranger",
        needs=["root"],
        edit=insert("os.setresuid(65534, 65534, 65534)", above="os.execvp(")),
    Predict("""Descriptor 3 is **inheritable** again. What does `subprocess.run(…)` do with it in
        the child?""",
        Choice("it closes only the close-on-exec ones",
            "row('the same, not inheritable').output == 'TOPSECRET'",
            """With `close_fds=False` only these are closed, by exec. By default `subprocess` closes
            the others as well."""),
        Choice("it closes the descriptor before exec",
            "row('subprocess.run(…)').output == ''",
            "By default `subprocess` closes every descriptor above 2, with or without the flag."),
        Choice("it hands the descriptor to the helper",
            "row('subprocess.run(…)').output == 'TOPSECRET'",
            """With `close_fds=False` you are right. Since Python 3.2 the default on Linux is
            `close_fds=True`."""),
        hint="See the option `close_fds` of subprocess and its default."),
    Compare(
        Run("with-subprocess", births=["helper"]),
        Claim("`subprocess` closes even inheritable descriptors.",
            "row('subprocess.run(…)').output == ''"),
        Claim("With `close_fds=False` the inheritable ones leak.",
            "row('run(…, close_fds=False)').output == 'TOPSECRET'"),
        Claim("`pass_fds` lists the descriptors for the helper. This is not a leak.",
            "row('run(…, pass_fds=[secret])').output == 'TOPSECRET'"),
        id="python",
        title="Python",
        rows={
            "subprocess.run(…)": Edit(),
            "run(…, close_fds=False)": replace('<&3"]', '<&3"], close_fds=False'),
            "the same, not inheritable": replace('<&3"]', '<&3"], close_fds=False') + close_on_exec,
            "run(…, pass_fds=[secret])": replace('<&3"]', '<&3"], pass_fds=[secret]')},
        columns={"the helper prints": "'TOPSECRET' if output == 'TOPSECRET' else 'nothing'"}),
    Say("""Close-on-exec, `FD_CLOEXEC`, is a flag of one descriptor. An open file description has
        *status flags*, too, such as `O_NONBLOCK`. Here a child changes one flag of each kind."""),
    Predict("The child makes its read end non-blocking. What does the **parent's** read do?",
        Choice("it fails with the error EAGAIN",
            "parent.fails('read', 'EAGAIN')",
            "`O_NONBLOCK` is a flag of the open file description. The child set it for both."),
        Choice("it sleeps until a byte comes",
            "hangs",
            """A flag in the child's table, such as `FD_CLOEXEC`, would not reach the parent.
            `O_NONBLOCK` is in the description, which both share."""),
        Choice("it reports the end of file",
            "parent.sees_end_of_file",
            """A read returns 0 bytes when no write end is open. Here the parent itself has a write
            end open."""),
        hint="Rule 6: what is copied at the fork, and what do both refer to?"),
    Run("flags",
        Claim("The child called `fcntl`, and the parent's read failed with EAGAIN.",
            "parent.fails('read', 'EAGAIN')",
            wrong=delete("F_SETFL")),
        Claim("At ① both descriptors have `O_NONBLOCK`.",
            "at(1).child.fd(3).has('O_NONBLOCK') and at(1).parent.fd(3).has('O_NONBLOCK')",
            wrong=opens_again),
        Claim("At ① `FD_CLOEXEC` is cleared in the child, and still set in the parent.",
            "not at(1).child.fd(3).has('O_CLOEXEC') and at(1).parent.fd(3).has('O_CLOEXEC')",
            wrong=[parent_clears_too, delete("F_SETFD")])),
    Task("""The shell has a file open as descriptor 3. `sh` reads the file to its end, so `head`
        gets nothing:

            exec 3</etc/hosts; sh -c 'cat <&3'; head -n 1 <&3

        Change the line:""",
        asks={
            "`sh` runs, and has no descriptor 3": some("",
                ("ran('sh')", "no process executed `sh`"),
                ("all(3 not in p.inherited for p in ran('sh'))",
                 "`sh` had descriptor 3 when it began")),
            "the first line of the file is read through the shell's descriptor 3, and printed":
                some("",
                ("shell.end.fd(3)", "your shell has no descriptor 3 any more"),
                ("any(p.has_read(row) for row in output.splitlines() for p in processes)",
                 "printed: {shown}"),
                ("shell.end.fd(3).offset", "descriptor 3 of your shell was not read"))},
        hint="""A redirection can close a descriptor, too: `2>&-` closes descriptor 2 of one
        command.""",
        solution="exec 3</etc/hosts; sh -c 'cat <&3' 3<&-; head -n 1 <&3",
        wrong={
            "exec 3</etc/hosts; sh -c 'cat <&3'; head -n 1 <&3":
                "This is the given line: here `sh` inherits descriptor 3.",
            "exec 3</etc/hosts; head -n 1 <&3":
                "`head` reads the file, but `sh` does not run. Start `sh`, too.",
            "exec 3</etc/hosts; exec 3<&-; sh -c 'cat <&3'; head -n 1 <&3":
                "This closes descriptor 3 of the shell, so `head` has no file to read."},
        note="""A redirection such as `3<&-` closes the descriptor in the child, between fork and
        exec."""),
    Repair("repair",
        """A server has a secret file open. Its helper, a program that it does not trust, prints the
        secret. Keep the helper, but not its access. Fix it.""",
        Claim("The helper is executed, and the server collects it.",
            "helper.execs('sh') and parent.collects(helper)",
            wrong=replace("os.execvp(", "print("),
            hint="Keep the helper: only its descriptors are wrong."),
        Claim("The helper cannot read the secret.",
            "output == ''",
            wrong=insert("fcntl.fcntl(secret, fcntl.F_SETFD, 0)", above="os.unlink"),
            hint="Which descriptors does a program get at exec? A flag closes one of them."),
        fix=close_on_exec,
        fix_in_c=replace("O_RDWR | O_CREAT,", "O_RDWR | O_CREAT | O_CLOEXEC,"),
        hint="Descriptor 3 stays open across exec, unless a flag forbids it.",
        praise="exec closed the descriptor in the helper. The server still has the file."),
    remember="""The kernel checks permissions at open, and not again for a process that inherits the
    descriptor. Open every file close-on-exec. That flag belongs to one descriptor, and O_NONBLOCK
    to the shared description.""",
    good_for="""In 2024 a program could leave its container (CVE-2024-21626), because runc had left
    one directory open across exec. Leaked pipes hang readers, leaked sockets keep ports busy.""",
    requires=["exec-replaces"],
    exercise="pipeline",
    read="open(2), O_CLOEXEC; fcntl(2), F_SETFD and F_SETFL; execve(2); PEP 446",
)
