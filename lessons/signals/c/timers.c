/* Time limits. The demonstrations of timers.py, in C. */
#include <err.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

void limit_a_program(void) {
    struct itimerval limit = {.it_value = {0, 100000}};
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        setitimer(ITIMER_REAL, &limit, NULL);  // SIGALRM in 0.1 s
        execlp("sleep", "sleep", "1000", (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

void two_limits(void) {
    struct itimerval all = {.it_value = {0, 300000}};
    struct itimerval first = {.it_value = {100, 0}};
    struct itimerval none = {.it_value = {0, 0}};
    setitimer(ITIMER_REAL, &all, NULL);
    setitimer(ITIMER_REAL, &first, NULL);
    write(1, "first ", 6);
    setitimer(ITIMER_REAL, &none, NULL);  // the step is done: no timer
    pause();  // the second step does not end
}

void both_limits(void) {
    struct itimerval all = {.it_value = {0, 300000}};
    struct itimerval first = {.it_value = {100, 0}};
    struct itimerval left;
    setitimer(ITIMER_REAL, &all, NULL);
    setitimer(ITIMER_REAL, &first, &left);
    write(1, "first ", 6);
    setitimer(ITIMER_REAL, &left, NULL);  // the step is done
    pause();  // the second step does not end
}
