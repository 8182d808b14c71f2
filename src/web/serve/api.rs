//! What the page asks of the server. Every answer but a file is JSON; every refusal says why in both languages.

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::Shared;
use super::engine::{DEATHS, Label, NAMES, REQUEST, Undone, VIEW};
use super::jobs::{Job, Stage, lock};
use super::private;
use super::sockets::Sender;
use super::spool::{self, Refused};
use crate::web::bounds::Bounds;

/// Bytes of a file's name.
const LONGEST_NAME: usize = 1_024;
/// Bytes of what is asked beside the files.
const LARGEST_REQUEST: usize = 256 << 10;

/// A refusal: status, a word for programs, a sentence in both languages.
pub(super) struct No(StatusCode, &'static str, Cow<'static, str>, Cow<'static, str>);

/// A refusal in fixed words.
const fn no(status: StatusCode, code: &'static str, zh: &'static str, en: &'static str) -> No {
    No(status, code, Cow::Borrowed(zh), Cow::Borrowed(en))
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let Self(status, code, zh, en) = self;
        let mut response =
            (status, Json(json!({"error": {"code": code, "zh": zh, "en": en}}))).into_response();
        if status == StatusCode::PAYLOAD_TOO_LARGE || status == StatusCode::REQUEST_TIMEOUT {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
        }
        response
    }
}

const NO_JOB: No = no(
    StatusCode::NOT_FOUND,
    "no_job",
    "这次核对已过期，请重新放入文件",
    "this check has expired: give the files again",
);
const CLOSED: No =
    no(StatusCode::CONFLICT, "closed", "核对已经开始", "the check has begun already");
const BUSY: No = no(
    StatusCode::SERVICE_UNAVAILABLE,
    "busy",
    "同时核对的人太多，请稍候再试",
    "too many checks at once: try again in a moment",
);
const FULL: No = no(
    StatusCode::INSUFFICIENT_STORAGE,
    "full",
    "服务器的暂存空间已满，请稍候再试",
    "the server's space is full: try again later",
);
const BROKEN: No = no(
    StatusCode::INTERNAL_SERVER_ERROR,
    "io",
    "服务器暂存文件失败",
    "the server could not store the file",
);
const BAD: No = no(StatusCode::BAD_REQUEST, "bad_request", "请求有误", "bad request");

pub(super) async fn about(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let settings = &shared.settings;
    Json(json!({
        "gouji": env!("CARGO_PKG_VERSION"),
        "engine": "native",
        "lan": settings.lan,
        "limits": {"file": settings.limits.container, "files": settings.files},
    }))
}

pub(super) async fn create(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let sender = request.extensions().get::<Sender>().map_or(Ipv4Addr::LOCALHOST.into(), |s| s.0);
    match shared.jobs.create(sender) {
        Ok(Some(id)) => (StatusCode::CREATED, Json(json!({"id": id}))).into_response(),
        Ok(None) => BUSY.into_response(),
        Err(_) => BROKEN.into_response(),
    }
}

pub(super) async fn upload(
    State(shared): State<Arc<Shared>>,
    Path((id, number)): Path<(String, usize)>,
    request: Request,
) -> Result<StatusCode, No> {
    let job = shared.jobs.get(&id).ok_or(NO_JOB)?;
    if job.stage() != Stage::Open {
        return Err(CLOSED);
    }
    if number >= shared.settings.files {
        return Err(no(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_many",
            "一次放入的文件太多",
            "too many files at once",
        ));
    }
    let name = name(request.headers()).ok_or(BAD)?;
    let limit = shared.settings.limits.container;
    let path = job.file(number);
    let size = match spool::to_file(request.into_body(), &path, limit).await {
        Ok(size) => size,
        Err(refused) => {
            let _ = tokio::fs::remove_file(&path).await;
            return Err(match refused {
                Refused::TooLarge => too_large(limit),
                Refused::TooSlow => no(
                    StatusCode::REQUEST_TIMEOUT,
                    "too_slow",
                    "上传中断或太慢",
                    "the upload stopped or is too slow",
                ),
                Refused::Broken => BAD,
                Refused::Disk => BROKEN,
            });
        }
    };
    if !shared.jobs.reserve(&job, size) {
        let _ = tokio::fs::remove_file(&path).await;
        return Err(FULL);
    }
    let mut names = lock(&job.names);
    if names.len() <= number {
        names.resize(number + 1, String::new());
    }
    names[number] = name;
    Ok(StatusCode::NO_CONTENT)
}

