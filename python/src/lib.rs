//! The native half of the Python package: bytes in, JSON, Parquet or bytes out. What isolates it is in Python.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use gouji::batch::convert::{self, Task, TaskFile};
use gouji::model::{Language, Report};
use gouji::pipeline::{self, Input, Options};
use gouji::read::Limits;
use gouji::web::bounds::{Bounds, Death};
use gouji::write::dataset::{Rows, Sheaf, Subject, file_id, parquet};
use gouji::write::{annotate, json};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The embedded rulebook is read once.
static OPTIONS: LazyLock<Options> = LazyLock::new(Options::default);

fn report(name: &str, bytes: &[u8]) -> Report {
    let input = Input { path: name.to_owned(), bytes: Ok(bytes.to_owned()) };
    pipeline::run(&[input], &OPTIONS, &Limits::default())
}

fn language(lang: &str) -> PyResult<Language> {
    match lang {
        "zh" => Ok(Language::Zh),
        "en" => Ok(Language::En),
        _ => Err(PyValueError::new_err("lang must be \"zh\" or \"en\"")),
    }
}

/// The report as JSON.
#[pyfunction]
fn check(py: Python, name: &str, bytes: &[u8], lang: &str) -> PyResult<String> {
    let language = language(lang)?;
    py.detach(|| {
        let mut out = Vec::new();
        json::write(&report(name, bytes), json::Checks::All, language, &mut out)?;
        String::from_utf8(out).map_err(|error| PyRuntimeError::new_err(error.to_string()))
    })
}

/// The rows of a file as six .parquet, in the order of `KINDS`.
#[pyfunction]
fn rows<'py>(py: Python<'py>, name: &str, bytes: &[u8]) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let parts = py.detach(|| {
        let id = file_id(name.as_bytes());
        let subject = Subject {
            id: &id,
            path: name,
            path_bytes: None,
            bytes: Some(bytes.len() as u64),
            duplicate_of: None,
        };
        let mut rows = Rows::default();
        rows.add(&subject, &report(name, bytes), &mut |_| {});
        let write = |sheaf: Sheaf| {
            let mut writer = parquet::Writer::new(sheaf, Vec::new())?;
            writer.write(rows.of(sheaf))?;
            writer.finish()
        };
        Sheaf::ALL.into_iter().map(write).collect::<Result<Vec<_>, _>>()
    });
    let parts = parts.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    Ok(parts.iter().map(|part| PyBytes::new(py, part)).collect())
}

/// The bytes of a marked copy; `None` with what is wrong where the file cannot be marked.
#[pyfunction]
fn mark<'py>(
    py: Python<'py>,
    name: &str,
    bytes: &[u8],
    lang: &str,
) -> PyResult<(Option<Bound<'py, PyBytes>>, Option<String>)> {
    let language = language(lang)?;
    let marked = py.detach(|| {
        let report = report(name, bytes);
        let error = report.packet.files.first().and_then(|file| file.error.as_ref());
        if let Some(error) = error {
            return Err(error.message.get(language).to_owned());
        }
        let plan = annotate::plan(&report, 0, language, false);
        annotate::annotate_input(&report.packet, 0, bytes, &plan)
            .map(|annotated| annotated.bytes)
            .map_err(|error| error.message.get(language).to_owned())
    });
    Ok(match marked {
        Ok(bytes) => (Some(PyBytes::new(py, &bytes)), None),
        Err(words) => (None, Some(words)),
    })
}

/// The files under paths: id, path, size, and the task of each as JSON; those with the same bytes are told of.
#[pyfunction]
fn plan(py: Python, paths: Vec<PathBuf>) -> PyResult<Vec<(String, String, u64, String)>> {
    py.detach(|| {
        let limits = Limits::default();
        let found = convert::find(&paths, &limits, &|_, _| false);
        let told = |file: TaskFile| {
            let task = serde_json::to_string(&file)
                .map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
            Ok((file.id().to_owned(), file.path().to_owned(), file.bytes(), task))
        };
        convert::listed(found, &limits).into_iter().map(told).collect()
    })
}

/// Does tasks into a folder, which must be empty: six .parquet of what a chunk of `gouji convert` holds.
#[pyfunction]
fn perform(py: Python, folder: PathBuf, tasks: Vec<String>, begun: Py<PyAny>) -> PyResult<()> {
    let files: Result<Vec<TaskFile>, _> =
        tasks.iter().map(|task| serde_json::from_str(task)).collect();
    let files = files.map_err(|error| PyValueError::new_err(error.to_string()))?;
    let task = Task::new(folder.clone(), files);
    py.detach(|| {
        let mut told = |step| {
            if let convert::Step::Begun(at) = step {
                Python::attach(|py| drop(begun.call1(py, (at,))));
            }
        };
        convert::perform(&task, &OPTIONS, &Limits::default(), &mut told)?;
        convert::publish(&folder)
    })
    .map_err(|(path, error)| PyOSError::new_err(format!("{}: {error}", path.display())))
}

/// A task that says that its file cannot be read, because a process died of it, as `gouji convert` says it.
#[pyfunction]
fn refused(task: &str, why: &str, memory: u64, seconds: u64) -> PyResult<String> {
    let death = match why {
        "timeout" => Death::Timeout,
        "memory" => Death::Memory,
        _ => Death::Crashed,
    };
    let file: TaskFile =
        serde_json::from_str(task).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let bounds = Bounds { memory, patience: Duration::from_secs(seconds) };
    let mut task = Task::new(PathBuf::new(), vec![file]);
    task.refuse(0, &death.refusal(bounds));
    let file = task.into_files().pop();
    serde_json::to_string(&file).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("VERSION", env!("CARGO_PKG_VERSION"))?;
    module.add("KINDS", Sheaf::ALL.map(Sheaf::name).to_vec())?;
    module.add_function(wrap_pyfunction!(check, module)?)?;
    module.add_function(wrap_pyfunction!(rows, module)?)?;
    module.add_function(wrap_pyfunction!(mark, module)?)?;
    module.add_function(wrap_pyfunction!(plan, module)?)?;
    module.add_function(wrap_pyfunction!(perform, module)?)?;
    module.add_function(wrap_pyfunction!(refused, module)?)
}
