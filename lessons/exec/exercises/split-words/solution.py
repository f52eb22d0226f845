import os
import sys

# BEGIN SOLUTION
words = sys.argv[1].split()
if not words:
    sys.exit(0)
child = os.fork()
if child == 0:
    try:
        os.execvp(words[0], words)
    except OSError as error:
        os.write(2, f"{words[0]}: {error.strerror}\n".encode())
        os._exit(127)
_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
# INSTEAD
# word = sys.argv[1]
# child = os.fork()
# if child == 0:
#     os.execvp(word, [word])  # a single word; nothing is split yet
# os.waitpid(child, 0)
# END SOLUTION
