//! Folders and files that only the owner of the program can look into, whatever the umask, and what a killed server left.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// How the folders of servers are called.
const PREFIX: &str = "gouji-page-";
/// The file that a running server holds locked in its folder.
const LOCK: &str = "lock";

/// The folder of a running server. It goes with it.
pub(super) struct Root {
    pub(super) folder: TempDir,
    /// Locked as long as the server runs, so that a later one can tell that it does.
    _lock: File,
}

impl Root {
    /// Makes the folder, and clears away those of servers that were killed.
    pub(super) fn new() -> io::Result<Self> {
        let place = place();
        fs::create_dir_all(&place)?;
        let folder = folder(PREFIX, &place)?;
        let lock = options().open(folder.path().join(LOCK))?;
        lock.lock()?;
        sweep(&place, folder.path());
        Ok(Self { folder, _lock: lock })
    }
}

/// Where results are kept for a while: on Windows in the user's own profile, which others cannot read.
fn place() -> PathBuf {
    match std::env::var_os("LOCALAPPDATA") {
        Some(own) if cfg!(windows) => PathBuf::from(own).join("gouji"),
        _ => std::env::temp_dir(),
    }
}

/// A new folder of a random name.
pub(super) fn folder(prefix: &str, place: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    let folder = {
        use std::os::unix::fs::PermissionsExt as _;
        let owner = fs::Permissions::from_mode(0o700);
        let folder = builder.permissions(owner.clone()).tempdir_in(place)?;
        // An odd umask takes rights from the owner too.
        fs::set_permissions(folder.path(), owner)?;
        folder
    };
    #[cfg(not(unix))]
    let folder = builder.tempdir_in(place)?;
    Ok(folder)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a file.
pub(super) fn create(path: &Path) -> io::Result<File> {
    options().open(path)
}

/// Writes a file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path)?.write_all(bytes)
}

/// Clears away the folders of our own servers that are no longer running.
fn sweep(place: &Path, own: &Path) {
    let Ok(entries) = fs::read_dir(place) else { return };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if named && path != own && is_abandoned(&path, own) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// Whether a folder is of this user's server and nobody holds its lock.
fn is_abandoned(folder: &Path, own: &Path) -> bool {
    let (Ok(data), Ok(mine)) = (fs::symlink_metadata(folder), fs::symlink_metadata(own)) else {
        return false;
    };
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::uid(&data) != std::os::unix::fs::MetadataExt::uid(&mine) {
        return false;
    }
    if !data.is_dir() || !mine.is_dir() {
        return false;
    }
    match File::open(folder.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        // From before there were locks, or killed before it had one: given time to get it.
        Err(_) => data
            .modified()
            .ok()
            .and_then(|changed| changed.elapsed().ok())
            .is_some_and(|age| age.as_secs() > 3_600),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn folders_and_files_are_the_owners_alone() {
        let root = Root::new().unwrap();
        let job = folder("job-", root.folder.path()).unwrap();
        write(&job.path().join("in-0"), b"secret").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(root.folder.path()), 0o700);
        assert_eq!(mode(job.path()), 0o700);
        assert_eq!(mode(&job.path().join("in-0")), 0o600);
    }

    #[test]
    fn what_killed_servers_left_is_cleared_and_running_ones_are_not() {
        let place = tempfile::tempdir().unwrap();
        let own = folder(PREFIX, place.path()).unwrap();
        let killed = folder(PREFIX, place.path()).unwrap();
        write(&killed.path().join(LOCK), b"").unwrap();
        write(&killed.path().join("in-0"), b"secret").unwrap();
        let running = folder(PREFIX, place.path()).unwrap();
        let lock = create(&running.path().join(LOCK)).unwrap();
        lock.lock().unwrap();
        let fresh = folder(PREFIX, place.path()).unwrap();
        let other = folder("another-", place.path()).unwrap();
        std::os::unix::fs::symlink(other.path(), place.path().join("gouji-page-link")).unwrap();
        sweep(place.path(), own.path());
        assert!(!killed.path().exists());
        for kept in [own.path(), running.path(), fresh.path(), other.path()] {
            assert!(kept.exists(), "{}", kept.display());
        }
        drop(lock);
        sweep(place.path(), own.path());
        assert!(!running.path().exists());
    }
}
