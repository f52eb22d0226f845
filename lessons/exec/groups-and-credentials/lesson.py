"""A process that gives root up drops its groups first, then its user ids, and checks both."""

from __future__ import annotations

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, LineRun, Predict, Read, Repair, Run, Say, Task, asked,
    delete, insert, move, replace,
)

with_gid = insert("os.setresgid(65534, 65534, 65534)", above="os.setresuid(65534, 65534, 65534)")
with_list = insert("os.setgroups([])", above="os.setresuid(65534, 65534, 65534)")


def _status_of_the_shell(line: LineRun) -> list[str]:
    """Return the processes that read the shell's status."""
    return line.readers(f"\nPid:\t{line.pid(line.shell)}\n")


def reads_the_shells(line: LineRun) -> str:
    """A process reads the shell's status."""
    if _status_of_the_shell(line):
        return ""
    read = [what for _, _, what in line.events(Read) if "\nPid:\t" in what.text]
    return "it was the status of another process" if read else "no process read it"


def only_groups(line: LineRun) -> str:
    """The line that was read is printed, and no other is."""
    rows = [row for row in line.lines if row.startswith("Groups:")]
    if not rows:
        return "no line `Groups:` was printed"
    if rows != line.lines:
        return "other lines were printed, too"
    look = line.look(line.shell)
    text = look.status.get("Groups", "") if look is not None else ""
    is_so = all(row.split()[1:] == text.split() for row in rows)
    return "" if is_so and line.is_passed_on("Groups:") else "the line was not read from the file"


