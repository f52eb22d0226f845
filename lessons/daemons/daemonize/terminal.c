#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

int main(void) {
    pid_t server = fork();
    if (server == -1)
        err(1, "fork");
    if (server == 0) {  // in the server
        int master, terminal;  // a new one
        setsid();
        if (openpty(&master, &terminal, NULL, NULL, NULL) == -1)
            err(1, "openpty");
        if (open(ttyname(terminal), O_RDWR) == -1)
            err(1, "open");
        pause();
    }
    pause();
}
