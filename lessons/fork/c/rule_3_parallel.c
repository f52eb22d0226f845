/* Rule 3: both run at the same time. The demonstrations of rule_3_parallel.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Lets this process run on one processor alone, the first that it may use. */
void use_one_processor(void) {
    cpu_set_t all, one;
    int first = 0;
    sched_getaffinity(0, sizeof all, &all);
    while (!CPU_ISSET(first, &all))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    sched_setaffinity(0, sizeof one, &one);
}

void talk(void) {
    char text[9];
    int one[2], two[2];
    use_one_processor();  // one for both
    if (pipe(one) == -1 || pipe(two) == -1)
        err(1, "pipe");
    int to_child = one[0], says = one[1];
    int to_parent = two[0], answers = two[1];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (write(answers, "one", 3) != 3) {  // ① the parent sleeps
            _exit(1);
        }
        if (read(to_child, text, 9) <= 0)
            _exit(1);
        _exit(write(answers, "three", 5) == 5 ? 0 : 1);
    }
    if (read(to_parent, text, 9) <= 0)
        err(1, "read");
    if (write(says, "two", 3) != 3) {  // ② the child sleeps
        err(1, "write");
    }
    waitpid(child, NULL, 0);
}

/* rows is not compared: its output depends on the time. */

int marks(const char *rows) {
    int parent = 0, child = 0;
    for (int i = 0; i < 4096; i++) {
        parent += rows[i] == '#';
        child += rows[4096 + i] == '#';
    }
    return parent < child ? parent : child;
}

/* Prints both rows from the child's first mark on. */
void print_a_piece(const char *rows) {
    const char *first = memchr(rows + 4096, '#', 4096 - 65);
    if (first == NULL)
        first = rows + 4096;
    printf("parent %.65s\n", first - 4096);
    printf("child  %.65s\n", first);
    printf("marks in the shorter row: %d\n", marks(rows));
}

void rows(void) {
    struct timespec start, now;
    char *rows = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (rows == MAP_FAILED)
        err(1, "mmap");
    memset(rows, '-', 8192);
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    char *mine = child == 0 ? rows + 4096 : rows;
    while (marks(rows) < 200) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        long tenths = (now.tv_sec - start.tv_sec) * 10000
                      + (now.tv_nsec - start.tv_nsec) / 100000;
        mine[tenths % 4096] = '#';
    }
    if (child == 0)  // in the child
        _exit(0);
    waitpid(child, NULL, 0);
    print_a_piece(rows);
}

void ball(void) {
    volatile int *ball = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (ball == MAP_FAILED)
        err(1, "mmap");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    int me = child == 0, moves = 0, now;
    use_one_processor();
    while ((now = *ball) < 20)  // no system call in here
        if (now % 2 == me) {  // it is my turn
            *ball = now + 1;  // now it is the other's turn
            moves++;
        }
    printf("%d moves\n", moves);
    fflush(stdout);
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
}

void two_workers(void) {
    const char *words[] = {"one ", "two "};
    for (int i = 0; i < 2; i++) {
        pid_t worker = fork();
        if (worker == -1)
            err(1, "fork");
        if (worker == 0) {  // in a worker
            write(1, words[i], 4);
            _exit(0);
        }
    }
    wait(NULL);
    wait(NULL);
}
