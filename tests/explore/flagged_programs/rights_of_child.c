#include "course.h"
#include <linux/capability.h>
#include <sys/syscall.h>

int main(void) {
    signal(SIGCHLD, SIG_IGN);
    struct __user_cap_data_struct rights[2];
    struct __user_cap_header_struct of = {_LINUX_CAPABILITY_VERSION_3, fork()};
    if (of.pid == 0) _exit(0);
    say(syscall(SYS_capget, &of, rights) == 0 ? "there" : "gone");
}
