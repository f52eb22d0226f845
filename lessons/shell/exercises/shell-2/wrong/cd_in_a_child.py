# fails: cd.inside
import os
import sys


def run(words):
    child = os.fork()
    if child == 0:
        try:
            os.execvp(words[0], words)
        except OSError as error:
            os.write(2, f"{words[0]}: {error.strerror}\n".encode())
            os._exit(127)
    os.waitpid(child, 0)


def change_directory(to):
    child = os.fork()
    if child == 0:
        os.chdir(to)
        os._exit(0)
    os.waitpid(child, 0)


while True:
    try:
        words = input("$ ").split()
    except EOFError:
        break
    match words:
        case []:
            continue
        case ["exit", *code]:
            sys.exit(int(code[0]) if code else 0)
        case ["cd", to]:
            change_directory(to)
        case _:
            run(words)
