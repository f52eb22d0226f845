/* Rule 4: memory is copied. The demonstrations of rule_4_copied.py, in C. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

void change_a_copy(void) {
    int x = 1;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        x = x + 1;
        printf("child:  x = %d\n", x);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("parent: x = %d\n", x);
    fflush(stdout);
}

void same_address(void) {
    char *text = malloc(2048);
    if (text == NULL)
        err(1, "malloc");
    strcpy(text, "draft");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        strcpy(text, "FINAL");
        _exit(0);  // ① the child is done
    }
    waitpid(child, NULL, 0);
    printf("%s\n", text);
    fflush(stdout);
}

void asked_for(void) {
    long size = sysconf(_SC_PAGESIZE);
    char *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        err(1, "mmap");
    strcpy(page, "draft");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        strcpy(page, "FINAL");
        _exit(0);  // ① the child has written
    }
    waitpid(child, NULL, 0);
    printf("%s\n", page);
    fflush(stdout);
}

void count_the_children(void) {
    int *number = mmap(NULL, sizeof *number, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (number == MAP_FAILED)
        err(1, "mmap");
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0) {  // in a child
            ++*number;
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    printf("%d children\n", *number);
    fflush(stdout);
}
