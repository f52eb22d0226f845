#include <err.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char text[4096];
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t yes = fork();
    if (yes == -1)
        err(1, "fork");
    if (yes == 0) {  // in yes
        close(read_end);  // yes does not read
        for (size_t i = 0; i < sizeof text; i += 2)
            memcpy(text + i, "y\n", 2);
        while (1)
            write(write_end, text, sizeof text);
    }
    close(write_end);
    read(read_end, text, 2);
    close(read_end);  // head has seen enough
    waitpid(yes, NULL, 0);
}
