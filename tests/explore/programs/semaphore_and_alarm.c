#include "course.h"
/* An alarm interrupts a wait for a semaphore: EINTR, although the handler has SA_RESTART. */

static void rang(int signal) { (void)signal; }

int main(void) {
    struct sembuf down = {0, -1, 0};
    int set = semget(IPC_PRIVATE, 1, 0600);
    signal(SIGALRM, rang);
    alarm(1);
    say(semop(set, &down, 1) == -1 && errno == EINTR ? "EINTR" : "?");
    semctl(set, 0, IPC_RMID);
}
