"""The numbers of system calls, by architecture.

The numbers come from the kernel's <asm/unistd.h>; see syscalls(2). aarch64 and riscv64 share one
numbering, without older calls: clone replaces fork, pipe2 replaces pipe, dup3 replaces dup2.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Name, number on x86_64, on aarch64 and riscv64, on 32-bit x86. `-`: no such call.
_TABLE = """
read 0 63 3 | write 1 64 4 | open 2 - 5 | close 3 57 6 | stat 4 - 106 | fstat 5 80 108
lstat 6 - 107 | poll 7 - 168 | lseek 8 62 19 | mmap 9 222 90 | rt_sigaction 13 134 174
rt_sigprocmask 14 135 175 | ioctl 16 29 54 | pread64 17 67 180 | pwrite64 18 68 181
readv 19 65 145 | writev 20 66 146 | access 21 - 33 | pipe 22 - 42 | select 23 - -
shmget 29 194 395 | dup 32 23 41 | dup2 33 - 63 | pause 34 - 29 | nanosleep 35 101 -
alarm 37 - 27 | setitimer 38 103 104 | getpid 39 172 20 | sendfile 40 71 187 | socket 41 198 359
connect 42 203 362 | accept 43 202 - | sendto 44 206 369 | recvfrom 45 207 371 | sendmsg 46 211 370
recvmsg 47 212 372 | socketpair 53 199 360 | clone 56 220 120 | fork 57 - 2 | vfork 58 - 190
execve 59 221 11 | exit 60 93 1 | wait4 61 260 114 | kill 62 129 37 | semget 64 190 393
semop 65 193 - | msgget 68 186 399 | msgsnd 69 189 400 | msgrcv 70 188 401 | fcntl 72 25 55
flock 73 32 143 | fsync 74 82 118 | fdatasync 75 83 148 | truncate 76 45 92 | ftruncate 77 46 93
getdents 78 - 141 | getcwd 79 17 183 | chdir 80 49 12 | fchdir 81 50 133 | rename 82 - 38
mkdir 83 - 39 | rmdir 84 - 40 | creat 85 - 8 | link 86 - 9 | unlink 87 - 10 | symlink 88 - 83
readlink 89 - 85 | chmod 90 - 15 | fchmod 91 52 94 | chown 92 - 182 | fchown 93 55 95
umask 95 166 60 | gettimeofday 96 169 78 | getrlimit 97 163 76 | getrusage 98 165 77
times 100 153 43 | ptrace 101 117 26 | setpgid 109 154 57 | getppid 110 173 64 | setsid 112 157 66
setresuid 117 147 164 | rt_sigpending 127 136 176 | rt_sigtimedwait 128 137 421
rt_sigqueueinfo 129 138 178 | rt_sigsuspend 130 133 179 | utime 132 - 30 | mknod 133 - 14
mlock 149 228 150 | prctl 157 167 172 | setrlimit 160 164 75 | chroot 161 51 61 | sync 162 81 36
mount 165 40 21 | umount2 166 39 52 | tkill 200 130 238 | time 201 - 13 | futex 202 98 240
sched_setaffinity 203 122 241 | epoll_create 213 - 254 | getdents64 217 61 220
restart_syscall 219 128 0 | semtimedop 220 192 420 | timer_create 222 107 259
clock_gettime 228 113 403 | clock_getres 229 114 406 | clock_nanosleep 230 115 407
exit_group 231 94 252 | epoll_wait 232 - 256 | tgkill 234 131 270 | mq_open 240 180 277
mq_timedsend 242 182 279 | mq_timedreceive 243 183 280 | waitid 247 95 284 | inotify_init 253 - 291
openat 257 56 295 | mkdirat 258 34 296 | mknodat 259 33 297 | newfstatat 262 79 300
unlinkat 263 35 301 | renameat 264 38 302 | linkat 265 37 303 | symlinkat 266 36 304
readlinkat 267 78 305 | fchmodat 268 53 306 | faccessat 269 48 307 | pselect6 270 72 413
ppoll 271 73 414 | unshare 272 97 310 | splice 275 76 313 | tee 276 77 315 | vmsplice 278 75 316
utimensat 280 88 320 | epoll_pwait 281 22 319 | signalfd 282 - 321 | timerfd_create 283 85 322
eventfd 284 - 323 | fallocate 285 47 324 | timerfd_settime 286 86 325 | accept4 288 242 364
signalfd4 289 74 327 | eventfd2 290 19 328 | epoll_create1 291 20 329 | dup3 292 24 330
pipe2 293 59 331 | inotify_init1 294 26 332 | preadv 295 69 333 | pwritev 296 70 334
rt_tgsigqueueinfo 297 240 335 | recvmmsg 299 243 417 | prlimit64 302 261 340 | sendmmsg 307 269 345
setns 308 268 346 | process_vm_readv 310 270 347 | process_vm_writev 311 271 348 | kcmp 312 272 349
renameat2 316 276 353 | getrandom 318 278 355 | memfd_create 319 279 356 | execveat 322 281 358
userfaultfd 323 282 374 | copy_file_range 326 285 377 | preadv2 327 286 378 | pwritev2 328 287 379
statx 332 291 383 | pidfd_send_signal 424 424 424 | io_uring_setup 425 425 425
io_uring_enter 426 426 426 | pidfd_open 434 434 434 | clone3 435 435 435 | close_range 436 436 436
openat2 437 437 437 | faccessat2 439 439 439 | epoll_pwait2 441 441 441 | mount_setattr 442 442 442
futex_waitv 449 449 449 | futex_wait 455 455 455 | mprotect 10 226 125 | munmap 11 215 91
brk 12 214 45 | rt_sigreturn 15 139 173 | sched_yield 24 124 158 | mremap 25 216 163
msync 26 227 144 | mincore 27 232 218 | madvise 28 233 219 | shmat 30 196 397 | shmctl 31 195 396
getitimer 36 102 105 | shutdown 48 210 373 | bind 49 200 361 | listen 50 201 363
getsockname 51 204 367 | getpeername 52 205 368 | setsockopt 54 208 366 | getsockopt 55 209 365
uname 63 160 122 | semctl 66 191 394 | shmdt 67 197 398 | msgctl 71 187 402 | lchown 94 - 16
sysinfo 99 179 116 | getuid 102 174 24 | syslog 103 116 103 | getgid 104 176 47 | setuid 105 146 23
setgid 106 144 46 | geteuid 107 175 49 | getegid 108 177 50 | getpgrp 111 - 65 | setreuid 113 145 70
setregid 114 143 71 | getgroups 115 158 80 | setgroups 116 159 81 | getresuid 118 148 165
setresgid 119 149 170 | getresgid 120 150 171 | getpgid 121 155 132 | setfsuid 122 151 138
setfsgid 123 152 139 | getsid 124 156 147 | capget 125 90 184 | capset 126 91 185
sigaltstack 131 132 186 | uselib 134 - 86 | personality 135 92 136 | ustat 136 - 62
statfs 137 43 99 | fstatfs 138 44 100 | sysfs 139 - 135 | getpriority 140 141 96
setpriority 141 140 97 | sched_setparam 142 118 154 | sched_getparam 143 121 155
sched_setscheduler 144 119 156 | sched_getscheduler 145 120 157 | sched_get_priority_max 146 125 159
sched_get_priority_min 147 126 160 | sched_rr_get_interval 148 127 161 | munlock 150 229 151
mlockall 151 230 152 | munlockall 152 231 153 | vhangup 153 58 111 | modify_ldt 154 - 123
pivot_root 155 41 217 | _sysctl 156 - 149 | arch_prctl 158 - 384 | adjtimex 159 171 124
acct 163 89 51 | settimeofday 164 170 79 | swapon 167 224 87 | swapoff 168 225 115
reboot 169 142 88 | sethostname 170 161 74 | setdomainname 171 162 121 | iopl 172 - 110
ioperm 173 - 101 | create_module 174 - 127 | init_module 175 105 128 | delete_module 176 106 129
get_kernel_syms 177 - 130 | query_module 178 - 167 | quotactl 179 60 131 | nfsservctl 180 42 169
getpmsg 181 - 188 | putpmsg 182 - 189 | afs_syscall 183 - 137 | tuxcall 184 - - | security 185 - -
gettid 186 178 224 | readahead 187 213 225 | setxattr 188 5 226 | lsetxattr 189 6 227
fsetxattr 190 7 228 | getxattr 191 8 229 | lgetxattr 192 9 230 | fgetxattr 193 10 231
listxattr 194 11 232 | llistxattr 195 12 233 | flistxattr 196 13 234 | removexattr 197 14 235
lremovexattr 198 15 236 | fremovexattr 199 16 237 | sched_getaffinity 204 123 242
set_thread_area 205 - 243 | io_setup 206 0 245 | io_destroy 207 1 246 | io_getevents 208 4 247
io_submit 209 2 248 | io_cancel 210 3 249 | get_thread_area 211 - 244 | lookup_dcookie 212 18 253
epoll_ctl_old 214 - - | epoll_wait_old 215 - - | remap_file_pages 216 234 257
set_tid_address 218 96 258 | fadvise64 221 223 250 | timer_settime 223 110 260
timer_gettime 224 108 261 | timer_getoverrun 225 109 262 | timer_delete 226 111 263
clock_settime 227 112 264 | epoll_ctl 233 21 255 | utimes 235 - 271 | vserver 236 - 273
mbind 237 235 274 | set_mempolicy 238 237 276 | get_mempolicy 239 236 275 | mq_unlink 241 181 278
mq_notify 244 184 281 | mq_getsetattr 245 185 282 | kexec_load 246 104 283 | add_key 248 217 286
request_key 249 218 287 | keyctl 250 219 288 | ioprio_set 251 30 289 | ioprio_get 252 31 290
inotify_add_watch 254 27 292 | inotify_rm_watch 255 28 293 | migrate_pages 256 238 294
fchownat 260 54 298 | futimesat 261 - 299 | set_robust_list 273 99 311 | get_robust_list 274 100 312
sync_file_range 277 84 314 | move_pages 279 239 317 | timerfd_gettime 287 87 326
perf_event_open 298 241 336 | fanotify_init 300 262 338 | fanotify_mark 301 263 339
name_to_handle_at 303 264 341 | open_by_handle_at 304 265 342 | clock_adjtime 305 266 343
syncfs 306 267 344 | getcpu 309 168 318 | finit_module 313 273 350 | sched_setattr 314 274 351
sched_getattr 315 275 352 | seccomp 317 277 354 | kexec_file_load 320 294 - | bpf 321 280 357
membarrier 324 283 375 | mlock2 325 284 376 | pkey_mprotect 329 288 380 | pkey_alloc 330 289 381
pkey_free 331 290 382 | io_pgetevents 333 292 385 | rseq 334 293 386 | uretprobe 335 - -
uprobe 336 - - | io_uring_register 427 427 427 | open_tree 428 428 428 | move_mount 429 429 429
fsopen 430 430 430 | fsconfig 431 431 431 | fsmount 432 432 432 | fspick 433 433 433
pidfd_getfd 438 438 438 | process_madvise 440 440 440 | quotactl_fd 443 443 443
landlock_create_ruleset 444 444 444 | landlock_add_rule 445 445 445
landlock_restrict_self 446 446 446 | memfd_secret 447 447 447 | process_mrelease 448 448 448
set_mempolicy_home_node 450 450 450 | cachestat 451 451 451 | fchmodat2 452 452 452
map_shadow_stack 453 453 453 | futex_wake 454 454 454 | futex_requeue 456 456 456
statmount 457 457 457 | listmount 458 458 458 | lsm_get_self_attr 459 459 459
lsm_set_self_attr 460 460 460 | lsm_list_modules 461 461 461 | mseal 462 462 462
setxattrat 463 463 463 | getxattrat 464 464 464 | listxattrat 465 465 465
removexattrat 466 466 466 | open_tree_attr 467 467 467 | file_getattr 468 468 468
file_setattr 469 469 469
"""
_COLUMNS = {"x86_64": 1, "aarch64": 2, "riscv64": 2, "i386": 3}


def _numbers(machine: str) -> dict[str, int]:
    column = _COLUMNS.get(machine)
    if column is None:
        return {}
    words = _TABLE.replace("|", " ").split()
    rows = zip(words[::4], words[column::4], strict=True)
    return {name: int(number) for name, number in rows if number != "-"}


# On 32-bit x86 a call may have a newer number as well, for larger times, sizes or ids; and wait4 is
# also waitpid. They have the same name here. For calls whose times a tracer reads, the table above
# has only the number with 64-bit times. The C library uses the first number for short times:
# SHORT_TIMES. futex has both; only the newer one's time is read.
_I386_ALSO = """
wait4 7 | fcntl 221 | stat 195 | lstat 196 | fstat 197 | truncate 193 | ftruncate 194 | lchown 198
getuid 199 | getgid 200 | geteuid 201 | getegid 202 | setreuid 203 | setregid 204 | getgroups 205
setgroups 206 | fchown 207 | setresuid 208 | getresuid 209 | setresgid 210 | getresgid 211
chown 212 | setuid 213 | setgid 214 | setfsuid 215 | setfsgid 216 | sendfile 239 | statfs 268
fstatfs 269 | fadvise64 272 | lseek 140 | mmap 192 | getrlimit 191 | clock_settime 404
clock_adjtime 405 | timer_gettime 408 | timer_settime 409 | timerfd_gettime 410
timerfd_settime 411 | utimensat 412 | io_pgetevents 416 | mq_timedsend 418 | mq_timedreceive 419
futex 422 | sched_rr_get_interval 423 | rt_sigreturn 119
"""

_I386 = "i386"
_MACHINE = os.uname().machine
# i386 to i686 with a 32-bit kernel; a 64-bit kernel may run a 32-bit interpreter.
_IS_I386 = sys.maxsize < 1 << 32 and _MACHINE.endswith(("86", "x86_64"))
ARCHITECTURE = _I386 if _IS_I386 else _MACHINE
"""The numbering of this interpreter's system calls."""


