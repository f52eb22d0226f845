#include <err.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void send_fd(int to, int file) {
    char room[CMSG_SPACE(sizeof file)] = {0};
    struct iovec data = {.iov_base = "!", .iov_len = 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof file);
    memcpy(CMSG_DATA(part), &file, sizeof file);
    if (sendmsg(to, &message, 0) == -1)
        err(1, "sendmsg");
}

int receive_fd(int from) {
    char byte, room[CMSG_SPACE(sizeof(int))];
    int file;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    if (recvmsg(from, &message, 0) == -1)
        err(1, "recvmsg");
    memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof file);
    return file;
}

int main(void) {
    char byte, text[100];
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
        err(1, "socketpair");
    int ours = ends[0], theirs = ends[1];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (pipe(ends) == -1)
            err(1, "pipe");
        int read_end = ends[0], write_end = ends[1];
        send_fd(theirs, read_end);
        write(write_end, "hello", 5);
        recv(theirs, &byte, 1, 0);
        _exit(0);
    }
    int got = receive_fd(ours);
    ssize_t length;
    while ((length = read(got, text, sizeof text)) > 0)
        write(1, text, length);
    send(ours, "!", 1, 0);
    waitpid(child, NULL, 0);
    close(ours);
    close(theirs);
}
