#include <err.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

int main(void) {
    char byte;
    int master, terminal, ends[2];
    if (openpty(&master, &terminal, NULL, NULL, NULL) == -1)
        err(1, "openpty");
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t leader = fork();
    if (leader == -1)
        err(1, "fork");
    if (leader == 0) {  // a shell in the window
        if (login_tty(terminal) == -1)
            err(1, "login_tty");
        close(master);
        pid_t job = fork();
        if (job == -1)
            err(1, "fork");
        if (job == 0) {  // in the job
            write(write_end, "!", 1);  // it works
        }
        pause();  // both
    }
    read(read_end, &byte, 1);
    close(master);  // the window is closed
    waitpid(leader, NULL, 0);
}
