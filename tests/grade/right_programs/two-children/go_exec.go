// right: Go with os/exec | GOCACHE=/tmp/go-cache GO111MODULE=off CGO_ENABLED=0 go build -o $@ $<
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

func main() {
	if os.Args[1] == "child" {
		code, _ := strconv.Atoi(os.Args[2])
		os.Exit(code)
	}
	var children []*exec.Cmd
	for _, code := range os.Args[1:] {
		child := exec.Command("/proc/self/exe", "child", code)
		if err := child.Start(); err != nil {
			os.Exit(1)
		}
		children = append(children, child)
	}
	for _, child := range children {
		child.Wait()
		fmt.Println(child.Process.Pid, child.ProcessState.ExitCode())
	}
}
