// right: children that wait for each other by a pipe | cc -DWAY=0 -o $@ $<
// right: children that wait at a semaphore in shared memory | cc -DWAY=1 -pthread -o $@ $<
// right: children that stop until they are continued | cc -DWAY=2 -o $@ $<
#define _GNU_SOURCE
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPE, SEMAPHORE, STOPPED };

int main(int count, char **words) {
    int ends[2];
    pid_t pids[2];
    char byte;
    sem_t *start = mmap(NULL, sizeof *start, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (count != 3 || start == MAP_FAILED || pipe(ends) || sem_init(start, 1, 0))
        return 2;
    for (int i = 0; i < 2; i++) {
        if ((pids[i] = fork()) == 0) {
            close(ends[1]);
            if (WAY == PIPE && read(ends[0], &byte, 1) != 0)
                _exit(255);
            if (WAY == SEMAPHORE)
                sem_wait(start);
            if (WAY == STOPPED)
                raise(SIGSTOP);
            _exit(atoi(words[i + 1]));
        }
    }
    close(ends[1]);
    for (int i = 0; i < 2; i++)
        sem_post(start);
    for (int i = 0, status; i < 2; i++) {
        if (WAY == STOPPED) {
            waitpid(pids[i], &status, WUNTRACED);
            kill(pids[i], SIGCONT);
        }
        waitpid(pids[i], &status, 0);
        printf("%d %d\n", (int)pids[i], WEXITSTATUS(status));
    }
}
