#include "course.h"

int main(void) {
    int status;
    if (fork() == 0) _exit(1);
    if (fork() == 0) _exit(2);
    for (int i = 0; i < 2; i++) { wait(&status); say_status(status); }
}
