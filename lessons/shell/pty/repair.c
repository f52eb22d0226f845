#include <err.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

int main(void) {
    char text[100];
    ssize_t length;
    int master, terminal;
    if (openpty(&master, &terminal, NULL, NULL, NULL) == -1)
        err(1, "openpty");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (login_tty(terminal) == -1)
            err(1, "login_tty");
        write(1, "hi", 2);
        _exit(0);
    }
    while ((length = read(master, text, 100)) > 0)  // until read fails
        write(1, text, length);
    waitpid(child, NULL, 0);
}
