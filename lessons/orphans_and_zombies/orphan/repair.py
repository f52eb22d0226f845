import os
import signal

ready, tell = os.pipe()
program = os.fork()
if program == 0:  # in the program
    os.setpgid(0, 0)
    helper = os.fork()
    if helper == 0:  # in the helper
        os.write(tell, b"!")
    signal.pause()
os.read(ready, 1)  # both are alive
os.kill(program, signal.SIGTERM)
os.waitpid(program, 0)
