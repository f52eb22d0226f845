"""Whose rights a process has: its three user ids."""

from __future__ import annotations

import re

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, LineRun, Predict, Repair, Run, Say, Task, Write, asked,
    replace,
)

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


lesson = Lesson(
    Say("""A process has three user ids. The *effective user id* decides what it may do. The *real
        user id* says which user started it. The *saved user id* is an id to which the process may
        return. A file can have the *set-user-ID bit*: then exec of the file changes ids. `passwd`
        is such a program of root."""),
    Predict("User 65534 executes root's program `show`. **Which ids does the program have?**",
        Choice("real 65534, effective 65534",
            "' '.join(output.split()[1:4]) == '65534 65534 65534'",
            """Without the bit 4000 all ids stay as they are. With the bit, exec takes the owner of
            the file for the effective id."""),
        Choice("real 65534, effective 0",
            "' '.join(output.split()[1:4]) in ('65534 0 0', '65534 0 65534')",
            """exec set the effective and the saved id to the owner of the file. The line `Uid` is:
            real, effective, saved, and one for file systems."""),
        Choice("real 0, effective 0",
            "'0 0 ' in ' '.join(output.split()[1:4])",
            """This holds if root starts the program. exec never changes the real id, and here it is
            65534."""),
        hint="The bit is 4000 in the mode of the file. Which of the ids decides about rights?"),
    Run("started",
        Claim("exec changed the effective id and the saved id to 0, the owner of the file.",
            "' '.join(output.split()[1:4]) == '65534 0 0' and child.succeeds('setresuid')",
            wrong=replace("0o4755", "0o755")),
        Claim("The real id is still that of the user who started the program.",
            "'65534 ' in ' '.join(output.split()[1:4])",
            wrong=replace("os.setresuid(65534, 65534, 65534)", "pass")),
        needs=["root", "kcmp", "set-user-ID", "other names"]),
    Predict("A program of root drops its effective id and sets it again. **What does it print?**",
        Choice("refused then allowed",
            "output == 'refused then allowed\\n'",
            """The kernel checks the effective id, which was 65534 and then 0. The process could
            return, since its saved id was 0 all the time."""),
        Choice("allowed then allowed",
            "output == 'allowed then allowed\\n'",
            """The real id is 0 all the time. `open` checks the effective id, and this one was 65534
            at first."""),
        Choice("refused then refused",
            "output == 'refused then refused\\n'",
            """With 65534 for all three ids there is no way back. Here the saved id is still 0, and
            the effective id may be set to it."""),
        part="__main__",
        hint="−1 leaves an id as it is. Which of the three ids change?"),
    Run("back",
        Claim("A process may set its effective id to its saved id: it is root again.",
            "output == 'refused then allowed\\n' and len(parent.succeeds('setresuid')) == 2",
            wrong=replace("-1, 65534, -1", "65534, 65534, 65534")),
        needs=["root", "kcmp"]),
    Say("""A set-user-ID program can work with the user's rights, and return for the few lines that
        need root. An attacker who takes over the program can return, too. So a program that no
        longer needs root drops **all three** ids."""),
    Predict("All three ids are an ordinary user's now. **What does `seteuid(0)` do?**",
        Choice("it sets the effective id to 0",
            "parent.prints('root again') and parent.succeeds('setresuid')",
            """With `seteuid(user)` in place of `setresuid` you are right: the saved id is still 0.
            Here the saved id is an ordinary user's."""),
        Choice("it sets all three ids to 0",
            "parent.prints('root again') and parent['saved'] == 0",
            """`setuid(0)` does this in a process with privilege. `seteuid` concerns the effective
            id, and this process has no privilege."""),
        Choice("it fails, and errno is EPERM",
            "parent.fails('setresuid', 'EPERM')",
            """A process without privilege may choose among its own three ids, and none of them is
            0."""),
        hint="Is one of the three ids still 0?"),
    Run("good",
        Claim("A process without privilege gets EPERM for an id other than its three.",
            "parent.fails('setresuid', 'EPERM') and parent.prints('no way back')",
            wrong=replace("os.seteuid(0)", "os.seteuid(user)")),
        Claim("`setresuid` changed the saved id as well: there is no way back.",
            "parent['saved'] != 0 and parent.prints('no way back')",
            wrong=replace("os.setresuid(user, user, user)", "os.setresuid(-1, user, -1)"),
            needs=["root", "kcmp"]),
        needs=["root", "kcmp"]),
    Predict("""A set-user-ID program calls `seteuid(user)`, and later `setuid(user)` to drop for
        good. **What is its saved id then?**""",
        Choice("user, so it cannot return",
            "row('seteuid(user), then setuid(user)').parent['saved'] != 0",
            """`setuid(user)` by itself does this in a process of root. After `seteuid(user)` the
            same call changes only the effective id."""),
        Choice("0, and so it can return",
            """row('seteuid(user), then setuid(user)').parent['saved'] == 0 and row('seteuid(user),
            then setuid(user)').parent.prints('root again')""",
            """`setuid` changes all three ids only in a process with privilege. `seteuid` had taken
            this privilege away."""),
        Choice("0, but it cannot return",
            """row('seteuid(user), then setuid(user)').parent['saved'] == 0 and row('seteuid(user),
            then setuid(user)').parent.fails('setresuid', 'EPERM')""",
            "A process with the saved id 0 may return: its `seteuid(0)` succeeds."),
        hint="`setuid` works in two ways. What is the effective id when it is called?"),
    Compare(
        Run("good"),
        Claim("`seteuid` changes only the effective id. The process can return.",
            """row('seteuid(user)').parent['saved'] == 0 and
            row('seteuid(user)').parent.prints('root again')"""),
        Claim("`setuid` of a process with privilege changes all three ids.",
            """row('setuid(user)').parent['saved'] != 0 and
            row('setuid(user)').parent.fails('setresuid', 'EPERM')"""),
        Claim("`setuid` of a process without privilege changes only the effective id.",
            """row('seteuid(user), then setuid(user)').parent['saved'] == 0 and row('seteuid(user),
            then setuid(user)').parent.prints('root again')"""),
        id="drops",
        title="the drop",
        rows={
            "setresuid(user, user, user)": Edit(),
            "setreuid(user, user)": replace(
                "os.setresuid(user, user, user)",
                "os.setreuid(user, user)"),
            "setuid(user)": replace("os.setresuid(user, user, user)", "os.setuid(user)"),
            "seteuid(user)": replace("os.setresuid(user, user, user)", "os.seteuid(user)"),
            "seteuid(user), then setuid(user)": replace(
                "os.setresuid(user, user, user)",
                "os.seteuid(user)\nos.setuid(user)")},
        columns={
            "saved id": "parent['saved']",
            "then seteuid(0)": "'succeeds' if parent.prints('root again') else 'fails'"},
        needs=["root", "kcmp"]),
    Task("A file `f` shall be a program with the set-user-ID bit. Type a line in which:",
        asks={
            "`ls -l` shows a file `f`": asked(shows_f),
            "its mode begins with `rws`: read, write, execute, set-user-ID": asked(shows_rws)},
        hint="`chmod u+x f` lets the owner execute `f`. The letter of the other bit is s.",
        solution="touch f; chmod u+xs f; ls -l f",
        wrong={
            "touch f; chmod u+s f; ls -l f":
                "The capital S says: the bit is set, but the owner may not execute the file.",
            "touch f; chmod 755 f; ls -l f":
                "755 has no digit for the set-user-ID bit. The mode needs a fourth digit in front.",
            "touch f; chmod u+x f; ls -l f":
                "The x says: the owner may execute the file, and the set-user-ID bit is not set.",
            "echo -rws":
                "`echo` prints its argument, and there is no file. The mode must come from `ls`."},
        note="If another user executes `f`, the program has **your** id as its effective id.",
        needs=["statx"]),
    Repair("repair",
        """This set-user-ID program has root's user id, and should drop it for good. Then it asks
        for it again, and prints `root again`. Fix the drop.""",
        Claim("`seteuid(0)` fails afterwards.",
            "'no way back' in output and parent.prints('no way back')",
            wrong=[
                replace("os.setresuid(user, user, user)", "os.seteuid(user)"),
                replace("os.setresuid(user, user, user)", "os.setresuid(user, user, 0)"),
                replace("os.setresuid(user, user, user)", "os.seteuid(user)\nos.setuid(user)"),
                replace("os.setresuid(user, user, user)", "os.setresuid(-1, user, -1)")],
            hint="There are three ids. From which one can root be taken back?"),
        Claim("The process asks for root again, and is refused.",
            "parent.fails('setresuid', 'EPERM')",
            wrong=replace("os.seteuid(0)", "raise PermissionError"),
            hint="Keep the `seteuid(0)`: it shows whether the rights are gone."),
        needs=["root", "kcmp"],
        fix=replace("os.seteuid(user)", "os.setresuid(user, user, user)"),
        fix_in_c=replace("seteuid(user)", "setresuid(user, user, user)"),
        hint="setresuid(2) sets the real, the effective and the saved id.",
        praise="All three ids are the user's now, so the process cannot become root again."),
    remember="""The effective id decides what a process may do. The saved id is a way back: drop all
    three ids with `setresuid`, and look at its result.""",
    good_for="""A web server starts as root, opens port 80, and drops root for good: `setgroups`,
    `setresgid`, then `setresuid`, in this order, and it checks that `seteuid(0)` fails (CERT
    POS36-C). With the user ids alone it keeps root's groups.""",
    requires=["exec-replaces"],
    read="""credentials(7); setresuid(2); setuid(2); Kerrisk, TLPI, chapters 9 and 38; Chen, Wagner,
    Dean, *Setuid Demystified*""",
)
