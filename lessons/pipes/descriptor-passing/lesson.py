"""A message through a socket can carry a descriptor: the receiver gets the same open file."""

from __future__ import annotations

import os

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, LineRun, Open, Predict, Repair, Run, Say, Task, Write,
    asked, delete, insert, replace, some,
)

opens_itself = replace("socket.recv_fds(ours, 1, 1)[1][0]", 'os.open("log", os.O_WRONLY)')
closes_both = insert("pair[0].close()\npair[1].close()", above="can_read =")
keeps_open = delete("# all is written")


def by_two(line: LineRun) -> str:
    """Two processes write what the file contains."""
    content = line.file("f") or ""
    writers = {
        proc
        for index, proc, what in line.events(Write)
        if what.text and what.text in content and not what.pipe and index not in line.run.outputs
    }
    if not writers:
        return "no process wrote to `f`"
    return "" if len(writers) > 1 else "one process wrote to `f`"


def opened_once(line: LineRun) -> str:
    """The file is opened once."""
    opens = [what for _, _, what in line.events(Open) if os.path.basename(what.path) == "f"]
    if len(opens) == 1:
        return ""
    return f"`f` was opened {len(opens)} times" if opens else "no process opened `f`"


lesson = Lesson(
    Say("""A child inherits its parent's descriptors. Any other process gets one by a message:
        *socketpair* makes two connected Unix *sockets*, and `send_fds` sends data with descriptors
        beside it (`SCM_RIGHTS`)."""),
    Predict("The child has ended. **What does `log` contain at the end?**",
        Choice("`dec`: a new offset from 0",
            "file('log') == 'dec'",
            """That is a second `open` of the file. A passed descriptor is a copy, as by `dup`: the
            offset is shared."""),
        Choice("`abc`: the number means nothing here",
            "file('log') == 'abc'",
            """A number sent as **data** would mean nothing. The kernel makes a new descriptor in
            the receiver, whatever its number."""),
        Choice("`abcde`: one offset for both",
            "file('log') == 'abcde'",
            """The descriptor refers to the child's open file description, with its offset 3. It
            lives on after the child."""),
        hint="`fork` and `dup` copy descriptors. What do the copies share?",
        again=opens_itself),
    Run("passed",
        Claim("The parent continues at the child's offset: the file has `abcde`.",
            "file('log') == 'abcde'",
            wrong=[opens_itself, replace('os.write(log, b"abc")', "pass")])),
    Predict("""The write end has been sent and closed. No process has received it. **What would a
        read do?**""",
        Choice("it returns end of file",
            "row('stays in the socket').output == 'end'",
            """No entry of /proc/PID/fd has the write end. The message in the socket has it, and
            somebody may receive it later."""),
        Choice("it fails: the end is closed",
            "row('stays in the socket').output == 'error'",
            """A read from a pipe without writers is no error, but end of file. And here a write end
            still exists."""),
        Choice("it sleeps: the message has it",
            "row('stays in the socket').output == 'open'",
            """The message holds a reference to the pipe's write end. Only when it is dropped is the
            pipe at its end."""),
        hint="What could the receiver of the message do with it tomorrow?"),
    Compare(
        Run("sent"),
        Claim(
            "A recv that has no room for descriptors drops them: the kernel closes the write end.",
            "row('is read by recv, without room').output == 'end'"),
        Claim("The received descriptor keeps the pipe open.",
            "row('is received').output == 'open'"),
        Claim("A message that no process can receive any more is freed, with its descriptor.",
            "row('is lost: the sockets are closed').output == 'end'"),
        id="messages",
        title="the message",
        rows={
            "stays in the socket": Edit(),
            "is read by recv, without room": insert("pair[0].recv(1)", above="can_read ="),
            "is received": insert("got = socket.recv_fds(pair[0], 1, 1)[1][0]", above="can_read ="),
            "is lost: the sockets are closed": closes_both},
        columns={"a read": "'returns end of file' if output == 'end' else 'sleeps'"}),
    Say("""Look into sockets, too, if a pipe never ends. A receiver uses `MSG_CMSG_CLOEXEC`, so that
        the new descriptor is *close-on-exec*. It checks which process sent it (`SO_PEERCRED`): a
        passed descriptor is a right that is given away."""),
    Task("Inside one family no socket is needed. Type a line in which:",
        asks={
            "`f` has the line `abc`, then the line `def`": some(
                "",
                ("file('f') == 'abc\\ndef\\n'", "`f` has {file('f')}")),
            "two processes write them": asked(by_two),
            "`f` is opened **once**: the second process inherits the descriptor": asked(
                opened_once,
                "open",
                "openat")},
        hint="A redirection of a group, `{ …; } >f`, opens the file once.",
        solution="{ echo abc; sh -c 'echo def'; } >f",
        wrong={
            "echo abc >f; echo def >>f":
                """The second process opens the file again. With `>>` it writes at the end, at an
                offset of its own.""",
            "echo abc >f; echo def >f": "The second `>` opens the file again, and empties it.",
            "printf 'abc\\ndef\\n' >f": "One process writes both lines. The task asks for two.",
            "sh -c 'echo abc; echo def' >f":
                "`echo` is built into `sh`: one process writes both lines."},
        note="`fork`, `dup` and a message do the same: another descriptor, the same offset."),
    Repair("repair",
        """The child passes the read end of a pipe to its parent. The parent prints `hello`, and
        both sleep. Fix it.""",
        Claim("The parent reads `hello` from the descriptor that the child passed.",
            "parent.reads('hello') and output == 'hello'",
            wrong=replace('b"hello"', 'b""'),
            hint="Keep the message and the text."),
        Claim("The parent reads end of file, and collects the child.",
            "parent.sees_end_of_file and parent.collects(child) and returns",
            wrong=[keeps_open, replace("while text", "if text"), delete('ours.send(b"!")')],
            hint="Which processes have the write end when the parent reads?"),
        fix=insert("os.close(write_end)  # all is written", above="theirs.recv(1)"),
        fix_in_c=insert("close(write_end);  // all is written", above="recv(theirs, &byte, 1, 0);"),
        hint="The parent reads until end of file. What does the child wait for?",
        praise="The last write end was closed, so the passed read end came to end of file."),
    remember="""A descriptor in a message becomes a new descriptor for the same open file
    description. While the message is on its way, it keeps the file open.""",
    good_for="""systemd, nginx and browsers open what a process may not open itself, and pass it on.
    A supervisor passes a listening socket to the next version of a server.""",
    requires=["rule-6-open-files", "end-of-file"],
    read="unix(7), SCM_RIGHTS; cmsg(3); socketpair(2); TLPI 61.13.3 Passing File Descriptors",
)
