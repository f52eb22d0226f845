# Still to come: groups, the terminal, ^C and ^Z, &, jobs, fg, bg.
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
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it; exec would not reset it
    try:
        os.execvp(words[0], words)
    except OSError as error:
        os.write(2, f"{words[0]}: {error.strerror}\n".encode())
        os._exit(127 if error.errno == errno.ENOENT else 126)


def start(words, source, target):
    child = os.fork()
    if child == 0:
        os.dup2(source, 0)
        os.dup2(target, 1)
        execute(words)  # Python's descriptors above 2 are closed by exec
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
    """Run a pipeline and return the status of its last command as shells report it."""
    commands = split(words)
    if not all(commands):
        print("a command is missing")
        return 2
    children, source = [], os.dup(0)
    for command in commands[:-1]:
        read_end, write_end = os.pipe()
        children.append(start(command, source, write_end))
        os.close(source)
        os.close(write_end)
        source = read_end
    children.append(start(commands[-1], source, 1))
    os.close(source)
    for child in children:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


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


status = 0
while True:
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
        case _:
            status = run(words)
