//! Mining from numbers alone: every operation found in small grids, coincidences left alone, and nothing changed by what must
//! not matter (unit, blank rows and columns, the place on the sheet).

use gouji::lexicon::Rulebook;
use gouji::model::Operation;
use gouji::number::Decimal;
use gouji::relate::mine::{
    Direction, Family, Grid, Hint, Limits, Roll, broken, families, rolls, steps,
};
use proptest::prelude::*;

/// A grid from text: the first row holds the columns' labels, the first cell of each row its label.
fn grid(text: &str) -> Grid {
    let rows: Vec<Vec<&str>> =
        text.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    let words = Rulebook::default().words;
    let hint = |label: &str| Hint::new(&words, label.to_owned());
    let columns: Vec<Hint> = rows[0][1..].iter().map(|label| hint(label)).collect();
    let lines: Vec<Hint> = rows[1..].iter().map(|row| hint(row[0])).collect();
    let figures: Vec<Option<(Decimal, Decimal)>> = rows[1..]
        .iter()
        .flat_map(|row| row[1..].iter())
        .map(|text| {
            let literal = gouji::number::parse(text)?;
            Some((literal.value, Decimal::new(5, literal.decimals + 1)))
        })
        .collect();
    Grid::new(lines, columns, &figures)
}

type Reading = (Direction, Operation, u32, Vec<u32>, Vec<u32>);

fn found(grid: &Grid) -> Vec<Reading> {
    let mut found: Vec<Reading> = families(grid, &Limits::default())
        .into_iter()
        .map(|Family { direction, operation, target, mut terms, mut holds, .. }| {
            if matches!(operation, Operation::Sum | Operation::Average) {
                terms.sort_unstable();
            }
            holds.sort_unstable();
            (direction, operation, target, terms, holds)
        })
        .collect();
    found.sort();
    found
}

fn has(
    found: &[Reading],
    direction: Direction,
    operation: Operation,
    target: u32,
    terms: &[u32],
) -> bool {
    found.iter().any(|f| f.0 == direction && f.1 == operation && f.2 == target && f.3 == terms)
}

const BUDGET: &str = "\
项目 | 年初预算 | 支出数 | 结余 | 执行率
基本工资 | 1304.39 | 1200.17 | 104.22 | 92.0%
津贴补贴 | 880.52 | 871.30 | 9.22 | 99.0%
人员小计 | 2184.91 | 2071.47 | 113.44 | 94.8%
办公费 | 95.18 | 60.08 | 35.10 | 63.1%
差旅费 | 47.73 | 31.96 | 15.77 | 67.0%
公用小计 | 142.91 | 92.04 | 50.87 | 64.4%
合计 | 2327.82 | 2163.51 | 164.31 | 92.9%";

#[test]
fn subtotals_differences_and_rates_are_found() {
    let found = found(&grid(BUDGET));
    for (direction, operation, target, terms) in [
        (Direction::Lines, Operation::Sum, 2, &[0, 1][..]),
        (Direction::Lines, Operation::Sum, 5, &[3, 4]),
        (Direction::Lines, Operation::Sum, 6, &[2, 5]),
        // 结余 = 年初预算 − 支出数, in the form total = parts.
        (Direction::Fields, Operation::Sum, 0, &[1, 2]),
        (Direction::Fields, Operation::Ratio, 3, &[1, 0]),
    ] {
        assert!(
            has(&found, direction, operation, target, terms),
            "{operation:?} {target}: {found:#?}"
        );
    }
    assert_eq!(found.len(), 5, "{found:#?}");
}

#[test]
fn percentages_without_a_sign_say_their_factor() {
    let grid = grid(
        "\
地区 | 上年数 | 本年数 | 增长%
甲 | 1520.3 | 1633.8 | 7.47
乙 | 980.7 | 1105.2 | 12.69
丙 | 443.1 | 401.9 | -9.30
丁 | 2210.4 | 2388.6 | 8.06",
    );
    let found = families(&grid, &Limits::default());
    let change = found.iter().find(|f| f.operation == Operation::RelativeChange).unwrap();
    assert_eq!((change.target, change.terms.as_slice(), change.factor), (2, &[0, 1][..], 100));
    assert_eq!(change.holds, [0, 1, 2, 3]);
}

