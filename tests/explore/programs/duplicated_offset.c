#include "course.h"

/* Each process duplicates the descriptor, but both still share one offset. */
static void take(int fd, const char *name) {
    char byte[2] = "";
    dup2(fd, 0);
    close(fd);
    read(0, byte, 1);
    say(name);
    say(byte);
}

int main(void) {
    int fd = open("data", O_CREAT | O_RDWR, 0600);
    write(fd, "ab", 2);
    lseek(fd, 0, SEEK_SET);
    if (fork() == 0) {
        take(fd, "c");
        _exit(0);
    }
    take(fd, "p");
    wait(NULL);
}
