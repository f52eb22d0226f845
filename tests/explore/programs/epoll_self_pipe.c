#include "course.h"
/* The handler of SIGCHLD writes into a pipe that epoll_wait waits for. */

static int ends[2];

static void note(int number) {
    (void)number;
    int kept = errno;
    write(ends[1], "s", 1);
    errno = kept;
}

int main(void) {
    pipe2(ends, O_NONBLOCK);
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    int all = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event one = {.events = EPOLLIN, .data.fd = ends[0]};
    epoll_ctl(all, EPOLL_CTL_ADD, ends[0], &one);
    if (fork() == 0) _exit(0);
    int found, broken = 0;
    while ((found = epoll_wait(all, &one, 1, -1)) < 0 && errno == EINTR) broken++;
    char byte;
    say(found == 1 && read(one.data.fd, &byte, 1) == 1 && wait(NULL) > 0 ? "s" : "?");
    /* epoll_wait is not begun again by SA_RESTART. */
    say_char('0' + broken);
}
