//! The page's server over real sockets: who gets in, what is refused, and what a crowd does to it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::format_push_string,
    clippy::format_collect,
    clippy::large_stack_arrays,
    clippy::duration_suboptimal_units,
    reason = "a server is measured, and a test that fails should panic"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gouji::web::serve::{Engine, Server, Settings};
use tokio::sync::oneshot;

const MIB: usize = 1 << 20;

/// A server in a thread of its own, stopped when dropped.
struct Running {
    address: SocketAddr,
    token: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(Engine::Here);
        change(&mut settings);
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let server = Server::bind(settings).await.unwrap();
                tell.send(server.urls()[0].clone()).unwrap();
                let stopped = async {
                    let _ = stopped.await;
                };
                server.run(stopped).await.unwrap();
            });
        });
        let mut server = Self::at(&told.recv().unwrap());
        (server.stop, server.thread) = (Some(stop), Some(thread));
        server
    }

    /// One that somebody else runs.
    fn at(url: &str) -> Self {
        let (address, token) = url.strip_prefix("http://").unwrap().split_once("/?token=").unwrap();
        let address = address.parse().unwrap();
        Self { address, token: token.to_owned(), stop: None, thread: None }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends bytes as they are and reads until the server closes.
    fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // The server may refuse before it has read everything.
        let _ = stream.write_all(request);
        Answer::read(&mut stream)
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("Content-Length: {}\r\n\r\n", body.len());
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        self.raw(&request)
    }

    /// Asks as the page does.
    fn page(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        self.page_with(method, path, &[], body)
    }

    fn page_with(&self, method: &str, path: &str, more: &[(&str, &str)], body: &[u8]) -> Answer {
        let (host, cookie) = (self.host(), self.cookie());
        let origin = format!("http://{host}");
        let mut headers = vec![
            ("Host", host.as_str()),
            ("Cookie", cookie.as_str()),
            ("X-Gouji", "1"),
            ("Origin", origin.as_str()),
        ];
        headers.extend_from_slice(more);
        self.ask(method, path, &headers, body)
    }

    fn host(&self) -> String {
        self.address.to_string()
    }

    fn cookie(&self) -> String {
        format!("gouji_{}={}", self.address.port(), self.token)
    }

    fn job(&self) -> String {
        let answer = self.page("POST", "/api/jobs", b"");
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    fn upload(&self, job: &str, number: usize, name: &str, bytes: &[u8]) -> Answer {
        let path = format!("/api/jobs/{job}/files/{number}");
        self.page_with("PUT", &path, &[("X-Gouji-Name", name)], bytes)
    }

    /// Checks a job and waits for its end.
    fn check(&self, job: &str) -> String {
        let answer = self.page("POST", &format!("/api/jobs/{job}/check"), b"{}");
        if answer.status != 202 {
            return format!("status {}", answer.status);
        }
        self.wait(job)
    }

    fn wait(&self, job: &str) -> String {
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            let answer = self.page("GET", &format!("/api/jobs/{job}"), b"");
            let state = answer.json()["state"].as_str().unwrap_or("none").to_owned();
            if state == "done" || state == "failed" || state == "none" {
                return state;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        "endless".to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let mut buffer = vec![0; 1 << 16];
        // A reset after the answer is the server closing on a body that it refused.
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..count]);
        }
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        let body = bytes.get(end + 4..).unwrap_or_default().to_vec();
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        Self { status, body: if chunked { unchunk(&body) } else { body }, head }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(line) = rest.windows(2).position(|w| w == b"\r\n") {
        let size =
            std::str::from_utf8(&rest[..line]).ok().and_then(|t| usize::from_str_radix(t, 16).ok());
        let Some(size @ 1..) = size else { break };
        all.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 4 + size..];
    }
    all
}

fn packet() -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/packet"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())
        })
        .collect()
}

