/* A key before a program reads it. The demonstrations of terminal_line.py, in C. */
#include <err.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

int can_read(int file) {
    struct pollfd what = {.fd = file, .events = POLLIN};
    return poll(&what, 1, 0) == 1;
}

void five_keys(void) {
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

void two_keys(void) {
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

void with_flags(void) {
    struct termios mode;
    int keyboard, terminal;
    if (openpty(&keyboard, &terminal, NULL, NULL, NULL) == -1)
        err(1, "openpty");
    tcgetattr(terminal, &mode);
    mode.c_lflag &= ~0u;  // the flags to clear
    tcsetattr(terminal, TCSANOW, &mode);
    write(keyboard, "l", 1);
    write(1, can_read(terminal) ? "read " : "held ", 5);
    write(1, can_read(keyboard) ? "echo" : "dark", 4);
}

void end_of_input(void) {
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

void interrupt(void) {
    char byte;
    struct termios mode;
    int keyboard, terminal;
    if (openpty(&keyboard, &terminal, NULL, NULL, NULL) == -1)
        err(1, "openpty");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (login_tty(terminal) == -1)  // its terminal: 0, 1, 2
            err(1, "login_tty");
        signal(SIGINT, SIG_DFL);
        tcgetattr(0, &mode);
        mode.c_lflag &= ~(ECHO | ICANON | ISIG);
        tcsetattr(0, TCSANOW, &mode);
        write(1, "!", 1);  // it is ready
        read(0, &byte, 1);
        _exit(byte);
    }
    read(keyboard, &byte, 1);
    write(keyboard, "\x03", 1);  // ^C
    waitpid(child, NULL, 0);
}

void ask_password(void) {
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
    tcsetattr(terminal, TCSANOW, &before);  // as it was
    write(keyboard, "ls", 2);
    if (!can_read(terminal) && length > 0 && can_read(keyboard)) {
        read(keyboard, screen, 1);
        read(keyboard, screen + 1, 1);
        write(1, screen, 2);
    }
}
