/* A loop that only reads the clock until two seconds are over. */
#include "course.h"

int main(void) {
    if (fork() == 0) {
        time_t end = time(NULL) + 2;
        while (time(NULL) < end)
            ;
        say("c");
        _exit(0);
    }
    sleep(1);
    say("p");
    wait(NULL);
}
