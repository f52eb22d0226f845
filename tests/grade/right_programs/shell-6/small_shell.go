// right: a shell in Go | GOCACHE=/tmp/go-cache GO111MODULE=off CGO_ENABLED=0 go build -o $@ $<
// A small shell with job control in Go: many threads, clone(CLONE_VFORK), epoll, a goroutine that
// collects every child.
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

type job struct {
	text        string
	group, last int
	left        map[int]bool
}

type change struct {
	pid    int
	status syscall.WaitStatus
}

var (
	jobs    []*job
	status  int
	changes = make(chan change, 64)
	wake    = make(chan struct{}, 1)
	// A group lasts as long as a process of it is not collected: so none is while one is made.
	making sync.Mutex
)

// collect waits for any child, in a thread of its own, for ever.
func collect() {
	const exitedStoppedKept = 4 | 2 | 0x1000000
	for {
		_, _, err := syscall.Syscall6(syscall.SYS_WAITID, 0, 0, 0, exitedStoppedKept, 0, 0)
		if err == syscall.ECHILD {
			<-wake // until a child is made
			continue
		}
		making.Lock()
		var word syscall.WaitStatus
		pid, _ := syscall.Wait4(-1, &word, syscall.WUNTRACED|syscall.WNOHANG, nil)
		making.Unlock()
		if pid > 0 {
			changes <- change{pid, word}
		}
	}
}

func giveTerminal(group int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	set, old := uint64(1)<<(uint(syscall.SIGTTOU)-1), uint64(0)
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, 0, uintptr(unsafe.Pointer(&set)), uintptr(unsafe.Pointer(&old)), 8, 0, 0)
	number := int32(group)
	syscall.RawSyscall(syscall.SYS_IOCTL, 0, syscall.TIOCSPGRP, uintptr(unsafe.Pointer(&number)))
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, 2, uintptr(unsafe.Pointer(&old)), 0, 8, 0, 0)
}

// note takes what happened to a child; it tells whether a job was stopped, and which.
func note(one change) *job {
	for place, job := range jobs {
		if !job.left[one.pid] {
			continue
		}
		if one.status.Stopped() {
			return job
		}
		delete(job.left, one.pid)
		if one.pid == job.last {
			status = one.status.ExitStatus()
			if one.status.Signaled() {
				status = 128 + int(one.status.Signal())
			}
		}
		if len(job.left) == 0 {
			jobs = append(jobs[:place:place], jobs[place+1:]...)
		}
		return nil
	}
	return nil
}

func waitFor(job *job) {
	for len(job.left) > 0 {
		if note(<-changes) == job {
			fmt.Printf("\nstopped: %s\n", job.text)
			break
		}
	}
	giveTerminal(syscall.Getpgrp())
}

func tidy() {
	kept := status
	for {
		select {
		case one := <-changes:
			note(one)
		default:
			status = kept
			return
		}
	}
}

func wordsOf(text string) []string {
	var words []string
	word, inside, quoted := "", false, false
	for _, c := range text + " " {
		switch {
		case c == '\'':
			quoted, inside = !quoted, true
		case !quoted && (c == ' ' || c == '\t'):
			if inside {
				words = append(words, word)
			}
			word, inside = "", false
		default:
			word, inside = word+string(c), true
		}
	}
	return words
}

func fail(name string, err error, code int) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	status = code
}

func find(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, folder := range strings.Split(os.Getenv("PATH"), ":") {
		path := folder + "/" + name
		if info, err := os.Stat(path); err == nil && info.Mode()&0111 != 0 {
			return path, nil
		}
	}
	return "", syscall.ENOENT
}

func start(text string, behind bool) {
	made := &job{text: text, left: map[int]bool{}}
	if makeAll(made, text, behind) && !behind {
		waitFor(made)
	} else if !behind {
		giveTerminal(syscall.Getpgrp())
	}
}

func makeAll(made *job, text string, behind bool) bool {
	making.Lock()
	defer making.Unlock()
	parts := strings.Split(text, "|")
	source := 0
	for place, part := range parts {
		files, opened, argv := []uintptr{uintptr(source), 1, 2}, []int{}, []string{}
		if source > 0 {
			opened = append(opened, source)
		}
		if place+1 < len(parts) {
			var ends [2]int
			syscall.Pipe2(ends[:], syscall.O_CLOEXEC)
			source, files[1] = ends[0], uintptr(ends[1])
			opened = append(opened, ends[1])
		}
		words := wordsOf(part)
		for i := 0; i < len(words); i++ {
			number, flags := 1, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_TRUNC
			switch words[i] {
			case "2>&1":
				files[2] = files[1]
				continue
			case "<":
				number, flags = 0, syscall.O_RDONLY
			case ">>":
				flags = syscall.O_WRONLY | syscall.O_CREAT | syscall.O_APPEND
			case "2>":
				number = 2
			case ">":
			default:
				argv = append(argv, strings.ReplaceAll(words[i], "status=$?", "status="+strconv.Itoa(status)))
				continue
			}
			i++
			fd, err := syscall.Open(words[i], flags|syscall.O_CLOEXEC, 0666)
			if err != nil {
				fail(words[i], err, 1)
				return false
			}
			files[number] = uintptr(fd)
			opened = append(opened, fd)
		}
		path, err := find(argv[0])
		pid := 0
		if err == nil {
			pid, err = syscall.ForkExec(path, argv, &syscall.ProcAttr{
				Env: os.Environ(), Files: files,
				Sys: &syscall.SysProcAttr{Setpgid: true, Pgid: made.group},
			})
		}
		for _, fd := range opened {
			syscall.Close(fd)
		}
		if err != nil {
			code := 126
			if err == syscall.ENOENT {
				code = 127
			}
			fail(argv[0], err, code)
			return false
		}
		if made.group == 0 {
			made.group = pid
			jobs = append(jobs, made)
			if !behind {
				giveTerminal(pid)
			}
		}
		made.left[pid], made.last = true, pid
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	return true
}

func run(line string) {
	text := strings.TrimSpace(line)
	behind := strings.HasSuffix(text, "&") && !strings.HasSuffix(text, ">&")
	text = strings.TrimSuffix(text, "&")
	words := wordsOf(text)
	if len(words) == 0 {
		return
	}
	switch words[0] {
	case "exit":
		code := status
		if len(words) > 1 {
			code, _ = strconv.Atoi(words[1])
		}
		os.Exit(code)
	case "cd":
		if err := os.Chdir(words[1]); err != nil {
			fail("cd", err, 1)
		}
	case "jobs":
		for _, one := range jobs {
			fmt.Println(one.text)
		}
	case "fg", "bg":
		if len(jobs) == 0 {
			return
		}
		one := jobs[len(jobs)-1]
		if words[0] == "fg" {
			giveTerminal(one.group)
		}
		syscall.Kill(-one.group, syscall.SIGCONT)
		if words[0] == "fg" {
			waitFor(one)
		}
	default:
		start(text, behind)
	}
}

func main() {
	// Handlers, which exec takes away.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP)
	go collect()
	lines := bufio.NewReader(os.Stdin)
	for {
		tidy()
		fmt.Print("$ ")
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		run(line)
	}
}
