//! Where files lie: in folders and archives, behind comments of zips that look like something else.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use super::makers::*;

/// Tables whose total is wrong, in formats that look like pages and texts, by name.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let html = page(TABLE);
    let flat = {
        let names = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"";
        let rows: String = TABLE.iter().map(|row| ods_row(row, "")).collect();
        format!(
            r#"{HEAD}<office:document {names} office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet><table:table table:name="支出">{rows}</table:table></office:spreadsheet></office:body></office:document>"#
        )
    };
    let web = format!("MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}");
    vec![
        ("a.html", html.clone().into_bytes()),
        ("b.HTM", html.into_bytes()),
        ("c.mht", web.clone().into_bytes()),
        ("d.mhtml", web.into_bytes()),
        ("e.xml", spreadsheetml(TABLE, "UTF-8").into_bytes()),
        ("f.fods", flat.into_bytes()),
        ("支出.html", page(TABLE).into_bytes()),
        ("g.docx", docx(TABLE)),
    ]
}

/// The files that a check of a path names, with how many errors it tells.
fn check(path: &Path) -> (Vec<String>, usize) {
    let output = Command::new(env!("CARGO_BIN_EXE_gouji"))
        .args(["check", "--format", "json"])
        .arg(path)
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let files = report["files"].as_array().unwrap();
    let name = |file: &serde_json::Value| {
        let path = file["path"].as_str().unwrap();
        path.rsplit('/').next().unwrap().to_owned()
    };
    let mut names: Vec<String> =
        files.iter().filter(|file| file["status"] == "read").map(name).collect();
    names.sort();
    let findings = report["findings"].as_array().unwrap();
    (names, findings.iter().filter(|finding| finding["severity"] == "error").count())
}

#[test]
fn folders_and_archives_leave_out_no_format() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("报送");
    std::fs::create_dir_all(folder.join("下级")).unwrap();
    let mut expected = Vec::new();
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    for (at, (name, bytes)) in files().into_iter().enumerate() {
        // The same bytes twice are one file: each has its own.
        let place = if at % 2 == 0 { folder.join(name) } else { folder.join("下级").join(name) };
        let bytes =
            if bytes.starts_with(b"PK") { bytes } else { [bytes, vec![b'\n'; at]].concat() };
        std::fs::write(place, &bytes).unwrap();
        expected.push(name.to_owned());
        members.push((format!("报送/{name}"), bytes));
    }
    expected.sort();
    // What is no table stays out, in a folder as in an archive.
    std::fs::write(folder.join("说明.pdf"), b"%PDF-1.4").unwrap();
    let (names, errors) = check(&folder);
    assert_eq!(names, expected);
    assert!(errors >= 1, "{errors}");
    let members: Vec<(&str, Vec<u8>)> =
        members.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let inner = zipped(&members);
    let archive = scratch.path().join("报送.zip");
    std::fs::write(&archive, &inner).unwrap();
    assert_eq!(check(&archive).0, expected);
    let outer = scratch.path().join("全部.zip");
    std::fs::write(&outer, zipped(&[("报送.zip", inner)])).unwrap();
    assert_eq!(check(&outer).0, expected);
}

/// The comment of a zip may hold anything, its own signatures among it.
#[test]
fn comments_of_zips_end_nothing() {
    let table = rows(TABLE);
    let made = [
        ("x.xlsx", book("s.xml", "s.xml", sheet(&table, "").into_bytes(), &[])),
        ("x.ods", ods(&TABLE.iter().map(|row| ods_row(row, "")).collect::<String>())),
        ("x.docx", docx(TABLE)),
    ];
    let mut false_end = b"PK\x05\x06".to_vec();
    false_end.extend([0; 18]);
    let comments: [&[u8]; 6] = [
        b"PK\x05\x06",
        &false_end,
        b"PK\x01\x02 and PK\x03\x04",
        b"\xd6\xa7\xb3\xf6 PK\x05\x06 \xb1\xed",
        "由 WPS 保存 PK\u{5}\u{6}".as_bytes(),
        b"PK\x06\x07PK\x06\x06",
    ];
    for (name, bytes) in &made {
        for comment in comments {
            let mut bytes = bytes.clone();
            let end = bytes.len();
            bytes[end - 2..].copy_from_slice(&u16::try_from(comment.len()).unwrap().to_le_bytes());
            bytes.write_all(comment).unwrap();
            assert_eq!(found(&checked(name, &bytes)), ["T01 C6"], "{name} with {comment:?}");
        }
    }
    // An archive of workbooks too.
    let scratch = tempfile::tempdir().unwrap();
    let mut archive = zipped(&[("支出.xlsx", made[0].1.clone())]);
    let end = archive.len();
    archive[end - 2..].copy_from_slice(&4_u16.to_le_bytes());
    archive.extend(b"PK\x05\x06");
    let path = scratch.path().join("a.zip");
    std::fs::write(&path, archive).unwrap();
    assert_eq!(check(&path), (vec!["支出.xlsx".to_owned()], 1));
}

