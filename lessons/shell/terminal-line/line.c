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
    char text[100];
    int keyboard, terminal;
    if (openpty(&keyboard, &terminal, NULL, NULL, NULL) == -1)
        err(1, "openpty");
    write(keyboard, "lx\x7fs", 4);  // l, x, Backspace, s
    if (can_read(terminal)) {
        write(1, text, read(terminal, text, sizeof text));
        write(1, "early, ", 7);
    }
    write(keyboard, "\r", 1);  // Enter
    write(1, text, read(terminal, text, sizeof text));
}
