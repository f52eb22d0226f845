#include <err.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

int main(void) {
    char byte;
    int master, terminal;
    if (openpty(&master, &terminal, NULL, NULL, NULL) == -1)
        err(1, "openpty");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        close(master);  // the parent's
        if (login_tty(terminal) == -1)
            err(1, "login_tty");
        signal(SIGINT, SIG_DFL);
        write(1, "!", 1);  // it is ready
        pause();
    }
    read(master, &byte, 1);
    write(master, "\x03", 1);  // the byte of ^C
    waitpid(child, NULL, 0);
}
