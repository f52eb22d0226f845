#include "course.h"
/* Closing any descriptor of a file gives up the process's record locks on it. */

int main(void) {
    int f = open("f", O_CREAT | O_RDWR, 0600);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    fcntl(f, F_SETLKW, &lock);
    if (fork() == 0) {
        struct flock asked = lock;
        fcntl(f, F_GETLK, &asked);
        say(asked.l_type == F_UNLCK ? "-" : asked.l_pid == getppid() ? "p" : "?");
        _exit(0);
    }
    close(open("f", O_RDONLY));
    say("c");
    wait(NULL);
}
