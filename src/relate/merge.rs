//! Relations from several sources, made one where they speak of the same cells in the same operation.
//!
//! Families differ in shape, so sameness is decided check by check: a check that a stronger source already has is taken out
//! of the weaker family, and its evidence goes to the stronger one.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use crate::model::{Operand, Operation, Origin, Packet, Place, Relation, Shape};
use crate::parallel;

/// The cells of one check in one operation, in an order that does not matter to the operation.
type Key = (Operation, u64, u64);

/// Makes relations with the same cells one: the specific code and the strongest source win, evidence is joined.
pub(super) fn merge(packet: &Packet, mut relations: Vec<Relation>) -> Vec<Relation> {
    // Strongest first; the sort is stable, so that sources keep their own order.
    relations.sort_by_key(|relation| std::cmp::Reverse(rank(relation)));
    let mut seen: HashMap<Key, usize, BuildHasherDefault<Mixed>> = HashMap::default();
    let mut kept: Vec<Relation> = Vec::new();
    let shared = shared(packet, &relations);
    for (mut relation, shared) in relations.into_iter().zip(shared) {
        let keys = match shared {
            Sharing::None => {
                kept.push(relation);
                continue;
            }
            Sharing::OfFamily(family) => keys_of_family(&relation, family),
            Sharing::OfAny => keys(packet, &relation),
        };
        let mut fresh = Vec::new();
        for (ordinal, key) in keys.into_iter().enumerate() {
            if let Some(&owner) = seen.get(&key) {
                kept[owner].evidence = kept[owner].evidence.union(relation.evidence);
            } else {
                seen.insert(key, kept.len());
                fresh.push(ordinal);
            }
        }
        if fresh.is_empty() {
            continue;
        }
        if fresh.len() < relation.check_count() {
            keep(&mut relation.shape, &fresh);
        }
        kept.push(relation);
    }
    kept.sort_by_cached_key(|relation| place(packet, relation));
    kept
}

/// What a relation may share checks with.
#[derive(Clone, Copy)]
enum Sharing {
    /// No other relation.
    None,
    /// Those of the same family alone, which has this number: there a check is told by its line or column.
    OfFamily(u64),
    /// Any other.
    OfAny,
}

/// What relations may share checks with, told from their columns or lines alone: families of millions of checks need no key
/// for each, others none that is made of all their cells.
fn shared(packet: &Packet, relations: &[Relation]) -> Vec<Sharing> {
    let families: Vec<Option<Family>> =
        relations.iter().map(|relation| Family::of(packet, relation)).collect();
    // Single checks may be any family's.
    if !families.iter().all(Option::is_some) {
        return vec![Sharing::OfAny; relations.len()];
    }
    let mut often: BTreeMap<&Family, (u64, usize)> = BTreeMap::new();
    for family in families.iter().flatten() {
        let next = often.len() as u64;
        often.entry(family).or_insert((next, 0)).1 += 1;
    }
    let sharing = |family: &Family| match often[family] {
        (_, 1) => Sharing::None,
        (number, _) => Sharing::OfFamily(number),
    };
    families.iter().flatten().map(sharing).collect()
}

/// Keys that tell the checks of some families apart.
fn keys_of_family(relation: &Relation, family: u64) -> Vec<Key> {
    let instances = match &relation.shape {
        Shape::Lines { columns, .. } => columns.as_slice(),
        Shape::Fields { rows, .. } => rows,
        Shape::Cells { .. } => &[],
    };
    let key = |at: &u32| (relation.operation, family, mixed(family << 32 | u64::from(*at)));
    instances.iter().map(key).collect()
}

/// What two families have in common that share a check.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Family {
    operation: Operation,
    file_and_sheet: (u32, u32),
    by_line: bool,
    cells: Vec<(u32, i32)>,
}

impl Family {
    /// `None` of single checks, of those without two cells, and of families that may hold a check twice.
    fn of(packet: &Packet, relation: &Relation) -> Option<Self> {
        let (table, by_line, target, terms, instances) = match &relation.shape {
            Shape::Lines { table, target, terms, columns } => (table, true, target, terms, columns),
            Shape::Fields { table, target, terms, rows } => (table, false, target, terms, rows),
            Shape::Cells { .. } => return None,
        };
        let rises = instances.windows(2).all(|pair| pair[0] < pair[1]);
        if instances.is_empty() || !rises || terms.iter().all(|(term, _)| term == target) {
            return None;
        }
        let operation = relation.operation;
        let mut cells = terms.clone();
        match operation {
            Operation::Sum => {
                cells.push((*target, -1));
                cells.sort_unstable();
                if cells.first().is_some_and(|(_, sign)| *sign < 0) {
                    for (_, sign) in &mut cells {
                        *sign = -*sign;
                    }
                }
            }
            Operation::Average => {
                cells.sort_unstable();
                cells.push((*target, 0));
            }
            _ => {
                for (_, weight) in &mut cells {
                    *weight = 0;
                }
                cells.push((*target, 0));
            }
        }
        Some(Self { operation, file_and_sheet: packet.place_of(*table), by_line, cells })
    }
}

