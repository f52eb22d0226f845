#include "course.h"

/* Two locks taken in opposite order: sometimes no process gets both. */
int main(void) {
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            int a = open("a", O_CREAT | O_RDWR, 0600), b = open("b", O_CREAT | O_RDWR, 0600);
            flock(i ? b : a, LOCK_EX);
            flock(i ? a : b, LOCK_EX);
            say(i ? "2" : "1");
            _exit(0);
        }
    while (wait(NULL) > 0) {}
    say("e");
}
