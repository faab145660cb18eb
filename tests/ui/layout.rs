//! Where things are: nothing is cut, lies over another or moves by itself, in the smallest window too.

use std::collections::{BTreeMap, BTreeSet};

use egui::{Rect, Role, Vec2, pos2};
use egui_kittest::kittest::{NodeT, Queryable};
use latent_explorer::config::ModelKind;
use latent_explorer::session::{Action, Notice};
use latent_explorer::ui::tabs::{Inference, PathTab};

use super::learn;
use crate::support::window::{Opening, SMALLEST, USUAL, Window, settings};

/// Where the panel at the left ends, and where it begins below the toolbar. It scrolls.
const SIDE: f32 = 232.0;
const TOOLBAR: f32 = 46.0;

/// Something that is seen or meant to be.
struct Widget {
    id: u64,
    name: String,
    rect: Rect,
    /// What is seen of it.
    seen: Rect,
}

/// Everything that has a name, but for what only holds other things.
fn widgets(window: &Window) -> Vec<Widget> {
    let seen: BTreeMap<u64, Rect> = window.harness.ctx.viewport(|viewport| {
        let all = viewport.prev_pass.widgets.layers().flat_map(|(_, widgets)| widgets);
        all.map(|widget| (widget.id.accesskit_id().0, widget.interact_rect)).collect()
    });
    let holds = [Role::GenericContainer, Role::Pane, Role::Window, Role::TextRun, Role::Splitter];
    let nodes =
        window.harness.root().children_recursive().filter(|node| !holds.contains(&node.accesskit_node().role()));
    let widget = |node: egui_kittest::Node| {
        let inner = node.accesskit_node();
        inner.bounding_box()?;
        let (id, rect) = (inner.locate().0.0, node.rect());
        let name = inner.label().or(inner.value()).unwrap_or_default();
        Some(Widget { id, name, rect, seen: seen.get(&id).copied().unwrap_or(rect) })
    };
    nodes.filter_map(widget).filter(|widget| widget.rect.is_positive()).collect()
}

/// Everything in the table under the planes. Another table, further down, may have the same unit.
fn table(window: &Window) -> egui_kittest::Node<'_> {
    let heads = window.harness.query_all_by_label("nats per image");
    let head = heads.min_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
    head.and_then(|head| head.parent()).expect("a table")
}

/// The names of all runs with their rows in that table, from the top of the row to its bottom.
fn readouts(window: &Window) -> Vec<(String, Rect)> {
    let table = table(window);
    let labels: Vec<(String, Rect)> = table
        .children_recursive()
        .filter(|node| node.accesskit_node().role() == Role::Label)
        .filter_map(|node| Some((node.value()?, node.rect())))
        .collect();
    let rows = window.session().shown_runs().into_iter().map(|run| window.session().name(run));
    rows.map(|name| {
        let at = labels.iter().find(|(text, _)| *text == name).expect("a row").1;
        let in_row = labels.iter().filter(|(_, rect)| (rect.center().y - at.center().y).abs() < 6.0);
        let row = in_row.fold(at, |row, (_, rect)| row.union(*rect));
        (name, row)
    })
    .collect()
}

fn ids_of_readouts(window: &Window) -> BTreeSet<u64> {
    table(window).children_recursive().map(|node| node.accesskit_node().locate().0.0).collect()
}

/// What lies outside of the window, if only in part.
fn outside(window: &Window, size: Vec2) -> Vec<String> {
    let screen = Rect::from_min_size(pos2(0.0, 0.0), size).expand(0.5);
    let table = ids_of_readouts(window);
    let is_outside = |widget: &Widget| {
        let Widget { id, rect, seen, .. } = widget;
        let is_in_side = rect.center().x < SIDE && rect.top() > TOOLBAR;
        match (is_in_side, table.contains(id)) {
            // The panel scrolls up and down, the table from side to side.
            (true, _) => rect.left() < 0.0 || rect.right() > SIDE,
            (_, true) => rect.top() < screen.top() || rect.bottom() > screen.bottom(),
            _ => !screen.contains_rect(*rect) || !seen.is_positive(),
        }
    };
    let all = widgets(window).into_iter().filter(|widget| is_outside(widget));
    all.map(|Widget { name, rect, seen, .. }| format!("{name:?} at {rect:?}, of which {seen:?} is seen")).collect()
}

