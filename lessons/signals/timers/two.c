#include <sys/time.h>
#include <unistd.h>

int main(void) {
    struct itimerval all = {.it_value = {0, 300000}};
    struct itimerval first = {.it_value = {100, 0}};
    struct itimerval none = {.it_value = {0, 0}};
    setitimer(ITIMER_REAL, &all, NULL);
    setitimer(ITIMER_REAL, &first, NULL);
    write(1, "first ", 6);
    setitimer(ITIMER_REAL, &none, NULL);  // the step is done: no timer
    pause();  // the second step does not end
}
