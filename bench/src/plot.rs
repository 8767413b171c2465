//! What do the figures look like? Bars, each against its goal, as SVG that needs no script and no font.

use std::fmt::Write as _;
use std::path::Path;

use crate::Result;
use crate::table::Row;

const WIDTH: f64 = 1060.0;
const LINE: f64 = 30.0;
const LEFT: f64 = 600.0;
const BAR: f64 = 330.0;

/// Draws the goals that were met and missed.
pub(crate) fn draw(rows: &[Row]) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance");
    std::fs::create_dir_all(&folder)?;
    let judged: Vec<&Row> = rows.iter().filter(|row| row.goal.is_some()).collect();
    std::fs::write(folder.join("goals.svg"), goals(&judged))?;
    let timed: Vec<&Row> = rows.iter().filter(|row| row.times.is_some()).collect();
    std::fs::write(folder.join("times.svg"), times(&timed))?;
    Ok(())
}

fn sheet(title: &str, lines: usize, note: &str) -> String {
    let height = LINE.mul_add(lines as f64, 90.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">{title}</title>\n\
         <style>.sheet{{fill:#fff;stroke:#d0d7de}}.name{{font:600 16px sans-serif;fill:#1f2328}}.text{{font:12px sans-serif;fill:#1f2328}}\
         .met{{fill:#2da44e}}.missed{{fill:#bf8700}}.plain{{fill:#0969da}}.goal{{stroke:#57606a;stroke-dasharray:4 3}}\
         @media (prefers-color-scheme: dark){{.sheet{{fill:#0d1117;stroke:#30363d}}.name,.text{{fill:#e6edf3}}.goal{{stroke:#9da7b1}}}}</style>\n\
         <rect class=\"sheet\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"10\"/>\n\
         <text class=\"name\" x=\"20\" y=\"32\">{title}</text>\n<text class=\"text\" x=\"20\" y=\"52\">{note}</text>\n",
        WIDTH - 1.0,
        height - 1.0
    )
}

/// How far each figure is to its goal: at the line it is met exactly, right of it is better.
fn goals(rows: &[&Row]) -> String {
    let mut svg = sheet(
        "Figures against their goals",
        rows.len(),
        "The dashed line is the goal; a bar that reaches it is met.",
    );
    let middle = LEFT + BAR / 2.0;
    for (place, row) in rows.iter().enumerate() {
        let Some((goal, met)) = &row.goal else { continue };
        let y = LINE.mul_add(place as f64, 70.0);
        let share = share(&row.figure, goal).clamp(0.0, 2.0);
        let class = if *met { "met" } else { "missed" };
        let _ = writeln!(
            svg,
            "<text class=\"text\" x=\"20\" y=\"{:.0}\">{}</text><rect class=\"{class}\" x=\"{LEFT}\" y=\"{y:.0}\" width=\"{:.1}\" height=\"16\" rx=\"3\"/>\
             <text class=\"text\" x=\"{:.0}\" y=\"{:.0}\">{} ({goal})</text>",
            y + 13.0,
            escaped(&row.what),
            share * BAR / 2.0,
            LEFT + 6.0,
            y + 12.0,
            escaped(&row.figure)
        );
    }
    let bottom = LINE.mul_add(rows.len() as f64, 70.0);
    let _ = writeln!(svg, "<path class=\"goal\" d=\"M{middle:.0} 62V{bottom:.0}\"/>\n</svg>");
    svg
}

/// By how much a figure is better than its goal; 1 is as good.
fn share(figure: &str, goal: &str) -> f64 {
    let number = |text: &str| -> f64 {
        let digits = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit());
        text.split_whitespace().rev().find(digits).and_then(|word| word.parse().ok()).unwrap_or(f64::NAN)
    };
    let (value, wanted) = (number(figure), number(goal));
    if goal.starts_with('≥') { value / wanted } else { wanted / value }
}

/// The middle times, on a logarithmic scale from 10 µs to 10 s.
fn times(rows: &[&Row]) -> String {
    let mut svg = sheet(
        "How long requests take",
        rows.len(),
        "p50, and a thin bar up to p99; from 10 µs to 10 s, logarithmic.",
    );
    let place_of = |micros: f64| LEFT + (micros.max(10.0).log10() - 1.0).clamp(0.0, 6.0) / 6.0 * BAR;
    for (place, row) in rows.iter().enumerate() {
        let Some([p50, p99, _]) = row.times else { continue };
        let y = LINE.mul_add(place as f64, 70.0);
        let end = place_of(p50);
        let far = if p99.is_nan() { end } else { place_of(p99) };
        let _ = writeln!(
            svg,
            "<text class=\"text\" x=\"20\" y=\"{:.0}\">{}</text><rect class=\"plain\" x=\"{LEFT}\" y=\"{y:.0}\" width=\"{:.1}\" height=\"16\" rx=\"3\"/>\
             <rect class=\"plain\" x=\"{LEFT}\" y=\"{:.0}\" width=\"{:.1}\" height=\"4\"/><text class=\"text\" x=\"{:.0}\" y=\"{:.0}\">{}</text>",
            y + 13.0,
            escaped(&row.what),
            end - LEFT,
            y + 6.0,
            far - LEFT,
            LEFT + BAR + 12.0,
            y + 13.0,
            told(p50)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn told(micros: f64) -> String {
    if micros < 1_000.0 { format!("{micros:.0} µs") } else { format!("{:.1} ms", micros / 1_000.0) }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