/// A window of this size whose runs have learned a little.
fn opened(size: Vec2) -> Window {
    let mut window = Opening::on_bars(settings()).sized(size).open();
    learn(&mut window);
    window
}

/// Has as many panes as are asked for, the last of four a fork.
fn with_panes(window: &mut Window, count: usize) {
    while window.session().panes().len() > count {
        window.act(Action::Close(window.pane(0)));
        window.act(Action::Confirm(true));
    }
    while window.session().panes().len() < count {
        let before = window.session().panes().len();
        let action = if before < 3 { Action::NewRun(ModelKind::Vae) } else { Action::Fork(window.pane(1)) };
        window.act(action);
        window.wait_for_panes(before + 1);
    }
    window.settle();
    window.harness.run_steps(3);
}

#[test]
fn nothing_lies_outside_of_the_smallest_window_with_one_to_four_panes() {
    let mut window = opened(SMALLEST);
    for count in 1..=4 {
        with_panes(&mut window, count);
        let outside = outside(&window, SMALLEST);
        assert!(outside.is_empty(), "{count} panes: {outside:#?}");
    }
}

#[test]
fn the_rows_of_the_readouts_lie_apart_between_planes_and_timeline() {
    for size in [SMALLEST, USUAL] {
        let mut window = opened(size);
        for count in 1..=4 {
            with_panes(&mut window, count);
            let rows = readouts(&window);
            assert_eq!(rows.len(), count);
            for pair in rows.windows(2) {
                assert!(pair[0].1.bottom() <= pair[1].1.top() + 0.5, "{count} panes: {pair:?}");
            }
            let planes = (0..count).map(|place| window.plane_at(place).bottom()).fold(0.0, f32::max);
            let timeline = window.harness.get_by_label("timeline").rect().top();
            let (first, last) = (rows[0].1.top(), rows[count - 1].1.bottom());
            assert!(planes < first && last < timeline, "{count} panes: {planes} {first} {last} {timeline}");
        }
    }
}

#[test]
fn nothing_in_the_head_of_a_pane_lies_over_another() {
    for size in [SMALLEST, USUAL] {
        let mut window = opened(size);
        with_panes(&mut window, 4);
        let all = widgets(&window);
        let heads = all.iter().filter(|widget| widget.name.ends_with(" pane")).map(|widget| widget.rect.center().y);
        for y in heads {
            let mut head: Vec<&Widget> = all.iter().filter(|w| (w.rect.center().y - y).abs() < 8.0).collect();
            head.retain(|widget| widget.rect.left() > SIDE);
            head.sort_by(|a, b| a.rect.left().total_cmp(&b.rect.left()));
            for pair in head.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                let what = format!("{:?} {:?}, {:?} {:?}", a.name, a.rect, b.name, b.rect);
                assert!(a.rect.right() <= b.rect.left() + 0.5, "{size:?}: {what}");
            }
        }
    }
}

#[test]
fn the_planes_of_a_row_of_panes_are_in_line_and_no_stamps() {
    for size in [SMALLEST, USUAL] {
        let mut window = opened(size);
        for count in 2..=4 {
            with_panes(&mut window, count);
            let planes: Vec<Rect> = (0..count).map(|place| window.plane_at(place)).collect();
            for plane in &planes {
                assert!(plane.width().min(plane.height()) > 100.0, "{size:?}, {count} panes: {planes:?}");
                let row: Vec<_> = planes.iter().filter(|other| other.top() < plane.bottom()).collect();
                let row = row.into_iter().filter(|other| other.bottom() > plane.top());
                row.for_each(|other| {
                    assert_eq!((other.top(), other.size()), (plane.top(), plane.size()), "{planes:?}")
                });
            }
        }
    }
}

