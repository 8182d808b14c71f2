//! The queries of docs/queries.md, run by `DuckDB` over a small archive. Skipped, and said so, where Python has no duckdb
//! (`GOUJI_PYTHON` names the Python to use).
#![cfg(all(feature = "parquet", feature = "serve"))]

use std::fs;
use std::path::Path;
use std::process::Command;

const RUN: &str = "
import duckdb, json, os, sys
os.chdir(sys.argv[1])
print(json.dumps([duckdb.sql(q).fetchall() for q in json.load(sys.stdin)], default=str, ensure_ascii=False))
";

/// Two years of one school office, a department whose total never ties, a file that cannot be read.
fn archive(folder: &Path) {
    let table = |year: u32, a: &str, b: &str, total: &str| {
        format!(
            "编制单位：柳河县教育局,,,,\n,,,,单位：万元\n科目编码,项目名称,主管部门,{year}年年初预算,{year}年支出决算\n\
             2050202,校舍维修改造,教育局,{a},9.50\n2050203,实验设备购置,教育局,{b},18.25\n2080505,养老保险缴费,人社局,5.00,5.00\n\
             ,合计,,{total},32.75\n"
        )
    };
    for (year, a, b, total) in
        [(2021, "10.00", "20.00", "35.00"), (2022, "11.00", "21.00", "39.00")]
    {
        let folder = folder.join(format!("{year}/柳河县教育局"));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("支出决算表.csv"), table(year, a, b, total)).expect("a file");
    }
    fs::write(folder.join("坏.xlsx"), b"\xff\xd8\xff\xe0 JFIF").expect("a file");
}

#[test]
fn every_query_of_the_page_answers() {
    let python = std::env::var("GOUJI_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python).args(["-c", "import duckdb"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {python} has no duckdb; set GOUJI_PYTHON to one that has");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("数据");
    archive(&folder.path().join("旧档"));
    let done = Command::new(env!("CARGO_BIN_EXE_gouji"))
        .arg("convert")
        .arg(folder.path().join("旧档"))
        .arg("-o")
        .arg(&output)
        .output()
        .expect("the program");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let page = fs::read_to_string("docs/queries.md").expect("the page");
    let queries: Vec<&str> = page
        .split("```sql\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect();
    assert!(queries.len() >= 8);
    let asked = folder.path().join("queries.json");
    fs::write(&asked, serde_json::to_vec(&queries).expect("queries")).expect("a file");
    let answered = Command::new(&python)
        .args(["-c", RUN])
        .arg(&output)
        .stdin(fs::File::open(&asked).expect("the queries"))
        .output()
        .expect("python");
    let said = String::from_utf8_lossy(&answered.stderr).into_owned();
    assert!(answered.status.success(), "{said}");
    let answers: Vec<Vec<Vec<serde_json::Value>>> =
        serde_json::from_slice(&answered.stdout).expect("answers");
    for (query, rows) in queries.iter().zip(&answers) {
        assert!(!rows.is_empty(), "no rows: {query}");
    }
    let number = |value: &serde_json::Value| -> f64 {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.parse().expect("a number")
    };
    let close = |value: &serde_json::Value, wanted: f64| (number(value) - wanted).abs() < 1e-6;
    // 2022 states 39 where 37 is the sum.
    assert_eq!(answers[0][0][0], "柳河县教育局");
    assert!(close(&answers[0][0][2], 1.0) && close(&answers[0][0][3], 2.0), "{:?}", answers[0]);
    // 32.75 of 35 and of 37.
    let rates: Vec<_> = answers[1].iter().map(|row| (row[0].clone(), row[4].clone())).collect();
    assert!(close(&rates[0].1, 93.57) && close(&rates[1].1, 88.51), "{rates:?}");
    let repair: Vec<_> = answers[2].iter().filter(|row| row[1] == "校舍维修改造").collect();
    assert_eq!(repair.len(), 4, "two years, two stages: {:?}", answers[2]);
    // 9.5 + 18.25 万元 of education in each year.
    let education = answers[3].iter().filter(|row| row[0] == "205");
    assert!(
        education.clone().count() == 2 && education.clone().all(|row| close(&row[3], 277_500.0))
    );
    assert_eq!(answers[4][0][0], "not_a_workbook");
    assert!(answers[6].iter().any(|row| row[1] == "D7"), "{:?}", answers[6]);
    assert!(close(&answers[7][0][0], 4.0) && close(&answers[7][0][1], 3.0), "{:?}", answers[7]);
}
