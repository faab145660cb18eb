//! The classes of what the runs generate, as a histogram beside those of the test images.

use crate::figure::{Chart, ClassShares, class_chart};
use crate::session::Session;
use crate::ui::look::theme;

/// None where no run was measured or the images have no classes.
pub fn chart_of(session: &Session) -> Option<Chart> {
    let dataset = &session.stage()?.dataset;
    let runs = session.shown_runs();
    let kinds: Vec<ClassShares> = runs
        .iter()
        .filter_map(|run| {
            let measures = &session.findings().measures.get(&run.id)?.measures;
            let shares = &*measures.get("sample_classes")?.parts;
            let [red, green, blue, _] = theme::run_color(run).to_array();
            Some(ClassShares { name: session.name(run), color: [red, green, blue], shares })
        })
        .collect();
    (!kinds.is_empty()).then(|| class_chart(&dataset.class_names, &dataset.class_shares(), &kinds))
}
