//! What was measured? A line for each figure, with its goal, and whether it is met.

use std::fmt::Write as _;

/// One figure, with what belongs to it.
#[derive(Clone, Default)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// Requests a second.
    pub(crate) rate: Option<f64>,
    /// Times in microseconds: the middle, what 1 % and what 0.1 % exceeded.
    pub(crate) times: Option<[f64; 3]>,
    /// Processor time of the server for a request, in microseconds.
    pub(crate) cpu: Option<f64>,
    /// Memory of the server, in MiB.
    pub(crate) memory: Option<f64>,
    /// What the goal is about, in words.
    pub(crate) figure: String,
    /// The goal, and whether it is met; none where there is none.
    pub(crate) goal: Option<(String, bool)>,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), ..Self::default() }
    }

    /// A ratio that should be at least so much.
    pub(crate) fn at_least(mut self, name: &str, value: f64, goal: f64) -> Self {
        self.figure = format!("{name} {value:.2}");
        self.goal = Some((format!("≥ {goal}"), value >= goal));
        self
    }

    /// A ratio or a time that should be at most so much.
    pub(crate) fn at_most(mut self, name: &str, value: f64, goal: f64, unit: &str) -> Self {
        self.figure = format!("{name} {value:.2}{unit}");
        self.goal = Some((format!("≤ {goal}{unit}"), value <= goal));
        self
    }
}

/// All rows as a table of Markdown.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = "| what | requests/s | p50 µs | p99 µs | p99.9 µs | CPU µs a request | memory MiB | figure | goal | met |\n\
                    |---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    let number = |value: Option<f64>| {
        value.filter(|value| !value.is_nan()).map(|value| format!("{value:.0}")).unwrap_or_default()
    };
    for row in rows {
        let times = row.times.map_or([None; 3], |times| times.map(Some));
        let [p50, p99, p999] = times.map(number);
        let (goal, met) = row
            .goal
            .clone()
            .map_or((String::new(), ""), |(goal, met)| (goal, if met { "yes" } else { "no" }));
        let cpu = row.cpu.map(|cpu| format!("{cpu:.1}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | {} | {p50} | {p99} | {p999} | {cpu} | {} | {} | {goal} | {met} |",
            row.what,
            number(row.rate),
            number(row.memory),
            row.figure
        );
    }
    text
}
