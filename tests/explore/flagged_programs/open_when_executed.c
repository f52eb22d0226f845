#include "course.h"
/* Parent and child have a program open to write; the child closes it and executes it. */

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) return 0;
    char data[4096];
    int own = open("/proc/self/exe", O_RDONLY), copy = open("copy", O_CREAT | O_WRONLY, 0700);
    for (ssize_t count; (count = read(own, data, sizeof data)) > 0;) write(copy, data, count);
    if (fork() == 0) {
        close(copy);
        execl("./copy", "copy", "again", NULL);
        say("busy");
        _exit(0);
    }
    close(copy);
    wait(NULL);
}
