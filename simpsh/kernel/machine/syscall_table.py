"""A system call has a number, and each architecture numbers them its own way.

See syscalls(2); the numbers are those of the kernel's <asm/unistd.h>. aarch64 and riscv64 share one
numbering; both are untested here. They lack older calls: clone is there for fork, pipe2 for pipe,
dup3 for dup2.
"""

from __future__ import annotations

import os

# Name, number on x86_64, number on aarch64 and riscv64. `-`: no such call, or none needed here.
_TABLE = """
read 0 63 | write 1 64 | open 2 - | close 3 57 | stat 4 - | fstat 5 - | lstat 6 - | poll 7 -
lseek 8 - | mmap 9 - | rt_sigaction 13 - | rt_sigprocmask 14 - | ioctl 16 29 | pread64 17 67
pwrite64 18 68 | readv 19 65 | writev 20 66 | access 21 - | pipe 22 - | select 23 - | shmget 29 -
dup 32 23 | dup2 33 - | pause 34 - | nanosleep 35 101 | alarm 37 - | setitimer 38 103
getpid 39 - | sendfile 40 71 | socket 41 - | connect 42 203 | accept 43 202 | sendto 44 206
recvfrom 45 207 | sendmsg 46 211 | recvmsg 47 212 | socketpair 53 - | clone 56 220 | fork 57 -
vfork 58 - | execve 59 221 | exit 60 93 | wait4 61 260 | kill 62 129 | semget 64 - | semop 65 193
msgget 68 - | msgsnd 69 189 | msgrcv 70 188 | fcntl 72 25 | flock 73 32 | fsync 74 82
fdatasync 75 83 | truncate 76 - | ftruncate 77 - | getdents 78 - | getcwd 79 - | chdir 80 -
fchdir 81 - | rename 82 - | mkdir 83 - | rmdir 84 - | creat 85 - | link 86 - | unlink 87 -
symlink 88 - | readlink 89 - | chmod 90 - | fchmod 91 - | chown 92 - | fchown 93 - | umask 95 166
gettimeofday 96 - | getrlimit 97 - | getrusage 98 - | times 100 - | ptrace 101 - | setpgid 109 154
getppid 110 - | setsid 112 157 | setresuid 117 147 | rt_sigpending 127 - | rt_sigtimedwait 128 137
rt_sigqueueinfo 129 138 | rt_sigsuspend 130 133 | utime 132 - | mknod 133 - | mlock 149 228
prctl 157 - | setrlimit 160 164 | chroot 161 51 | sync 162 81 | mount 165 40 | umount2 166 39
tkill 200 130 | time 201 - | futex 202 98 | sched_setaffinity 203 122 | epoll_create 213 -
getdents64 217 - | restart_syscall 219 128 | semtimedop 220 192 | timer_create 222 107
clock_gettime 228 - | clock_getres 229 - | clock_nanosleep 230 115 | exit_group 231 94
epoll_wait 232 - | tgkill 234 131 | mq_open 240 - | mq_timedsend 242 182 | mq_timedreceive 243 183
waitid 247 95 | inotify_init 253 - | openat 257 56 | mkdirat 258 - | mknodat 259 -
newfstatat 262 - | unlinkat 263 - | renameat 264 - | linkat 265 - | symlinkat 266 -
readlinkat 267 - | fchmodat 268 - | faccessat 269 - | pselect6 270 72 | ppoll 271 73
unshare 272 - | splice 275 76 | tee 276 77 | vmsplice 278 75 | utimensat 280 -
epoll_pwait 281 22 | signalfd 282 - | timerfd_create 283 85 | eventfd 284 - | fallocate 285 -
timerfd_settime 286 - | accept4 288 242 | signalfd4 289 - | eventfd2 290 - | epoll_create1 291 -
dup3 292 24 | pipe2 293 59 | inotify_init1 294 - | preadv 295 69 | pwritev 296 70
rt_tgsigqueueinfo 297 - | recvmmsg 299 243 | prlimit64 302 261 | sendmmsg 307 269 | setns 308 -
process_vm_readv 310 - | process_vm_writev 311 - | kcmp 312 272 | renameat2 316 -
getrandom 318 - | memfd_create 319 - | execveat 322 281 | userfaultfd 323 -
copy_file_range 326 285 | preadv2 327 286 | pwritev2 328 287 | statx 332 -
pidfd_send_signal 424 424 | io_uring_setup 425 - | io_uring_enter 426 426 | pidfd_open 434 -
clone3 435 435 | close_range 436 436 | openat2 437 437 | faccessat2 439 - | epoll_pwait2 441 441
mount_setattr 442 442 | futex_waitv 449 449 | futex_wait 455 455
mprotect 10 - | munmap 11 - | brk 12 - | rt_sigreturn 15 - | sched_yield 24 - | mremap 25 -
msync 26 - | mincore 27 - | madvise 28 - | shmat 30 - | shmctl 31 - | getitimer 36 -
shutdown 48 - | bind 49 - | listen 50 - | getsockname 51 - | getpeername 52 - | setsockopt 54 -
getsockopt 55 - | uname 63 - | semctl 66 - | shmdt 67 - | msgctl 71 - | lchown 94 - | sysinfo 99 -
getuid 102 - | syslog 103 - | getgid 104 - | setuid 105 - | setgid 106 - | geteuid 107 -
getegid 108 - | getpgrp 111 - | setreuid 113 - | setregid 114 - | getgroups 115 -
setgroups 116 - | getresuid 118 - | setresgid 119 - | getresgid 120 - | getpgid 121 -
setfsuid 122 - | setfsgid 123 - | getsid 124 - | capget 125 - | capset 126 - | sigaltstack 131 -
uselib 134 - | personality 135 - | ustat 136 - | statfs 137 - | fstatfs 138 - | sysfs 139 -
getpriority 140 - | setpriority 141 - | sched_setparam 142 - | sched_getparam 143 -
sched_setscheduler 144 - | sched_getscheduler 145 - | sched_get_priority_max 146 -
sched_get_priority_min 147 - | sched_rr_get_interval 148 - | munlock 150 - | mlockall 151 -
munlockall 152 - | vhangup 153 - | modify_ldt 154 - | pivot_root 155 - | _sysctl 156 -
arch_prctl 158 - | adjtimex 159 - | acct 163 - | settimeofday 164 - | swapon 167 - | swapoff 168 -
reboot 169 - | sethostname 170 - | setdomainname 171 - | iopl 172 - | ioperm 173 -
create_module 174 - | init_module 175 - | delete_module 176 - | get_kernel_syms 177 -
query_module 178 - | quotactl 179 - | nfsservctl 180 - | getpmsg 181 - | putpmsg 182 -
afs_syscall 183 - | tuxcall 184 - | security 185 - | gettid 186 - | readahead 187 -
setxattr 188 - | lsetxattr 189 - | fsetxattr 190 - | getxattr 191 - | lgetxattr 192 -
fgetxattr 193 - | listxattr 194 - | llistxattr 195 - | flistxattr 196 - | removexattr 197 -
lremovexattr 198 - | fremovexattr 199 - | sched_getaffinity 204 - | set_thread_area 205 -
io_setup 206 - | io_destroy 207 - | io_getevents 208 - | io_submit 209 - | io_cancel 210 -
get_thread_area 211 - | lookup_dcookie 212 - | epoll_ctl_old 214 - | epoll_wait_old 215 -
remap_file_pages 216 - | set_tid_address 218 - | fadvise64 221 - | timer_settime 223 -
timer_gettime 224 - | timer_getoverrun 225 - | timer_delete 226 - | clock_settime 227 -
epoll_ctl 233 - | utimes 235 - | vserver 236 - | mbind 237 - | set_mempolicy 238 -
get_mempolicy 239 - | mq_unlink 241 - | mq_notify 244 - | mq_getsetattr 245 - | kexec_load 246 -
add_key 248 - | request_key 249 - | keyctl 250 - | ioprio_set 251 - | ioprio_get 252 -
inotify_add_watch 254 - | inotify_rm_watch 255 - | migrate_pages 256 - | fchownat 260 -
futimesat 261 - | set_robust_list 273 - | get_robust_list 274 - | sync_file_range 277 -
move_pages 279 - | timerfd_gettime 287 - | perf_event_open 298 - | fanotify_init 300 -
fanotify_mark 301 - | name_to_handle_at 303 - | open_by_handle_at 304 - | clock_adjtime 305 -
syncfs 306 - | getcpu 309 - | finit_module 313 - | sched_setattr 314 - | sched_getattr 315 -
seccomp 317 - | kexec_file_load 320 - | bpf 321 - | membarrier 324 - | mlock2 325 -
pkey_mprotect 329 - | pkey_alloc 330 - | pkey_free 331 - | io_pgetevents 333 - | rseq 334 -
uretprobe 335 - | uprobe 336 - | io_uring_register 427 - | open_tree 428 - | move_mount 429 -
fsopen 430 - | fsconfig 431 - | fsmount 432 - | fspick 433 - | pidfd_getfd 438 -
process_madvise 440 - | quotactl_fd 443 - | landlock_create_ruleset 444 -
landlock_add_rule 445 - | landlock_restrict_self 446 - | memfd_secret 447 -
process_mrelease 448 - | set_mempolicy_home_node 450 - | cachestat 451 - | fchmodat2 452 -
map_shadow_stack 453 - | futex_wake 454 - | futex_requeue 456 - | statmount 457 -
listmount 458 - | lsm_get_self_attr 459 - | lsm_set_self_attr 460 - | lsm_list_modules 461 -
mseal 462 - | setxattrat 463 - | getxattrat 464 - | listxattrat 465 - | removexattrat 466 -
open_tree_attr 467 - | file_getattr 468 - | file_setattr 469 -
"""
_COLUMNS = {"x86_64": 1, "aarch64": 2, "riscv64": 2}


