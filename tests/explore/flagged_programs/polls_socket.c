#include "course.h"

int main(void) {
    struct pollfd one = {eventfd(0, 0), POLLIN, 0};
    if (fork() == 0) _exit(0);
    say(poll(&one, 1, 0) == 1 ? "1" : "0");
    wait(NULL);
}
