import errno
import os
import shlex
import signal
import sys

NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
REDIRECTIONS = {
    "<": (0, os.O_RDONLY),
    ">": (1, NEW),
    ">>": (1, os.O_WRONLY | os.O_CREAT | os.O_APPEND),
    "2>": (2, NEW),
}
# BEGIN SOLUTION
KEYS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
jobs = {}  # process group -> (text of the job, pid of its last command)
# END SOLUTION


def redirect(words):
    """Carry out the redirections, from left to right, and return the other words."""
    others, rest = [], iter(words)
    for word in rest:
        if word == "2>&1":
            os.dup2(1, 2)
        elif word in REDIRECTIONS:
            target, flags = REDIRECTIONS[word]
            file = os.open(next(rest, ""), flags, 0o666)
            os.dup2(file, target)
            os.close(file)
        else:
            others.append(word)
    return others


def execute(words):
    try:
        words = redirect(words)
    except OSError as error:
        os.write(2, f"{error.filename}: {error.strerror}\n".encode())
        os._exit(1)
    try:
        os.execvp(words[0], words)
    except OSError as error:
        os.write(2, f"{words[0]}: {error.strerror}\n".encode())
        os._exit(127 if error.errno == errno.ENOENT else 126)


# BEGIN SOLUTION
def join(pid, group, in_background):
    """Set a process's group and give the group the terminal; both parent and child do this."""
    try:
        os.setpgid(pid, group)
    except (PermissionError, ProcessLookupError):
        pass  # the child was first: it has executed its program or ended
    if not in_background:
        os.tcsetpgrp(2, group or os.getpgrp())


def start(words, source, target, group, in_background):
    try:
        child = os.fork()
    except OSError as error:
        print(f"fork: {error.strerror}", file=sys.stderr)
        return 0
    if child == 0:
        join(0, group, in_background)
        for key in (*KEYS, signal.SIGPIPE):
            signal.signal(key, signal.SIG_DFL)  # ignored signals stay ignored after exec
        os.dup2(source, 0)
        os.dup2(target, 1)
        execute(words)  # Python's descriptors above 2 are closed by exec
    join(child, group or child, in_background)
    return child


def split(words):
    """Return the commands of a pipeline."""
    commands = [[]]
    for word in words:
        if word == "|":
            commands.append([])
        else:
            commands[-1].append(word)
    return commands


def run(words):
    """Run a pipeline; return its status as shells report it, 0 if it runs in the background."""
    in_background = words[-1] == "&"
    commands = split(words[:-1] if in_background else words)
    if not all(commands):
        print("a command is missing")
        return 2
    group, source = 0, os.dup(0)
    for command in commands[:-1]:
        read_end, write_end = os.pipe()
        child = start(command, source, write_end, group, in_background)
        group = group or child
        os.close(source)
        os.close(write_end)
        source = read_end
    last = start(commands[-1], source, 1, group, in_background)
    os.close(source)
    group = group or last
    if group == 0:  # no process was started
        return 1
    jobs[group] = (" ".join(words), last)
    return 0 if in_background else wait_for(group)


def wait_for(group):
    """Wait until a job has ended or stopped; return its status."""
    text, last = jobs[group]
    code = 0 if last else 1  # last is 0 if its fork failed
    while True:
        try:
            pid, word = os.waitpid(-group, os.WUNTRACED)
        except ChildProcessError:
            del jobs[group]  # the whole job is collected
            break
        if os.WIFSTOPPED(word):
            print(f"\nstopped: {text}")
            code = 128 + os.WSTOPSIG(word)
            break
        if pid == last:
            code = os.waitstatus_to_exitcode(word)
    os.tcsetpgrp(2, os.getpgrp())
    return code if code >= 0 else 128 - code


def collect():
    """Collect the background processes that have ended, without waiting."""
    for group in list(jobs):
        try:
            while os.waitpid(-group, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            print(f"done: {jobs.pop(group)[0]}")


def resume(command):
    if not jobs:
        print(f"{command}: there is no job")
        return 1
    group = list(jobs)[-1]
    if command == "fg":
        os.tcsetpgrp(2, group)
    os.killpg(group, signal.SIGCONT)
    return wait_for(group) if command == "fg" else 0
# INSTEAD
# # Still to come: | between commands.
# def run(words):
#     """Run a program and return its status as shells report it."""
#     child = os.fork()
#     if child == 0:
#         execute(words)
#     code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
#     return code if code >= 0 else 128 - code
# END SOLUTION


def exit_code(word):
    """Return the exit code in the operand of exit; 2 if it is not valid."""
    if word.isdecimal() and int(word) <= 255:
        return int(word)
    print(f"exit: {word}: not a number from 0 to 255", file=sys.stderr)
    return 2


def change_directory(to):
    try:
        os.chdir(to)
    except OSError as error:
        print(f"cd: {to}: {error.strerror}")
        return 1
    return 0


# BEGIN SOLUTION
for key in KEYS:
    signal.signal(key, signal.SIG_IGN)
status = 0
while True:
    collect()
# INSTEAD
# status = 0
# while True:
# END SOLUTION
    try:
        words = [word.replace("$?", str(status)) for word in shlex.split(input("$ "))]
    except EOFError:
        break
    except ValueError as error:
        print(error)  # a quote that is not closed
        continue
    match words:
        case []:
            continue
        case ["exit", *code]:
            sys.exit(exit_code(code[0]) if code else status)
        case ["cd", to]:
            status = change_directory(to)
        # BEGIN SOLUTION
        case ["jobs"]:
            print("\n".join(text for text, _ in jobs.values()))
        case ["fg" | "bg" as command]:
            status = resume(command)
        # END SOLUTION
        case _:
            status = run(words)
