#include "course.h"

int main(void) {
    if (fork() == 0) {
        pid_t first = getpid();
        if (fork() == 0) {
            pid_t parent = getppid();
            printf("%s\n", parent == first ? "first" : parent == 1 ? "init" : "other");
            return 0;
        }
        return 0;
    }
    wait(NULL);
}
