/* The log is renamed while a process still writes to it. */
#include "../programs/course.h"

int main(void) {
    int log = open("log", O_WRONLY | O_CREAT, 0600);
    if (fork() == 0) {
        write(log, "x", 1);
        _exit(0);
    }
    usleep(2000);
    rename("log", "old");
    char byte;
    say(read(open("old", O_RDONLY), &byte, 1) == 1 ? "x" : "-");
    wait(NULL);
}
