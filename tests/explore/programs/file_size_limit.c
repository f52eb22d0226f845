#include "course.h"
#include <sys/resource.h>

/* A write beyond the file size limit kills the process by SIGXFSZ. */
int main(void) {
    struct rlimit limit = {2, 2};
    setrlimit(RLIMIT_FSIZE, &limit);
    int status, fd = open("short", O_CREAT | O_WRONLY, 0600);
    write(fd, "ab", 2);
    if (fork() == 0) {
        write(fd, "c", 1);
        say("?");
    }
    say("p");
    wait(&status);
    say(WIFSIGNALED(status) ? "k" : "e");
}
