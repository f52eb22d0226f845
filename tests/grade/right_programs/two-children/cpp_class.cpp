// right: C++ with a class that collects its child | g++ -std=c++17 -o $@ $<
#include <cstdlib>
#include <iostream>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

class Child {
public:
    explicit Child(int code) : pid(fork()) {
        if (pid == 0)
            _exit(code);
    }
    ~Child() {
        int status;
        waitpid(pid, &status, 0);
        std::cout << pid << ' ' << WEXITSTATUS(status) << std::endl;
    }

private:
    pid_t pid;
};

int main(int count, char **words) {
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 1; i < count; i++)
        children.push_back(std::make_unique<Child>(std::atoi(words[i])));
}
