#include <unistd.h>
#include <sys/wait.h>

/* Reads the processor's cycle counter: no system call, and another number in every run. */
int main(void) {
    unsigned low, high, again;
    if (fork() == 0) {
        __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
        __asm__ volatile("rdtscp" : "=a"(again), "=d"(high) : : "rcx");
        write(1, low < again ? "later" : "sooner", 5);
        _exit(0);
    }
    wait(NULL);
}
