#include <err.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

int main(void) {
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
