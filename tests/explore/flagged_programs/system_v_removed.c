#include "course.h"

int main(void) {
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    shmctl(id, IPC_RMID, NULL);
    say(shmat(id, NULL, 0) == (void *)-1 ? "gone" : "?");
}
