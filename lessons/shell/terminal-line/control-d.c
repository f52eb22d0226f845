#include <err.h>
#include <pty.h>
#include <unistd.h>
#include <utmp.h>

int main(void) {
    char text[100];
    int keyboard, terminal;
    if (openpty(&keyboard, &terminal, NULL, NULL, NULL) == -1)
        err(1, "openpty");
    write(keyboard, "ab\x04", 3);  // a, b, ^D
    write(1, text, read(terminal, text, sizeof text));
    write(keyboard, "\x04", 1);  // ^D
    if (read(terminal, text, sizeof text) == 0)
        write(1, " end", 4);
}
