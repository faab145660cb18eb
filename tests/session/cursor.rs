//! The cursor: linked by code or by image, or a pane's own.

use latent_explorer::config::Place;
use latent_explorer::session::Link;

use super::*;

/// A session whose cursors are linked by image.
fn by_image() -> Session {
    let mut session = started();
    set(&mut session, Setting::Link(Link::SameImage));
    session
}

fn point(session: &mut Session, place: usize, at: Place) {
    session.apply(Action::Point { pane: pane(session, place), at });
}

/// The cursors of both panes.
fn cursors(session: &Session) -> [Place; 2] {
    [0, 1].map(|place| session.cursor_in(pane(session, place)))
}

#[test]
fn linked_by_code_all_panes_have_the_code_that_was_pointed_at() {
    let mut session = started();
    point(&mut session, 1, [1.5, -0.5]);
    assert_eq!(cursors(&session), [[1.5, -0.5], [1.5, -0.5]]);
}

#[test]
fn linked_by_image_each_pane_has_its_own_code_of_the_image_that_was_pointed_at() {
    let mut session = by_image();
    point(&mut session, 0, [2.9, 0.4]);
    assert_eq!(cursors(&session), [[3.0, 0.0], [0.0, 3.0]]);
}

#[test]
fn linked_by_image_the_cursor_goes_with_its_image_as_the_codes_move() {
    let mut session = by_image();
    point(&mut session, 0, [2.9, 0.4]);
    // Each of them with the codes that the other had.
    hear(&mut session, 1, vec![run(0, Vae, 1), run(1, Ae, 1)]);
    assert_eq!(cursors(&session), [[0.0, 3.0], [3.0, 0.0]]);
}

#[test]
fn linking_by_image_goes_to_the_image_nearest_in_the_pane_last_pointed_at() {
    let mut session = started();
    point(&mut session, 1, [0.3, 2.2]);
    set(&mut session, Setting::Link(Link::SameImage));
    assert_eq!(cursors(&session), [[2.0, 0.0], [0.0, 2.0]]);
}

#[test]
fn linking_by_code_keeps_the_cursor_of_the_pane_last_pointed_at() {
    let mut session = by_image();
    point(&mut session, 1, [0.0, 5.0]);
    set(&mut session, Setting::Link(Link::SameCode));
    assert_eq!(cursors(&session), [[0.0, 5.0], [0.0, 5.0]]);
}

#[test]
fn an_unlinked_pane_keeps_its_cursor_where_it_is() {
    let mut session = started();
    point(&mut session, 0, [1.0, 1.0]);
    session.apply(Action::Unlink(pane(&session, 1)));
    point(&mut session, 0, [2.0, 2.0]);
    assert_eq!(cursors(&session), [[2.0, 2.0], [1.0, 1.0]]);
}

#[test]
fn pointing_in_an_unlinked_pane_moves_its_own_cursor_alone() {
    let mut session = started();
    session.apply(Action::Unlink(pane(&session, 1)));
    point(&mut session, 1, [1.0, 1.0]);
    assert_eq!(cursors(&session), [[0.0, 0.0], [1.0, 1.0]]);
}

#[test]
fn a_pane_that_is_linked_again_has_the_cursor_of_the_others() {
    let mut session = started();
    session.apply(Action::Unlink(pane(&session, 1)));
    point(&mut session, 1, [1.0, 1.0]);
    session.apply(Action::Unlink(pane(&session, 1)));
    assert_eq!(cursors(&session), [[0.0, 0.0], [0.0, 0.0]]);
}

#[test]
fn the_pane_last_pointed_at_is_the_active_one() {
    let mut session = started();
    assert_eq!(session.active_pane(), Some(pane(&session, 0)));
    point(&mut session, 1, [1.0, 1.0]);
    assert_eq!(session.active_pane(), Some(pane(&session, 1)));
    session.apply(Action::Close(pane(&session, 1)));
    assert_eq!(session.active_pane(), Some(pane(&session, 0)));
}