#[test]
fn means_need_their_word() {
    let text = "\
 | 一月 | 二月 | 三月
甲 | 12.5 | 14.1 | 9.7
乙 | 17.3 | 11.9 | 13.4
丙 | 15.8 | 16.6 | 12.3
平均 | 15.2 | 14.2 | 11.8";
    let mean = (Direction::Lines, Operation::Average, 3, vec![0, 1, 2], vec![0, 1, 2]);
    assert!(found(&grid(text)).contains(&mean));
    assert!(found(&grid(&text.replace("平均", "丁"))).is_empty());
}

#[test]
fn a_row_that_breaks_the_pattern_is_told() {
    let mut text = String::from("项目 | 合计 | 基本 | 项目支出");
    for at in 0..20 {
        let (a, b) = (1037 + at * 811, 4099 + at * at * 37);
        let total = if at == 7 { a + b + 9 } else { a + b };
        text += &format!("\n第{at}项 | {total} | {a} | {b}");
    }
    let families = families(&grid(&text), &Limits::default());
    let sum = families.iter().find(|f| f.operation == Operation::Sum).unwrap();
    assert_eq!((sum.target, sum.fails.as_slice(), sum.holds.len()), (0, &[7][..], 19));
}

#[test]
fn zeros_and_small_numbers_prove_nothing() {
    let found = found(&grid(
        "\
项目 | 甲 | 乙 | 丙 | 丁
一 | 1 | 2 | 3 | 0
二 | 0 | 0 | 0 | 0
三 | 2 | 1 | 0 | 3
四 | 0 | 3 | 1 | 2",
    ));
    assert!(found.is_empty(), "{found:?}");
}

/// Figures without any relation: five digits from a fixed generator.
fn noise(rows: usize, columns: usize, mut seed: u64) -> Grid {
    let mut figures = vec![];
    for _ in 0..rows * columns {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let value = Decimal::new(10_000 + (seed >> 33) as i64 % 90_000, 2);
        figures.push(Some((value, Decimal::new(5, 3))));
    }
    Grid::new(vec![Hint::default(); rows], vec![Hint::default(); columns], &figures)
}

#[test]
fn noise_holds_next_to_nothing() {
    let tables = 60;
    let claims: usize =
        (0..tables).map(|seed| families(&noise(30, 10, seed), &Limits::default()).len()).sum();
    assert!(claims <= 2, "{claims} families in {tables} tables of noise");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A table with a total row and a total column, in any unit: the same families.
    #[test]
    fn the_unit_does_not_matter(
        figures in proptest::collection::vec(10_000_i64..9_999_999, 12),
        shift in 0_u32..5,
    ) {
        let all = crossed(&figures, 4);
        let grid_in = |decimals: u32| {
            let cells: Vec<Option<(Decimal, Decimal)>> = all
                .iter()
                .map(|v| Some((Decimal::new(*v, decimals), Decimal::new(5, decimals + 1))))
                .collect();
            Grid::new(vec![Hint::default(); 5], vec![Hint::default(); 4], &cells)
        };
        let plain = found(&grid_in(0));
        prop_assert!(has(&plain, Direction::Lines, Operation::Sum, 4, &[0, 1, 2, 3]));
        prop_assert!(has(&plain, Direction::Fields, Operation::Sum, 3, &[0, 1, 2]));
        prop_assert_eq!(plain, found(&grid_in(shift)));
    }

    /// Empty rows and columns anywhere move the places of the totals' parts, and nothing else.
    #[test]
    fn blank_rows_and_columns_do_not_matter(
        figures in proptest::collection::vec(10_000_i64..9_999_999, 12),
        row in 0_usize..6,
        column in 0_usize..5,
    ) {
        let all = crossed(&figures, 4);
        let mut cells = vec![];
        let value = |v: i64| Some((Decimal::from(v), Decimal::new(5, 1)));
        for r in 0..6 {
            for c in 0..5 {
                cells.push(if r == row || c == column {
                    None
                } else {
                    value(all[(r - usize::from(r > row)) * 4 + c - usize::from(c > column)])
                });
            }
        }
        let found = found(&Grid::new(vec![Hint::default(); 6], vec![Hint::default(); 5], &cells));
        let moved = |at: u32, gap: usize| if at as usize >= gap { at + 1 } else { at };
        let rows: Vec<u32> = (0..4).map(|at| moved(at, row)).collect();
        let columns: Vec<u32> = (0..3).map(|at| moved(at, column)).collect();
        prop_assert!(has(&found, Direction::Lines, Operation::Sum, moved(4, row), &rows), "{:?}", found);
        prop_assert!(has(&found, Direction::Fields, Operation::Sum, moved(3, column), &columns), "{:?}", found);
    }
}

