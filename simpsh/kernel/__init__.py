"""The kernel's services: one function a system call, one file a concept, each call observable."""
