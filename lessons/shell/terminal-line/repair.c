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
    char password[100], screen[2];
    struct termios before, mode;
    int keyboard, terminal;
    if (openpty(&keyboard, &terminal, NULL, NULL, NULL) == -1)
        err(1, "openpty");
    tcgetattr(terminal, &before);
    tcgetattr(terminal, &mode);
    mode.c_lflag &= ~ECHO;
    tcsetattr(terminal, TCSANOW, &mode);
    write(keyboard, "secret\r", 7);
    ssize_t length = read(terminal, password, sizeof password);
    write(keyboard, "ls", 2);
    if (!can_read(terminal) && length > 0 && can_read(keyboard)) {
        read(keyboard, screen, 1);
        read(keyboard, screen + 1, 1);
        write(1, screen, 2);
    }
}