/// Rows of three figures, a fourth column that adds them, a last row that adds the rows.
fn crossed(figures: &[i64], rows: usize) -> Vec<i64> {
    let mut all: Vec<i64> = vec![];
    for row in figures.chunks(3).take(rows) {
        all.extend_from_slice(row);
        all.push(row.iter().sum());
    }
    let totals: Vec<i64> = (0..4).map(|column| all.iter().skip(column).step_by(4).sum()).collect();
    all.extend(totals);
    all
}

#[test]
fn what_stands_apart_by_two_neighbours_and_its_words_is_a_difference() {
    let found = found(&grid(
        "\
物资 | 定额 | 储备 | 库存 | 在途 | 库存-(定额+储备)
钢材 | 1204 | 311 | 1873 | 40 | 358
水泥 | 880 | 52 | 610 | 300 | -322
木材 | 95 | 18 | 164 | 7 | 51
电缆 | 447 | 60 | 390 | 120 | -117",
    ));
    // 库存 − 定额 − 储备, as the label writes it, and nothing turned around.
    assert!(has(&found, Direction::Fields, Operation::Sum, 4, &[0, 1, 2]), "{found:#?}");
}

#[test]
fn labels_that_write_out_a_sum_decide_between_readings() {
    // Of three columns that follow from each other, each is told as its own label says.
    let found = found(&grid(
        "\
物资 | 定额 | 储备 | 库存 | 在途 | 库存-定额 | 库存-(定额+储备) | 库存+在途-(定额+储备)
钢材 | 1204 | 311 | 1873 | 40 | 669 | 358 | 398
水泥 | 880 | 52 | 610 | 300 | -270 | -322 | -22
木材 | 95 | 18 | 164 | 7 | 69 | 51 | 58
电缆 | 447 | 60 | 390 | 120 | -57 | -117 | 3
油漆 | 2310 | 408 | 3022 | 615 | 712 | 304 | 919",
    ));
    for (target, terms) in [(4, &[0, 2][..]), (5, &[0, 1, 2]), (6, &[0, 1, 2, 3])] {
        assert!(has(&found, Direction::Fields, Operation::Sum, target, terms), "{found:#?}");
    }
    assert_eq!(found.iter().filter(|f| f.1 == Operation::Sum).count(), 3, "{found:#?}");
}

#[test]
fn a_column_that_repeats_a_total_far_from_its_parts_is_no_total_of_them() {
    let found = found(&grid(
        "\
单位 | 人员 | 公用 | 基本 | 项目 | 上缴 | 补助 | 上报基本
一所 | 1304.39 | 95.18 | 1399.57 | 610.00 | 44.10 | 37.25 | 1399.57
二所 | 880.52 | 47.73 | 928.25 | 433.90 | 21.70 | 90.66 | 928.25
三所 | 402.06 | 31.05 | 433.11 | 127.44 | 9.08 | 12.31 | 433.11
四所 | 655.70 | 58.29 | 713.99 | 280.15 | 15.53 | 26.94 | 713.99",
    ));
    let totals: Vec<u32> = found
        .iter()
        .filter(|f| f.0 == Direction::Fields && f.1 == Operation::Sum && f.3 == [0, 1])
        .map(|f| f.2)
        .collect();
    assert_eq!(totals, [2], "{found:#?}");
}

#[test]
fn each_side_of_a_balance_is_the_total_of_its_own_list() {
    let found = found(&grid(
        "\
项目 | 上年 | 本年 | 预计 | 下年
现金 | 1304.39 | 1210.17 | 1455.02 | 1398.44
应收 | 880.52 | 871.30 | 902.66 | 915.08
设备 | 402.06 | 498.75 | 377.41 | 401.90
资产 | 2586.97 | 2580.22 | 2735.09 | 2715.42
借款 | 700.15 | 655.08 | 810.33 | 790.21
应付 | 95.18 | 101.62 | 87.90 | 93.47
投入 | 1400.00 | 1400.00 | 1450.00 | 1450.00
结存 | 391.64 | 423.52 | 386.86 | 381.74
来源 | 2586.97 | 2580.22 | 2735.09 | 2715.42",
    ));
    for (target, other, parts) in [(3, 8, &[0, 1, 2][..]), (8, 3, &[4, 5, 6, 7])] {
        assert!(has(&found, Direction::Lines, Operation::Sum, target, parts), "{found:#?}");
        assert!(!has(&found, Direction::Lines, Operation::Sum, other, parts), "{found:#?}");
    }
}

