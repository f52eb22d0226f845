#include <err.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t child;
    do {
        child = fork();
        if (child == 0)  // in the child
            _exit(0);  // its work is done
    } while (child != -1);
    if (errno == EAGAIN) {
        wait(NULL);  // ① fork has failed
    }
    switch (fork()) {
    case -1:
        err(1, "fork");
    case 0:  // in one more child
        _exit(0);
    }
    write(1, "one more\n", 9);
}
