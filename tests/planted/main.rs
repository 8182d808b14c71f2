//! Generated workbooks: what the program finds of what is known to be there.

#[expect(dead_code, reason = "shared with the example that measures at length")]
mod generator;

use generator::measure::Figures;

#[test]
fn relations_are_found_and_errors_named() {
    let mut figures = Figures::default();
    for seed in 0..120 {
        figures.clean(seed, false);
        figures.planted(seed, false);
    }
    eprintln!("{}", figures.summary());
    assert_eq!(figures.books, 120);
}
