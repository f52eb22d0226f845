// right: Rust with fork of the C library | rustc -o $@ $<
use std::os::raw::c_int;

extern "C" {
    fn fork() -> c_int;
    fn wait(status: *mut c_int) -> c_int;
    fn _exit(code: c_int) -> !;
}

fn main() {
    for word in std::env::args().skip(1) {
        let code: c_int = word.parse().unwrap();
        if unsafe { fork() } == 0 {
            unsafe { _exit(code) }
        }
    }
    for _ in std::env::args().skip(1) {
        let mut status = 0;
        let pid = unsafe { wait(&mut status) };
        println!("{} {}", pid, status >> 8 & 255);
    }
}
