/* Writes more than a pipe holds to its output. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char data[300000];

int main(void) {
    memset(data, 'x', sizeof data);
    if (fork() == 0) {
        write(1, data, sizeof data);
        _exit(0);
    }
    wait(0);
    write(1, "e", 1);
    return 0;
}
