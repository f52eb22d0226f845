"""The descriptor that a program should not have inherited.

A program opens a secret file and executes another program: what can that one read?  Open
descriptors survive exec unless they are close-on-exec.  The kernel checks permissions when a
process opens a file, and not again.  A program that inherits the descriptor can read a file that it
could not open.  So a program that starts another program may leak its open files.
"""

from __future__ import annotations

import fcntl
import os
import subprocess

from simpsh.base.events import Fork
from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Exec,
    Kill,
    Lesson,
    LineRun,
    Predict,
    Repair,
    Run,
    Say,
    Show,
    Try,
    Variation,
    asked,
    delete,
    in_words,
    insert,
    replace,
    shown_output,
)


# --- 1. The leak ---------------------------------------------------------------------------------
def start_a_helper() -> None:
    """A server has a secret file open, and starts a program that it does not trust."""
    secret = os.open("secret", os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(secret, b"TOPSECRET", 0)
    fcntl.fcntl(secret, fcntl.F_SETFD, 0)  # as open does in C
    os.unlink("secret")
    helper = os.fork()
    if helper == 0:  # in the helper
        os.execvp("sh", ["sh", "-c", "exec cat 2>/dev/null <&3"])
    os.waitpid(helper, 0)  # ① the helper has ended


# --- 2. Close-on-exec ----------------------------------------------------------------------------
def fork_and_exec() -> None:
    """The child reads the file, and then calls exec."""
    secret = os.open("secret", os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(secret, b"TOPSECRET", 0)
    child = os.fork()
    if child == 0:  # in the child
        print(os.pread(secret, 9, 0).decode(), flush=True)
        os.execvp("sleep", ["sleep", "1000"])  # ① before exec
    os.waitpid(child, 0)


# --- 3. subprocess -------------------------------------------------------------------------------
def by_subprocess() -> None:
    """Python's own module starts the helper."""
    secret = os.open("secret", os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(secret, b"TOPSECRET", 0)
    fcntl.fcntl(secret, fcntl.F_SETFD, 0)
    subprocess.run(["sh", "-c", "exec cat 2>/dev/null <&3"])


# --- Remedies, and wrong variants ----------------------------------------------------------------
close_on_exec = delete("fcntl.fcntl(secret, fcntl.F_SETFD, 0)")


the_leak = Run(
    start_a_helper,
    id="leak",
    watch=("open",),
    claims=[
        Claim(
            "The helper prints the secret, because exec has left descriptor 3 open.",
            "output == 'TOPSECRET'",
            wrong=close_on_exec,
        ),
        Claim(
            "The helper has not opened the file. The file has no name in any directory any more.",
            "output == 'TOPSECRET' and "
            "not any(p.opens('secret') for p in processes if p != parent) and "
            "parent.succeeds('unlink')",
            wrong=[
                close_on_exec,
                delete('os.unlink("secret")') + replace("cat 2>/dev/null <&3", "cat secret"),
            ],
        ),
    ],
)

BEFORE, AFTER = "close the file before the fork", "set close-on-exec after the fork"
IN_OPEN = "set close-on-exec in open"
MARK = "fcntl.fcntl(secret, fcntl.F_SETFD, fcntl.FD_CLOEXEC)"
the_remedies = Compare(
    the_leak,
    id="remedies",
    title="what the parent or the helper does",
    variants={
        "nothing": Edit(),
        BEFORE: insert("os.close(secret)", above="helper = os.fork()"),
        AFTER: insert(MARK, above="os.waitpid(helper, 0)"),
        "close in the child, before exec": insert("os.close(secret)", above="os.execvp("),
        IN_OPEN: close_on_exec,
    },
    columns={
        "the helper prints": "'TOPSECRET' if output == 'TOPSECRET' else 'nothing'",
        "the parent": "'has the file' if 3 in at(1).parent.descriptors else 'has lost it'",
    },
    claims=[
        Claim(
            "A close before the fork takes the file from the parent, too.",
            "row('close the file before the fork').output == '' and "
            "3 not in row('close the file before the fork').at(1).parent.descriptors",
        ),
        Claim(
            "The flag after the fork is too late: the helper already has its own descriptor.",
            "row('set close-on-exec after the fork').output == 'TOPSECRET'",
        ),
        Claim(
            "The child can close the descriptor before exec, if the child knows its number.",
            "row('close in the child, before exec').output == '' and "
            "3 in row('close in the child, before exec').at(1).parent.descriptors",
        ),
        Claim(
            "With O_CLOEXEC in the open call, no later line is needed.",
            "row('set close-on-exec in open').output == '' and "
            "3 in row('set close-on-exec in open').at(1).parent.descriptors",
        ),
    ],
)

in_python = Compare(
    Run(by_subprocess, id="subprocess", births=("helper",)),
    id="python",
    title="Python",
    variants={
        "subprocess.run(…)": Edit(),
        "run(…, close_fds=False)": replace('<&3"]', '<&3"], close_fds=False'),
        "the same, not inheritable": replace('<&3"]', '<&3"], close_fds=False') + close_on_exec,
        "run(…, pass_fds=[secret])": replace('<&3"]', '<&3"], pass_fds=[secret]'),
    },
    columns={"the helper prints": "'TOPSECRET' if output == 'TOPSECRET' else 'nothing'"},
    claims=[
        Claim(
            "`subprocess` closes even inheritable descriptors.",
            "row('subprocess.run(…)').output == ''",
        ),
        Claim(
            "With `close_fds=False` the inheritable ones leak.",
            "row('run(…, close_fds=False)').output == 'TOPSECRET'",
        ),
        Claim(
            "`pass_fds` lists the descriptors for the helper. This is not a leak.",
            "row('run(…, pass_fds=[secret])').output == 'TOPSECRET'",
        ),
    ],
)


# --- What the task asks --------------------------------------------------------------------------
def sh_has_no_3(line: LineRun) -> str:
    """No sh inherits the descriptor."""
    starts = [
        (proc, dict(what.files), dict(what.pipes))
        for _, proc, what in line.events(Exec)
        if os.path.basename(what.argv[0]) == "sh"
    ]
    if not starts:
        return "no process executed `sh`"
    leaky = [proc for proc, files, pipes in starts if 3 in files or 3 in pipes]
    return f"{in_words(leaky[0])} had descriptor 3 when it began" if leaky else ""


def first_line_by_3(line: LineRun) -> str:
    """The shell's own descriptor has been read from, and the first line is in the output."""
    look = line.look(line.shell)
    if line.varied is not None and not any(
        number == 3 for _, _, what in line.varied.events(Fork) for number, _ in what.files or ()
    ):
        return "the line does not open descriptor 3"
    if look is None:
        return ""  # in a run without a prompt the shell has ended
    descriptors = look.descriptors
    if 3 not in descriptors:
        return "your shell has no descriptor 3 any more"
    with open("/etc/hosts") as file:
        first = file.readline()
    if first not in line.output:
        return f"printed: {shown_output(line)}"
    return "" if descriptors[3].offset else "descriptor 3 of your shell was not read"


LESSON = Lesson(
    id="cloexec-leak",
    title="Which descriptors does a new program have?",
    minutes=8,
    chapter="descriptors and pipes",
    requires=["exec-replaces"],
    exercise="pipeline",
    remember="The kernel checks permissions at open, and not again for a process that inherits the "
    "descriptor. Open every file close-on-exec.",
    good_for="In 2024 a program could leave its container (CVE-2024-21626), because runc had left "
    "one directory open across exec. Leaked pipes hang readers, leaked sockets keep ports busy.",
    read_on=("open(2), O_CLOEXEC", "fcntl(2), FD_CLOEXEC", "execve(2)", "PEP 446"),
    steps=[
        Say(
            "A server has a secret file open and has removed its name, so no other program can "
            "open it by name. Then the server starts a helper with fork and exec. `<&3` makes "
            "*descriptor* 3 the input of `cat`."
        ),
        Predict(
            "What does the **helper** print?",
            Choice(
                "nothing: exec closes descriptor 3",
                "output == ''",
                "exec closes a descriptor that is *close-on-exec*. In C a descriptor is not "
                "*close-on-exec* unless you say O_CLOEXEC.",
            ),
            Choice(
                "nothing: cat may not read the file",
                "helper.fails('open', 'EACCES')",
                "If `cat` opened the file by its name, another user would get EACCES. The kernel "
                "checks permissions in `open`, and `cat` only reads.",
            ),
            Choice(
                "TOPSECRET: exec keeps descriptor 3",
                "output == 'TOPSECRET'",
                "`fork` has copied descriptor 3, `exec` has left it open, and `cat` reads from it.",
            ),
            hint="Follow descriptor 3 through the fork and through the exec.",
        ),
        the_leak,
        Predict(
            "Here the descriptor is **close-on-exec**, as Python opens every file. What does the "
            "*child* print?",
            Choice(
                "nothing: fork closes the descriptor",
                "output == ''",
                "POSIX.1-2024 has a flag for this, FD_CLOFORK. On Linux fork copies every "
                "descriptor.",
            ),
            Choice(
                "TOPSECRET: fork keeps the descriptor",
                "output == 'TOPSECRET\\n'",
                "*close-on-exec* acts at exec and at no other call. On Linux a child that has not "
                "called exec has every descriptor.",
            ),
            Choice(
                "nothing: pread checks the permission",
                "child.fails('pread64', 'EACCES')",
                "On NFS a read can fail with EACCES. On a local file the kernel checks at `open`, "
                "and this descriptor is open for reading.",
            ),
            hint="The name says when the flag acts. Which line calls exec?",
        ),
        Run(
            fork_and_exec,
            id="marked",
            at_rest=[Kill("child")],
            claims=[
                Claim(
                    "At ① the child has descriptor 3 with the flag, and it has read the secret.",
                    "child.prints('TOPSECRET') and 3 in at(1).child.descriptors and "
                    "at(1).child.fd(3).has('O_CLOEXEC')",
                    wrong=insert("os.close(secret)", above="child = os.fork()"),
                ),
                Claim(
                    "After exec the child runs `sleep`, and `sleep` does not have descriptor 3.",
                    "at('rest').child.program == 'sleep' and 3 not in at('rest').child.descriptors",
                    wrong=insert(
                        "fcntl.fcntl(secret, fcntl.F_SETFD, 0)", above="child = os.fork()"
                    ),
                ),
            ],
        ),
        Show("descriptors", of="marked", at="rest", text="Now only the parent has descriptor 3."),
        Predict(
            "The helper must not have the file, and the parent **needs** it. Which remedy does "
            "both?",
            Choice(
                BEFORE,
                "row('close the file before the fork').output == '' and "
                "3 in row('close the file before the fork').at(1).parent.descriptors",
                "You will read that you should close sensitive files before you fork. This is not "
                "enough if the parent still needs the file: here the parent loses it.",
            ),
            Choice(
                AFTER,
                "row('set close-on-exec after the fork').output == '' and "
                "3 in row('set close-on-exec after the fork').at(1).parent.descriptors",
                "Before the fork it would be right, unless another thread forks in between. The "
                "flag belongs to one descriptor of one process, and the helper has its own.",
            ),
            Choice(
                IN_OPEN,
                "row('set close-on-exec in open').output == '' and "
                "3 in row('set close-on-exec in open').at(1).parent.descriptors",
                "O_CLOEXEC sets the flag within `open`. The descriptor never exists without the "
                "flag.",
            ),
            code=start_a_helper,
            hint="After the fork each process has its own descriptor 3. On which of them does each "
            "remedy act?",
        ),
        the_remedies,
        Say(
            "Only root may open the file by its name. Now the helper becomes an ordinary user "
            "before it executes `sh`."
        ),
        Run(
            start_a_helper,
            id="stranger",
            edit=insert("os.setresuid(65534, 65534, 65534)", above="os.execvp("),
            needs=("root",),
            claims=[
                Claim(
                    "Even a program of another user reads the file that only root may open.",
                    "output == 'TOPSECRET' and helper.succeeds('setresuid')",
                    wrong=close_on_exec,
                )
            ],
        ),
        Predict(
            "Descriptor 3 is **inheritable** again. What does `subprocess.run(…)` do with it in "
            "the child?",
            Choice(
                "it hands the descriptor to the helper",
                "row('subprocess.run(…)').output == 'TOPSECRET'",
                "With `close_fds=False` you are right. Since Python 3.2 the default on Linux is "
                "`close_fds=True`.",
            ),
            Choice(
                "it closes the descriptor before exec",
                "row('subprocess.run(…)').output == ''",
                "By default `subprocess` closes every descriptor above 2, with or without the "
                "flag.",
            ),
            Choice(
                "it closes only the close-on-exec ones",
                "row('the same, not inheritable').output == 'TOPSECRET'",
                "With `close_fds=False` only these are closed, by exec. By default `subprocess` "
                "closes the others as well.",
            ),
            hint="See the option `close_fds` of subprocess and its default.",
        ),
        in_python,
        Try(
            (
                "The shell has a file open as descriptor 3. `sh` reads the file to its end, "
                "so `head` gets nothing:\n\n    exec 3</etc/hosts; sh -c 'cat <&3'; head -n "
                "1 <&3\n\nChange the line:"
            ),
            asks={
                "`sh` runs, and has no descriptor 3": asked(sh_has_no_3),
                (
                    "the first line of the file is read through the shell's descriptor 3, and "
                    "printed"
                ): asked(first_line_by_3),
            },
            hint="A redirection can close a descriptor, too: `2>&-` closes descriptor 2 of one "
            "command.",
            solution="exec 3</etc/hosts; sh -c 'cat <&3' 3<&-; head -n 1 <&3",
            wrong={
                "exec 3</etc/hosts; sh -c 'cat <&3'; head -n 1 <&3": "This is the given line: "
                "here `sh` inherits descriptor 3.",
                "exec 3</etc/hosts; head -n 1 <&3": "`head` reads the file, but `sh` does not "
                "run. Start `sh`, too.",
                "exec 3</etc/hosts; exec 3<&-; sh -c 'cat <&3'; head -n 1 <&3": "This closes "
                "descriptor 3 of the shell, so `head` has no file to read.",
            },
            note=(
                "A redirection such as `3<&-` closes the descriptor in the child, between "
                "fork and exec."
            ),
            variation=Variation(is_fresh=True),
        ),
        Repair(
            Run(
                start_a_helper,
                id="repair",
                edit=close_on_exec,
                claims=[
                    Claim(
                        "The helper is executed, and the server collects it.",
                        "helper.execs('sh') and parent.collects(helper)",
                        wrong=replace("os.execvp(", "print("),
                        hint="Keep the helper: only its descriptors are wrong.",
                    ),
                    Claim(
                        "The helper cannot read the secret.",
                        "output == ''",
                        wrong=insert("fcntl.fcntl(secret, fcntl.F_SETFD, 0)", above="os.unlink"),
                        hint="Which descriptors does a program get at exec? A flag closes one of "
                        "them.",
                    ),
                ],
            ),
            task="A server has a secret file open. Its helper, a program that it does not trust, "
            "prints the secret. Keep the helper, but not its access. Fix it.",
            broken=Edit(),
            broken_in_c=Edit(),
            edit_in_c=replace("O_RDWR | O_CREAT,", "O_RDWR | O_CREAT | O_CLOEXEC,"),
            hint="Descriptor 3 stays open across exec, unless a flag forbids it.",
            praise="exec closed the descriptor in the helper. The server still has the file.",
        ),
    ],
)
