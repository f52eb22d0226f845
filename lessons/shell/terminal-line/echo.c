#include <err.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>
#include <utmp.h>

int can_read(int file) {
    struct pollfd what = {.fd = file, .events = POLLIN};
    return poll(&what, 1, 0) == 1;
}

int main(void) {
    char screen[2];
    int keyboard, terminal;
    if (openpty(&keyboard, &terminal, NULL, NULL, NULL) == -1)
        err(1, "openpty");
    write(keyboard, "ls", 2);
    if (!can_read(terminal) && can_read(keyboard)) {
        read(keyboard, screen, 1);
        read(keyboard, screen + 1, 1);
        write(1, screen, 2);
    }
}
