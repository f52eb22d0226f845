#include <inttypes.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
int main(void) {
    uint64_t count = 0;
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    timerfd_settime(timer, 0, &(struct itimerspec){.it_value = {0, 10000000}}, 0);
    nanosleep(&(struct timespec){0, 50000000}, 0);  // it expires meanwhile
    read(timer, &count, sizeof count);
    printf("%" PRIu64, count);
}
