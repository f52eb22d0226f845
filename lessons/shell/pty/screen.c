#include <err.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

int main(void) {
    char screen[100];
    int master, terminal;
    if (openpty(&master, &terminal, NULL, NULL, NULL) == -1)
        err(1, "openpty");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (login_tty(terminal) == -1)  // 0, 1, 2; a session of its own
            err(1, "login_tty");
        write(1, "hi", 2);
        _exit(0);
    }
    close(terminal);  // the child has it
    ssize_t length = read(master, screen, sizeof screen);
    waitpid(child, NULL, 0);
    write(1, screen, length);
}
