#include "course.h"
#include <arpa/inet.h>
#include <stddef.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/un.h>
/* Sends to the outside without files and signals: by a port, a queue, the process `victim`. */

static void connect_and_write(int domain, const void *address, socklen_t length) {
    int one = socket(domain, SOCK_STREAM, 0);
    if (connect(one, address, length) == 0) write(one, "harm", 4);
    close(one);
}

int main(int argc, char **argv) { (void)argc;
    int port = atoi(argv[1]), queue = atoi(argv[2]), victim = atoi(argv[3]);
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_un named = {.sun_family = AF_UNIX};
    struct { long type; char text[8]; } message = {1, "harm"};
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect_and_write(AF_INET, &there, sizeof there);
    int length = sprintf(named.sun_path + 1, "simpsh-test-%d", port) + 1;
    connect_and_write(AF_UNIX, &named, offsetof(struct sockaddr_un, sun_path) + length);
    strcpy(named.sun_path, argv[4]);
    connect_and_write(AF_UNIX, &named, sizeof named);
    msgsnd(queue, &message, 5, IPC_NOWAIT);
    msgctl(queue, IPC_RMID, NULL);
    setpriority(PRIO_PROCESS, victim, 7);
    syscall(SYS_add_key, "user", "simpsh-test", "harm", 4, -3);
    say("done");
}
