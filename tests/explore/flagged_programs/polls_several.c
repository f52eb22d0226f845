#include "course.h"
/* One process waits for two pipes, and prints what comes, as it comes. */

int main(void) {
    int a[2], b[2];
    pipe(a);
    if (fork() == 0) { write(a[1], "a", 1); _exit(0); }
    close(a[1]);
    pipe(b);
    if (fork() == 0) { close(a[0]); write(b[1], "b", 1); _exit(0); }
    close(b[1]);
    struct pollfd waits[2] = {{a[0], POLLIN, 0}, {b[0], POLLIN, 0}};
    for (int left = 2; left > 0;) {
        int ready = poll(waits, 2, -1);
        say_char('0' + ready);
        for (int i = 0; i < 2; i++) {
            char byte;
            if (waits[i].revents == 0) continue;
            if (read(waits[i].fd, &byte, 1) == 1) {
                say_char(byte);
            } else {
                waits[i].fd = -1;
                left--;
            }
        }
    }
}
