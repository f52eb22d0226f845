#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

void *nothing(void *unused) {
    return unused;
}

int main(void) {
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