def _i386_names() -> dict[int, str]:
    names = {number: name for name, number in _numbers(_I386).items()}
    also = _I386_ALSO.replace("|", " ").split()
    return names | dict(zip(map(int, also[1::2]), also[::2], strict=True))


_I386_SHORT_TIMES = {
    142: "select",
    162: "nanosleep",
    177: "rt_sigtimedwait",
    267: "clock_nanosleep",
    308: "pselect6",
    309: "ppoll",
}
SHORT_TIMES = _I386_SHORT_TIMES if _IS_I386 else {}
"""Calls of 32-bit x86 with 32-bit times, by number."""
NUMBERS = _numbers(ARCHITECTURE)
"""The calls of this machine by name; empty for an unknown machine."""
NAMES = (
    _i386_names() | SHORT_TIMES if _IS_I386 else {number: name for name, number in NUMBERS.items()}
)
"""The calls of this machine by number."""
_CLONE_VFORK = 0x4000


def library_name(name: str, arguments: Sequence[int]) -> str:
    """Return the C library's name of a call; on aarch64 pause is a ppoll, and vfork a clone."""
    if name == "ppoll" and "pause" not in NUMBERS and not any(arguments[1:3]):
        return "pause"
    if name == "clone" and "vfork" not in NUMBERS and arguments[0] & _CLONE_VFORK:
        return "vfork"
    return name


AUDIT_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, _I386: 0x40000003}.get(
    ARCHITECTURE, 0
)
"""This machine's AUDIT_ARCH_… of <linux/audit.h>; 0: tracing is not supported."""