#[test]
fn shares_beside_their_complements_are_parts_of_the_whole_only() {
    let shares = "\
地区 | 有 | 无 | 读过 | 未读过
甲 | 41.5 | 58.5 | 74.2 | 25.8
乙 | 38.7 | 61.3 | 69.9 | 30.1
丙 | 52.4 | 47.6 | 81.6 | 18.4
丁 | 47.9 | 52.1 | 77.3 | 22.7
戊 | 33.6 | 66.4 | 64.8 | 35.2
己 | 44.2 | 55.8 | 72.5 | 27.5
庚 | 39.1 | 60.9 | 70.7 | 29.3
辛 | 50.3 | 49.7 | 79.4 | 20.6";
    let found = found(&grid(shares));
    assert!(!found.iter().any(|f| f.0 == Direction::Fields), "{found:#?}");
}

#[test]
fn of_readings_that_hold_together_the_shortest_is_told() {
    let found = found(&grid(
        "\
项目 | 上年 | 新增 | 核销 | 净增 | 备付 | 年末
甲 | 1304.39 | 95.18 | 20.07 | 75.11 | 7.20 | 1379.50
乙 | 880.52 | 47.73 | 61.90 | -14.17 | 3.41 | 866.35
丙 | 402.06 | 131.05 | 8.86 | 122.19 | 12.65 | 524.25
丁 | 655.70 | 58.29 | 33.74 | 24.55 | 1.08 | 680.25
戊 | 731.16 | 12.94 | 47.51 | -34.57 | 5.32 | 696.59",
    ));
    assert!(has(&found, Direction::Fields, Operation::Sum, 5, &[0, 3]), "{found:#?}");
    assert!(!has(&found, Direction::Fields, Operation::Sum, 5, &[0, 1, 2]), "{found:#?}");
}

/// Answers of four schools to questions that have nothing to do with each other. 七 = 二 + 五 − 四 in each school by accident.
const ANSWERS: &str = "\
题目 | 小学 | % | 中学 | % | 高中 | % | 大学 | %
一 | 16 | 1.00000 | 26 | 1.00000 | 12 | 0.92308 | 19 | 0.95000
二 | 3 | 0.18750 | 7 | 0.26923 | 5 | 0.38462 | 6 | 0.30000
三 | 9 | 0.56250 | 15 | 0.57692 | 4 | 0.30769 | 13 | 0.65000
四 | 1 | 0.06250 | 8 | 0.30769 | 2 | 0.15385 | 2 | 0.10000
五 | 4 | 0.25000 | 4 | 0.15385 | 3 | 0.23077 | 5 | 0.25000
六 | 10 | 0.62500 | 16 | 0.61538 | 11 | 0.84615 | 16 | 0.80000
七 | 6 | 0.37500 | 3 | 0.11538 | 6 | 0.46154 | 9 | 0.45000";

#[test]
fn shares_prove_no_more_than_what_they_are_shares_of() {
    let found = found(&grid(ANSWERS));
    let sums = found.iter().filter(|f| f.0 == Direction::Lines && f.1 == Operation::Sum);
    assert_eq!(sums.count(), 0, "{found:#?}");
}

