//! Which customers are there, and how large is each? Settled before the first line is written, because the
//! number of users that a plan aims at is spread over all of them.

use super::Plan;
use super::chance::Chance;
use super::summary::Case;

/// Who serves a customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Served {
    Directly,
    ByOne,
    /// By two resellers, and directly as well.
    ByTwo,
}

/// A customer before it has a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outline {
    pub(super) served: Served,
    pub(super) case: Option<Case>,
    /// Users that are not deleted.
    pub(super) live: usize,
    /// Deleted users.
    pub(super) gone: usize,
}

impl Outline {
    const fn new(served: Served, case: Option<Case>, live: usize) -> Self {
        Self { served, case, live, gone: 0 }
    }
}

/// The customers of a plan, in the order of the file. They go to the tenants in turn; `staff` users are
/// there already.
pub(super) fn outlines(plan: &Plan, chance: &mut Chance, staff: usize) -> Vec<Outline> {
    if let Some(each) = plan.users_each {
        return vec![Outline::new(Served::Directly, None, each); plan.customers];
    }
    let mut outlines: Vec<Outline> = (0..plan.customers)
        .map(|number| match (number / plan.csps, number % plan.csps) {
            (0, _) => Outline::new(Served::Directly, Some(Case::Direct), 40),
            (1, _) => Outline::new(Served::ByOne, Some(Case::OfOneReseller), 30),
            (2, _) => Outline::new(Served::ByTwo, Some(Case::Shared), 45),
            (3, _) => Outline::new(Served::ByOne, Some(Case::WithoutUsers), 0),
            (4, 0) => Outline::new(Served::Directly, Some(Case::Largest), plan.largest_customer),
            (5, _) => Outline { gone: 5, ..Outline::new(Served::Directly, Some(Case::Deleted), 0) },
            _ => ordinary(chance),
        })
        .collect();
    if let Some(aim) = plan.users {
        spread(&mut outlines, aim.saturating_sub(staff));
    }
    for outline in &mut outlines {
        if outline.live >= 20 {
            outline.gone = outline.live / 40 + 1;
        }
    }
    outlines
}

/// One of the many: most are small, and most come through a reseller.
fn ordinary(chance: &mut Chance) -> Outline {
    let served = match chance.below(20) {
        0..5 => Served::Directly,
        5..17 => Served::ByOne,
        _ => Served::ByTwo,
    };
    let live = match chance.below(16) {
        0 => 0,
        1..10 => 2 + chance.below(10),
        10..15 => 10 + chance.below(40),
        _ => 50 + chance.below(150),
    };
    Outline::new(served, None, live)
}

/// Makes all customers larger or smaller by one factor, so that their users come to `aim`. None that has
/// users loses its last; what rounding leaves goes to the largest.
fn spread(outlines: &mut [Outline], aim: usize) {
    let natural: usize = outlines.iter().map(|outline| outline.live).sum();
    for outline in outlines.iter_mut().filter(|outline| outline.live > 0) {
        outline.live = (outline.live.saturating_mul(aim) / natural).max(1);
    }
    let missing = aim.saturating_sub(outlines.iter().map(|outline| outline.live).sum());
    if let Some(largest) = outlines.iter_mut().max_by_key(|outline| outline.live) {
        largest.live += missing;
    }
}
