#include <err.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

int main(void) {
    char byte;
    int master, ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int told = ends[0], tell = ends[1];
    pid_t leader = forkpty(&master, NULL, NULL, NULL);
    if (leader == -1)
        err(1, "forkpty");
    if (leader == 0) {  // a shell in the window, in a session of its own
        pid_t front = fork();
        if (front == -1)
            err(1, "fork");
        if (front != 0) {
            pid_t back = fork();
            if (back == -1)
                err(1, "fork");
            if (back == 0)
                setpgid(0, 0);  // in the background
        }
        write(tell, ".", 1);  // each of the three
        pause();
    }
    for (int i = 0; i < 3; i++)
        read(told, &byte, 1);
    close(master);  // ① the window is closed
    waitpid(leader, NULL, 0);
}
