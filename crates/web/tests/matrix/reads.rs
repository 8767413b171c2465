//! Every read, by everybody, of everything: the expected status, exactly the things that may be seen, one
//! record each, and refusals that tell nothing apart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::ask::Answer;
use crate::cells::{Cell, of_row};
use crate::marks::{Shown, id};
use crate::oracle::{admitted, verdict};
use crate::principals::{Caller, Principal, all};
use crate::routes::{Names, Needs, ROWS};
use crate::sight::shown;
use crate::world::World;

/// All cells of rows that change nothing.
fn reading_cells() -> Vec<Cell> {
    let is_quiet = |needs| matches!(needs, Needs::NoToken(_));
    ROWS.iter().filter(|row| row.method == "GET" || is_quiet(row.needs)).flat_map(of_row).collect()
}

/// Who is not let in at all is asked about every target, but not once more for each `resellerId`.
pub(crate) fn cells_for(principal: &Principal, cells: &[Cell]) -> Vec<Cell> {
    let is_let_in = admitted(principal).is_ok();
    let is_plain = |cell: &Cell| !cell.row.names.has_query() || cell.about.reseller.is_none();
    cells.iter().copied().filter(|cell| is_let_in || is_plain(cell)).collect()
}

/// What of an answer tells anything: all but the date, the correlation id and what becomes of the connection.
pub(crate) fn gist(answer: &Answer) -> (Vec<(String, String)>, String) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| !["date", "x-correlation-id", "connection"].contains(&name.as_str()));
    (headers, answer.text_without_correlation())
}

/// All that an answer shows, in its headers and its body.
pub(crate) fn shown_in(answer: &Answer) -> Shown {
    let headers: String = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    Shown::in_text(&(headers + answer.text()))
}

/// Whether the number of things that an answer tells is the number of those that it shows.
fn is_counted(answer: &Answer) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else { return true };
    let items = body.as_array().or_else(|| body["items"].as_array());
    let Some(count) = items.map(Vec::len) else { return true };
    answer.header("x-total-count").is_none_or(|total| total == count.to_string())
        && (body.is_array() || body["totalCount"] == count)
}

/// Refusals of one kind, each seen for the first time.
#[derive(Default)]
pub(crate) struct Refusals(BTreeMap<String, (Vec<(String, String)>, String)>);

impl Refusals {
    /// Judges that this one is of the same bytes as all others of its kind, and names nothing. Only that a
    /// program is not there is said in words of its own.
    pub(crate) fn judge(&mut self, answer: &Answer, names: Names, what: &str) {
        assert_eq!(shown_in(answer), Shown::default(), "{what}: a refusal shows nothing");
        let gist = gist(answer);
        let of_programs = if names == Names::Client { " of programs" } else { "" };
        let kind = answer.told() + if answer.status == 404 { of_programs } else { "" };
        let first = self.0.entry(kind).or_insert_with(|| gist.clone());
        assert_eq!(*first, gist, "{what}: a refusal tells nothing apart");
    }
}

#[tokio::test]
async fn everybody_reads_what_is_theirs_and_nothing_else() {
    let world = World::new().await;
    let cells = reading_cells();
    let mut refusals = Refusals::default();
    let mut surprises = Vec::new();
    let mut told = BTreeSet::new();
    for (number, principal) in all().into_iter().enumerate() {
        let caller = Caller::new(&world, principal).await;
        let cells = cells_for(&principal, &cells);
        let correlation = |place: usize| format!("reading-{number:03}-{place:05}");
        let asks: Vec<_> = cells
            .iter()
            .enumerate()
            .map(|(place, cell)| {
                let ask = caller.ask(&world, cell.row.method, &cell.target());
                ask.and("X-Correlation-Id", correlation(place))
            })
            .collect();
        let answers = world.answers("GET", &asks).await;
        for (place, (cell, answer)) in cells.iter().zip(&answers).enumerate() {
            let what =
                format!("{}: {} {} {:?}", principal.name(), cell.row.method, cell.row.path, cell.about);
            let is_open = matches!(cell.row.needs, Needs::NoToken(_));
            let (expected, seen) = match (cell.row.needs, admitted(&principal)) {
                (Needs::NoToken(status), _) => (status.to_string(), Shown::default()),
                (_, Err(refusal)) => (refusal.to_owned(), Shown::default()),
                (_, Ok(who)) => match verdict(&who, cell.row, &cell.about) {
                    Err(refusal) => (refusal.to_owned(), Shown::default()),
                    Ok(()) => ("200".to_owned(), shown(&who, cell)),
                },
            };
            let said = if is_open { answer.status.to_string() } else { answer.told() };
            if said != expected {
                surprises.push(format!("{what} answers {said}, not {expected}"));
                continue;
            }
            if !is_open && answer.status >= 400 {
                refusals.judge(answer, cell.row.names, &what);
            } else if cell.row.path != "/v1/AuditLogs" && shown_in(answer) != seen {
                surprises.push(format!("{what} shows {:?}, not {seen:?}", shown_in(answer)));
            }
            if answer.status == 200 && cell.row.path != "/v1/AuditLogs" {
                assert!(is_counted(answer), "{what} counts more than it shows");
            }
            if !is_open && admitted(&principal).is_ok() {
                told.insert(correlation(place));
            }
        }
        assert!(surprises.is_empty(), "{} surprises:\n{}", surprises.len(), first_of(&surprises));
    }
    // Each request that reached somebody has its record, and only one.
    let records = world.records().await;
    let mut recorded: Vec<_> =
        records.iter().map(|record| record["correlationId"].as_str().unwrap().to_owned()).collect();
    recorded.retain(|correlation| told.contains(correlation));
    assert_eq!((recorded.len(), recorded.into_iter().collect::<BTreeSet<_>>()), (told.len(), told));
}

/// The first few of many.
pub(crate) fn first_of(surprises: &[String]) -> String {
    surprises.iter().take(25).map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn a_head_tells_the_status_of_its_get_and_no_more() {
    let world = World::new().await;
    let mut cells = reading_cells();
    cells.retain(|cell| cell.row.method == "GET" && cell.about.reseller.is_none_or(|label| label == "acorn"));
    for principal in all() {
        let caller = Caller::new(&world, principal).await;
        let cells = cells_for(&principal, &cells);
        let asks: Vec<_> = cells.iter().map(|cell| caller.ask(&world, "HEAD", &cell.target())).collect();
        for (cell, answer) in cells.iter().zip(world.answers("HEAD", &asks).await) {
            let what = format!("{}: {} {:?}", principal.name(), cell.row.path, cell.about);
            let expected = match (cell.row.needs, admitted(&principal)) {
                (Needs::NoToken(status), _) => status.to_string(),
                (_, Err(refusal)) => refusal[..3].to_owned(),
                (_, Ok(who)) => verdict(&who, cell.row, &cell.about).err().unwrap_or("200")[..3].to_owned(),
            };
            assert_eq!((answer.status.to_string(), answer.body.len()), (expected, 0), "{what}");
            // The tag of a customer may name the reseller in whose context it was asked for.
            let mut seen = shown_in(&answer);
            seen.ids.retain(|seen| cell.about.reseller.is_none_or(|label| *seen != id("reseller", label)));
            assert_eq!(seen, Shown::default(), "{what}");
        }
    }
}
