#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int secret = open("secret", O_RDWR | O_CREAT, 0600);
    if (secret == -1)
        err(1, "secret");
    if (pwrite(secret, "TOPSECRET", 9, 0) != 9)
        err(1, "pwrite");
    unlink("secret");
    pid_t helper = fork();
    if (helper == -1)
        err(1, "fork");
    if (helper == 0) {  // in the helper
        execlp("sh", "sh", "-c", "exec cat 2>/dev/null <&3", (char *)NULL);
        perror("sh");
        _exit(127);
    }
    waitpid(helper, NULL, 0);
}