/// Facts of a table as data: line, whether it is a leaf, year.
fn facts(path: &str, lines: &[&[&str]]) -> Vec<(String, bool, i64)> {
    use gouji::write::dataset::{Datum, Rows, Sheaf, Subject, file_id};
    let report = checked(path, &book("s.xml", "s.xml", sheet(&rows(lines), "").into_bytes(), &[]));
    let id = file_id(b"x");
    let subject = Subject { id: &id, path, path_bytes: None, bytes: None, duplicate_of: None };
    let mut data = Rows::default();
    data.add(&subject, &report, &mut |_| {});
    let facts = data.of(Sheaf::Facts);
    let at = |name: &str| {
        Sheaf::Facts.columns().iter().position(|column| column.name == name).expect("a column")
    };
    let (line, leaf, year) = (at("line_path"), at("is_leaf"), at("year"));
    (0..facts.rows())
        .map(|row| match (facts.datum(row, line), facts.datum(row, leaf), facts.datum(row, year)) {
            (Datum::Text(line), Datum::Truth(leaf), Datum::Count(year)) => {
                (line.to_owned(), leaf, year)
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

/// A unit's own level stands among those that the whole is made of, though they stand further right: leaves come to the whole.
#[test]
fn the_own_level_is_not_the_whole_of_what_stands_further_right() {
    let lines: &[&[&str]] = &[
        &["青川省2019年债务限额"],
        &["单位：亿元"],
        &["地区", "债务限额", "一般债务", "专项债务"],
        &["青川省", "5098.86", "3570.24", "1528.62"],
        &["青川省本级", "1142.38", "1113.48", "28.9"],
        &["  东河市", "1222.89", "442.97", "779.92"],
        &["  西岭市", "1194.27", "968.31", "225.96"],
        &["  南原市", "712.02", "470.82", "241.2"],
        &["  北湾市", "706.75", "494.31", "212.44"],
        &["  三县", "120.55", "80.35", "40.2"],
        &["    上县", "50.25", "30.15", "20.1"],
        &["    中县", "40.2", "30.1", "10.1"],
        &["    下县", "30.1", "20.1", "10"],
    ];
    let leaves: Vec<String> = facts("x.xlsx", lines)
        .into_iter()
        .filter(|(_, leaf, _)| *leaf)
        .map(|(line, ..)| line)
        .collect();
    let own = leaves.iter().filter(|line| line.ends_with("青川省本级")).count();
    let cities = leaves.iter().filter(|line| line.ends_with('市')).count();
    assert_eq!((own, cities), (2, 8), "{leaves:?}");
    let counties = leaves.iter().filter(|line| line.ends_with('县')).count();
    assert_eq!(counties, 6, "{leaves:?}");
    assert!(leaves.iter().all(|line| !line.ends_with("三县")), "{leaves:?}");
    assert!(leaves.iter().any(|line| line.ends_with("三县 / 中县")), "{leaves:?}");
    assert!(leaves.iter().all(|line| !line.contains("本级 / ")), "{leaves:?}");
}

/// An amount is of the year in its label, and so are its parts; a thing that has a year in its name is of the table's.
#[test]
fn the_year_in_the_label_of_an_amount_is_its_year() {
    let lines: &[&[&str]] = &[
        &["青川县2020年地方政府债务余额情况表"],
        &["单位：万元"],
        &["项目", "金额"],
        &["一、2019年末债务余额", "3615"],
        &["二：2021年地方政府债务新增限额", "1255"],
        &["其中：一般债务限额", "175"],
        &["      专项债务限额", "1080"],
        &["三、2018年河堤维修工程", "437"],
    ];
    let years: Vec<i64> = facts("x.xlsx", lines).into_iter().map(|(.., year)| year).collect();
    assert_eq!(years, [2019, 2021, 2021, 2021, 2020]);
}
