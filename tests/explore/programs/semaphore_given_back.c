#include "course.h"
/* A forgets to release the semaphore; B waits for it. */

int main(void) {
    int set = semget(IPC_PRIVATE, 1, 0600);
    struct sembuf take = {0, -1, SEM_UNDO}, give = {0, 1, SEM_UNDO};
    semctl(set, 0, SETVAL, 1);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            semop(set, &take, 1);
            say(i ? "b" : "a");
            if (i) semop(set, &give, 1);
            _exit(0);
        }
    while (wait(NULL) > 0) {}
    say_char('0' + semctl(set, 0, GETVAL));
}
