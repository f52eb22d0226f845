import os
import sys


def run(word):
    try:
        child = os.fork()
    except OSError as error:
        print(f"fork: {error.strerror}", file=sys.stderr)
        return
    if child == 0:
        try:
            os.execlp(word, word)
        except OSError as error:
            os.write(2, f"{word}: {error.strerror}\n".encode())
            os._exit(127)
    os.waitpid(child, 0)


while True:
    try:
        word = input("$ ").strip()
    except EOFError:
        break
    if word:
        run(word)
