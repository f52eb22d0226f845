#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
struct { int count; sem_t lock; } *page;
int main(void) {
    page = mmap(0, sizeof *page, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    page->count++;  // both processes do this
    if (child == 0) _exit(0);
    wait(0);
    printf("%d", page->count);
}
