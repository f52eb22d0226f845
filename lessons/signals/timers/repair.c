#include <sys/time.h>
#include <unistd.h>

int main(void) {
    struct itimerval all = {.it_value = {0, 300000}};
    struct itimerval first = {.it_value = {100, 0}};
    struct itimerval left;
    setitimer(ITIMER_REAL, &all, NULL);
    setitimer(ITIMER_REAL, &first, &left);
    write(1, "first ", 6);
    alarm(0);  // the step is done
    pause();  // the second step does not end
}
