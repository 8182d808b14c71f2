//! Who may speak to the server: the right host, the right origin, the right token. Stands before any routing.
//!
//! A page elsewhere can make a browser send requests here (cross-site request forgery), and can make its own name point
//! here (DNS rebinding); another user of the computer can connect as well as its owner can. Each has its own check.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Shared;

/// The header that a plain form of another site cannot send.
const MARK: &str = "x-gouji";
/// Longest address that is looked at.
const LONGEST_TARGET: usize = 2_048;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of every answer.
const ALWAYS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("x-frame-options", "DENY"),
];

pub(super) async fn guard(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match admit(&shared, &request) {
        Admitted::Yes => next.run(request).await,
        Admitted::ByLink => enter(&shared, request.headers()),
        Admitted::No(status, why) => refuse(status, why),
    };
    for (name, value) in ALWAYS {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

enum Admitted {
    Yes,
    /// The link that the program printed was opened.
    ByLink,
    No(StatusCode, &'static str),
}

fn admit(shared: &Shared, request: &Request) -> Admitted {
    let headers = request.headers();
    if request.uri().to_string().len() > LONGEST_TARGET {
        return Admitted::No(StatusCode::URI_TOO_LONG, "address too long");
    }
    if !is_our_host(shared, request) {
        return Admitted::No(StatusCode::FORBIDDEN, "unknown host");
    }
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD);
    if !harmless && !is_from_our_page(shared, headers) {
        return Admitted::No(StatusCode::FORBIDDEN, "not from this page");
    }
    if has_token(shared, headers) {
        return Admitted::Yes;
    }
    let by_link = request.uri().path() == "/"
        && request
            .uri()
            .query()
            .and_then(|query| query.strip_prefix("token="))
            .is_some_and(|given| same(given.as_bytes(), shared.token.as_bytes()));
    if by_link {
        return Admitted::ByLink;
    }
    Admitted::No(StatusCode::FORBIDDEN, NO_TOKEN)
}

fn is_our_host(shared: &Shared, request: &Request) -> bool {
    let known = |host: &str| shared.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    host.to_str().is_ok_and(known)
        && request.uri().authority().is_none_or(|authority| known(authority.as_str()))
}

fn is_from_our_page(shared: &Shared, headers: &HeaderMap) -> bool {
    if !headers.contains_key(MARK) {
        return false;
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        return origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|host| shared.hosts.iter().any(|own| own.eq_ignore_ascii_case(host)));
    }
    // Browsers say either; a program of the owner (which has the token) says neither.
    headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none")
}

fn has_token(shared: &Shared, headers: &HeaderMap) -> bool {
    let right = |given: &str| same(given.as_bytes(), shared.token.as_bytes());
    let by_header = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(right);
    let by_cookie = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .any(|(name, value)| name == shared.cookie && right(value));
    by_header || by_cookie
}

/// Whether two secrets are equal, in a time that does not tell where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// Turns the printed link into a cookie, so that the token is in no later address.
fn enter(shared: &Shared, headers: &HeaderMap) -> Response {
    let cookie = format!("{}={}; HttpOnly; SameSite=Strict; Path=/", shared.cookie, shared.token);
    // A browser that comes from the page in our folder would not send a strict cookie along a redirect of that journey;
    // from a page of ours it does.
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        let page = "<!DOCTYPE html><meta charset=\"utf-8\"><title>gouji</title><meta http-equiv=\"refresh\" content=\"0;url=/\"><a href=\"/\">gouji</a>";
        let kind = "text/html; charset=utf-8".to_owned();
        return ([(header::CONTENT_TYPE, kind), (header::SET_COOKIE, cookie)], page)
            .into_response();
    }
    (StatusCode::SEE_OTHER, [(header::LOCATION, "/".to_owned()), (header::SET_COOKIE, cookie)])
        .into_response()
}

const NO_TOKEN: &str = "请从程序窗口里显示的地址打开本页（地址里带有口令）。\n\
                        Open this page by the address that the program printed: it carries the token.\n";

fn refuse(status: StatusCode, why: &'static str) -> Response {
    let mut response = Response::new(Body::from(why));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
