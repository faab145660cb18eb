//! What is picked out: images within an outline, classes that are shown, and the file of both.

use latent_explorer::config::Place;
use latent_explorer::figure::Emphasis::{Full, Hidden, Muted};
use latent_explorer::session::Tool;

use super::*;

/// Draws an outline in a pane and closes it.
fn outline(session: &mut Session, tool: Tool, place: usize, corners: &[Place]) {
    set(session, Setting::Tool(tool));
    for &at in corners {
        session.apply(Action::Outline { pane: pane(session, place), at });
    }
    session.apply(Action::CloseOutline);
}

fn selected(session: &Session) -> Option<&[usize]> {
    session.document().selection.images.as_ref().map(|images| images.as_slice())
}

fn show_class(session: &mut Session, class: u16, only: bool) {
    session.apply(Action::ShowClass { class, only });
}

#[test]
fn a_rectangle_selects_what_is_between_its_first_and_its_last_corner() {
    let mut session = started();
    outline(&mut session, Tool::Rectangle, 0, &[[0.5, -1.0], [8.5, 1.0], [3.5, 1.0]]);
    assert_eq!(selected(&session), Some([1, 2, 3].as_slice()));
}

#[test]
fn a_lasso_selects_what_is_within_the_line_that_was_drawn() {
    let mut session = started();
    outline(&mut session, Tool::Lasso, 0, &[[0.5, -1.0], [2.5, -1.0], [1.5, 3.0]]);
    assert_eq!(selected(&session), Some([1, 2].as_slice()));
}

#[test]
fn an_outline_selects_by_the_codes_of_its_own_pane() {
    let mut session = started();
    outline(&mut session, Tool::Rectangle, 1, &[[-1.0, 6.5], [1.0, 8.5]]);
    assert_eq!(selected(&session), Some([7, 8].as_slice()));
}

#[test]
fn an_outline_is_seen_until_it_is_closed() {
    let mut session = started();
    set(&mut session, Setting::Tool(Tool::Rectangle));
    session.apply(Action::Outline { pane: pane(&session, 0), at: [0.0, 0.0] });
    session.apply(Action::Outline { pane: pane(&session, 0), at: [2.0, 1.0] });
    let corners = vec![[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [0.0, 1.0]];
    assert_eq!(session.outline(), Some(&(pane(&session, 0), corners)));
    session.apply(Action::CloseOutline);
    assert_eq!(session.outline(), None);
}

#[test]
fn an_outline_around_nothing_takes_the_selection_away() {
    let mut session = started();
    session.apply(Action::Select(Some(vec![1, 2])));
    outline(&mut session, Tool::Rectangle, 0, &[[20.0, 20.0], [21.0, 21.0]]);
    assert_eq!(selected(&session), None);
}

#[test]
fn images_of_hidden_classes_are_not_selected() {
    let mut session = started();
    show_class(&mut session, 1, false);
    outline(&mut session, Tool::Rectangle, 0, &[[0.5, -1.0], [4.5, 1.0]]);
    assert_eq!(selected(&session), Some([2, 3].as_slice()));
}

#[test]
fn a_class_is_hidden_and_shown_again() {
    let mut session = started();
    show_class(&mut session, 2, false);
    show_class(&mut session, 0, false);
    assert_eq!(session.document().selection.hidden, [0, 2]);
    show_class(&mut session, 2, false);
    assert_eq!(session.document().selection.hidden, [0]);
}

#[test]
fn a_class_is_shown_alone_and_then_with_all_others() {
    let mut session = started();
    show_class(&mut session, 1, true);
    assert_eq!(session.document().selection.hidden, [0, 2]);
    show_class(&mut session, 1, true);
    assert!(session.document().selection.hidden.is_empty());
}

#[test]
fn all_points_are_drawn_alike_while_nothing_is_picked_out() {
    let mut session = started();
    assert!(session.emphasis().is_none());
    session.apply(Action::Select(Some(vec![1])));
    session.apply(Action::Select(None));
    assert!(session.emphasis().is_none());
}

#[test]
fn what_is_not_selected_is_muted_and_hidden_classes_are_not_drawn() {
    let mut session = started();
    session.apply(Action::Select(Some(vec![0, 1])));
    show_class(&mut session, 1, false);
    let expected = [Full, Hidden, Muted, Muted, Hidden, Muted, Muted, Hidden, Muted];
    assert_eq!(session.emphasis().unwrap().as_slice(), expected);
}

#[test]
fn without_a_selection_the_classes_that_are_shown_are_drawn_in_full() {
    let mut session = started();
    show_class(&mut session, 2, true);
    let expected = [Hidden, Hidden, Full, Hidden, Hidden, Full, Hidden, Hidden, Full];
    assert_eq!(session.emphasis().unwrap().as_slice(), expected);
}

#[test]
fn the_file_of_a_selection_has_labels_and_the_codes_that_each_run_gives() {
    let mut session = started();
    session.apply(Action::Select(Some(vec![2, 4])));
    let csv = "index,label,AE mu_0,AE mu_1,VAE mu_0,VAE mu_1,VAE logvar_0,VAE logvar_1\n\
               2,2,2,0,0,2,-1,-2\n\
               4,1,4,0,0,4,-1,-2\n";
    assert_eq!(session.selection_csv().unwrap(), csv);
}

#[test]
fn there_is_no_file_of_nothing() {
    assert_eq!(started().selection_csv(), None);
}

#[test]
fn a_run_in_two_panes_is_in_the_file_once() {
    let mut session = started();
    session.apply(Action::Select(Some(vec![2, 4])));
    let before = session.selection_csv();
    session.apply(Action::Duplicate(pane(&session, 0)));
    assert_eq!(session.selection_csv(), before);
}

#[test]
fn a_comma_in_a_name_makes_no_column() {
    let mut session = started();
    session.apply(Action::Select(Some(vec![2])));
    session.apply(Action::Rename { run: AE, name: "slow, \"calm\"".to_owned() });
    let csv = session.selection_csv().unwrap();
    let columns: Vec<usize> = csv.lines().map(|line| line.split(',').count()).collect();
    assert_eq!(columns, [8, 8], "{csv}");
    assert!(!csv.contains('"'));
}
