"""The descriptor that a child should not have had.

Open descriptors survive exec, unless they are marked close-on-exec.  Permissions are asked when a
file is opened, and never again: whoever has the descriptor can read what it could not open.  So a
program that starts another gives away what it has open, mostly without meaning to.
"""

from __future__ import annotations

import fcntl
import os
import subprocess

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Kill,
    Lesson,
    Predict,
    Run,
    Say,
    Show,
    Try,
    all_of,
    anyone,
    anyone_but,
    at,
    delete,
    happens,
    insert,
    never,
    of,
    output,
    processes,
    replace,
    words,
)

parent, child, helper, head = processes("parent", "child", "helper", "head")


# --- 1. The leak ---------------------------------------------------------------------------------
def start_a_helper() -> None:
    """A server has a secret open, and starts a program that it does not trust."""
    secret = os.open("secret", os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(secret, b"TOPSECRET", 0)
    fcntl.fcntl(secret, fcntl.F_SETFD, 0)  # what open does in C
    os.unlink("secret")
    helper = os.fork()
    if helper == 0:  # in the helper; the secret is its 3, too
        os.execvp("sh", ["sh", "-c", "exec cat 2>/dev/null <&3"])
    os.waitpid(helper, 0)  # ① the helper has ended


# --- 2. Close-on-exec ----------------------------------------------------------------------------
def fork_and_exec() -> None:
    """The child reads, and then execs."""
    secret = os.open("secret", os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(secret, b"TOPSECRET", 0)
    child = os.fork()
    if child == 0:  # in the child
        print(os.pread(secret, 9, 0).decode(), flush=True)
        os.execvp("sleep", ["sleep", "1000"])  # ① before exec
    os.waitpid(child, 0)


# --- 3. subprocess -------------------------------------------------------------------------------
def by_subprocess() -> None:
    """What Python's own module does about it."""
    secret = os.open("secret", os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(secret, b"TOPSECRET", 0)
    fcntl.fcntl(secret, fcntl.F_SETFD, 0)
    subprocess.run(["sh", "-c", "exec cat 2>/dev/null <&3"])


# --- Remedies, and worlds in which it is not so --------------------------------------------------
close_on_exec = delete("fcntl.fcntl(secret, fcntl.F_SETFD, 0)")
LEAKS = output == "TOPSECRET"
KEEPS = all_of(output == "", at("①", parent.descriptor(3).is_open))

the_leak = Run(
    start_a_helper,
    id="leak",
    watch=("open",),
    claims=[
        Claim(
            "The helper prints the secret: exec has left descriptor 3 open.",
            LEAKS,
            wrong=close_on_exec,
            facts=("cloexec-leak",),
        ),
        Claim(
            "It has not opened it, and nobody could: the file has no name any more.",
            all_of(
                LEAKS, never(anyone_but(parent).opens("secret")), happens(parent.succeeds("unlink"))
            ),
            wrong=[
                close_on_exec,
                delete('os.unlink("secret")') + replace("cat 2>/dev/null <&3", "cat secret"),
            ],
            facts=("cloexec-leak",),
        ),
    ],
)

BEFORE, AFTER = "close before the fork", "close-on-exec set after the fork"
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
        "close-on-exec from the beginning": close_on_exec,
    },
    columns={
        "the helper prints": words(LEAKS, "TOPSECRET", "nothing"),
        "the parent": words(at("①", parent.descriptor(3).is_open), "has it", "has lost it"),
    },
    claims=[
        Claim(
            "Closing before the fork takes the file from the parent, too.",
            of(BEFORE, all_of(output == "", at("①", parent.descriptor(3).is_closed))),
            facts=("cloexec-leak",),
        ),
        Claim(
            "Setting the mark after the fork is too late: the helper has a descriptor of its own.",
            of(AFTER, LEAKS),
            facts=("cloexec-leak",),
        ),
        Claim(
            "The child may close it before exec; it must know of it.",
            of("close in the child, before exec", KEEPS),
        ),
        Claim(
            "Opened with O_CLOEXEC, it cannot be forgotten.",
            of("close-on-exec from the beginning", KEEPS),
            facts=("cloexec-leak",),
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
    columns={"the helper prints": words(LEAKS, "TOPSECRET", "nothing")},
    claims=[
        Claim(
            "subprocess closes even what is inheritable.",
            of("subprocess.run(…)", output == ""),
            facts=("cloexec-leak",),
        ),
        Claim(
            "Told not to, it leaks what is inheritable.",
            of("run(…, close_fds=False)", LEAKS),
            facts=("cloexec-leak",),
        ),
        Claim(
            "pass_fds says what to hand over, by name: that is no leak.",
            of("run(…, pass_fds=[secret])", LEAKS),
        ),
    ],
)

LESSON = Lesson(
    id="cloexec-leak",
    title="The descriptor that a child should not have had",
    minutes=7,
    chapter="exec",
    requires=["exec-replaces"],
    remember="Permissions are asked at open. Whoever inherits the descriptor is not asked again: "
    "open everything close-on-exec.",
    good_for="In 2024 a container could leave its walls (CVE-2024-21626), since runc had left one "
    "directory open across exec. Leaked pipes hang, leaked sockets keep ports busy.",
    read_on=("open(2), O_CLOEXEC", "fcntl(2), FD_CLOEXEC", "execve(2)", "PEP 446"),
    steps=[
        Say(
            "A server has a file open that nobody else may read; it has even removed its name. "
            "Then it starts a helper: fork, exec. `<&3` makes descriptor 3 the input of `cat`."
        ),
        Predict(
            "What does the **helper** print?",
            Choice(
                "nothing: exec closes what was open",
                output == "",
                "It would be so if the descriptor were close-on-exec. In C it is not, unless you "
                "say O_CLOEXEC.",
            ),
            Choice(
                "nothing: it may not read that file",
                happens(helper.fails("open", "EACCES")),
                "Permissions are asked in open, and the helper has not called it. The descriptor "
                "is the permission.",
            ),
            Choice(
                "TOPSECRET",
                LEAKS,
                "fork has copied descriptor 3, exec has left it open, and cat reads it.",
            ),
        ),
        the_leak,
        Predict(
            "Here it is **close-on-exec**, as Python opens all files. What does the *child* print?",
            Choice(
                "nothing: the child does not have it",
                output == "",
                "That is so behind the exec. A fork copies all descriptors, whatever is marked on "
                "them.",
            ),
            Choice(
                "TOPSECRET",
                output == "TOPSECRET\n",
                "The mark acts in exec alone. A child that never execs has everything.",
            ),
        ),
        Run(
            fork_and_exec,
            id="marked",
            at_rest=[Kill(child)],
            claims=[
                Claim(
                    "At ① the child has descriptor 3, marked, and has read the secret by it.",
                    all_of(
                        child.prints("TOPSECRET"),
                        at("①", child.descriptor(3).is_open, child.descriptor(3).closes_on_exec),
                    ),
                    wrong=insert("os.close(secret)", above="child = os.fork()"),
                    facts=("cloexec-leak",),
                ),
                Claim(
                    "sleep, which the child has become, does not have it.",
                    at("rest", child.program == "sleep", child.descriptor(3).is_closed),
                    wrong=insert(
                        "fcntl.fcntl(secret, fcntl.F_SETFD, 0)", above="child = os.fork()"
                    ),
                    facts=("cloexec-leak",),
                ),
            ],
        ),
        Show("descriptors", of="marked", at="rest", text="Descriptor 3 is the parent's alone now."),
        Predict(
            "The helper must not have it, and the parent **needs** it. What does that?",
            Choice(
                BEFORE,
                of(BEFORE, KEEPS),
                "Some books say so. It keeps the secret, even from the parent: the file is closed.",
            ),
            Choice(
                AFTER,
                of(AFTER, KEEPS),
                "The mark is each process's own. That is what another thread's fork, between open "
                "and fcntl, makes of your program.",
            ),
            Choice(
                "close-on-exec from the beginning",
                of("close-on-exec from the beginning", KEEPS),
                "O_CLOEXEC in open marks it in the same step: there is no moment without it.",
            ),
            code=start_a_helper,
        ),
        the_remedies,
        Run(
            start_a_helper,
            id="stranger",
            edit=insert("os.setresuid(65534, 65534, 65534)", above="os.execvp("),
            needs=("root",),
            claims=[
                Claim(
                    "Another user's program reads what only root may open.",
                    all_of(LEAKS, happens(helper.succeeds("setresuid"))),
                    wrong=close_on_exec,
                    facts=("cloexec-leak",),
                ),
            ],
        ),
        in_python,
        Try(
            "The shell has a file open as 3. cat reads it to its end, and nothing is left for "
            "head. Start `sh` **without** descriptor 3:\n\n"
            "    exec 3</etc/passwd; sh -c 'cat <&3'; head -n 1 <&3",
            expect=all_of(
                happens(anyone.execs("sh")),
                happens(head.reads("root")),
                never(anyone_but(head).reads("root")),
            ),
            hint="A redirection can close, too: `2>&-` closes descriptor 2 of one command.",
            solution="exec 3</etc/passwd; sh -c 'cat <&3' 3<&-; head -n 1 <&3",
            wrong=[
                "exec 3</etc/passwd; sh -c 'cat <&3'; head -n 1 <&3",
                "exec 3</etc/passwd; head -n 1 <&3",
            ],
            praise="Closed in the child, between fork and exec; the shell still has its 3.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