#[test]
fn by_code_a_nudge_is_a_share_of_what_the_active_pane_shows() {
    let mut session = started();
    point(&mut session, 1, [1.0, 2.0]);
    let height = session.document().view(pane(&session, 1)).height();
    session.apply(Action::Nudge { right: 0.25, up: -0.5 });
    assert_eq!(cursors(&session), [[1.0 + 0.25 * height, 2.0 - 0.5 * height]; 2]);
}

#[test]
fn by_image_a_nudge_goes_to_the_next_image_in_that_direction_of_the_active_pane() {
    let mut session = by_image();
    point(&mut session, 1, [0.0, 3.0]);
    session.apply(Action::Nudge { right: 0.0, up: 0.01 });
    assert_eq!(cursors(&session), [[4.0, 0.0], [0.0, 4.0]]);
}

#[test]
fn by_image_a_nudge_stays_where_there_is_no_image_in_that_direction() {
    let mut session = by_image();
    point(&mut session, 0, [8.0, 0.0]);
    session.apply(Action::Nudge { right: 0.01, up: 0.0 });
    assert_eq!(cursors(&session), [[8.0, 0.0], [0.0, 8.0]]);
}

#[test]
fn a_nudge_in_an_unlinked_pane_moves_its_own_cursor_by_code() {
    let mut session = by_image();
    point(&mut session, 0, [3.0, 0.0]);
    session.apply(Action::Unlink(pane(&session, 1)));
    let height = session.document().view(pane(&session, 1)).height();
    session.apply(Action::Nudge { right: 0.25, up: 0.0 });
    assert_eq!(cursors(&session), [[3.0, 0.0], [0.25 * height, 3.0]]);
}

#[test]
fn finding_an_image_puts_every_cursor_on_it() {
    let mut session = by_image();
    session.apply(Action::Find(5));
    assert_eq!(cursors(&session), [[5.0, 0.0], [0.0, 5.0]]);
}

#[test]
fn finding_an_image_links_by_image_where_cursors_were_linked_by_code() {
    let mut session = started();
    session.apply(Action::Find(5));
    assert_eq!(session.settings().link, Link::SameImage);
    assert_eq!(cursors(&session), [[5.0, 0.0], [0.0, 5.0]]);
}

#[test]
fn the_image_nearest_the_cursor_is_that_of_each_pane() {
    let mut session = started();
    point(&mut session, 0, [2.0, 0.25]);
    assert_eq!(session.image_at_cursor(pane(&session, 0)), Some((2, 0.25)));
    assert_eq!(session.image_at_cursor(pane(&session, 1)), Some((0, 4.0625f32.sqrt())));
}

#[test]
fn the_image_nearest_the_cursor_is_right_as_soon_as_the_codes_have_changed() {
    let mut session = started();
    point(&mut session, 0, [2.0, 0.5]);
    let mut moved = run(0, Ae, 1);
    Arc::make_mut(&mut moved.codes).mu[7] = [2.0, 0.25];
    hear(&mut session, 1, vec![moved, run(1, Vae, 1)]);
    assert_eq!(session.image_at_cursor(pane(&session, 0)), Some((7, 0.25)));
}

#[test]
fn the_image_nearest_the_cursor_is_right_as_soon_as_a_pane_shows_another_run() {
    let mut session = started();
    point(&mut session, 0, [0.0, 3.0]);
    assert_eq!(session.image_at_cursor(pane(&session, 0)), Some((0, 3.0)));
    session.apply(Action::Show { pane: pane(&session, 0), run: VAE });
    assert_eq!(session.image_at_cursor(pane(&session, 0)), Some((3, 0.0)));
}

#[test]
fn a_pane_that_is_closed_has_no_image_at_its_cursor() {
    let mut session = started();
    let closed = pane(&session, 1);
    session.apply(Action::Close(closed));
    assert_eq!(session.image_at_cursor(closed), None);
}
