#include "../programs/course.h"

int main(int argc, char **argv) {
    int from = open(argv[0], O_RDONLY), to = open("program", O_CREAT | O_WRONLY, 0700);
    char bytes[4096];
    for (ssize_t count; argc == 1 && (count = read(from, bytes, sizeof bytes)) > 0;)
        write(to, bytes, count);
    close(to);
    if (argc > 1) return 0;
    if (fork() == 0) {
        close(open("program", O_WRONLY));
        _exit(0);
    }
    wait(NULL); // else the execl() fails, by chance (ETXTBSY)
    if (fork() == 0) {
        execl("./program", "program", "again", NULL);
        say("b");
        _exit(1);
    }
    while (wait(NULL) > 0) {}
}
