import os
import sys
# BEGIN SOLUTION


def run(words):
    try:
        child = os.fork()
    except OSError as error:
        print(f"fork: {error.strerror}", file=sys.stderr)
        return
    if child == 0:
        try:
            os.execvp(words[0], words)
        except OSError as error:
            os.write(2, f"{words[0]}: {error.strerror}\n".encode())
            os._exit(127)
    os.waitpid(child, 0)


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


while True:
    try:
        words = input("$ ").split()
    except EOFError:
        break
    match words:
        case []:
            continue
        case ["exit", *code]:
            sys.exit(exit_code(code[0]) if code else 0)
        case ["cd", to]:
            change_directory(to)
        case _:
            run(words)
# INSTEAD
# def run(word):
#     """Run the program of this name in a child, and wait for it."""
#     print(f"{word}: nothing is run yet")
#
#
# while True:
#     try:
#         word = input("$ ").strip()
#     except EOFError:
#         break
#     run(word)
# END SOLUTION
