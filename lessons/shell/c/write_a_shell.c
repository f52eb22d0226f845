/* Write a shell. The demonstrations of write_a_shell.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void two_lines(void) {
    char lines[2][10] = {"nosuch it", "echo done"};
    for (int i = 0; i < 2; i++) {
        char *words[6] = {strtok(lines[i], " ")};
        for (int n = 0; words[n] != NULL; n++)
            words[n + 1] = strtok(NULL, " ");
        pid_t command = fork();
        if (command == -1)
            err(1, "fork");
        if (command != 0) {  // in the shell
            waitpid(command, NULL, 0);
            continue;
        }
        execvp(words[0], words);
        dprintf(2, "not found\n");
        _exit(127);
    }
}

void report(void) {
    int word;
    pid_t command = fork();
    if (command == -1)
        err(1, "fork");
    if (command == 0)  // in the command
        kill(getpid(), SIGKILL);
    waitpid(command, &word, 0);
    int status = word >> 8;
    printf("status %d\n", status);
    fflush(stdout);
}

void redirected(void) {
    const char *typed[][2] = {{"one", "log"}, {"two", NULL}};
    for (int i = 0; i < 2; i++) {
        const char *word = typed[i][0];
        const char *log = typed[i][1];
        if (log != NULL) {
            int file = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
            if (file == -1 || dup2(file, 1) == -1)
                err(1, "%s", log);
        }
        pid_t command = fork();
        if (command == -1)
            err(1, "fork");
        if (command == 0) {  // in the child
            execlp("echo", "echo", word, (char *)NULL);
            perror("echo");
            _exit(127);
        }
        waitpid(command, NULL, 0);
    }
}

void pipeline(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == -1)
        err(1, "pipe2");
    int read_end = ends[0], write_end = ends[1];
    pid_t left = fork();
    if (left == -1)
        err(1, "fork");
    if (left == 0) {
        if (dup2(write_end, 1) == -1)
            err(1, "dup2");
        execlp("seq", "seq", "20000", (char *)NULL);  // 108894 bytes
        perror("seq");
        _exit(127);
    }
    pid_t right = fork();
    if (right == -1)
        err(1, "fork");
    if (right == 0) {
        if (dup2(read_end, 0) == -1)
            err(1, "dup2");
        execlp("tail", "tail", "-n", "1", (char *)NULL);
        perror("tail");
        _exit(127);
    }
    close(read_end);
    close(write_end);
    waitpid(left, NULL, 0);
    waitpid(right, NULL, 0);
}

void after_exec(void) {
    char byte;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == -1)
        err(1, "pipe2");
    int read_end = ends[0], write_end = ends[1];
    pid_t job = fork();
    if (job == -1)
        err(1, "fork");
    if (job == 0) {
        execlp("sleep", "sleep", "1000", (char *)NULL);  // closes the pipe
        perror("sleep");
        _exit(127);
    }
    close(write_end);
    read(read_end, &byte, 1);  // end of file: the exec is done
    if (setpgid(job, job) == -1 && write(1, "too late\n", 9) == -1)
        err(1, "write");
}

void signal_the_group(void) {
    pid_t job = fork();
    if (job == -1)
        err(1, "fork");
    if (job == 0) {  // in the job
        setpgid(0, 0);
        pause();
    }
    setpgid(job, job);
    if (kill(-job, SIGKILL) == 0) {
        if (write(1, "killed", 6) == -1)
            err(1, "write");
    } else if (errno == ESRCH) {
        if (write(1, "no group", 8) == -1)
            err(1, "write");
        kill(job, SIGKILL);
    }
    waitpid(job, NULL, 0);
}
