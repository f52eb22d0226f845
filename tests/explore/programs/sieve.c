#include "course.h"

/* The prime numbers up to N, by a chain of processes: each passes on the numbers that it does not divide. */
void sieve(int left) {
    int prime, n, p[2];
    if (read(left, &prime, sizeof prime) != sizeof prime) { close(left); return; }
    printf("prime %d\n", prime); fflush(stdout);
    pipe(p);
    if (fork() == 0) { close(p[1]); close(left); sieve(p[0]); return; }
    close(p[0]);
    while (read(left, &n, sizeof n) == sizeof n)
        if (n % prime) write(p[1], &n, sizeof n);
    close(left); close(p[1]);
    wait(0);
}
int main(int argc, char **argv) { (void)argc;
    int p[2], most = atoi(argv[1]);
    pipe(p);
    if (fork() == 0) { close(p[1]); sieve(p[0]); exit(0); }
    close(p[0]);
    for (int i = 2; i <= most; i++) write(p[1], &i, sizeof i);
    close(p[1]);
    wait(0);
    exit(0);
}
