/* Two processes change names and files, described by a word: BEFORE,PARENT,CHILD. Each letter is one
   or a few calls; files.py interprets the same words. */
#include "course.h"
#include <dirent.h>

static int kept = -1;

static void tell(int result) { say(result < 0 ? "-" : "+"); }

static void add(const char *path, int flags) {
    int file = open(path, flags | O_WRONLY, 0600);
    if (file < 0) { say("-"); return; }
    write(file, "z", 1);
    close(file);
}

static void length_of(int file) {
    struct stat facts;
    if (file < 0) { say("-"); return; }
    fstat(file, &facts);
    say_char('0' + facts.st_size);
}

static void contents_of(const char *path) {
    char bytes[9];
    int file = open(path, O_RDONLY);
    if (file < 0) { say("-"); return; }
    say_char('0' + read(file, bytes, sizeof bytes));
    close(file);
}

static void count_entries(const char *path) {
    DIR *list = opendir(path);
    int count = 0;
    if (!list) { say("-"); return; }
    for (struct dirent *entry; (entry = readdir(list));) count += *entry->d_name != '.';
    closedir(list);
    say_char('0' + count);
}

static void make(char letter) {
    switch (letter) {
    case 'a': add("a", O_CREAT | O_APPEND); break;
    case 'b': add("b", O_CREAT | O_APPEND); break;
    case 't': add("a", O_CREAT | O_TRUNC); break;
    case 'e': add("a", O_APPEND); break;
    case 'x': add("b", O_CREAT | O_EXCL); break;
    case 'i': add("d/a", O_CREAT | O_APPEND); break;
    case 'A': contents_of("a"); break;
    case 'B': contents_of("b"); break;
    case 'I': contents_of("d/a"); break;
    case 'N': count_entries("."); break;
    case 'D': count_entries("d"); break;
    case 'm': tell(rename("a", "b")); break;
    case 'M': tell(rename("b", "a")); break;
    case 'v': tell(rename("a", "d/a")); break;
    case 'u': tell(unlink("a")); break;
    case 'U': tell(unlink("b")); break;
    case 'd': tell(mkdir("d", 0700)); break;
    case 'r': tell(rmdir("d")); break;
    case 'k': if (kept >= 0) close(kept); kept = open("a", O_CREAT | O_RDWR | O_APPEND, 0600); break;
    case 'w': if (kept >= 0) write(kept, "z", 1); break;
    case 'K': length_of(kept); break;
    default: say_char(letter);
    }
}

int main(int argc, char **argv) {
    const char *at = argv[1];
    for (; *at != ','; at++) make(*at);
    const char *child = strchr(++at, ',') + 1;
    int pid = fork();
    if (pid == 0) {
        for (; *child; child++) make(*child);
        _exit(0);
    }
    for (; *at != ','; at++) make(*at);
    wait(NULL);
    return argc - 2;
}