fn encoded(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn only_the_right_host_gets_past_the_door() {
    let server = Running::start(|_| {});
    let (port, cookie) = (server.address.port(), server.cookie());
    for good in [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("LOCALHOST:{port}"),
        format!("[::1]:{port}"),
    ] {
        let answer = server.ask("GET", "/", &[("Host", &good), ("Cookie", &cookie)], b"");
        assert_eq!(answer.status, 200, "{good}");
    }
    for bad in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        format!("localhost.evil.example:{port}"),
        format!("127.0.0.2:{port}"),
        "127.0.0.1".to_owned(),
        "127.0.0.1:1".to_owned(),
        format!("user@127.0.0.1:{port}"),
        format!("0.0.0.0:{port}"),
        String::new(),
    ] {
        let answer = server.ask("GET", "/", &[("Host", &bad), ("Cookie", &cookie)], b"");
        assert_eq!((answer.status, answer.text().as_str()), (403, "unknown host"), "{bad:?}");
    }
    let none = server.ask("GET", "/", &[("Cookie", &cookie)], b"");
    assert_eq!(none.status, 403);
    let own = format!("127.0.0.1:{port}");
    let two = server.ask(
        "GET",
        "/",
        &[("Host", &own), ("Host", "evil.example"), ("Cookie", &cookie)],
        b"",
    );
    assert_eq!(two.status, 403);
    let absolute =
        server.ask("GET", "http://evil.example/", &[("Host", &own), ("Cookie", &cookie)], b"");
    assert_eq!(absolute.status, 403);
}

#[test]
fn nothing_without_the_token() {
    let server = Running::start(|_| {});
    let host = server.host();
    for path in ["/", "/page/main.js", "/api/about", "/api/jobs/x", "/nothing"] {
        assert_eq!(server.ask("GET", path, &[("Host", &host)], b"").status, 403, "{path}");
    }
    let wrong = format!("gouji_{}={}", server.address.port(), "0".repeat(32));
    assert_eq!(server.ask("GET", "/", &[("Host", &host), ("Cookie", &wrong)], b"").status, 403);
    let entered = server.ask("GET", &format!("/?token={}", server.token), &[("Host", &host)], b"");
    assert_eq!((entered.status, entered.header("location")), (303, Some("/")));
    let cookie = entered.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let page = server.ask("GET", "/", &[("Host", &host), ("Cookie", pair)], b"");
    assert!(page.status == 200 && page.text().contains("勾稽"));
    assert!(!page.text().contains(&server.token));
    let bearer = format!("Bearer {}", server.token);
    assert_eq!(
        server.ask("GET", "/api/about", &[("Host", &host), ("Authorization", &bearer)], b"").status,
        200
    );
}

