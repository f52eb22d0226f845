import os

while True:
    os.write(1, b"> ")
    line = os.read(0, 1000)  # sleeps until you press Enter
    if not line:  # end of file: ^D
        break
    wanted = line.decode().split()
    if not wanted:  # an empty line
        continue
    command = 0
    if command == 0:  # in the child
        os.execvp(wanted[0], wanted)
    os.waitpid(command, 0)
