/* Two processes race through rules, as a word says: BEFORE,PARENT,CHILD. Each letter is one call.

   What a call answers is printed, so that each order that matters shows. */
#include "course.h"
#include <semaphore.h>

static int file;
static struct { volatile int count, other; sem_t one, none; } *all;

static sem_t *door;
static volatile int *board;

static void open_door(int flags) {
    sem_t *found = sem_open("/simpsh-races-door", flags, 0600, 1);
    say(found != SEM_FAILED ? "+" : errno == EEXIST ? "E" : errno == ENOENT ? "-" : "?");
    if (found != SEM_FAILED) door = found;
}

static void open_board(int flags) {
    int file = shm_open("/simpsh-races-board", flags, 0600);
    struct stat found;
    say(file >= 0 ? "+" : errno == EEXIST ? "E" : errno == ENOENT ? "-" : "?");
    if (file >= 0 && flags & O_CREAT) {
        ftruncate(file, 4);
        if (!board) board = mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    } else if (file >= 0) {
        fstat(file, &found);
        say_char('0' + found.st_size);
    }
    close(file);
}

static int a[2], b[2];
static int from = -1, to = -1;

static void open_fifo(int *place, int flags) {
    if (*place < 0) *place = open("fifo", flags);
    say(*place >= 0 ? "+" : errno == ENXIO ? "-" : "?");
}

static void take(int from) {
    char byte;
    int count = read(from, &byte, 1);
    say(count == 1 ? "x" : count == 0 ? "e" : "-");
}

static void look(int timeout) {
    struct pollfd waits[2] = {{a[0], POLLIN, 0}, {b[0], POLLIN, 0}};
    poll(waits, 2, timeout);
    for (int i = 0; i < 2; i++)
        say_char('0' + !!(waits[i].revents & POLLIN) + 2 * !!(waits[i].revents & POLLHUP) +
                 4 * !!(waits[i].revents & POLLNVAL));
}

static void look_by_select(void) {
    struct timeval time = {0, 1000};
    fd_set in, out;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(a[0], &in);
    FD_SET(b[0], &in);
    FD_SET(a[1], &out);
    if (select(10, &in, NULL, NULL, &time) < 0) say("!");
    else say_char('0' + !!FD_ISSET(a[0], &in) + 2 * !!FD_ISSET(b[0], &in));
}

/* The parent's epoll instance; what the child does with it is nothing. */
static int ready = -1, is_child;

static void watch(int action, int from, int number, unsigned how) {
    struct epoll_event one = {.events = EPOLLIN | how, .data.u64 = number};
    if (is_child) return;
    if (ready < 0) ready = epoll_create1(0);
    say(epoll_ctl(ready, action, from, &one) == 0 ? "+" : "-");
}

static void look_by_epoll(int most, int timeout) {
    struct epoll_event found[2];
    if (is_child) return;
    if (ready < 0) ready = epoll_create1(0);
    int count = epoll_wait(ready, found, most, timeout);
    say_char('0' + count);
    for (int i = 0; i < count; i++)
        say_char("?AB"[found[i].data.u64] + ((found[i].events & EPOLLHUP) ? 'a' - 'A' : 0));
}

/* Loads and stores as two instructions, and time between them. */
static void increment(volatile int *place) {
    int value = *place;
    sched_yield();
    *place = value + 1;
}

static void lock(int command, int type, int start, int length) {
    struct flock how = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int failed = fcntl(file, command, &how);
    if (command == F_GETLK)
        say(how.l_type == F_UNLCK ? "f" : how.l_type == F_RDLCK ? "r" : "w");
    else if (type != F_UNLCK)
        say(!failed ? "+" : errno == EDEADLK ? "D" : "-");
}

static int own = -1;

static void open_own(int flags) {
    if (own >= 0) close(own);
    own = open("1", flags, 0600);
    say(own >= 0 ? "+" : errno == EEXIST ? "E" : "-");
}

static void measure(const char *name) {
    struct stat found;
    say_char(stat(name, &found) < 0 ? '-' : '0' + found.st_size);
}

static void tell(int failed) { say(failed ? "-" : "+"); }

