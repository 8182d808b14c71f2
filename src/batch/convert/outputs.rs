//! The outputs: temporary files in the folder of the results, renamed when all is written.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::ConvertError;
use crate::write::dataset::{Form, Sheaf};

/// All the files being written.
pub(super) struct Outputs {
    files: Vec<Output>,
}

struct Output {
    form: Form,
    sheaf: Sheaf,
    file: BufWriter<File>,
    temporary: PathBuf,
    path: PathBuf,
    renamed: bool,
}

impl Drop for Output {
    /// What was not finished is taken away.
    fn drop(&mut self) {
        if !self.renamed {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

impl Outputs {
    /// Makes the folder and a temporary file for each output.
    pub(super) fn create(folder: &Path, forms: &BTreeSet<Form>) -> Result<Self, ConvertError> {
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        let mut files = Vec::new();
        for form in forms {
            for sheaf in Sheaf::ALL {
                files.push(Output::create(folder, *form, sheaf)?);
            }
        }
        Ok(Self { files })
    }

    /// Appends the rows of one file.
    pub(super) fn append(&mut self, rows: &[(Form, Sheaf, Vec<u8>)]) -> Result<(), ConvertError> {
        for (form, sheaf, bytes) in rows {
            let output =
                self.files.iter_mut().find(|file| (file.form, file.sheaf) == (*form, *sheaf));
            if let Some(output) = output {
                let written = output.file.write_all(bytes);
                written.map_err(|error| failed(&output.temporary, error))?;
            }
        }
        Ok(())
    }

    /// Writes everything out, then gives all files their names.
    pub(super) fn finish(mut self) -> Result<(), ConvertError> {
        for output in &mut self.files {
            let done = output.file.flush().and_then(|()| output.file.get_ref().sync_all());
            done.map_err(|error| failed(&output.temporary, error))?;
        }
        for output in &mut self.files {
            let renamed = fs::rename(&output.temporary, &output.path);
            renamed.map_err(|error| failed(&output.path, error))?;
            output.renamed = true;
        }
        Ok(())
    }
}

impl Output {
    fn create(folder: &Path, form: Form, sheaf: Sheaf) -> Result<Self, ConvertError> {
        let name = format!("{}.{}", sheaf.name(), form.ending());
        let path = folder.join(&name);
        // Always the same name: what a killed run left behind is taken over, not left about.
        let temporary = folder.join(format!(".{name}.part"));
        let file = claim(&temporary).map_err(|error| failed(&temporary, error))?;
        let file = BufWriter::with_capacity(1 << 18, file);
        let mut output = Self { form, sheaf, file, temporary, path, renamed: false };
        let head = output.file.write_all(&form.head(sheaf));
        head.map_err(|error| failed(&output.temporary, error))?;
        Ok(output)
    }
}

/// Opens a temporary file for this run alone, and empties it.
fn claim(path: &Path) -> io::Result<File> {
    let file = File::options().create(true).write(true).truncate(false).open(path)?;
    file.try_lock().map_err(|error| match error {
        TryLockError::Error(error) => error,
        TryLockError::WouldBlock => {
            io::Error::new(io::ErrorKind::ResourceBusy, "another conversion writes to this folder")
        }
    })?;
    file.set_len(0)?;
    Ok(file)
}

fn failed(path: &Path, error: io::Error) -> ConvertError {
    ConvertError::Write { path: path.to_owned(), error }
}
