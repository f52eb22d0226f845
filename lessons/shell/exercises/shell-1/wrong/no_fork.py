# fails: runs
import os


def run(word):
    try:
        os.execlp(word, word)
    except OSError as error:
        os.write(2, f"{word}: {error.strerror}\n".encode())


while True:
    try:
        word = input("$ ").strip()
    except EOFError:
        break
    if word:
        run(word)
