/* The least that a tracer costs: `empty_tracer FILTER COMMAND…` makes the stops that simpsh's
   tracer makes with this seccomp filter, and looks at nothing. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

static struct sock_filter code[4096];

int main(int argc, char **argv)
{
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK
        | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
    FILE *file = fopen(argv[1], "r");
    struct sock_fprog filter = { fread(code, sizeof *code, 4096, file), code };
    int gate[2], result = 0, word;
    char byte, call[128];
    pipe(gate);
    pid_t command = fork(), pid;
    if (command == 0) {
        close(gate[1]);
        if (read(gate[0], &byte, 1) != 1)
            _exit(126);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0)
            execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (ptrace(PTRACE_SEIZE, command, 0, options) != 0)
        return 125;
    write(gate[1], "!", 1);
    while ((pid = waitpid(-1, &word, __WALL)) > 0) {
        int event = word >> 16, signal = WSTOPSIG(word);
        if (!WIFSTOPPED(word)) {
            if (pid == command)
                result = word;
        } else if (event == PTRACE_EVENT_SECCOMP) {
            ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, call);
            ptrace(PTRACE_SYSCALL, pid, 0, 0);
        } else {
            int is_delivery = event == 0 && signal != (SIGTRAP | 0x80);
            ptrace(PTRACE_CONT, pid, 0, is_delivery ? signal : 0);
        }
    }
    return WEXITSTATUS(result);
}