#[test]
fn blocks_are_differences_of_blocks_line_by_line() {
    let found = found(&grid(
        "\
项目 | 甲 | 乙 | 丙
上年教育 | 20118.31 | 7350.26 | 0
上年卫生 | 11840.07 | 0 | 3301.15
上年科技 | 9033.60 | 4127.98 | 880.42
上年交通 | 15271.54 | 6044.13 | 2719.09
本年教育 | 16904.88 | 7011.75 | 0
本年卫生 | 12317.40 | 0 | 2950.66
本年科技 | 8101.12 | 3902.47 | 913.57
本年交通 | 14485.93 | 5573.31 | 2304.83
减少教育 | 3213.43 | 338.51 | 0
减少卫生 | -477.33 | 0 | 350.49
减少科技 | 932.48 | 225.51 | -33.15
减少交通 | 785.61 | 470.82 | 414.26",
    ));
    // How each is turned does not matter.
    let tied = |at: u32| {
        let all = |f: &Reading| {
            let mut all: Vec<u32> = f.3.iter().copied().chain([f.2]).collect();
            all.sort_unstable();
            all
        };
        found.iter().any(|f| f.0 == Direction::Lines && all(f) == [at, at + 4, at + 8])
    };
    assert!((0..4).all(tied), "{found:#?}");
}

const CHARTERED: &str = "\
机构 | 资产 | 存款 | 贷款
省信托 | 20787.69 | 15474.58 | 13776.29
省专业 | 266.86 | 105.31 | 40.40
部商业 | 14422.22 | 74409.08 | 65082.30
省储蓄 | 67342.08 | 50105.19 | 48593.63
部储蓄 | 10148.26 | 7398.98 | 8592.51
省住房 | 1402.44 | 1035.50 | 1074.27
部住房 | 2578.46 | 2068.22 | 2114.42
省合作 | 8237.99 | 7112.05 | 5686.52
部合作 | 24375.59 | 21277.67 | 17359.08
省管 | 98037.06 | 73832.63 | 69171.11";

#[test]
fn chosen_lines_add_up_where_several_columns_say_so() {
    let chosen = [0, 1, 3, 5, 7];
    let finds = |text: &str| has(&found(&grid(text)), Direction::Lines, Operation::Sum, 9, &chosen);
    assert!(finds(CHARTERED));
    // One column alone proves none: of nine lines, some will always meet a tenth.
    let lone = CHARTERED.replace("73832.63", "73111.63").replace("69171.11", "60171.83");
    assert!(!finds(&lone));
}

#[test]
fn section_totals_of_one_look_add_up_over_what_lies_between() {
    let mut grid = grid(
        "\
项目 | 金额 | 上年
第一所 | 10304.39 | 9120.11
其中培训 | 700.20 | 650.00
第二所 | 8805.52 | 8001.72
其中培训 | 91.30 | 77.70
第三所 | 4402.17 | 4380.60
其中培训 | 318.00 | 222.80
全系统 | 23512.08 | 21502.43",
    );
    for row in [0, 2, 4] {
        std::sync::Arc::make_mut(&mut grid.rows[row]).classes = vec![1];
    }
    let found = found(&grid);
    assert!(has(&found, Direction::Lines, Operation::Sum, 6, &[0, 2, 4]), "{found:#?}");
}

#[test]
fn a_column_adds_up_over_lines_of_its_own() {
    let found = found(&grid(
        "\
项目 | 甲 | 乙
一 | 130439.17 | 912.11
二 | 88052.52 | 80.72
三 | 9518.08 | 6611.30
小计 | 97570.60 | 7604.13
四 | 31960.75 | 1055.60
五 | 2071.47 | 480.05",
    ));
    // 甲 of two lines, 乙 of all three.
    assert!(found.iter().any(|f| f.2 == 3 && f.3 == [1, 2] && f.4 == [0]), "{found:#?}");
    assert!(found.iter().any(|f| f.2 == 3 && f.3 == [0, 1, 2] && f.4 == [1]), "{found:#?}");
}

const STAIRS: &str = "\
项目 | 明细 | 合计
培训费 | 1020.50 |
会议费 | 338.75 |
差旅费 | 95.18 |
公务 | | 1454.43
电费 | 2210.06 |
水费 | 407.31 |
水电 | | 2617.37
印刷费 | 884.40 |
邮电费 | 152.09 |
办公 | | 1036.49";

#[test]
fn totals_beside_the_column_of_their_parts_are_found() {
    let steps = steps(&grid(STAIRS), &Limits::default());
    let targets: Vec<(u32, u32)> = steps.iter().map(|step| step.target).collect();
    assert_eq!(targets, [(3, 1), (6, 1), (9, 1)], "{steps:#?}");
    assert_eq!(steps[0].rows.len(), 3);
    // A column of unrelated figures beside another is none.
    let other = STAIRS.replace("1454.43", "1999.21").replace("1036.49", "511.02");
    assert!(steps_of(&other).is_empty());
}

