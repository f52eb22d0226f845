/* Both sides of a terminal. The demonstrations of pty.py, in C. */
#include <err.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

void show(void) {
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

void read_all(void) {
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
    close(terminal);  // the child has it
    while ((length = read(master, text, 100)) > 0)  // until read fails
        write(1, text, length);
    waitpid(child, NULL, 0);
}

void press(void) {
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
