//! Measures the program on generated workbooks at length: `cargo run --release --example planted -- --n 2000 --show`.
//!
//! `--from SEED` starts there, `--show` prints the workbooks where something was missed, falsely said or wrongly
//! explained (at most `--most`, 20 unless told), `--clean` or `--errors` shows only those, `--told` tells the program the
//! truth about the tables so that only the diagnosis is measured, `--write DIR` writes the workbooks there instead of
//! measuring.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

#[path = "../tests/planted/generator/mod.rs"]
mod generator;

use std::{env, fs};

use generator::measure::{Figures, planted_book};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let given = |name: &str| arguments.iter().any(|argument| argument == name);
    let value = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).cloned()
    };
    let number = |name: &str, usual: u64| value(name).and_then(|v| v.parse().ok()).unwrap_or(usual);
    let (from, count, most) = (number("--from", 0), number("--n", 200), number("--most", 20));
    if let Some(folder) = value("--write") {
        fs::create_dir_all(&folder).expect("a folder to write to");
        for seed in from..from + count {
            let (book, planted) = planted_book(seed);
            let (name, bytes) = book.bytes();
            let path = format!("{folder}/{seed}-{name}");
            fs::write(&path, bytes).expect("a file");
            println!("{path} {planted:?}");
        }
        return;
    }
    let show = given("--show");
    let mut figures = Figures { told: given("--told"), ..Figures::default() };
    for seed in from..from + count {
        if !figures.told {
            figures.clean(seed, show && !given("--errors"));
        }
        figures.planted(seed, show && !given("--clean"));
    }
    for failure in figures.failures.iter().take(most as usize) {
        println!("{failure}");
    }
    println!("{}", figures.summary());
}
