//! The `gouji` program: everything is in the library.

/// Small pieces of memory, asked for and given back by the thousand, are a ninth of the work with the C library's allocator.
#[cfg(target_os = "linux")]
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    gouji::cli::main(std::env::args_os().collect())
}