/// The file's name: percent-encoded UTF-8 in `x-gouji-name`. It is only ever shown, never a path here.
fn name(headers: &HeaderMap) -> Option<String> {
    let encoded = headers.get("x-gouji-name")?.to_str().ok()?;
    if encoded.len() > 3 * LONGEST_NAME {
        return None;
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |b: u8| char::from(b).to_digit(16);
            let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
            bytes.push((high * 16 + low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    let name = String::from_utf8(bytes).ok()?;
    (!name.is_empty() && name.len() <= LONGEST_NAME).then_some(name)
}

pub(super) async fn check(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, No> {
    let job = shared.jobs.get(&id).ok_or(NO_JOB)?;
    let asked = spool::to_memory(request.into_body(), LARGEST_REQUEST).await.ok_or(BAD)?;
    serde_json::from_slice::<crate::web::desk::Request>(&asked).map_err(|_| BAD)?;
    let names = lock(&job.names).clone();
    if names.is_empty() || names.iter().any(String::is_empty) {
        return Err(BAD);
    }
    if !shared.jobs.has_room() {
        return Err(BUSY);
    }
    {
        let mut stage = lock(&job.stage);
        if matches!(*stage, Stage::Waiting | Stage::Running(..)) {
            return Err(CLOSED);
        }
        *stage = Stage::Waiting;
    }
    let names = serde_json::to_vec(&names).map_err(|_| BROKEN)?;
    if forget_outputs(&job)
        .and_then(|()| private::write(&job.folder().join(NAMES), &names))
        .is_err()
        || private::write(&job.folder().join(REQUEST), &asked).is_err()
    {
        job.set(Stage::Failed("io"));
        return Err(BROKEN);
    }
    tokio::spawn(async move {
        let stage = match shared.jobs.turn().await {
            None => Stage::Failed("busy"),
            Some(_turn) => {
                job.set(Stage::Running(0, String::new()));
                let settings = &shared.settings;
                match settings.engine.check(&job, &settings.limits, settings.bounds).await {
                    Ok(()) => Stage::Done,
                    Err(undone) => Stage::Failed(undone.word()),
                }
            }
        };
        job.set(stage);
    });
    Ok(StatusCode::ACCEPTED)
}

/// Deletes what an earlier check of the same files left.
fn forget_outputs(job: &Job) -> std::io::Result<()> {
    for entry in std::fs::read_dir(job.folder())? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.to_string_lossy().starts_with("in-") && name != DEATHS {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

pub(super) async fn state(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    let job = shared.jobs.get(&id).ok_or(NO_JOB)?;
    let files = lock(&job.names).len();
    Ok(Json(match job.stage() {
        Stage::Open => json!({"state": "open", "files": files}),
        Stage::Waiting => json!({"state": "waiting", "files": files}),
        Stage::Running(begun, name) => {
            json!({"state": "running", "files": files, "begun": begun, "name": name})
        }
        Stage::Done => json!({"state": "done", "files": files, "names": *lock(&job.names)}),
        Stage::Failed(why) => json!({"state": "failed", "why": why}),
    }))
}

/// A file as it was given: a page that is loaded again goes on with what the program has.
pub(super) async fn original(
    State(shared): State<Arc<Shared>>,
    Path((id, number)): Path<(String, usize)>,
) -> Result<Response, No> {
    let job = shared.jobs.get(&id).ok_or(NO_JOB)?;
    let given = lock(&job.names).get(number).is_some_and(|name| !name.is_empty());
    if !given {
        return Err(NO_JOB);
    }
    let bytes = tokio::fs::read(job.file(number)).await.map_err(|_| NO_JOB)?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<StatusCode, No> {
    if shared.jobs.remove(&id) { Ok(StatusCode::NO_CONTENT) } else { Err(NO_JOB) }
}

pub(super) async fn view(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Response, No> {
    let job = shared.jobs.get(&id).ok_or(NO_JOB)?;
    let view = tokio::fs::read(job.folder().join(VIEW)).await.map_err(|_| NO_JOB)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], view).into_response())
}

pub(super) async fn output(
    State(shared): State<Arc<Shared>>,
    Path((id, what)): Path<(String, String)>,
) -> Result<Response, No> {
    let job = shared.jobs.get(&id).ok_or(NO_JOB)?;
    if job.stage() != Stage::Done || !is_output(&what) {
        return Err(NO_JOB);
    }
    let label_path = job.folder().join(format!("{what}.label"));
    let path = job.folder().join(format!("{what}.out"));
    if !path.exists() {
        let _turn = shared.jobs.turn().await.ok_or(BUSY)?;
        let settings = &shared.settings;
        let done = settings.engine.run(&job, &what, &settings.limits, settings.bounds).await;
        if let Err(undone) = done {
            return Err(unmade(undone, settings.bounds));
        }
    }
    if let Ok(none) = tokio::fs::read(job.folder().join(format!("{what}.none"))).await {
        let (zh, en): (String, String) = serde_json::from_slice(&none).map_err(|_| BROKEN)?;
        let error = json!({"error": {"code": "no_output", "zh": zh, "en": en}});
        return Ok((StatusCode::CONFLICT, Json(error)).into_response());
    }
    let label: Label = tokio::fs::read(label_path)
        .await
        .ok()
        .and_then(|label| serde_json::from_slice(&label).ok())
        .ok_or(BROKEN)?;
    let bytes = tokio::fs::read(path).await.map_err(|_| BROKEN)?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&label.mime).map_err(|_| BROKEN)?);
    let disposition = format!("attachment; filename*=UTF-8''{}", percent_encoded(&label.name));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&disposition).map_err(|_| BROKEN)?,
    );
    Ok(response)
}

fn too_large(limit: u64) -> No {
    let limit = limit >> 20;
    No(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        format!("文件太大：此页每个文件最大 {limit} MiB（--max-file），更大的请用命令行核对").into(),
        format!("file too large: {limit} MiB each on this page (--max-file); use the command line for larger ones")
            .into(),
    )
}

fn unmade(undone: Undone, bounds: Bounds) -> No {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    match undone {
        Undone::Stopped => NO_JOB,
        Undone::Died(death) => {
            let why = death.reason(bounds);
            let (zh, en) = (format!("生成结果失败：{}", why.zh), format!("not made: {}", why.en));
            No(status, death.word(), zh.into(), en.into())
        }
    }
}

/// Whether this may be asked of the desk, and so can stand in a file's name.
fn is_output(what: &str) -> bool {
    what.len() <= 24
        && (what.ends_with("-zh") || what.ends_with("-en"))
        && what.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// As the value of a header's parameter is written.
fn percent_encoded(text: &str) -> String {
    const NO_NAME: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, NO_NAME).to_string()
}
