/* Two processes race, described by a word: BEFORE,PARENT,CHILD. Each letter is one call.

   The results of calls are printed, so that each order that matters can be seen. */
#include "course.h"
#include <semaphore.h>

static struct { volatile int count, other; sem_t one, none; } *all;

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

/* Loads and stores as two instructions, and time between them. */
static void increment(volatile int *place) {
    int value = *place;
    sched_yield();
    *place = value + 1;
}

static void tell(int failed) { say(failed ? "-" : "+"); }

static int own = -1;

static void open_own(int flags) {
    if (own >= 0) close(own);
    own = open("1", flags, 0600);
    say(own >= 0 ? "+" : errno == EEXIST ? "E" : "-");
}

static int shared;

static void append(void) {
    int file = open("shared", O_WRONLY | O_APPEND);
    tell(write(file, "zz", 2) != 2);
    close(file);
}

static void measure(const char *name) {
    struct stat found;
    say_char(stat(name, &found) < 0 ? '-' : '0' + found.st_size);
}

static void mode_of(const char *name) {
    struct stat found;
    say_char(stat(name, &found) < 0 ? '-' : '0' + (found.st_mode >> 2 & 1) + (found.st_mode >> 2 & 2));
}

static void act(char letter) {
    switch (letter) {
    /* Two pipes. */
    case 'a': write(a[1], "x", 1); break;
    case 'b': write(b[1], "x", 1); break;
    case 'r': take(a[0]); break;
    case 'R': take(b[0]); break;
    case 'k': close(a[1]); break;
    case 'K': close(b[1]); break;
    case 'e': close(b[0]); break;
    /* A FIFO: opening, reading, writing, closing its ends. */
    case 'A': open_fifo(&from, O_RDONLY); break;
    case 'B': open_fifo(&to, O_WRONLY); break;
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
    /* An open file description that both share; and another one, to append. */
    case 'u': tell(write(shared, "u", 1) != 1); break;
    case 'v': tell(lseek(shared, 1, SEEK_SET) != 1); break;
    case 'x': take(shared); break;
    case 'y': say_char('0' + lseek(shared, 0, SEEK_CUR)); break;
    case 'z': append(); break;
    case 'j': tell(flock(shared, LOCK_EX | LOCK_NB)); break;
    case 'L': flock(shared, LOCK_UN); break;
    case 'V': flock(own, LOCK_UN); break;
    /* Duplicates, and what exec closes. */
    case 'd': dup2(b[1], 20); break;
    case 'f': fcntl(b[1], F_SETFD, FD_CLOEXEC); break;
    case 'g': close(20); break;
    case 's': dup2(b[1], 20); fcntl(20, F_SETFD, FD_CLOEXEC); break;
    case 'M': execl("/bin/true", "true", NULL); break;
    case 'S': if (vfork() == 0) execl("/bin/true", "true", NULL); wait(NULL); break;
    /* Modes of new files, and renaming by flags. */
    case '6': tell(close(open("1", O_WRONLY | O_CREAT, 0600)) < 0); break;
    case '7': tell(close(open("1", O_WRONLY | O_CREAT, 0666)) < 0); break;
    case '0': umask(0); break;
    case '8': tell(mkdir("2", 0777)); break;
    case '9': tell(renameat2(AT_FDCWD, "1", AT_FDCWD, "2", 2 /* RENAME_EXCHANGE */)); break;
    case '5': tell(renameat2(AT_FDCWD, "1", AT_FDCWD, "2", 1 /* RENAME_NOREPLACE */)); break;
    case '4': mode_of("1"); mode_of("2"); break;
    }
}

int main(int count, char **words) {
    char *word = count > 1 ? words[1] : ",,";
    all = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&all->one, 1, 1);
    sem_init(&all->none, 1, 0);
    mkfifo("fifo", 0600);
    shared = open("shared", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(shared, "abc", 3);
    lseek(shared, 0, SEEK_SET);
    pipe(a);
    pipe(b);
    for (; *word != ','; word++) act(*word);
    char *parent = word + 1, *child = strchr(parent, ',') + 1;
    if (fork() == 0) {
        for (; *child != 0; child++) { act(*child); say("c"); }
        _exit(0);
    }
    for (; *parent != ','; parent++) { act(*parent); say("p"); }
    wait(NULL);
    say_char('0' + all->count);
}
