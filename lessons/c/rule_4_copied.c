/* Rule 4: memory is copied. The demonstrations of rule_4_copied.py, in C. */
#include <err.h>
#include <stdio.h>
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
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        err(1, "mmap");
    memcpy(page, "draft", 5);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        memcpy(page, "FINAL", 5);  // ① no process has written yet
        _exit(0);  // ② the child has written
    }
    waitpid(child, NULL, 0);
    printf("%.5s\n", page);  // ③ the child is gone
    fflush(stdout);
}