lesson = Lesson(
    Say("""Beside its user ids a process has a real, an effective and a saved *group id*, and a list
        of *supplementary groups*. The kernel lets it read a file if the file's owner, one of its
        groups, or everyone may read it. A server of root wants to lose root's rights."""),
    Predict("The server has set all three user ids to 65534. **What does `open` do?**",
        Choice("it fails with EPERM",
            "parent.fails('open', 'EPERM')",
            """EPERM is for calls that need privilege, such as `setgroups`. A file that may not be
            read gives EACCES."""),
        Choice("it succeeds",
            "output == 'allowed\\n'",
            """The user is not root any more, and the groups are. The mode 640 lets the file's group
            read."""),
        Choice("it fails with EACCES",
            "parent.fails('open', 'EACCES')",
            """User 65534 may not read the file. But a process may also do what its **groups** may
            do, and these are root's."""),
        part="__main__",
        hint="The mode is 640: the owner may read and write. Who may read, too?",
        again=with_list + with_gid),
    Run("user",
        Claim("Without root's user id the process reads a file of root's group.",
            "output == 'allowed\\n' and parent.succeeds('setresuid')",
            wrong=[with_list + with_gid, replace("0o640", "0o600")]),
        needs=["root", "kcmp"]),
    Predict("Which calls does it need **before** `setresuid`, so that the file is refused?",
        Choice("`setgroups` with an empty list",
            "row('setgroups, setresuid').output == 'refused\\n'",
            "This empties the list. The effective group id is still 0, root's group."),
        Choice("both of these calls",
            """row('setgroups, setresgid, setresuid').output == 'refused\\n' and row('setresgid,
            setresuid').output == 'allowed\\n'""",
            """The list and the three group ids are separate, and one entry is enough to read the
            file."""),
        Choice("`setresgid`",
            "row('setresgid, setresuid').output == 'refused\\n'",
            """This changes the three group ids. Root's group is also in the list of supplementary
            groups."""),
        hint="In how many places can a process have root's group?"),
    Compare(
        Run("user"),
        Claim("The user ids alone: the process still has root's group.",
            "row('setresuid').output == 'allowed\\n'"),
        Claim("The group ids alone do not suffice: the list has root's group, too.",
            "row('setresgid, setresuid').output == 'allowed\\n'"),
        Claim("Without the group ids the empty list does not suffice, either.",
            "row('setgroups, setresuid').output == 'allowed\\n'"),
        Claim("All three calls: the file is refused.",
            "row('setgroups, setresgid, setresuid').output == 'refused\\n'"),
        id="drops",
        title="the drop",
        rows={
            "setresuid": Edit(),
            "setresgid, setresuid": with_gid,
            "setgroups, setresuid": with_list,
            "setgroups, setresgid, setresuid": with_list + with_gid},
        columns={"opens the keys": "'yes' if output == 'allowed\\n' else 'no'"},
        needs=["root", "kcmp"]),
    Predict("A server drops its user ids, and its groups. What does it print?",
        Choice("no line: a signal ends it",
            "parent.killed()",
            "A call that may not be made fails with EPERM. No signal comes."),
        Choice("no group left",
            "output == 'no group left\\n'",
            """With the privilege of root `setgroups` works. This process gave the privilege up one
            line before."""),
        Choice("the groups stay",
            "output == 'the groups stay\\n'",
            """`setgroups` needs privilege, which went with the user id. So the groups come first,
            and the user last."""),
        hint="Which of the calls needs privilege, and when is it lost?",
        again=move("os.setresuid(65534, 65534, 65534)", above='print("no group')),
    Run("first",
        Claim("`setgroups` fails with EPERM, and root's groups stay.",
            "parent.fails('setgroups', 'EPERM') and output == 'the groups stay\\n'",
            wrong=delete("os.setresuid(65534, 65534, 65534)")),
        needs=["root", "kcmp"]),
    Say("""In C nothing happens at an error unless the program looks: a server that ignores the
        result of `setresuid` serves as root. So look at each result. Then check: `setresuid(-1, 0,
        -1)` must **fail**, and `getgroups` must return what you expect."""),
    Task("The kernel shows the groups of each process in `/proc/PID/status`. Type a line in which:",
        asks={
            "a process reads this file of **your shell**": asked(reads_the_shells),
            "its line `Groups:` is printed, and no other": asked(only_groups)},
        hint="`$$` is the pid of your shell. `grep WORD FILE` prints the lines with a word.",
        solution="grep Groups: /proc/$$/status",
        wrong={
            "grep Groups: /proc/self/status":
                "`self` is the process that reads, here `grep`. The task asks for your shell.",
            "cat /proc/$$/status": "This prints all lines. The task asks for one.",
            "id -G":
                """`id` asks for its own groups. They are the same, but they are not read from your
                shell.""",
            "grep Gid: /proc/$$/status":
                """These are the three group ids and one for file systems. The list is in another
                line."""},
        note="""A child inherits this list, and exec keeps it. Only a process with privilege may
        change it."""),
    Repair("repair",
        """This server gives root up, and should not be able to read `keys` afterwards. It prints
        `allowed`. Fix it.""",
        Claim("The keys are refused, although their mode lets root's group read.",
            "output == 'refused\\n'",
            wrong=[
                delete("os.setgroups([])"),
                delete("os.setresgid"),
                delete("os.setresgid") + delete("os.setgroups([])")],
            hint="A process has root's group in two places."),
        Claim("Each of the three calls succeeds.",
            """parent.succeeds('setgroups') and parent.succeeds('setresgid') and
            parent.succeeds('setresuid')""",
            wrong=[
                delete("os.setresuid(65534, 65534, 65534)") + replace("0o640", "0o000"),
                delete("os.setresgid") + replace("0o640", "0o600")],
            hint="""Keep the file as it is. Which call needs privilege, and which call takes it
            away?"""),
        needs=["root", "kcmp"],
        fix=insert("os.setgroups([])", above="os.setresgid(65534, 65534, 65534)"),
        fix_in_c=insert(
            'if (setgroups(0, NULL) == -1) err(1, "setgroups");',
            above="if (setresgid(65534, 65534, 65534) == -1)"),
        hint="`setresgid` changes three ids. What else names groups?",
        praise="""The list and the group ids went first, while the process had the privilege; the
        user ids went last."""),
    remember="""To give root up: `setgroups`, `setresgid`, `setresuid`, in this order. Look at each
    result, and check afterwards that root cannot be taken back.""",
    good_for="""A web server opens port 80 as root, and then serves as another user. With root's
    groups it could still read what only administrators may read (CERT POS36-C, POS37-C).""",
    requires=["identity"],
    read="credentials(7); setgroups(2); setresgid(2); CERT POS36-C, POS37-C; TLPI 9.7.4, 38.2",
)