static void act(char letter) {
    switch (letter) {
    /* Record locks: two bytes of a file. */
    case 'x': lock(F_SETLKW, F_WRLCK, 0, 1); break;
    case 'y': lock(F_SETLKW, F_WRLCK, 1, 1); break;
    case 's': lock(F_SETLKW, F_RDLCK, 0, 2); break;
    case 'X': lock(F_SETLK, F_WRLCK, 0, 0); break;
    case 'S': lock(F_SETLK, F_RDLCK, 1, 1); break;
    case 'u': lock(F_SETLK, F_UNLCK, 0, 1); break;
    case 'v': lock(F_SETLK, F_UNLCK, 0, 0); break;
    case 'g': lock(F_GETLK, F_WRLCK, 0, 2); break;
    case 'c': close(open("f", O_RDONLY)); break;
    /* Two pipes; reading the first does not block. */
    case 'a': write(a[1], "x", 1); break;
    case 'b': write(b[1], "x", 1); break;
    case 'r': take(a[0]); break;
    case 'R': take(b[0]); break;
    case 'q': look(0); break;
    case 'Q': look(-1); break;
    case 'T': look_by_select(); break;
    case 'k': close(a[1]); break;
    case 'K': close(b[1]); break;
    case 'e': close(b[0]); break;
    /* The same pipes, by epoll. */
    case 'V': watch(EPOLL_CTL_ADD, a[0], 1, 0); break;
    case 'M': watch(EPOLL_CTL_ADD, b[0], 2, 0); break;
    case 'd': watch(EPOLL_CTL_DEL, a[0], 1, 0); break;
    case 'f': watch(EPOLL_CTL_MOD, a[0], 1, 0); break;
    case 'W': watch(EPOLL_CTL_ADD, a[0], 1, EPOLLET); break;
    case 'P': watch(EPOLL_CTL_ADD, a[0], 1, EPOLLONESHOT); break;
    case 'L': watch(EPOLL_CTL_MOD, a[0], 1, EPOLLONESHOT); break;
    case 'U': watch(EPOLL_CTL_ADD, b[0], 2, EPOLLET); break;
    case 'z': look_by_epoll(1, 0); break;
    case 'Z': look_by_epoll(1, -1); break;
    case 'j': look_by_epoll(2, 0); break;
    case 'J': look_by_epoll(2, -1); break;
    case 'h': look_by_epoll(2, 1); break;
    /* A FIFO: opening, reading, writing, closing its ends. */
    case 'A': open_fifo(&from, O_RDONLY); break;
    case 'B': open_fifo(&to, O_WRONLY); break;
    case 'C': open_fifo(&to, O_WRONLY | O_NONBLOCK); break;
    case 'D': open_fifo(&from, O_RDONLY | O_NONBLOCK); break;
    case 'E': take(from); break;
    case 'F': say(write(to, "z", 1) == 1 ? "z" : "!"); break;
    case 'G': close(from); from = -1; break;
    case 'H': close(to); to = -1; break;
    /* Shared memory and semaphores. */
    case 'i': increment(&all->count); break;
    case 'I': say_char('0' + __atomic_fetch_add(&all->count, 1, __ATOMIC_SEQ_CST)); break;
    case 'l': say_char('0' + all->count); break;
    case 'o': all->other = 5; break;
    case 'O': say_char('0' + all->other); break;
    case 'w': sem_wait(&all->one); break;
    case 'p': sem_post(&all->one); break;
    case 't': say(sem_trywait(&all->one) == 0 ? "+" : "-"); break;
    case 'n': sem_wait(&all->none); break;
    case 'm':
        sem_wait(&all->one);
        all->count++;
        sem_post(&all->one);
        break;
    case 'N': sem_post(&all->none); break;
    /* Those that have names. */
    case '1': open_door(O_CREAT); break;
    case '2': open_door(O_CREAT | O_EXCL); break;
    case '3': open_door(0); break;
    case '4': say(sem_unlink("/simpsh-races-door") == 0 ? "u" : "-"); break;
    case '5': if (door) say(sem_trywait(door) == 0 ? "w" : "-"); break;
    case '6': if (door) sem_post(door); break;
    case '7': open_board(O_CREAT | O_RDWR); break;
    case '8': open_board(O_CREAT | O_RDWR | O_EXCL); break;
    case '9': open_board(O_RDWR); break;
    case '0': say(shm_unlink("/simpsh-races-board") == 0 ? "u" : "-"); break;
    case '@': if (board) increment(board); break;
    case '=': if (board) say_char('0' + *board); break;

    case '$': open_own(O_RDWR | O_CREAT | O_EXCL); break;
    case '%': open_own(O_RDWR | O_CREAT | O_APPEND); break;
    case '*': open_own(O_RDWR); break;
    case '&': tell(unlink("1")); break;
    case '<': tell(rename("1", "2")); break;
    case '>': tell(rename("2", "1")); break;
    case '/': tell(write(own, "x", 1) != 1); break;
    case ';': tell(pread(own, &(char){0}, 1, 0) != 1); break;
    case '^': tell(close(own)); own = -1; break;
    case '!': measure("1"); break;
    case '?': measure("2"); break;
    case '-': tell(truncate("1", 2)); break;
    case '(': tell(link("1", "2")); break;
    case ')': tell(symlink("1", "2")); break;
    }
}

int main(int count, char **words) {
    char *word = count > 1 ? words[1] : ",,";
    all = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&all->one, 1, 1);
    sem_init(&all->none, 1, 0);
    mkfifo("fifo", 0600);
    pipe(a);
    pipe(b);
    fcntl(a[0], F_SETFL, O_NONBLOCK);
    file = open("f", O_RDWR | O_CREAT, 0600);
    for (; *word != ','; word++) act(*word);
    char *parent = word + 1, *child = strchr(parent, ',') + 1;
    if (fork() == 0) {
        is_child = 1;
        for (; *child != 0; child++) { act(*child); say("c"); }
        _exit(0);
    }
    for (; *parent != ','; parent++) { act(*parent); say("p"); }
    wait(NULL);
    say_char('0' + all->count);
}
