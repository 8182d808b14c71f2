//! The desk behind a worker's messages: files in, view and results out.
//!
//! One [`Bench`] lives in one worker. A panic ends the worker, and the page starts another: nothing is shared.

use gouji::pipeline::Input;
use gouji::read::Limits;
use gouji::pipeline::Options;
use gouji::web::desk::{Desk, NoOutput, Request};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Told each file before it is read; the worker defines it.
    #[wasm_bindgen(js_namespace = self, js_name = goujiReading)]
    fn reading(name: &str);
}

/// The version of the engine.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The files at hand, and the desk once they are checked.
#[wasm_bindgen]
#[derive(Default)]
pub struct Bench {
    inputs: Vec<Input>,
    desk: Option<Desk>,
}

#[wasm_bindgen]
impl Bench {
    /// An empty bench.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn add(&mut self, name: String, bytes: Vec<u8>) {
        self.inputs.push(Input { path: name, bytes: Ok(bytes) });
    }

    /// Checks all files and returns the view as JSON.
    ///
    /// # Errors
    /// When the request is not what the page sends.
    pub fn check(&mut self, request: &str) -> Result<String, String> {
        let request: Request = serde_json::from_str(request).map_err(|error| error.to_string())?;
        if let Some(desk) = self.desk.take() {
            self.inputs = desk.into_inputs();
        }
        let desk = Desk::check(
            std::mem::take(&mut self.inputs),
            &Options::default(),
            &request,
            &limits(),
            reading,
        );
        let view = serde_json::to_string(&desk.view()).map_err(|error| error.to_string());
        self.desk = Some(desk);
        view
    }

    /// One of the results.
    ///
    /// # Errors
    /// The reason in both languages, as a JSON object, when there is no such result.
    pub fn output(&self, name: &str) -> Result<Output, String> {
        let desk = self.desk.as_ref().ok_or_else(String::new)?;
        match desk.output(name) {
            Ok(output) => Ok(Output { name: output.name, mime: output.mime.to_owned(), bytes: output.bytes }),
            Err(NoOutput(text)) => Err(serde_json::json!({"zh": text.zh, "en": text.en}).to_string()),
        }
    }
}

/// A file to hand back.
#[wasm_bindgen(getter_with_clone)]
pub struct Output {
    /// What to call it.
    pub name: String,
    /// Its media type.
    pub mime: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The command line's bounds, less what a browser's 32-bit memory cannot hold.
fn limits() -> Limits {
    Limits { container: 128 << 20, inflated: 1 << 30, part: 512 << 20, cells: 10_000_000, ..Limits::default() }
}
