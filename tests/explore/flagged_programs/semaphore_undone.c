#include "course.h"
/* The end of the child changes one set after the other. */

int main(void) {
    int sets[] = {semget(IPC_PRIVATE, 1, 0600), semget(IPC_PRIVATE, 1, 0600)};
    struct sembuf up = {0, 1, SEM_UNDO};
    if (fork() == 0) {
        for (int i = 0; i < 2; i++) semop(sets[i], &up, 1);
        _exit(0);
    }
    wait(NULL);
    say_char('0' + semctl(sets[0], 0, GETVAL) + semctl(sets[1], 0, GETVAL));
}
