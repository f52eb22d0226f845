"""Whose rights a process has: its three user ids.

With whose rights does a process act, and how does it give rights up?  The effective user id decides
what a process may do.  exec of a set-user-ID program sets it to the owner of the file, and the
saved id as well.  A process that drops the effective id alone can take it back from the saved id.
A process that drops all three ids has no way back.
"""

from __future__ import annotations

import mmap
import os
import re

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    LineRun,
    Predict,
    Repair,
    Run,
    Say,
    Try,
    Write,
    asked,
    replace,
)


# --- 1. A set-user-ID program --------------------------------------------------------------------
def copy(path: str, name: str) -> None:
    """Copy a file without write calls, which a picture would show."""
    with open(path, "rb") as file, open(name, "w+b") as new:
        content = file.read()
        new.truncate(len(content))
        with mmap.mmap(new.fileno(), len(content)) as pages:
            pages[:] = content


def leave_groups() -> None:
    """Give root's groups up, before the user id."""
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)


def by_a_user() -> None:
    """An ordinary user executes a set-user-ID program of root."""
    copy("/bin/grep", "show")  # the copy belongs to root
    os.chmod("show", 0o4755)  # 4000 is the set-user-ID bit
    os.chmod(".", 0o755)
    if (child := os.fork()) == 0:  # in the child
        leave_groups()
        os.setresuid(65534, 65534, 65534)
        os.execv("show", ["show", "Uid", "/proc/self/status"])
    os.waitpid(child, 0)


# --- 2. There and back ---------------------------------------------------------------------------
def opening() -> str:
    """Try to open root's file."""
    try:
        os.close(os.open("secret", os.O_RDONLY))
    except PermissionError:
        return "refused"
    return "allowed"


def there_and_back() -> None:
    """Drop the effective id, and take it back."""
    os.mknod("secret", 0o600)  # root may read it
    os.setresuid(-1, 65534, -1)  # -1: as it was
    dropped = opening()
    os.setresuid(-1, 0, -1)
    returned = opening()
    print(dropped, "then", returned)


# --- 3. No way back ------------------------------------------------------------------------------
def for_good() -> None:
    """Drop all three ids, and try to return."""
    if os.getuid() == 0:
        os.setresuid(65534, 0, 0)  # as after exec of a set-user-ID program
    user = os.getuid()
    os.setresuid(user, user, user)
    saved = os.getresuid()[2]
    print("saved id:", saved)
    try:
        os.seteuid(0)
        print("root again")
    except PermissionError:
        print("no way back")


# --- Variants ------------------------------------------------------------------------------------
def drops(calls: str) -> Edit:
    """Drop the ids with different calls."""
    return replace("os.setresuid(user, user, user)", calls)


# Without CAP_SYS_PTRACE, root may neither call kcmp nor watch a process that changes its user.
WATCHED_ROOT = ("root", "kcmp")


TWICE = "seteuid(user), then setuid(user)"
the_drops = Compare(
    Run(for_good, id="dropping"),
    id="drops",
    title="the drop",
    needs=WATCHED_ROOT,
    variants={
        "setresuid(user, user, user)": Edit(),
        "setreuid(user, user)": drops("os.setreuid(user, user)"),
        "setuid(user)": drops("os.setuid(user)"),
        "seteuid(user)": drops("os.seteuid(user)"),
        TWICE: drops("os.seteuid(user)\nos.setuid(user)"),
    },
    columns={
        "saved id": "parent['saved']",
        "then seteuid(0)": "'succeeds' if parent.prints('root again') else 'fails'",
    },
    claims=[
        Claim(
            "`seteuid` changes only the effective id. The process can return.",
            "row('seteuid(user)').parent['saved'] == 0 and "
            "row('seteuid(user)').parent.prints('root again')",
        ),
        Claim(
            "`setuid` of a process with privilege changes all three ids.",
            "row('setuid(user)').parent['saved'] != 0 and "
            "row('setuid(user)').parent.fails('setresuid', 'EPERM')",
        ),
        Claim(
            "`setuid` of a process without privilege changes only the effective id.",
            "row('seteuid(user), then setuid(user)').parent['saved'] == 0 and "
            "row('seteuid(user), then setuid(user)').parent.prints('root again')",
        ),
    ],
)


# --- What the task asks --------------------------------------------------------------------------
def rows_of_f(line: LineRun) -> list[str]:
    """Return the rows of ls for f whose mode ls, or a process that has read it, prints."""
    writers = line.ran("ls")
    text = "".join(what.text for _, proc, what in line.events(Write) if proc in writers)
    rows = [row for row in text.splitlines() if re.search(r"[ /]f$", row) and len(row) > 20]
    modes = [row[:10] for row in rows]
    shown = [{*writers} & {*line.printers(mode)} or line.is_passed_on(mode) for mode in modes]
    return [row for row, is_shown in zip(rows, shown, strict=True) if is_shown]


