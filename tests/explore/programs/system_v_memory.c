#include "course.h"
/* Two processes count in System V memory with a key: the parent adds 10, the child twice 1. */

int main(void) {
    int id = shmget(0x51, 4096, IPC_CREAT | IPC_EXCL | 0600), again = shmget(0x51, 0, 0);
    int *counter = shmat(again, NULL, 0);
    if (id != again || shmget(0x52, 4096, 0) != -1 || errno != ENOENT) say("?");
    shmctl(id, IPC_RMID, NULL);
    *counter = 5;
    if (fork() == 0) {
        for (int i = 0; i < 2; i++) *counter = *counter + 1;
        shmdt(counter);
        _exit(0);
    }
    *counter = *counter + 10;
    wait(NULL);
    char text[16];
    snprintf(text, sizeof text, "%d", *counter);
    say(text);
}
