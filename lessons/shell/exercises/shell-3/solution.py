import errno
import os
import shlex
import sys
# BEGIN SOLUTION

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
    try:
        os.execvp(words[0], words)
    except OSError as error:
        os.write(2, f"{words[0]}: {error.strerror}\n".encode())
        os._exit(127 if error.errno == errno.ENOENT else 126)


def run(words):
    """Run a program and return its status as shells report it."""
    try:
        child = os.fork()
    except OSError as error:
        print(f"fork: {error.strerror}", file=sys.stderr)
        return 1
    if child == 0:
        execute(words)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code
# INSTEAD
# # The splitter knows quotes and $? already; but nobody looks at how a command ended.
# def run(words):
#     """Run a program; return its status as shells report it (not done yet)."""
#     child = os.fork()
#     if child == 0:
#         try:
#             os.execvp(words[0], words)
#         except OSError as error:
#             os.write(2, f"{words[0]}: {error.strerror}\n".encode())
#             os._exit(1)
#     os.waitpid(child, 0)
#     return 0
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
