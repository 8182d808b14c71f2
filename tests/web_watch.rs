//! `gouji watch` as a person runs it: files land in pieces, the program is restarted, one file is broken.
#![expect(
    clippy::unwrap_used,
    clippy::duration_suboptimal_units,
    reason = "a test that fails should panic"
)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn watch(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gouji"));
    command
        .args(["watch", "in", "out", "--interval", "1"])
        .args(more)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// Ends the watch as hard as can be when the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn status(folder: &Path) -> Value {
    let bytes = fs::read(folder.join("out/gouji-status.json")).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn wait_for(folder: &Path, packet: &str) -> Value {
    wait_until(folder, packet, |entry| !entry.is_null())
}

fn wait_until(folder: &Path, packet: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let entry = status(folder)["packets"][packet].clone();
        if wanted(&entry) {
            return entry;
        }
        assert!(Instant::now() < end, "{packet} was never checked so: {entry}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/packet").join(name)).unwrap()
}

#[test]
fn what_lands_whole_is_checked_once_also_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("in")).unwrap();
    let asset = sample("固定资产情况表.xlsx");
    let running = Running(watch(folder, &["--settle", "3"]).spawn().unwrap());
    // Half of it, and the rest a moment later.
    fs::write(folder.join("in/资产.xlsx"), &asset[..asset.len() / 2]).unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(status(folder)["packets"]["资产.xlsx"].is_null(), "half a file");
    fs::write(folder.join("in/资产.xlsx"), &asset).unwrap();
    let entry = wait_for(folder, "资产.xlsx");
    assert_eq!((&entry["stage"], &entry["outcome"]["errors"]), (&"done".into(), &2.into()));
    drop(running);
    for name in ["资产-核对.xlsx", "评价底稿.xlsx", "核对报告.json"] {
        assert!(folder.join("out/资产").join(name).is_file(), "{name}");
    }
    let written = fs::metadata(folder.join("out/资产/核对报告.json")).unwrap().modified().unwrap();
    // After a restart nothing is done twice, a broken file is a line, and a folder is one packet.
    fs::write(folder.join("in/坏.xlsx"), "PK\u{3}\u{4} no workbook").unwrap();
    fs::create_dir(folder.join("in/全套")).unwrap();
    for name in ["支出预算.xlsx", "预算调整.xlsx"] {
        fs::write(folder.join("in/全套").join(name), sample(name)).unwrap();
    }
    let ended = watch(folder, &["--settle", "1", "--once"]).output().unwrap();
    assert!(ended.status.success());
    let told = String::from_utf8(ended.stdout).unwrap();
    assert!(
        !told.contains("资产.xlsx") && told.contains("全套") && told.contains("坏.xlsx"),
        "{told}"
    );
    let again = fs::metadata(folder.join("out/资产/核对报告.json")).unwrap().modified().unwrap();
    assert_eq!(written, again);
    let status = status(folder);
    assert_eq!(status["packets"]["坏.xlsx"]["outcome"]["refused"].as_array().unwrap().len(), 1);
    assert!(folder.join("out/全套/支出预算-核对.xlsx").is_file());
    assert_eq!(
        fs::read(folder.join("in/资产.xlsx")).unwrap(),
        asset,
        "what was submitted is as it was"
    );
}

/// Two million short cells, which need far more memory when read than these tests allow.
fn greedy() -> String {
    "1,2,3,4,5,6,7,8\n".repeat(250_000)
}

#[test]
fn a_file_that_wants_too_much_memory_is_a_line_and_the_others_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir_all(folder.join("in/全套")).unwrap();
    fs::write(folder.join("in/大.csv"), greedy()).unwrap();
    fs::write(folder.join("in/全套/大.csv"), greedy()).unwrap();
    fs::write(folder.join("in/全套/资产.xlsx"), sample("固定资产情况表.xlsx")).unwrap();
    fs::write(folder.join("in/资产.xlsx"), sample("固定资产情况表.xlsx")).unwrap();
    let ended = watch(folder, &["--settle", "1", "--once", "--memory", "64MiB"]).output().unwrap();
    assert!(ended.status.success());
    let status = status(folder);
    for packet in ["大.csv", "全套"] {
        let entry = &status["packets"][packet];
        assert_eq!(entry["stage"], "done", "{entry}");
        let refused = entry["outcome"]["refused"].as_array().unwrap();
        assert_eq!((refused.len(), &refused[0]["file"]), (1, &"大.csv".into()), "{entry}");
        let reason = refused[0]["reason"].as_str().unwrap();
        assert!(reason.contains("内存上限 64 MiB"), "{reason}");
    }
    for packet in ["全套", "资产.xlsx"] {
        assert_eq!(status["packets"][packet]["outcome"]["errors"], 2, "{packet}: {status}");
    }
    assert!(folder.join("out/全套/资产-核对.xlsx").is_file());
    let is_marker = |entry: &std::fs::DirEntry| entry.file_name() == ".gouji-results";
    let entries = fs::read_dir(folder.join("out/全套")).unwrap().map(Result::unwrap);
    let left: Vec<_> = entries.filter(|entry| !is_marker(entry)).collect();
    assert_eq!(
        left.len(),
        3,
        "the copy, the workbook, the report, and nothing of the search: {left:?}"
    );
}