def shows_f(line: LineRun) -> str:
    """Ls shows f."""
    if rows_of_f(line):
        return ""
    return "`ls -l` showed no `f`" if line.ran("ls") else "no `ls` ran"


def shows_rws(line: LineRun) -> str:
    """The mode has both."""
    rows = rows_of_f(line) or [row for row in line.lines if row.startswith("-") and len(row) > 20]
    wrong = [row[:10] for row in rows if not row.startswith("-rws")]
    if any(row.startswith("-rws") for row in rows):
        return ""
    return f"the mode was `{wrong[0]}`" if wrong else "no mode was shown"


# --- The lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    id="identity",
    title="Real, effective and saved user ids",
    minutes=9,
    chapter="exec and wait",
    requires=["exec-replaces"],
    remember="The effective id decides what a process may do. The saved id is a way back: drop all "
    "three ids with `setresuid`, and look at its result.",
    good_for="A web server starts as root, opens port 80, and drops root for good: `setgroups`, "
    "`setresgid`, then `setresuid`, in this order, and it checks that `seteuid(0)` fails (CERT "
    "POS36-C). With the user ids alone it keeps root's groups.",
    read_on=(
        "credentials(7)",
        "setresuid(2)",
        "setuid(2)",
        "Kerrisk, TLPI, chapters 9 and 38",
        "Chen, Wagner, Dean, *Setuid Demystified*",
    ),
    steps=[
        Say(
            "A process has three user ids. The *effective user id* decides what it may do. The "
            "*real user id* says which user started it. The *saved user id* is an id to which the "
            "process may return. A file can have the *set-user-ID bit*: then exec of the file "
            "changes ids. `passwd` is such a program of root."
        ),
        Predict(
            "User 65534 executes root's program `show`. **Which ids does the program have?**",
            Choice(
                "real 65534, effective 0",
                "' '.join(output.split()[1:4]) in ('65534 0 0', '65534 0 65534')",
                "exec set the effective and the saved id to the owner of the file. The line `Uid` "
                "is: real, effective, saved, and one for file systems.",
            ),
            Choice(
                "real 65534, effective 65534",
                "' '.join(output.split()[1:4]) == '65534 65534 65534'",
                "Without the bit 4000 all ids stay as they are. With the bit, exec takes the "
                "owner of the file for the effective id.",
            ),
            Choice(
                "real 0, effective 0",
                "'0 0 ' in ' '.join(output.split()[1:4])",
                "This holds if root starts the program. exec never changes the real id, and here "
                "it is 65534.",
            ),
            hint="The bit is 4000 in the mode of the file. Which of the ids decides about rights?",
        ),
        Run(
            by_a_user,
            id="started",
            needs=(*WATCHED_ROOT, "set-user-ID", "other names"),  # a busybox drops the id by itself
            claims=[
                Claim(
                    "exec changed the effective id and the saved id to 0, the owner of the file.",
                    "' '.join(output.split()[1:4]) == '65534 0 0' and child.succeeds('setresuid')",
                    wrong=replace("0o4755", "0o755"),
                ),
                Claim(
                    "The real id is still that of the user who started the program.",
                    "'65534 ' in ' '.join(output.split()[1:4])",
                    wrong=replace("os.setresuid(65534, 65534, 65534)", "pass"),
                ),
            ],
        ),
        Predict(
            "A program of root drops its effective id and sets it again. **What does it print?**",
            Choice(
                "refused then allowed",
                "output == 'refused then allowed\\n'",
                "The kernel checks the effective id, which was 65534 and then 0. The process could "
                "return, since its saved id was 0 all the time.",
            ),
            Choice(
                "allowed then allowed",
                "output == 'allowed then allowed\\n'",
                "The real id is 0 all the time. `open` checks the effective id, and this one was "
                "65534 at first.",
            ),
            Choice(
                "refused then refused",
                "output == 'refused then refused\\n'",
                "With 65534 for all three ids there is no way back. Here the saved id is still 0, "
                "and the effective id may be set to it.",
            ),
            code=there_and_back,
            hint="−1 leaves an id as it is. Which of the three ids change?",
        ),
        Run(
            there_and_back,
            also=[opening],
            id="back",
            needs=WATCHED_ROOT,
            claims=[
                Claim(
                    "A process may set its effective id to its saved id: it is root again.",
                    "output == 'refused then allowed\\n' and "
                    "len(parent.succeeds('setresuid')) == 2",
                    wrong=replace("-1, 65534, -1", "65534, 65534, 65534"),
                )
            ],
        ),
        Say(
            "A set-user-ID program can work with the user's rights, and return for the few lines "
            "that need root. An attacker who takes over the program can return, too. So a program "
            "that no longer needs root drops **all three** ids."
        ),
        Predict(
            "All three ids are an ordinary user's now. **What does `seteuid(0)` do?**",
            Choice(
                "it fails, and errno is EPERM",
                "parent.fails('setresuid', 'EPERM')",
                "A process without privilege may choose among its own three ids, and none of them "
                "is 0.",
            ),
            Choice(
                "it sets the effective id to 0",
                "parent.prints('root again') and parent.succeeds('setresuid')",
                "With `seteuid(user)` in place of `setresuid` you are right: the saved id is still "
                "0. Here the saved id is an ordinary user's.",
            ),
            Choice(
                "it sets all three ids to 0",
                "parent.prints('root again') and parent['saved'] == 0",
                "`setuid(0)` does this in a process with privilege. `seteuid` concerns the "
                "effective id, and this process has no privilege.",
            ),
            hint="Is one of the three ids still 0?",
        ),
        Run(
            for_good,
            id="good",
            needs=WATCHED_ROOT if os.geteuid() == 0 else (),  # not for an ordinary user
            claims=[
                Claim(
                    "A process without privilege gets EPERM for an id other than its three.",
                    "parent.fails('setresuid', 'EPERM') and parent.prints('no way back')",
                    wrong=replace("os.seteuid(0)", "os.seteuid(user)"),
                ),
                Claim(
                    "`setresuid` changed the saved id as well: there is no way back.",
                    "parent['saved'] != 0 and parent.prints('no way back')",
                    wrong=drops("os.setresuid(-1, user, -1)"),
                    needs=WATCHED_ROOT,
                ),
            ],
        ),
        Predict(
            "A set-user-ID program calls `seteuid(user)`, and later `setuid(user)` to drop for "
            "good. **What is its saved id then?**",
            Choice(
                "0, and so it can return",
                "row('seteuid(user), then setuid(user)').parent['saved'] == 0 and "
                "row('seteuid(user), then setuid(user)').parent.prints('root again')",
                "`setuid` changes all three ids only in a process with privilege. `seteuid` had "
                "taken this privilege away.",
            ),
            Choice(
                "0, but it cannot return",
                "row('seteuid(user), then setuid(user)').parent['saved'] == 0 and "
                "row('seteuid(user), then setuid(user)').parent.fails('setresuid', 'EPERM')",
                "A process with the saved id 0 may return: its `seteuid(0)` succeeds.",
            ),
            Choice(
                "user, so it cannot return",
                "row('seteuid(user), then setuid(user)').parent['saved'] != 0",
                "`setuid(user)` by itself does this in a process of root. After `seteuid(user)` "
                "the same call changes only the effective id.",
            ),
            hint="`setuid` works in two ways. What is the effective id when it is called?",
        ),
        the_drops,
        Try(
            "A file `f` shall be a program with the set-user-ID bit. Type a line in which:",
            asks={
                "`ls -l` shows a file `f`": asked(shows_f),
                "its mode begins with `rws`: read, write, execute, set-user-ID": asked(shows_rws),
            },
            hint="`chmod u+x f` lets the owner execute `f`. The letter of the other bit is s.",
            solution="touch f; chmod u+xs f; ls -l f",
            wrong={
                "touch f; chmod u+s f; ls -l f": "The capital S says: the bit is set, but the "
                "owner may not execute the file.",
                "touch f; chmod 755 f; ls -l f": "755 has no digit for the set-user-ID bit. The "
                "mode needs a fourth digit in front.",
                "touch f; chmod u+x f; ls -l f": "The x says: the owner may execute the file, and "
                "the set-user-ID bit is not set.",
                "echo -rws": "`echo` prints its argument, and there is no file. The mode must come "
                "from `ls`.",
            },
            note="If another user executes `f`, the program has **your** id as its effective id.",
            needs=("statx",),
        ),
        Repair(
            Run(
                for_good,
                id="repair",
                needs=WATCHED_ROOT,
                claims=[
                    Claim(
                        "`seteuid(0)` fails afterwards.",
                        "'no way back' in output and parent.prints('no way back')",
                        wrong=[
                            drops("os.seteuid(user)"),
                            drops("os.setresuid(user, user, 0)"),
                            drops("os.seteuid(user)\nos.setuid(user)"),
                            drops("os.setresuid(-1, user, -1)"),
                        ],
                        hint="There are three ids. From which one can root be taken back?",
                    ),
                    Claim(
                        "The process asks for root again, and is refused.",
                        "parent.fails('setresuid', 'EPERM')",
                        wrong=replace("os.seteuid(0)", "raise PermissionError"),
                        hint="Keep the `seteuid(0)`: it shows whether the rights are gone.",
                    ),
                ],
            ),
            task="This set-user-ID program has root's user id, and should drop it for good. Then "
            "it asks for it again, and prints `root again`. Fix the drop.",
            broken=drops("os.seteuid(user)"),
            broken_in_c=replace("setresuid(user, user, user)", "seteuid(user)"),
            hint="setresuid(2) sets the real, the effective and the saved id.",
            praise="All three ids are the user's now, so the process cannot become root again.",
        ),
    ],
)
