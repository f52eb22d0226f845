/* A terminal hangs up. The demonstration of hangup.py, in C. */
#include <err.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

void hang_up(void) {
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

void close_the_window(void) {
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
            signal(SIGHUP, SIG_IGN);
            write(write_end, "!", 1);  // it works
        }
        pause();  // both
    }
    read(read_end, &byte, 1);
    close(master);  // the window is closed
    waitpid(leader, NULL, 0);
}
