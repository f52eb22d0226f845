"""Whose rights a process has: its three user ids."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace,
    some,
)

with_gid = insert("os.setresgid(65534, 65534, 65534)", above="os.setresuid(65534, 65534, 65534)")
with_list = insert("os.setgroups([])", above="os.setresuid(65534, 65534, 65534)")


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
    Say("""A set-user-ID program can work with the user's rights, and return for the few lines that
        need root. An attacker who takes over the program can return, too. So a program that no
        longer needs root drops **all three** ids.""",
        part=""),
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
    Say("""Beside its user ids a process has a real, an effective and a saved *group id*, and a list
        of *supplementary groups*. The kernel lets it read a file if the file's owner, one of its
        groups, or everyone may read it. A server of root wants to lose root's rights."""),
    Predict("""The group of `keys` may read it. Which calls does the server need **before**
        `setresuid`, so that the file is refused?""",
        Choice("`setgroups` with an empty list",
            "row('setgroups, setresuid').output == 'refused\\n'",
            "This empties the list. The effective group id is still 0, root's group."),
        Choice("`setgroups` and `setresgid`",
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
        id="group-drops",
        title="the drop",
        rows={
            "setresuid": Edit(),
            "setresgid, setresuid": with_gid,
            "setgroups, setresuid": with_list,
            "setgroups, setresgid, setresuid": with_list + with_gid},
        columns={"opens the keys": "'yes' if output == 'allowed\\n' else 'no'"},
        needs=["root", "kcmp"]),
    Run("first",
        Claim("""After `setresuid` the privilege is gone: `setgroups` fails with EPERM, and root's
            groups stay.""",
            "parent.fails('setgroups', 'EPERM') and output == 'the groups stay\\n'",
            wrong=delete("os.setresuid(65534, 65534, 65534)")),
        needs=["root", "kcmp"]),
    Say("""In C nothing happens at an error unless the program looks: a server that ignores the
        result of `setresuid` serves as root. So look at each result. Then check: `setresuid(-1, 0,
        -1)` must **fail**, and `getgroups` must return what you expect."""),
    Task("A file `f` shall be a program with the set-user-ID bit. Type a line in which:",
        asks={
            "`ls -l` shows a file `f`": some("",
                ("ran('ls')", "no `ls` ran"),
                ("any(p.writes(' f\\n') or p.writes('/f\\n') for p in ran('ls'))",
                 "`ls -l` showed no `f`")),
            "its mode begins with `rws`: read, write, execute, set-user-ID": some("",
                ("any(p.writes('-rws') for p in ran('ls'))", "the mode was another one"),
                ("any('-rws' in p.output and (p.execs('ls') or p.got('-rws')) for p in "
                 "processes)",
                 "no mode was shown"))},
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
    remember="""The effective id decides what a process may do, and the saved id is a way back. To
    give root up: `setgroups`, `setresgid`, `setresuid`, in this order, and look at each result.""",
    good_for="""A web server starts as root, opens port 80, and drops root for good (CERT POS36-C,
    POS37-C). With the user ids alone it could still read what only root's group may read.""",
    requires=["exec-replaces"],
    read="""credentials(7); setresuid(2); setuid(2); setgroups(2); Kerrisk, TLPI, chapters 9 and 38;
    Chen, Wagner, Dean, *Setuid Demystified*""",
)
