// A child by clone3 itself: explore answers this call with ENOSYS, so that it must be named.
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    struct clone_args how = {.exit_signal = SIGCHLD};
    if (syscall(SYS_clone3, &how, sizeof how) == 0) {
        write(1, "child ", 6);
        _exit(0);
    }
    wait(NULL);
    write(1, "parent\n", 7);
    return 0;
}
