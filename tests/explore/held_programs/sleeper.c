/* Sleeps a minute in all, and says how long the clock thinks it was. */
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0) {
        sleep(30);
        write(1, "c", 1);
        _exit(0);
    }
    time_t before = time(0);
    sleep(30);
    dprintf(1, "%ld", (long)(time(0) - before));
    wait(0);
    return 0;
}
