#include "course.h"

int main(void) {
    int set = semget(IPC_PRIVATE, 1, 0600);
    struct sembuf up = {0, 1, SEM_UNDO}, down = {0, -1, 0};
    if (fork() == 0) {
        semop(set, &up, 1);
        _exit(0);
    }
    wait(NULL);
    down.sem_flg = IPC_NOWAIT;
    say(semop(set, &down, 1) == 0 ? "1" : "0");
}