#[test]
fn a_child_ends_with_its_parent() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("out")).unwrap();
    fs::write(folder.join("大.csv"), greedy()).unwrap();
    fs::write(folder.join("list.json"), r#"[["大.csv", "大.csv", null]]"#).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_gouji"))
        .args(["watch-worker", "list.json", "out"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert!(child.try_wait().unwrap().is_none(), "it works");
    // What the system does to the other end when the parent is killed.
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert_eq!(fs::read_dir(folder.join("out")).unwrap().count(), 0);
}

#[test]
fn limits_given_to_the_watch_reach_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("in")).unwrap();
    fs::write(folder.join("in/资产.xlsx"), sample("固定资产情况表.xlsx")).unwrap();
    let ended = watch(folder, &["--settle", "1", "--once", "--max-cells", "20"]).output().unwrap();
    assert!(ended.status.success());
    let status = status(folder);
    let refused = &status["packets"]["资产.xlsx"]["outcome"]["refused"][0]["reason"];
    assert!(refused.as_str().unwrap().contains("20"), "{status}");
}

#[cfg(unix)]
#[test]
fn a_file_name_cannot_write_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("in")).unwrap();
    fs::write(folder.join("in/a\n\u{1b}[2J错误 0.csv"), "1\n").unwrap();
    let ended = watch(folder, &["--settle", "1", "--once"]).output().unwrap();
    let told = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(told.lines().count(), 1, "{told:?}");
    assert!(!told.contains('\u{1b}') && told.contains("a??[2J"), "{told:?}");
}

#[test]
fn what_comes_as_over_a_network_share_is_checked_once_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("in")).unwrap();
    let _running = Running(watch(folder, &["--settle", "2"]).spawn().unwrap());
    // One under another name until it is whole, as rsync, browsers and WPS do it.
    let asset = sample("固定资产情况表.xlsx");
    fs::write(folder.join("in/资产.xlsx.part"), &asset[..500]).unwrap();
    fs::write(folder.join("in/.资产.xlsx.Ab12Cd"), &asset[..500]).unwrap();
    // One that grows slowly, with its last piece after more looks than the others need.
    let budget = sample("支出预算.xlsx");
    for end in (0..=4).map(|quarter| budget.len() * quarter / 4) {
        fs::write(folder.join("in/预算.xlsx"), &budget[..end]).unwrap();
        std::thread::sleep(Duration::from_millis(700));
        assert!(status(folder)["packets"]["资产.xlsx"].is_null(), "not under its name yet");
    }
    fs::write(folder.join("in/.资产.xlsx.Ab12Cd"), &asset).unwrap();
    fs::rename(folder.join("in/.资产.xlsx.Ab12Cd"), folder.join("in/资产.xlsx")).unwrap();
    let entry = wait_for(folder, "资产.xlsx");
    assert_eq!((&entry["stage"], &entry["outcome"]["errors"]), (&"done".into(), &2.into()));
    let whole = |entry: &Value| entry["bytes"] == budget.len();
    let entry = wait_until(folder, "预算.xlsx", whole);
    assert!(entry["outcome"]["refused"].as_array().unwrap().is_empty(), "{entry}");
    assert_eq!(status(folder)["packets"].as_object().unwrap().len(), 2, "and nothing else");
    // Replaced by a corrected one under the same name: checked again, results replaced.
    fs::write(folder.join("in/~资产.xlsx"), sample("预算调整.xlsx")).unwrap();
    fs::rename(folder.join("in/~资产.xlsx"), folder.join("in/资产.xlsx")).unwrap();
    wait_until(folder, "资产.xlsx", |entry| entry["outcome"]["errors"] == 0);
}
