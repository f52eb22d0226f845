#include <err.h>
#include <unistd.h>

int main(void) {
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in a child
            _exit(0);
    }
    pause();  // it has other work
}
