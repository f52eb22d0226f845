/* Words go both ways through a pair of sockets, and through a pipe. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) { (void)argc;
    int s[2], p[2];
    char text[256] = "";
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    pipe(p);
    if (fork() == 0) {
        int n = read(s[1], text, 255);
        write(s[1], argv[2], strlen(argv[2]));
        write(1, "c", 1);
        write(p[1], text, n);
        _exit(0);
    }
    write(s[0], argv[1], strlen(argv[1]));
    int n = read(s[0], text, 255);
    write(1, text, n);
    n = read(p[0], text, 255);
    write(1, text, n);
    wait(NULL);
}
