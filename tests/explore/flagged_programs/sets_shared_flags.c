#include "course.h"

int main(void) {
    int file = open("data", O_RDWR);
    if (fork() == 0) {
        fcntl(file, F_SETFL, O_APPEND);
        _exit(0);
    }
    say(fcntl(file, F_GETFL) & O_APPEND ? "y" : "n");
    wait(NULL);
}
