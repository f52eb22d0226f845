#include <err.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

void collect_all(void) {
    while (wait(NULL) != -1 || errno != ECHILD)  // until no child is left
        continue;
}

int main(void) {
    for (int i = 0; i < 5; i++) {
        if (fork() == -1)
            err(1, "fork");
    }
    collect_all();
}
