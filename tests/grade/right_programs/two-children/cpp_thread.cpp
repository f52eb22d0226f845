// right: C++ with std::thread | g++ -std=c++17 -pthread -o $@ $<
// right: C++ with std::thread, -O3 and sanitizers | g++ -std=c++17 -O3 -g -fsanitize=address,undefined -pthread -o $@ $<
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

int main(int count, char **words) {
    std::vector<pid_t> pids;
    for (int i = 1; i < count; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(std::stoi(words[i]));
        pids.push_back(pid);
    }
    std::mutex output;
    std::vector<std::thread> threads;
    for (pid_t pid : pids)
        threads.emplace_back([pid, &output] {
            int status;
            waitpid(pid, &status, 0);
            std::lock_guard<std::mutex> hold(output);
            std::cout << pid << ' ' << WEXITSTATUS(status) << '\n';
        });
    for (auto &thread : threads)
        thread.join();
}