#[test]
fn other_sites_cannot_change_anything() {
    let server = Running::start(|_| {});
    let (host, cookie) = (server.host(), server.cookie());
    let own = format!("http://{host}");
    let base = [("Host", host.as_str()), ("Cookie", cookie.as_str())];
    let post = |more: &[(&str, &str)]| {
        let headers: Vec<_> = base.iter().chain(more).copied().collect();
        server.ask("POST", "/api/jobs", &headers, b"").status
    };
    assert_eq!(post(&[]), 403, "no mark");
    assert_eq!(post(&[("Origin", &own)]), 403, "no mark");
    assert_eq!(post(&[("X-Gouji", "1"), ("Origin", "http://evil.example")]), 403);
    assert_eq!(post(&[("X-Gouji", "1"), ("Origin", "null")]), 403);
    assert_eq!(post(&[("X-Gouji", "1"), ("Origin", &format!("https://{host}"))]), 403);
    assert_eq!(post(&[("X-Gouji", "1"), ("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(post(&[("X-Gouji", "1"), ("Sec-Fetch-Site", "same-site")]), 403);
    assert_eq!(post(&[("X-Gouji", "1"), ("Sec-Fetch-Site", "same-origin")]), 201);
    assert_eq!(post(&[("X-Gouji", "1"), ("Origin", &own)]), 201);
    assert_eq!(post(&[("X-Gouji", "1")]), 201, "a program with the token");
    // A preflight gets no leave, and no answer carries one.
    let preflight = server.ask(
        "OPTIONS",
        "/api/jobs",
        &[
            ("Host", &host),
            ("Origin", "http://evil.example"),
            ("Access-Control-Request-Method", "POST"),
        ],
        b"",
    );
    assert_eq!(preflight.status, 403);
    assert!(!preflight.head.to_ascii_lowercase().contains("access-control"));
}

#[test]
fn every_answer_carries_the_policy() {
    let server = Running::start(|settings| settings.limits.container = 1_000);
    let job = server.job();
    let answers = [
        server.page("GET", "/", b""),
        server.page("GET", "/page/main.js", b""),
        server.page("GET", "/nothing", b""),
        server.page("GET", "/api/jobs/unknown", b""),
        server.raw(b"GET / HTTP/1.1\r\nHost: evil\r\nConnection: close\r\n\r\n"),
        server.upload(&job, 0, "a.xlsx", &[0; 2_000]),
        server.page("POST", "/", b""),
    ];
    for answer in &answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name} of {}", answer.head);
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"));
    }
}

#[test]
fn too_much_is_refused_whether_declared_or_not() {
    let server = Running::start(|settings| settings.limits.container = MIB as u64);
    let job = server.job();
    assert_eq!(server.upload(&job, 0, "a.xlsx", &vec![0; MIB]).status, 204);
    let declared = server.upload(&job, 0, "a.xlsx", &vec![0; 3 * MIB]);
    assert_eq!(declared.status, 413, "{}", declared.text());
    assert_eq!(declared.json()["error"]["code"], "too_large");
    assert_eq!(declared.header("connection"), Some("close"));
    // Chunks that add up past the limit.
    let mut request = format!(
        "PUT /api/jobs/{job}/files/0 HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nX-Gouji: 1\r\nX-Gouji-Name: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        server.host(),
        server.cookie()
    )
    .into_bytes();
    for _ in 0..40 {
        request.extend_from_slice(b"10000\r\n");
        request.extend_from_slice(&[0; 1 << 16]);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(server.raw(&request).status, 413);
}

#[test]
fn two_hundred_megabytes_are_refused_in_time() {
    let server = Running::start(|_| {});
    let job = server.job();
    let begun = Instant::now();
    let mut stream = server.connect();
    let head = format!(
        "PUT /api/jobs/{job}/files/0 HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nX-Gouji: 1\r\nX-Gouji-Name: a\r\nContent-Length: {}\r\n\r\n",
        server.host(),
        server.cookie(),
        200 * MIB
    );
    stream.write_all(head.as_bytes()).unwrap();
    let block = vec![0; MIB];
    for _ in 0..200 {
        if stream.write_all(&block).is_err() {
            break;
        }
    }
    let answer = Answer::read(&mut stream);
    println!("200 MB refused in {:?}", begun.elapsed());
    assert_eq!(answer.status, 413);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn odd_requests_are_refused() {
    let server = Running::start(|_| {});
    let (host, cookie) = (server.host(), server.cookie());
    let head = format!("Host: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n");
    for path in [
        "/page/..%2fstyle.css",
        "/page/..%5cstyle.css",
        "/page/%00",
        "/page/../page/main.js",
        "/page//main.js",
        "/api/jobs/../../etc/passwd",
        "/page/style.css%00.js",
    ] {
        let answer = server.raw(format!("GET {path} HTTP/1.1\r\n{head}\r\n").as_bytes());
        assert_eq!(answer.status, 404, "{path}");
    }
    let both = format!(
        "POST /api/jobs HTTP/1.1\r\n{head}X-Gouji: 1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n{head}\r\n"
    );
    let answer = server.raw(both.as_bytes());
    // hyper keeps to the chunks and drops the other length (RFC 9112, 6.3); what follows is no second request here.
    assert!(matches!(answer.status, 201 | 400), "{}", answer.head);
    assert_eq!(
        answer.head.matches("HTTP/1.1").count() + answer.text().matches("HTTP/1.1").count(),
        1,
        "one answer"
    );
    let twice = format!(
        "POST /api/jobs HTTP/1.1\r\n{head}X-Gouji: 1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"
    );
    assert_eq!(server.raw(twice.as_bytes()).status, 400);
    let mut many = format!("GET / HTTP/1.1\r\n{head}");
    for number in 0..100_000 {
        many += &format!("x-{number}: 1\r\n");
    }
    let answer = server.raw((many + "\r\n").as_bytes());
    assert!(matches!(answer.status, 431 | 400 | 0), "{}", answer.status);
    let long = format!("GET /{} HTTP/1.1\r\n{head}\r\n", "a".repeat(MIB));
    let answer = server.raw(long.as_bytes());
    assert!(matches!(answer.status, 414 | 431 | 400 | 0), "{}", answer.status);
    let longish = format!("GET /{} HTTP/1.1\r\n{head}\r\n", "a".repeat(4_000));
    assert_eq!(server.raw(longish.as_bytes()).status, 414);
    for nonsense in [
        "GARBAGE\r\n\r\n".to_owned(),
        "\x16\x03\x01\x02\0".to_owned(),
        format!("GET / HTTP/9.9\r\n{head}\r\n"),
    ] {
        assert!(matches!(server.raw(nonsense.as_bytes()).status, 400 | 505 | 0), "{nonsense:?}");
    }
    // Whatever came before, the page still answers.
    assert_eq!(server.page("GET", "/", b"").status, 200);
}

#[test]
fn a_job_is_found_by_its_random_name_alone_and_not_for_ever() {
    let server = Running::start(|settings| {
        settings.keep = Duration::from_secs(1);
        settings.jobs = 3;
    });
    let first = server.job();
    assert!(first.len() == 32 && first.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_ne!(first, server.job());
    assert_eq!(server.page("GET", "/api/jobs", b"").status, 405, "no listing");
    assert_eq!(server.page("GET", &format!("/api/jobs/{first}"), b"").status, 200);
    server.job();
    assert_eq!(server.page("POST", "/api/jobs", b"").status, 503, "three at most");
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(server.page("GET", &format!("/api/jobs/{first}"), b"").status, 404, "expired");
    let last = server.job();
    assert_eq!(server.page("DELETE", &format!("/api/jobs/{last}"), b"").status, 204);
    assert_eq!(server.page("GET", &format!("/api/jobs/{last}"), b"").status, 404);
}

#[test]
fn the_disk_has_an_end() {
    let server = Running::start(|settings| settings.disk = 100_000);
    let job = server.job();
    assert_eq!(server.upload(&job, 0, "a", &[1; 60_000]).status, 204);
    assert_eq!(server.upload(&job, 1, "b", &[1; 60_000]).status, 507);
    server.page("DELETE", &format!("/api/jobs/{job}"), b"");
    let job = server.job();
    assert_eq!(server.upload(&job, 0, "b", &[1; 60_000]).status, 204, "freed with the job");
}

#[test]
fn a_packet_is_checked_and_handed_back() {
    let server = Running::start(|_| {});
    let job = server.job();
    for (number, (name, bytes)) in packet().iter().enumerate() {
        assert_eq!(server.upload(&job, number, &encoded(name), bytes).status, 204, "{name}");
    }
    assert_eq!(server.check(&job), "done");
    let view = server.page("GET", &format!("/api/jobs/{job}/view"), b"");
    assert_eq!(view.header("content-type"), Some("application/json"));
    let view = view.json();
    assert_eq!(view["files"].as_array().unwrap().len(), packet().len());
    let all = server.page("GET", &format!("/api/jobs/{job}/out/all-zh"), b"");
    assert_eq!(all.status, 200, "{}", all.text());
    assert_eq!(all.header("content-type"), Some("application/zip"));
    assert!(
        all.header("content-disposition").unwrap().starts_with("attachment; filename*=UTF-8''%E6")
    );
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(all.body)).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert!(names.contains(&"核对报告.json".to_owned()), "{names:?}");
    assert!(
        names.iter().filter(|name| name.ends_with("-核对.xlsx")).count() == packet().len(),
        "{names:?}"
    );
    let mut report = String::new();
    archive.by_name("核对报告.json").unwrap().read_to_string(&mut report).unwrap();
    let alone = server.page("GET", &format!("/api/jobs/{job}/out/report-zh"), b"");
    assert_eq!(alone.text(), report);
    for none in
        ["marked-99-zh", "nothing-zh", "report", "marked-0", "..%2f..%2fetc%2fpasswd", "view.json"]
    {
        let answer = server.page("GET", &format!("/api/jobs/{job}/out/{none}"), b"");
        assert!(matches!(answer.status, 404 | 409), "{none}: {}", answer.status);
    }
    assert_eq!(server.upload(&job, 0, "late.xlsx", b"x").status, 409, "no files after the check");
}

#[test]
fn file_names_are_only_ever_words() {
    let server = Running::start(|_| {});
    let job = server.job();
    let bytes = &packet()[0].1;
    for (number, name) in ["../../../tmp/evil.xlsx", "C:\\evil.xlsx", "CON.xlsx", "a\u{202e}b.xlsx"]
        .iter()
        .enumerate()
    {
        // Differing bytes, so that they are not taken for one file.
        let mut bytes = bytes.clone();
        bytes.extend(std::iter::repeat_n(0, number));
        assert_eq!(server.upload(&job, number, &encoded(name), &bytes).status, 204, "{name}");
    }
    assert_eq!(server.upload(&job, 4, &encoded(&"长".repeat(400)), b"x").status, 400, "too long");
    assert_eq!(server.upload(&job, 4, "%FF%FE", b"x").status, 400, "not UTF-8");
    assert_eq!(server.upload(&job, 4, "%zz", b"x").status, 400);
    assert_eq!(server.upload(&job, 4, "", b"x").status, 400);
    assert_eq!(server.upload(&job, 1_000, "a", b"x").status, 413, "a thousand files at most");
    assert_eq!(server.check(&job), "done");
    let all = server.page("GET", &format!("/api/jobs/{job}/out/all-zh"), b"");
    let archive = zip::ZipArchive::new(std::io::Cursor::new(all.body)).unwrap();
    for name in archive.file_names().map(Result::unwrap) {
        assert!(!name.contains(['/', '\\', ':', '\u{202e}']) && !name.starts_with('.'), "{name}");
    }
}

#[test]
fn a_thousand_idle_sockets_do_not_lock_the_page() {
    let server = Running::start(|_| {});
    let mut idle = Vec::new();
    for number in 0..1_000 {
        let mut stream = server.connect();
        if number % 2 == 0 {
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: ");
        }
        idle.push(stream);
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..20 {
        let begun = Instant::now();
        assert_eq!(server.page("GET", "/", b"").status, 200);
        slowest = slowest.max(begun.elapsed());
    }
    println!("1,000 idle sockets: the page answers in at most {slowest:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    drop(idle);
}

#[test]
fn slow_headers_are_given_up() {
    let server = Running::start(|_| {});
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").unwrap();
    let begun = Instant::now();
    let mut buffer = [0; 1_024];
    while let Ok(1..) = stream.read(&mut buffer) {}
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert!(begun.elapsed() > Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_body_that_stops_is_given_up() {
    let server = Running::start(|_| {});
    let job = server.job();
    let mut stream = server.connect();
    let head = format!(
        "PUT /api/jobs/{job}/files/0 HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nX-Gouji: 1\r\nX-Gouji-Name: a\r\nContent-Length: 1000\r\n\r\nPK",
        server.host(),
        server.cookie()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let begun = Instant::now();
    let answer = Answer::read(&mut stream);
    assert_eq!(answer.status, 408, "{}", answer.head);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(server.upload(&job, 0, "a.xlsx", &packet()[0].1).status, 204, "and the job goes on");
}

#[test]
fn content_decides_and_not_the_name() {
    let server = Running::start(|_| {});
    let job = server.job();
    let (_, book) = &packet()[0];
    let prefixed = [b"<html><script>1</script>", book.as_slice()].concat();
    let files: [(&str, &[u8]); 3] =
        [("a.xls", book), ("b.xlsx", &prefixed), ("c.xlsx", b"<html>PK\x03\x04<script>")];
    for (number, (name, bytes)) in files.into_iter().enumerate() {
        assert_eq!(server.upload(&job, number, name, bytes).status, 204, "{name}");
    }
    assert_eq!(server.check(&job), "done");
    let report = server.page("GET", &format!("/api/jobs/{job}/out/report-zh"), b"").json();
    let files = &report["files"];
    assert_eq!(files[0]["format"], "xlsx");
    assert!(files[0].to_string().contains("扩展名是 .xls"), "{}", files[0]);
    for polyglot in [&files[1], &files[2]] {
        assert!(!polyglot["error"].is_null(), "{polyglot}");
    }
}

#[test]
fn other_computers_call_it_by_the_names_it_was_told() {
    let server = Running::start(|settings| {
        settings.lan = true;
        settings.hosts = vec!["Budget-PC".to_owned()];
    });
    let (port, cookie) = (server.address.port(), server.cookie());
    let ask = |host: &str| {
        server.ask("GET", "/api/about", &[("Host", host), ("Cookie", &cookie)], b"").status
    };
    assert_eq!(ask(&format!("budget-pc:{port}")), 200);
    assert_eq!(ask("budget-pc"), 403, "without the port");
    assert_eq!(ask(&format!("other-pc:{port}")), 403);
    let host = format!("budget-pc:{port}");
    assert_eq!(server.ask("GET", "/", &[("Host", &host)], b"").status, 403, "no token, no page");
}

#[test]
fn fifty_uploads_at_once_all_come_back() {
    let server = Running::start(|_| {});
    // A workbook of about 1 MB: the sample with a part that nothing names.
    let (name, small) = &packet()[0];
    let mut archive = zip::ZipWriter::new_append(std::io::Cursor::new(small.clone())).unwrap();
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    archive.start_file("xl/media/image1.png", stored).unwrap();
    archive.write_all(&vec![7; MIB]).unwrap();
    let large = archive.finish().unwrap().into_inner();
    let begun = Instant::now();
    let states: Vec<String> = std::thread::scope(|scope| {
        let (server, large) = (&server, &large);
        let threads: Vec<_> = (0..50)
            .map(|_| {
                scope.spawn(move || {
                    let job = server.job();
                    let status = server.upload(&job, 0, &encoded(name), large).status;
                    assert_eq!(status, 204);
                    server.check(&job)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    println!("50 uploads of {} bytes, checked, in {:?}", large.len(), begun.elapsed());
    assert!(states.iter().all(|state| state == "done"), "{states:?}");
}

#[test]
fn a_full_queue_says_so() {
    let server = Running::start(|settings| {
        settings.workers = 1;
        settings.waiting = 1;
    });
    let jobs: Vec<String> = (0..12)
        .map(|_| {
            let job = server.job();
            for (number, (name, bytes)) in packet().iter().enumerate() {
                server.upload(&job, number, &encoded(name), bytes);
            }
            job
        })
        .collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let server = &server;
        let threads: Vec<_> = jobs
            .iter()
            .map(|job| {
                scope.spawn(move || {
                    server.page("POST", &format!("/api/jobs/{job}/check"), b"{}").status
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| matches!(status, 202 | 503)), "{statuses:?}");
    // Those that were let in end one way or the other, and nobody waits for ever.
    for (job, status) in jobs.iter().zip(&statuses) {
        if *status == 202 {
            assert!(matches!(server.wait(job).as_str(), "done" | "failed"));
        }
    }
}

/// The real children, with more options.
fn children(options: &[&str]) -> Engine {
    let arguments = std::iter::once(&"page-worker").chain(options).map(Into::into).collect();
    Engine::Child { program: env!("CARGO_BIN_EXE_gouji").into(), arguments }
}

#[test]
fn a_file_that_kills_its_child_is_refused_and_the_others_are_checked() {
    let server = Running::start(|settings| {
        settings.engine = children(&["--memory", "64MiB"]);
        settings.bounds.memory = 64 << 20;
    });
    let job = server.job();
    // Two million short cells, which need far more memory when read.
    let greedy = "1,2,3,4,5,6,7,8\n".repeat(250_000);
    server.upload(&job, 0, &encoded("大.csv"), greedy.as_bytes());
    for (number, (name, bytes)) in packet().iter().enumerate() {
        assert_eq!(server.upload(&job, number + 1, &encoded(name), bytes).status, 204, "{name}");
    }
    assert_eq!(server.check(&job), "done");
    let report = server.page("GET", &format!("/api/jobs/{job}/out/report-zh"), b"").json();
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), packet().len() + 1);
    assert_eq!(files[0]["error"]["code"], "too_large", "{}", files[0]);
    assert!(files[0].to_string().contains("内存上限 64 MiB"), "{}", files[0]);
    assert!(files[1..].iter().all(|file| file["error"].is_null()), "{report}");
    // The others' findings are those of a packet without the poisoned one.
    let plain = Running::start(|_| {});
    let alone = plain.job();
    for (number, (name, bytes)) in packet().iter().enumerate() {
        plain.upload(&alone, number, &encoded(name), bytes);
    }
    assert_eq!(plain.check(&alone), "done");
    let usual = plain.page("GET", &format!("/api/jobs/{alone}/out/report-zh"), b"").json();
    assert_eq!(report["summary"]["error"], usual["summary"]["error"]);
    assert_ne!(usual["summary"]["error"], 0);
    // A correction checks again without another search.
    let begun = Instant::now();
    assert_eq!(server.check(&job), "done");
    println!("checked again without the poisoned file in {:?}", begun.elapsed());
}

/// The program itself, as somebody starts it who opens the page by hand; ended when dropped.
struct Program {
    child: std::process::Child,
    server: Running,
}

impl Program {
    fn serve(folder: &Path, options: &[&str]) -> Self {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gouji"))
            .args(["serve", "--no-open"])
            .args(options)
            .current_dir(folder)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let mut said = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut said, &mut url).unwrap();
        Self { child, server: Running::at(url.trim()) }
    }

    /// The codes found in some files.
    fn found(&self, files: &[(&str, &str)]) -> Vec<String> {
        let job = self.server.job();
        for (number, (name, text)) in files.iter().enumerate() {
            let answer = self.server.upload(&job, number, &encoded(name), text.as_bytes());
            assert_eq!(answer.status, 204, "{name}");
        }
        assert_eq!(self.server.check(&job), "done");
        let report = self.server.page("GET", &format!("/api/jobs/{job}/out/report-zh"), b"").json();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_program_serves_by_the_rules_it_is_told_of_and_those_where_it_was_started() {
    let home = tempfile::TempDir::new().unwrap();
    let folder = |name: &str| {
        let path = home.path().join(name);
        std::fs::create_dir(&path).unwrap();
        path
    };
    let (rules, here, bare) = (folder("rules"), folder("here"), folder("bare"));
    let own = "[kinds.union]\nname = \"工会经费拨缴表\"\ntitle = [[\"工会经费\", \"拨缴\"]]\n\
               [[kinds.union.fields]]\nid = \"transferred\"\nheaders = [\"已拨\"]\n\
               [[relations]]\ncode = \"U01\"\nseverity = \"error\"\nreason = \"工会经费两表一致\"\n\
               relation = \"union[合计].transferred = expenditure[工会经费].paid\"\n";
    std::fs::write(rules.join("own.toml"), own).unwrap();
    std::fs::write(here.join("gouji.toml"), own).unwrap();
    let files = [
        (
            "支出.csv",
            "2024年支出明细表\n支出内容,支出数\n工会经费,12.50\n培训费,30.00\n合计,42.50\n",
        ),
        ("工会.csv", "2024年工会经费拨缴表\n单位,已拨\n一科,7.00\n二科,5.30\n合计,12.30\n"),
    ];
    let rules = rules.to_str().unwrap();
    for (folder, options, known) in
        [(&bare, &["--rules", rules][..], true), (&here, &[], true), (&bare, &[], false)]
    {
        let found = Program::serve(folder, options).found(&files);
        assert_eq!(
            found.iter().any(|code| code == "U01"),
            known,
            "{folder:?} {options:?}: {found:?}"
        );
    }
    // What is wrong in them is told before anything is served.
    std::fs::write(here.join("gouji.toml"), own.replace("[合计]", "[合计")).unwrap();
    let told = std::process::Command::new(env!("CARGO_BIN_EXE_gouji"))
        .args(["serve", "--no-open"])
        .current_dir(&here)
        .output()
        .unwrap();
    assert_eq!(told.status.code(), Some(2));
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(said.contains("gouji.toml 第 11 行"), "{said}");
}

/// A child that does nothing for long.
#[cfg(unix)]
fn sleeping() -> Engine {
    let arguments = vec!["-c".into(), "exec sleep 30".into()];
    Engine::Child { program: "/bin/sh".into(), arguments }
}

#[cfg(unix)]
#[test]
fn a_single_file_that_takes_too_long_is_said_to() {
    let server = Running::start(|settings| {
        settings.engine = sleeping();
        settings.bounds.patience = Duration::from_millis(200);
    });
    let job = server.job();
    server.upload(&job, 0, "a.xlsx", &packet()[0].1);
    assert_eq!(server.check(&job), "failed");
    let state = server.page("GET", &format!("/api/jobs/{job}"), b"").json();
    assert_eq!(state["why"], "timeout", "{state}");
}

#[cfg(unix)]
#[test]
fn a_job_thrown_away_stops_its_child() {
    let server = Running::start(|settings| {
        settings.workers = 1;
        settings.engine = sleeping();
    });
    let job = server.job();
    server.upload(&job, 0, "a.xlsx", &packet()[0].1);
    assert_eq!(server.page("POST", &format!("/api/jobs/{job}/check"), b"{}").status, 202);
    assert_eq!(server.page("DELETE", &format!("/api/jobs/{job}"), b"").status, 204);
    // The only worker is free for the next within seconds.
    let next = server.job();
    server.upload(&next, 0, "a.xlsx", &packet()[0].1);
    server.page("POST", &format!("/api/jobs/{next}/check"), b"{}");
    std::thread::sleep(Duration::from_secs(1));
    let state = server.page("GET", &format!("/api/jobs/{next}"), b"").json();
    assert_eq!(state["state"], "running", "{state}");
}

#[test]
fn nothing_is_left_behind() {
    let temp = std::env::temp_dir();
    let ours = || {
        std::fs::read_dir(&temp)
            .unwrap()
            .filter_map(Result::ok)
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with("gouji-page-"))
            .collect::<std::collections::BTreeSet<_>>()
    };
    let before = ours();
    let server = Running::start(|_| {});
    let mine: Vec<String> = ours().difference(&before).cloned().collect();
    assert!(!mine.is_empty());
    let job = server.job();
    server.upload(&job, 0, "a.xlsx", &packet()[0].1);
    drop(server);
    // Other tests' servers come and go at the same time: only one of the new folders is ours, and it is gone.
    assert!(mine.iter().any(|name| !temp.join(name).exists()), "{mine:?}");
}
