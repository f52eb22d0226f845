#include <err.h>
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

int can_read(int file) {
    struct pollfd what = {.fd = file, .events = POLLIN};
    return poll(&what, 1, 0) == 1;
}

int main(void) {
    struct termios mode;
    int keyboard, terminal;
    if (openpty(&keyboard, &terminal, NULL, NULL, NULL) == -1)
        err(1, "openpty");
    tcgetattr(terminal, &mode);
    mode.c_lflag &= ~0u;  // the flags to clear
    tcsetattr(terminal, TCSANOW, &mode);
    write(keyboard, "l", 1);
    write(1, can_read(terminal) ? "read " : "held ", 5);
    write(1, can_read(keyboard) ? "echo" : "dark", 4);
}
