#include "course.h"
/* Results of semget, semctl and semop; and a child that waits for two semaphores at once. */

static void number(long value) {
    char text[24];
    snprintf(text, sizeof text, "%ld ", value < 0 ? -(long)errno : value);
    say(text);
}

int main(void) {
    unsigned short values[3] = {1, 0, 2};
    int set = semget(0x51, 3, IPC_CREAT | IPC_EXCL | 0600);
    number(semget(0x51, 3, IPC_CREAT | IPC_EXCL | 0600));  // EEXIST
    number(semget(0x51, 4, 0));                            // EINVAL
    number(semget(0x52, 1, 0));                            // ENOENT
    number(semget(0x51, 0, 0) - set);
    semctl(set, 0, SETALL, values);
    struct sembuf both[2] = {{0, -1, 0}, {1, -1, 0}}, none = {2, 0, IPC_NOWAIT}, up = {1, 1, 0};
    number(semop(set, &none, 1));           // EAGAIN
    number(semctl(set, 5, GETVAL));         // EINVAL
    number(semctl(set, 0, SETVAL, 40000));  // ERANGE
    if (fork() == 0) {
        semop(set, both, 2);
        say("c");
        _exit(0);
    }
    say("p");
    semop(set, &up, 1);
    wait(NULL);
    semctl(set, 0, GETALL, values);
    number(values[0] * 100 + values[1] * 10 + values[2]);
    semctl(set, 0, IPC_RMID);
    number(semop(set, &up, 1));  // EINVAL
    number(semget(0x53, 1, IPC_CREAT | 0600) != set);
}
