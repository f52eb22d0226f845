# fails: statuses.not-executable
import os
import shlex
import sys


def run(words):
    """Run a program and return its status as shells report it."""
    child = os.fork()
    if child == 0:
        try:
            os.execvp(words[0], words)
        except OSError as error:
            os.write(2, f"{words[0]}: {error.strerror}\n".encode())
            os._exit(127)
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
