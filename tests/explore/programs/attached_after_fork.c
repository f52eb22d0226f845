#include "course.h"

int main(void) {
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    if (fork() == 0) {
        *(int *)shmat(id, NULL, 0) = 1;
        _exit(0);
    }
    wait(NULL);
    say(*(int *)shmat(id, NULL, 0) ? "1" : "0");
    shmctl(id, IPC_RMID, NULL);
}
