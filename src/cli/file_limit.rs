//! A bound on the size of files (`ulimit -f`): met as a failed write, not as the end of the program.

/// Where a file may not grow any more, the system sends a signal that ends the process; caught, writing fails like on a
/// full disk and can be told.
pub(super) fn outlive() {
    #[cfg(unix)]
    {
        // 25 on Linux, macOS and the BSDs.
        const SIGXFSZ: i32 = 25;
        let flag = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        if let Err(error) = signal_hook::flag::register(SIGXFSZ, flag) {
            super::trouble::tell(&error.to_string());
        }
    }
}
