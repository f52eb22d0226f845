/* Two processes race. The arguments are the setup before fork, the parent's operations and the child's, one letter for each. racing.py lists the letters. */
#include "../programs/course_stops.h"

static pid_t other;
static sigset_t both;

static void told(int number) {
    say(number == SIGUSR1 ? "<" : number == SIGUSR2 ? "[" : number == SIGCHLD ? "{" : "+");
    say(number == SIGUSR1 ? ">" : number == SIGUSR2 ? "]" : number == SIGCHLD ? "}" : "+");
}

static int own = -1;

/* Uses private state in the kernel: the umask, and a private file. */
static void use_own(int number) {
    (void)number;
    mode_t mask = umask(022);
    umask(mask);
    write(own < 0 ? 1 : own, mask ? "h" : "H", 1);
}

static void act_by(void (*handler)(int), int number, int flags, int masked) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    if (masked) sigaddset(&action.sa_mask, masked);
    sigaction(number, &action, NULL);
}

static void act(int number, int flags, int masked) { act_by(told, number, flags, masked); }

static void set_up(char letter) {
    switch (letter) {
    case 'h': act(SIGUSR1, SA_RESTART, 0); break;
    case 'H': umask(022); act_by(use_own, SIGUSR1, SA_RESTART, 0); break;
    case 'o': act(SIGUSR1, SA_RESETHAND, 0); break;
    case 'n': act(SIGUSR1, SA_NODEFER, 0); break;
    case 'O': act(SIGUSR1, SA_RESETHAND | SA_NODEFER, 0); break;
    case 'm': act(SIGUSR1, 0, SIGUSR2); break;
    case '2': act(SIGUSR2, 0, 0); break;
    case 'c': act(SIGCHLD, SA_RESTART, 0); break;
    case 'w': act(SIGCHLD, SA_NOCLDWAIT, 0); break;
    case 'b': sigprocmask(SIG_BLOCK, &both, NULL); break;
    }
}

static void say_result(int result) { say(result >= 0 ? "y" : errno == EACCES ? "a" : errno == EPERM ? "p" : "n"); }

static void look(int options) {
    int status, found = waitpid(other, &status, options);
    if (found > 0) say_change(status);
    else say(found == 0 ? "_" : "-");
}

static void either(char letter) {
    switch (letter) {
    case '(': sigprocmask(SIG_BLOCK, &both, NULL); break;
    case ')': sigprocmask(SIG_UNBLOCK, &both, NULL); break;
    default: say_char(letter);
    }
}

static void parent(char letter) {
    switch (letter) {
    case '1': kill(other, SIGUSR1); break;
    case '2': kill(other, SIGUSR2); break;
    case 'q': kill(other, SIGQUIT); break;
    case 'i': kill(other, SIGINT); break;
    case 'e': kill(other, SIGTERM); break;
    case 'K': kill(other, SIGKILL); break;
    case '0': kill(0, SIGUSR1); break;
    default: either(letter);
    }
}

static void child(char letter) {
    sigset_t none;
    char bytes[20];
    int number;
    switch (letter) {
    case 'f': own = open("own", O_RDWR | O_CREAT, 0600); break;
    case 'y': write(own < 0 ? 1 : own, "y", 1); break;
    case 'u': umask(0); umask(022); break;
    case 'd': number = dup(1); close(1); dup2(number, 1); close(number); break;
    case 'r': if ((number = pread(own, bytes, sizeof bytes, 0)) > 0) write(1, bytes, number); break;
    case 'g': setpgid(0, 0); break;
    case 'S': say_result(setsid()); break;
    case 'G': say(getpgrp() == getpid() ? "l" : "m"); break;
    case 'x': execl("/bin/true", "true", NULL); break;
    case 'P': pause(); break;
    case 's': sigemptyset(&none); sigsuspend(&none); break;
    case 'W': sigwait(&both, &number); say(number == SIGUSR1 ? "1" : "2"); break;
    case '1': kill(other, SIGUSR1); break;
    case 'R': raise(SIGUSR1); break;
    default: either(letter);
    }
}

int main(int argc, char **argv) { (void)argc;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    for (char *at = argv[1]; *at; at++) set_up(*at);
    pid_t before = getpid();
    if ((other = fork()) == 0) {
        other = before;
        for (char *at = argv[3]; *at; at++) child(*at);
        _exit(3);
    }
    for (char *at = argv[2]; *at; at++) parent(*at);
    kill(other, SIGKILL);
    look(0);
}
