// right: Rust with Command | rustc -o $@ $<
// right: Rust with Command, optimized | rustc -O -o $@ $<
use std::process::{exit, Command};

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if words[1] == "child" {
        exit(words[2].parse().unwrap());
    }
    let own = std::env::current_exe().unwrap();
    let start = |code: &String| Command::new(&own).arg("child").arg(code).spawn().unwrap();
    let mut children: Vec<_> = words[1..].iter().map(start).collect();
    for child in &mut children {
        let status = child.wait().unwrap();
        println!("{} {}", child.id(), status.code().unwrap());
    }
}
