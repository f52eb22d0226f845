#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int status;
    char text[100];
    pid_t job = fork();
    if (job == -1)
        err(1, "fork");
    if (job == 0) {  // in the background
        setpgid(0, 0);
        if (read(0, text, sizeof text) == -1)
            _exit(1);
        _exit(0);
    }
    waitpid(job, &status, WUNTRACED);
}