fn steps_of(text: &str) -> Vec<gouji::relate::mine::Step> {
    steps(&grid(text), &Limits::default())
}

/// The targets (row, column) at which families that are meant fail.
fn broken_at(text: &str) -> Vec<(u32, u32)> {
    let grid = grid(text);
    let families = families(&grid, &Limits::default());
    let mut cells = vec![];
    for (family, at) in families.iter().zip(broken(&grid, &families)) {
        cells.extend(at.into_iter().map(|at| match family.direction {
            Direction::Fields => (at, family.target),
            Direction::Lines => (family.target, at),
        }));
    }
    cells.sort_unstable();
    cells.dedup();
    cells
}

const QUARTERS: &str = "\
项目 | 一季度 | 二季度 | 三季度 | 四季度
甲 | 1304.39 | 1200.17 | 1104.22 | 1392.05
乙 | 880.52 | 871.30 | 919.22 | 899.08
丙 | 95.18 | 60.08 | 35.10 | 63.14
计 | 2280.09 | 2131.55 | 2058.54 | 2354.27";

#[test]
fn a_slip_is_told_by_the_columns_that_hold() {
    assert_eq!(broken_at(QUARTERS), []);
    // Two digits swapped in one part.
    assert_eq!(broken_at(&QUARTERS.replace("871.30", "817.30")), [(3, 1)]);
    // The total itself.
    assert_eq!(broken_at(&QUARTERS.replace("2058.54", "2508.54")), [(3, 2)]);
}

#[test]
fn a_difference_that_a_slip_makes_speaks_for_itself() {
    // Half of the columns fail: one is of another nature, in the other a part is ten times too large.
    let other = QUARTERS.replace("2354.27", "1.97");
    assert_eq!(broken_at(&other.replace("880.52", "8805.20")), [(3, 0)]);
    // A sign turned.
    assert_eq!(broken_at(&other.replace("880.52", "-880.52")), [(3, 0)]);
    // Any other difference is none.
    assert_eq!(broken_at(&other.replace("880.52", "613.77")), []);
}

#[test]
fn what_stands_beside_explains_only_what_it_could_belong_to() {
    // The difference happens to stand beside the sum, but belongs to it in no other column.
    let beside =
        format!("{QUARTERS}\n另计 | 41.20 | 54.00 | 17.35 | 60.03").replace("871.30", "817.30");
    assert_eq!(broken_at(&beside), [(3, 1)]);
}

#[test]
fn nothing_is_told_where_something_speaks_against_it() {
    // A line beside the sum is the very difference: it belongs to the total in that column.
    let beside = format!("{QUARTERS}\n另计 | | 54.00 | |").replace("2131.55", "2185.55");
    assert_eq!(broken_at(&beside), []);
    // A column that its header calls a rate does not add up.
    let rate = QUARTERS.replace("二季度", "比率").replace("2131.55", "710.52");
    assert_eq!(broken_at(&rate), []);
    // Neighbours that fail together are of another nature.
    let both = QUARTERS.replace("2131.55", "700.00").replace("2058.54", "800.00");
    assert_eq!(broken_at(&both), []);
}

#[test]
fn equal_columns_are_no_quotients() {
    let found = found(&grid(
        "\
名称 | 满分 | 次数 | 每次 | 得分
甲 | 100 | 10 | 10 | 93
乙 | 100 | 10 | 10 | 94
丙 | 100 | 10 | 10 | 87
丁 | 100 | 10 | 10 | 83
戊 | 100 | 10 | 10 | 97
己 | 100 | 20 | 5 | 85",
    ));
    assert!(!found.iter().any(|f| f.1 == Operation::Ratio), "{found:#?}");
}

const LEDGER: &str = "\
摘要 | 收入 | 支出 | 余额
上年结转 | | | 20318.45
拨款 | 85000.00 | | 105318.45
办公费 | | 1204.39 | 104114.06
差旅费 | | 3880.52 | 100233.54
培训费 | | 952.16 | 99281.38
利息 | 41.07 | | 99322.45
水电费 | | 2733.90 | 96588.55
维修费 | | 6417.28 | 90171.27
拨款 | 30000.00 | | 120171.27
邮电费 | | 518.64 | 119652.63
印刷费 | | 1349.75 | 118302.88";

