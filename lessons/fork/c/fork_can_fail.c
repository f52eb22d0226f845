/* fork can fail. The demonstrations of fork_can_fail.py, in C. */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void refused(void) {
    struct rlimit limit = {1, 1};
    if (setrlimit(RLIMIT_NPROC, &limit) == -1)
        err(1, "setrlimit");
    pid_t child = fork();
    if (child == 0)  // in the child
        _exit(0);
    write(1, "the next line\n", 14);
    if (child > 0)
        waitpid(child, NULL, 0);
}

void until_it_fails(void) {
    struct rlimit limit = {3, 3};
    if (setrlimit(RLIMIT_NPROC, &limit) == -1)
        err(1, "setrlimit");
    pid_t made[3], child = 0;
    int count = 0;
    while (count < 3) {  // the limit does not bind root
        child = fork();
        if (child == -1)
            break;
        if (child == 0)  // in a child
            pause();  // stays alive
        made[count++] = child;
    }
    if (child == -1 && errno == EAGAIN)
        dprintf(1, "%d children", count);
    for (int i = 0; i < count; i++) {
        kill(made[i], SIGKILL);
        waitpid(made[i], NULL, 0);
    }
}

void *nothing(void *unused) {
    return unused;
}

void three_calls(void) {
    struct rlimit limit = {1, 1};
    if (setrlimit(RLIMIT_NPROC, &limit) == -1)
        err(1, "setrlimit");
    pthread_t handle;
    int by_kill = kill(getpid(), 999);  // there is no signal 999
    void *by_mmap = mmap(NULL, 0, 0, 0, -1, 0);  // 0 bytes are too few
    int by_thread = pthread_create(&handle, NULL, nothing, NULL);
    printf("%d %s %d\n", by_kill, by_mmap == MAP_FAILED ? "True" : "False",
           by_thread);
}

void start_one(void) {
    struct rlimit limit = {1, 1};
    if (setrlimit(RLIMIT_NPROC, &limit) == -1)
        err(1, "setrlimit");
    pid_t child = fork();
    if (child == -1) {
        write(1, "cannot fork\n", 12);
        _exit(1);
    }
    if (child == 0)  // in the child
        _exit(0);
    write(1, "started\n", 8);
    wait(NULL);
}
