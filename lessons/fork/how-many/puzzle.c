#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

void collect_all(void) {
    while (wait(NULL) != -1 || errno != ECHILD)  // until no child is left
        continue;
}

int main(void) {
    (void)(fork() && fork());
    collect_all();
}
