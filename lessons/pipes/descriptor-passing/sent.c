#include <err.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
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

int main(void) {
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
        err(1, "socketpair");
    int ours = ends[0], theirs = ends[1];
    send_fd(theirs, write_end);
    close(write_end);
    fd_set files;
    struct timeval at_once = {0};
    FD_ZERO(&files);
    FD_SET(read_end, &files);
    if (select(read_end + 1, &files, NULL, NULL, &at_once) == 1)
        write(1, "end", 3);
    else
        write(1, "open", 4);
    close(theirs);
    close(ours);
}