/// The keys of all checks of a relation.
fn keys(packet: &Packet, relation: &Relation) -> Vec<Key> {
    parallel::map_pieces(relation.check_count(), relation.piece(), |ordinals| {
        let mut terms = Vec::new();
        ordinals
            .map(|ordinal| {
                let target = relation.operands(ordinal, |table| packet.place_of(table), &mut terms);
                key(relation.operation, target, &terms)
            })
            .collect::<Vec<Key>>()
    })
    .concat()
}

/// Specific codes before the general T family, then by source.
fn rank(relation: &Relation) -> (bool, Origin) {
    (!relation.rule.starts_with('T'), relation.evidence.strongest())
}

fn keep(shape: &mut Shape, ordinals: &[usize]) {
    match shape {
        Shape::Lines { columns, .. } => *columns = ordinals.iter().map(|at| columns[*at]).collect(),
        Shape::Fields { rows, .. } => *rows = ordinals.iter().map(|at| rows[*at]).collect(),
        Shape::Cells { .. } => {}
    }
}

/// Where a relation stands: by the cell of its first target.
fn place(packet: &Packet, relation: &Relation) -> (Place, Operation) {
    let mut terms = Vec::new();
    let target = relation.operands(0, |table| packet.place_of(table), &mut terms);
    (target.place, relation.operation)
}

/// In sums `a = b + c` and `b = a − c` are the same cells in the same relation: the key is made of all cells with the sign
/// they have when brought to one side, up to the overall sign.
fn key(operation: Operation, target: Operand, terms: &[Operand]) -> Key {
    if operation == Operation::Sum {
        let terms = terms.iter().map(|term| (term.place, term.coefficient));
        let (one, other) = key_of_cells(&terms.chain([(target.place, -1)]));
        return (operation, one, other);
    }
    let hash = |operand: &Operand, weight: i64, salt: u64| hash(operand.place, weight, salt);
    let combine = |salt: u64| -> u64 {
        match operation {
            Operation::Average => terms
                .iter()
                .map(|term| hash(term, i64::from(term.coefficient), salt))
                .fold(hash(&target, 1000, salt), u64::wrapping_add),
            _ => (terms.iter().enumerate())
                .map(|(at, term)| hash(term, at as i64 + 2, salt))
                .fold(hash(&target, 1, salt), u64::wrapping_add),
        }
    };
    (operation, combine(0), combine(SALT))
}

/// The key of some cells with the sign that each has when all are brought to one side, up to the overall sign.
pub(super) fn key_of_sum(cells: &[(Place, i32)]) -> (u64, u64) {
    key_of_cells(&cells.iter().copied())
}

fn key_of_cells(cells: &(impl Iterator<Item = (Place, i32)> + Clone)) -> (u64, u64) {
    // Most cells are of one sheet and have one sign.
    let combine = |sign: i64, salt: u64| {
        let mut known = None;
        let hashes = cells.clone().map(|(place, own)| {
            let of = (place.file, place.sheet, own);
            let outer = match known {
                Some((known, outer)) if known == of => outer,
                _ => outer(place, sign * i64::from(own), salt),
            };
            known = Some((of, outer));
            inner(place, outer)
        });
        hashes.fold(0, u64::wrapping_add)
    };
    let (plus, minus) = (combine(1, 0), combine(-1, 0));
    if minus < plus { (minus, combine(-1, SALT)) } else { (plus, combine(1, SALT)) }
}

#[inline]
fn hash(place: Place, weight: i64, salt: u64) -> u64 {
    inner(place, outer(place, weight, salt))
}

#[inline]
fn outer(Place { file, sheet, .. }: Place, weight: i64, salt: u64) -> u64 {
    mixed((u64::from(file) << 32 | u64::from(sheet)) ^ mixed(weight as u64 ^ salt))
}

#[inline]
fn inner(Place { cell, .. }: Place, outer: u64) -> u64 {
    mixed((u64::from(cell.row) << 32 | u64::from(cell.column)) ^ outer)
}

/// Makes the second half of a key independent of the first.
const SALT: u64 = 0x6a09_e667_f3bc_c908;

/// Hashes what is mixed already.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, bits: u64) {
        self.0 = self.0.rotate_left(5) ^ bits;
    }

    fn write_isize(&mut self, bits: isize) {
        self.write_u64(bits as u64);
    }
}

/// The bits of a number spread over all bits (the finalizer of `SplitMix64`): millions of cells go through here.
#[inline]
fn mixed(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