fn carried(text: &str) -> Vec<Roll> {
    let grid = grid(text);
    let limits = Limits::default();
    rolls(&grid, &limits, &families(&grid, &limits))
}

#[test]
fn balances_are_carried_on_from_line_to_line() {
    let found = carried(LEDGER);
    let [roll] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((roll.series, roll.terms.as_slice()), (2, &[(0, 1), (1, -1)][..]));
    assert_eq!((roll.holds.len(), roll.broken.len()), (10, 0), "{roll:#?}");
}

#[test]
fn a_balance_that_is_off_to_both_sides_is_told_and_one_that_begins_anew_is_not() {
    let broken = |text: &str| carried(text).into_iter().flat_map(|roll| roll.broken).collect();
    let wrong: Vec<(u32, u32)> = broken(&LEDGER.replace("99281.38", "92981.38"));
    assert_eq!(wrong, [(3, 4), (4, 5)]);
    let anew: Vec<(u32, u32)> =
        broken(&format!("{LEDGER}\n另一账户 | 700.31 | | 700.31\n手续费 | | 12.06 | 688.25"));
    assert_eq!(anew, []);
}

#[test]
fn a_figure_and_one_more_is_carried_on_where_a_word_or_the_first_figure_says_so() {
    let list = "\
单位 | LABEL | 拨款
甲 | 170575.20 | FIRST
乙 | 500575.70 | 330000.50
丙 | 675104.10 | 174528.40
丁 | 1175104.95 | 500000.85
戊 | 1411058.33 | 235953.38
己 | 1640019.94 | 228961.61";
    let count = |label: &str, first: &str| {
        carried(&list.replace("LABEL", label).replace("FIRST", first)).len()
    };
    assert_eq!(count("序值", "90575.20"), 0);
    assert_eq!(count("累计", "90575.20"), 1);
    assert_eq!(count("序值", "170575.20"), 1);
}

#[test]
fn a_total_made_up_in_two_ways_says_which_part_is_wrong() {
    // By kind and by department, and both tie in every column but one, where a kind is off.
    let text = "\
项目 | 一季 | 二季 | 三季 | 四季
人员 | 5104.2 | 5260.9 | 5318.7 | 5402.6
公用 | 1208.7 | 1093.3 | 1301.4 | 1422.8
合计 | 6312.9 | 6354.2 | 6620.1 | 6825.4
甲科 | 2011.4 | 2208.8 | 2105.0 | 2317.9
乙科 | 4301.5 | 4145.4 | 4515.1 | 4507.5";
    let told = |text: &str| {
        let grid = grid(text);
        let families = families(&grid, &Limits::default());
        let broken = broken(&grid, &families);
        let mut told: Vec<(Vec<u32>, Vec<u32>)> = families
            .iter()
            .zip(broken)
            .filter(|(family, broken)| family.target == 2 && !broken.is_empty())
            .map(|(family, broken)| (family.terms.clone(), broken))
            .collect();
        for (terms, _) in &mut told {
            terms.sort_unstable();
        }
        told
    };
    assert_eq!(told(text), []);
    assert_eq!(told(&text.replace("1301.4", "1031.4")), [(vec![0, 1], vec![2])]);
}

#[test]
fn a_column_of_rates_beside_a_slip_does_not_hide_it() {
    let text = "\
 | 座位 | 报名 | 录取率 | 录取 | 复读 | 合计
一中 | 240 | 613 | 32.1% | 197 | 31 | 228
二中 | 120 | 307 | 33.9% | 104 | 12 | 116
三中 | 360 | 795 | 38.5% | 306 | 27 | 333
四中 | 150 | 402 | 34.3% | 138 | 9 | 147
全区 | 870 | 2117 | 35.2% | 745 | 79 | 824";
    let grid = grid(&text.replace("| 306 |", "| 360 |"));
    let families = families(&grid, &Limits::default());
    let broken = broken(&grid, &families);
    let rows = |family: &Family| {
        (family.direction, family.target) == (Direction::Lines, 4)
            && family.operation == Operation::Sum
    };
    let told: Vec<u32> =
        families.iter().zip(broken).filter(|(f, _)| rows(f)).flat_map(|(_, b)| b).collect();
    assert_eq!(told, [3]);
}
