#include "course.h"

int main(void) {
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600), *shared = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    if (fork() == 0) { *shared = 1; _exit(0); }
    say(*shared ? "1" : "0");
    wait(NULL);
}
