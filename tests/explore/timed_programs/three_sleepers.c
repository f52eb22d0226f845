/* A textbook program that orders its processes by sleep. */
#include "course.h"

int main(void) {
    if (fork() == 0) { sleep(1); say("a"); _exit(0); }
    if (fork() == 0) { usleep(1500000); say("b"); _exit(0); }
    say("p");
    sleep(3);
    say("e");
}
