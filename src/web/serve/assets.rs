//! The page's own files, inside the program.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

macro_rules! page {
    ($name:literal) => {
        ($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/page/", $name)))
    };
}

const INDEX: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/page/index.html"));

const FILES: &[(&str, &str)] = &[
    page!("style.css"),
    page!("icon.svg"),
    page!("http-main.js"),
    page!("http.js"),
    page!("main.js"),
    page!("dom.js"),
    page!("memory.js"),
    page!("model.js"),
    page!("refused.js"),
    page!("sheet.js"),
    page!("text.js"),
];

pub(super) async fn index() -> Html<&'static str> {
    Html(INDEX)
}

pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let Some((name, content)) = FILES.iter().find(|(known, _)| *known == name) else {
        return nothing().await;
    };
    let mime = match name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
    ([(header::CONTENT_TYPE, mime)], *content).into_response()
}

pub(super) async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "404\n").into_response()
}