#[test]
fn the_tab_bar_stays_where_it_is_when_another_tab_is_opened() {
    for size in [SMALLEST, USUAL] {
        let mut window = opened(size);
        let bar = |window: &Window| window.harness.get_by_role_and_label(Role::Button, "Losses").rect();
        let before = bar(&window);
        let tabs: Vec<_> = window.app().tabs().abouts().map(|about| about.name).collect();
        let run = window.run_id(1);
        for tab in tabs {
            window.harness.get_by_role_and_label(Role::Button, tab).click();
            window.harness.run_steps(6);
            match tab {
                "Inference" => window.wait(|app| app.tabs().get::<Inference>()?.of(run).map(|_| ())),
                "Path" => window.wait(|app| app.tabs().get::<PathTab>()?.of(run).map(|_| ())),
                _ => {}
            }
            window.harness.run_steps(6);
            assert_eq!(bar(&window), before, "{tab} at {size:?}");
        }
    }
}

#[test]
fn an_open_tab_pushes_nothing_out_of_the_smallest_window() {
    let mut window = opened(SMALLEST);
    with_panes(&mut window, 3);
    let tabs: Vec<_> = window.app().tabs().abouts().map(|about| about.name).collect();
    for tab in tabs {
        window.harness.get_by_role_and_label(Role::Button, tab).click();
        window.harness.run_steps(6);
        let content = window.harness.get_by_role_and_label(Role::Button, "Losses").rect().bottom();
        let above = Rect::from_min_max(pos2(0.0, 0.0), pos2(SMALLEST.x, content)).expand(0.5);
        let others =
            widgets(&window).into_iter().filter(|widget| widget.rect.top() < content && widget.seen.is_positive());
        let others = others.filter(|widget| widget.rect.left() > SIDE && !above.contains_rect(widget.rect));
        let table = ids_of_readouts(&window);
        let others: Vec<_> = others.filter(|widget| !table.contains(&widget.id)).map(|widget| widget.name).collect();
        assert!(others.is_empty(), "{tab}: {others:?}");
    }
}

/// Says something and tells where the text and its button are.
fn said(window: &mut Window, text: &str) -> (Rect, Rect) {
    window.act(Action::Notify(Notice::error(text)));
    window.harness.run_steps(6);
    (window.harness.get_by_label(text).rect(), window.harness.get_by_label("OK").rect())
}

#[test]
fn a_long_message_wraps_within_the_window_with_its_button_in_sight() {
    let screen = Rect::from_min_size(pos2(0.0, 0.0), SMALLEST);
    let folder = format!("/{}/model.safetensors cannot be read", "a_folder".repeat(46));
    for text in ["eight cut ".repeat(40).trim_end().to_owned(), folder] {
        let mut window = opened(SMALLEST);
        let (message, button) = said(&mut window, &text);
        assert!(message.height() > 30.0, "{message:?}: it needs several lines");
        assert!(screen.contains_rect(message) && screen.contains_rect(button), "{message:?} {button:?}");
        assert!(message.right() <= button.left(), "{message:?} {button:?}");
        window.click("OK");
        assert!(window.session().notice().is_none());
    }
}

#[test]
fn a_short_message_takes_no_more_room_after_a_long_one() {
    let mut window = opened(SMALLEST);
    said(&mut window, "A short one.");
    let plane = window.plane_at(0);
    said(&mut window, &"a long one ".repeat(40));
    said(&mut window, "A short one.");
    assert_eq!(window.plane_at(0), plane);
}

#[test]
fn a_question_stands_in_the_window_with_its_buttons_below_it() {
    let mut window = opened(SMALLEST);
    window.click("↺ Reset");
    window.harness.run_steps(3);
    let question = window.harness.get_by_label_contains("would be lost").rect();
    for button in ["Reset", "Cancel"] {
        let button = window.harness.get_by_label(button).rect();
        let below = button.top() - question.bottom();
        assert!((0.0..40.0).contains(&below) && button.bottom() < SMALLEST.y, "{question:?} {button:?}");
    }
}
