/* The process that reads the directory first gets its names: both share one offset. */
#include "course.h"
#include <sys/syscall.h>

int main(void) {
    char entries[4096];
    int directory = open(".", O_RDONLY | O_DIRECTORY);
    pid_t child = fork();
    say(syscall(SYS_getdents64, directory, entries, sizeof entries) > 0 ? "n" : "-");
    if (child == 0) _exit(0);
    wait(NULL);
}
