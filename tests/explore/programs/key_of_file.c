#include "course.h"

/* ftok(3) makes a key of a file's inode and device: which numbers these are does not matter. */
int main(void) {
    int memory = shmget(ftok("data", 65), 64, IPC_CREAT | 0600);
    int other = shmget(ftok(".", 65), 64, IPC_CREAT | 0600);
    say(memory != other && shmget(ftok("data", 65), 64, 0) == memory ? "=" : "x");
    if (fork() == 0) {
        char *text = shmat(shmget(ftok("data", 65), 64, 0), NULL, 0);
        text[0] = 'c';
        _exit(0);
    }
    wait(NULL);
    say_char(*(char *)shmat(memory, NULL, 0));
    shmctl(memory, IPC_RMID, NULL);
    shmctl(other, IPC_RMID, NULL);
}
