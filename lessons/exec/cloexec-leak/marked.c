#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char text[9];
    int secret = open("secret", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (secret == -1)
        err(1, "secret");
    if (pwrite(secret, "TOPSECRET", 9, 0) != 9)
        err(1, "pwrite");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        pread(secret, text, sizeof text, 0);
        printf("%.9s\n", text);
        fflush(stdout);
        execlp("sleep", "sleep", "1000", (char *)NULL);  // ① before exec
        perror("sleep");
        _exit(127);
    }
    waitpid(child, NULL, 0);
}
