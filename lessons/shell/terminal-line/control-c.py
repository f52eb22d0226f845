import os
import signal
import termios

keyboard, terminal = os.openpty()
child = os.fork()
if child == 0:  # in the child
    os.login_tty(terminal)  # its terminal: 0, 1, 2
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    mode = termios.tcgetattr(0)
    mode[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
    termios.tcsetattr(0, termios.TCSANOW, mode)
    os.write(1, b"!")  # it is ready
    os._exit(os.read(0, 1)[0])
os.read(keyboard, 1)
os.write(keyboard, b"\x03")  # ^C
os.waitpid(child, 0)
