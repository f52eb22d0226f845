// With an argument, the child prints what the random number is; the time of day never matters.

#include "course.h"
#include <sys/random.h>
#include <time.h>

int main(int argc, char **argv) {
    unsigned char number;
    getrandom(&number, 1, 0);
    time(NULL);
    if (fork() == 0) {
        write(1, argc > 1 && number % 2 ? "1" : "0", 1);
        _exit(0);
    }
    wait(NULL);
}