def _numbers(machine: str) -> dict[str, int]:
    column = _COLUMNS.get(machine)
    if column is None:
        return {}
    rows = (row.split() for row in _TABLE.replace("\n", "|").split("|") if row.strip())
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


# Name, number in the table of 32-bit x86, which x86-64 still serves. Only what a tracer follows;
# older calls are named as those that do the same.
_I386_TABLE = """
read 3 | write 4 | open 5 | close 6 | wait4 7 | creat 8 | execve 11 | alarm 27 | kill 37
dup 41 | pipe 42 | ioctl 54 | fcntl 55 | setpgid 57 | dup2 63 | setsid 66 | setitimer 104
wait4 114 | readv 145 | writev 146 | rt_sigaction 174 | rt_sigqueueinfo 178 | fcntl 221
tkill 238 | timer_create 259 | tgkill 270 | waitid 284 | openat 295 | timerfd_create 322
dup3 330 | pipe2 331 | execveat 358 | ptrace 26 | pidfd_send_signal 424 | close_range 436
"""

ARCHITECTURE = os.uname().machine
NUMBERS = _numbers(ARCHITECTURE)
"""The calls of this machine by name; empty if the machine is not known."""
NAMES = {number: name for name, number in NUMBERS.items()}
"""The calls of this machine by number."""
I386_NAMES = {
    int(number): name
    for name, number in (row.split() for row in _I386_TABLE.replace("\n", "|").split("|") if row)
    if ARCHITECTURE == "x86_64"
}
"""The calls that 32-bit programs make on this machine, by number; empty where there are none."""
AUDIT_I386 = 0x40000003
"""What seccomp and ptrace call 32-bit x86."""
AUDIT_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}.get(ARCHITECTURE, 0)
"""What seccomp calls this machine, AUDIT_ARCH_… of <linux/audit.h>; 0: no tracing on this one."""
