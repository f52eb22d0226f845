import os

how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
actions = []
os.dup2(os.open("f", how, 0o600), 1)
echo = ["/bin/echo", "hi"]
child = os.posix_spawn(echo[0], echo, {}, file_actions=actions)
os.waitpid(child, 0)
os.write(1, b"the parent's 1 is as before")
