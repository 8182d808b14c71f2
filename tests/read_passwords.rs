//! Encrypted workbooks of the shared corpora open with their passwords, and say what they are without.

#![expect(clippy::print_stdout, reason = "what was skipped and counted is said")]

use std::fs;
use std::path::Path;

use gouji::model::ReadErrorCode;
use gouji::read::{Limits, read, read_with_passwords};

/// Files by folder with the password that their makers published.
const LOCKED: &[(&str, &str)] = &[
    ("msoffcrypto/tests/inputs/example_password.xlsx", "Password1234_"),
    ("msoffcrypto/tests/inputs/rc4cryptoapi_password.xls", "Password1234_"),
    ("msoffcrypto/tests/inputs/xor_password_123456789012345.xls", "123456789012345"),
    ("poi/test-data/spreadsheet/xor-encryption-abc.xls", "abc"),
    ("poi/test-data/spreadsheet/password.xls", "password"),
    ("poi/test-data/spreadsheet/35897-type4.xls", "freedom"),
    ("poi/test-data/spreadsheet/protected_passtika.xlsx", "tika"),
    ("poi/test-data/spreadsheet/protected_passtika.xlsb", "tika"),
    ("sheetjs/password_2002_128_strong.xls", "password"),
    ("sheetjs/password_2002_40_xor.xls", "password"),
    ("sheetjs/password_2002_40_basecrypto.xls", "password"),
    ("sheetjs/password_2002_40_972000.xls", "password"),
    ("excelize/test/encryptSHA1.xlsx", "password"),
    ("excelize/test/encryptAES.xlsx", "password"),
];

#[test]
fn passwords_open_what_they_lock() {
    let root = Path::new("../shared/data/torture");
    if !root.exists() {
        println!("skipped: ../shared/data is not here");
        return;
    }
    let mut closed = Vec::new();
    for (file, password) in LOCKED {
        let Ok(bytes) = fs::read(root.join(file)) else {
            println!("missing: {file}");
            continue;
        };
        let refused = read(file, &bytes, &Limits::default()).unwrap_err();
        assert_eq!(refused.code, ReadErrorCode::Encrypted, "{file}");
        assert!(refused.hint.zh.contains("--password-file"), "{file}");
        let wrong = ["不对".to_owned()];
        assert!(read_with_passwords(file, &bytes, &Limits::default(), &wrong).is_err(), "{file}");
        let passwords = ["x".to_owned(), (*password).to_owned()];
        match read_with_passwords(file, &bytes, &Limits::default(), &passwords) {
            Ok(workbook) => {
                let cells: usize =
                    workbook.sheets.iter().map(gouji::model::Sheet::cell_count).sum();
                println!("{file}: {} sheets, {cells} cells", workbook.sheets.len());
            }
            Err(error) => closed.push(format!("{file}: {:?} {}", error.code, error.message.en)),
        }
    }
    assert!(closed.is_empty(), "{closed:#?}");
}
