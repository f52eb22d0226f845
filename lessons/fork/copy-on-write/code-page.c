#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    const volatile char *code = (const volatile char *)getpid;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    char first = code[0];
    if (child == 0) {  // in the child
        _exit(sizeof first);  // ① both have read
    }
    waitpid(child, NULL, 0);
}
