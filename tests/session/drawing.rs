//! Drawing: lines that become an image, and an image in their place.

use latent_explorer::config::ImageShape;
use latent_explorer::explore::sketch;
use latent_explorer::session::{Brush, Drawing};

use super::*;
use crate::support::SIDE;

const BRUSH: Brush = Brush { radius: 0.1, erases: false, color: [255; 3] };

/// Draws an upright line at a place from 0 to 1.
fn draw_line(session: &mut Session, x: f32) {
    session.apply(Action::Draw { at: [x, 0.2], brush: Some(BRUSH) });
    session.apply(Action::Draw { at: [x, 0.8], brush: None });
}

fn drawing(session: &Session) -> &Drawing {
    &session.document().drawing
}

/// An image of the right size, or of another.
fn image(pixels: usize) -> Arc<Vec<f32>> {
    Arc::new(vec![0.5; pixels])
}

#[test]
fn lines_become_an_image_of_the_size_of_those_of_the_data() {
    let mut session = started();
    draw_line(&mut session, 0.5);
    let Drawing { lines, image, .. } = drawing(&session);
    assert_eq!(lines[0].points, [[0.5, 0.2], [0.5, 0.8]]);
    assert_eq!(**image.as_ref().unwrap(), sketch(lines, ImageShape::grey(SIDE, SIDE), [0; 3]));
}

#[test]
fn a_brush_begins_a_line_with_its_radius_and_kind() {
    let mut session = started();
    draw_line(&mut session, 0.5);
    session.apply(Action::Draw { at: [0.5, 0.5], brush: Some(Brush { radius: 0.2, erases: true, color: [255; 3] }) });
    let lines = &drawing(&session).lines;
    assert_eq!((lines.len(), lines[1].radius, lines[1].erases), (2, 0.2, true));
}

#[test]
fn without_a_line_there_is_nothing_to_draw_on_at() {
    let mut session = started();
    session.apply(Action::Draw { at: [0.5, 0.5], brush: None });
    assert_eq!(drawing(&session), &Drawing::default());
}

#[test]
fn the_last_line_is_taken_back() {
    let mut session = started();
    draw_line(&mut session, 0.3);
    let before = drawing(&session).clone();
    draw_line(&mut session, 0.7);
    session.apply(Action::UndoLine);
    assert_eq!(drawing(&session), &before);
}

#[test]
fn there_is_no_image_without_lines() {
    let mut session = started();
    draw_line(&mut session, 0.5);
    session.apply(Action::UndoLine);
    assert_eq!(drawing(&session), &Drawing::default());
}

#[test]
fn a_drawing_is_cleared_but_for_its_noise() {
    let mut session = started();
    session.apply(Action::ResampleNoise);
    draw_line(&mut session, 0.5);
    session.apply(Action::ClearDrawing);
    assert_eq!(drawing(&session), &Drawing { draw: 1, ..Drawing::default() });
}

#[test]
fn an_image_stands_in_the_place_of_lines() {
    let mut session = started();
    draw_line(&mut session, 0.5);
    session.apply(Action::PutImage(image(SIDE * SIDE)));
    assert!(drawing(&session).lines.is_empty());
    assert_eq!(drawing(&session).image, Some(image(SIDE * SIDE)));
}

#[test]
fn an_image_of_another_size_is_refused() {
    let mut session = started();
    draw_line(&mut session, 0.5);
    let before = drawing(&session).clone();
    session.apply(Action::PutImage(image(SIDE * SIDE + 1)));
    assert_eq!(drawing(&session), &before);
}

#[test]
fn before_there_are_data_no_image_is_taken() {
    let (mut session, _) = fresh();
    session.apply(Action::PutImage(image(SIDE * SIDE)));
    assert_eq!(drawing(&session).image, None);
}

#[test]
fn noise_is_drawn_anew_and_is_the_same_for_the_same_draw() {
    let mut session = started();
    let first = drawing(&session).eps(2);
    session.apply(Action::ResampleNoise);
    assert_ne!(drawing(&session).eps(2), first);
    session.apply(Action::Undo);
    assert_eq!(drawing(&session).eps(2), first);
}
