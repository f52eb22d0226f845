#include "course.h"
#include <sys/syscall.h>

/* Another file gets the descriptor of the lock that close_range(2) has closed. */
int main(void) {
    int f = open("lock", O_CREAT | O_RDWR, 0600);
    flock(f, LOCK_EX);
    if (fork() == 0) {
        syscall(SYS_close_range, f, f, 0);
        close(open("/dev/null", O_RDONLY));
        say("c");
        _exit(0);
    }
    close(f);
    f = open("lock", O_RDWR);
    say(flock(f, LOCK_EX | LOCK_NB) == 0 ? "y" : "n");
    wait(NULL);
}
