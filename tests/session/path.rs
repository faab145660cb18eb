//! The path: its waypoints, which are images or codes, and the cursors that go along it.

use latent_explorer::config::Place;
use latent_explorer::explore::{FollowedRoute, Interpolation, Route, Spacing, Waypoint};
use latent_explorer::session::{Finding, waypoint_name};

use super::*;

/// How long a cursor stays at each step, in milliseconds.
const STEP: u64 = 120;
const FOLLOWED: [Place; 3] = [[0.0, 0.0], [0.5, 1.0], [1.0, 2.0]];

/// A session whose waypoints are these.
fn through(points: &[Waypoint]) -> Session {
    let mut settings = preferences().settings;
    settings.path.points = points.to_vec();
    let preferences = Preferences { settings, ..preferences() };
    let (mut session, _) = Session::new(preferences, Start::Fresh { data: None });
    begin(&mut session, 1, pair(0));
    session
}

/// A session whose cursors have gone along the path of the AE since 1,000 milliseconds; that of the VAE is not known.
fn walking() -> Session {
    let mut session = started();
    let path = FollowedRoute { codes: FOLLOWED.to_vec(), ..FollowedRoute::default() };
    session.apply(Action::Note(Finding::Path { run: AE, path: Arc::new(path) }));
    at(&mut session, 1_000);
    session.apply(Action::Walk(true));
    session
}

fn route(session: &Session, run: RunId) -> Route {
    session.route(session.state_of(run).unwrap())
}

fn waypoints(session: &Session) -> &[Waypoint] {
    &session.settings().path.points
}

#[test]
fn a_path_begins_between_two_images() {
    assert_eq!(waypoints(&started()), [Waypoint::Image(0), Waypoint::Image(1)]);
}

#[test]
fn between_images_each_run_goes_between_its_own_codes_of_them() {
    let session = through(&[Waypoint::Image(2), Waypoint::Image(5)]);
    assert_eq!(route(&session, AE).points, [[2.0, 0.0], [5.0, 0.0]]);
    assert_eq!(route(&session, VAE).points, [[0.0, 2.0], [0.0, 5.0]]);
}

#[test]
fn between_codes_all_runs_go_between_the_same() {
    let session = through(&[Waypoint::Code([1.5, 1.0]), Waypoint::Code([-1.0, 0.5])]);
    assert_eq!(route(&session, AE).points, [[1.5, 1.0], [-1.0, 0.5]]);
    assert_eq!(route(&session, AE), route(&session, VAE));
}

#[test]
fn waypoints_that_other_data_do_not_have_are_the_usual_ones_again() {
    let session = through(&[Waypoint::Image(2), Waypoint::Image(IMAGES), Waypoint::Image(5)]);
    assert_eq!(waypoints(&session), [Waypoint::Image(0), Waypoint::Image(1)]);
}

#[test]
fn a_route_is_as_it_is_set() {
    let mut session = started();
    set(&mut session, Setting::PathSteps(7));
    set(&mut session, Setting::Interpolation(Interpolation::Geodesic));
    set(&mut session, Setting::Spacing(Spacing::Image));
    let Route { steps, interpolation, spacing, .. } = route(&session, AE);
    assert_eq!((steps, interpolation, spacing), (7, Interpolation::Geodesic, Spacing::Image));
}

#[test]
fn a_waypoint_that_is_an_image_moves_to_the_image_nearest_in_its_pane() {
    let mut session = through(&[Waypoint::Image(2), Waypoint::Image(5)]);
    session.apply(Action::MoveWaypoint { index: 1, pane: pane(&session, 1), at: [0.4, 6.8] });
    assert_eq!(waypoints(&session), [Waypoint::Image(2), Waypoint::Image(7)]);
}

#[test]
fn a_waypoint_that_is_a_code_moves_to_where_it_is_put() {
    let mut session = through(&[Waypoint::Code([0.0, 0.0]), Waypoint::Code([1.0, 0.0])]);
    session.apply(Action::MoveWaypoint { index: 1, pane: pane(&session, 1), at: [0.4, 6.8] });
    assert_eq!(waypoints(&session), [Waypoint::Code([0.0, 0.0]), Waypoint::Code([0.4, 6.8])]);
}

#[test]
fn images_become_the_codes_of_the_active_pane() {
    let mut session = through(&[Waypoint::Image(2), Waypoint::Image(5)]);
    session.apply(Action::Point { pane: pane(&session, 1), at: [0.0, 0.0] });
    session.apply(Action::MakeWaypoints { images: false });
    assert_eq!(waypoints(&session), [Waypoint::Code([0.0, 2.0]), Waypoint::Code([0.0, 5.0])]);
}

#[test]
fn codes_become_the_images_nearest_in_the_active_pane() {
    let mut session = through(&[Waypoint::Code([2.2, 1.0]), Waypoint::Code([4.9, -1.0])]);
    session.apply(Action::MakeWaypoints { images: true });
    assert_eq!(waypoints(&session), [Waypoint::Image(2), Waypoint::Image(5)]);
}

#[test]
fn a_new_waypoint_at_the_cursor_is_of_the_kind_of_the_others() {
    let mut session = started();
    session.apply(Action::Point { pane: pane(&session, 0), at: [3.2, 0.5] });
    assert_eq!(session.waypoint_at_cursor(pane(&session, 0)), Waypoint::Image(3));
    session.apply(Action::MakeWaypoints { images: false });
    assert_eq!(session.waypoint_at_cursor(pane(&session, 0)), Waypoint::Code([3.2, 0.5]));
}

#[test]
fn a_new_waypoint_is_the_last() {
    let mut session = started();
    session.apply(Action::AddWaypoint(Waypoint::Image(8)));
    assert_eq!(waypoints(&session), [Waypoint::Image(0), Waypoint::Image(1), Waypoint::Image(8)]);
}

#[test]
fn waypoints_are_taken_away_from_the_last_on_but_two_stay() {
    let mut session = through(&[Waypoint::Image(2), Waypoint::Image(5), Waypoint::Image(8)]);
    for _ in 0..2 {
        session.apply(Action::RemoveWaypoint);
        assert_eq!(waypoints(&session), [Waypoint::Image(2), Waypoint::Image(5)]);
    }
}

#[test]
fn waypoints_are_called_by_letters() {
    assert_eq!([0, 1, 25].map(waypoint_name), ['A', 'B', 'Z']);
}

#[test]
fn a_cursor_goes_to_the_end_of_its_path_and_back() {
    let mut session = walking();
    let mut gone = Vec::new();
    for step in 0..6 {
        at(&mut session, 1_000 + step * STEP);
        gone.push(session.cursor_in(pane(&session, 0)));
    }
    let [a, b, c] = FOLLOWED;
    assert_eq!(gone, [a, b, c, b, a, b]);
}

#[test]
fn a_cursor_stays_where_it_is_while_its_path_is_not_known() {
    let mut session = walking();
    at(&mut session, 1_000 + STEP);
    assert_eq!(session.cursor_in(pane(&session, 1)), [0.0, 0.0]);
}

#[test]
fn the_image_nearest_a_cursor_is_right_while_it_goes_along() {
    let mut session = walking();
    at(&mut session, 1_000 + 2 * STEP);
    assert_eq!(session.image_at_cursor(pane(&session, 0)), Some((1, 2.0)));
}

#[test]
fn pointing_somewhere_ends_the_walk_there() {
    let mut session = walking();
    at(&mut session, 1_000 + STEP);
    session.apply(Action::Point { pane: pane(&session, 0), at: [3.0, 3.0] });
    at(&mut session, 1_000 + 2 * STEP);
    assert!(!session.is_walking());
    assert_eq!(session.cursor_in(pane(&session, 0)), [3.0, 3.0]);
}

#[test]
fn a_nudge_ends_the_walk_beside_where_the_cursor_was() {
    let mut session = walking();
    at(&mut session, 1_000 + STEP);
    let height = session.document().view(pane(&session, 0)).height();
    session.apply(Action::Nudge { right: 0.25, up: 0.0 });
    assert!(!session.is_walking());
    assert_eq!(session.cursor_in(pane(&session, 0)), [0.5 + 0.25 * height, 1.0]);
}

#[test]
fn a_walk_that_is_stopped_leaves_the_cursor_where_it_was_before() {
    let mut session = walking();
    at(&mut session, 1_000 + STEP);
    session.apply(Action::Walk(false));
    assert_eq!(session.cursor_in(pane(&session, 0)), [0.0, 0.0]);
}

#[test]
fn something_moves_by_itself_only_during_a_walk() {
    let mut session = walking();
    let next = at(&mut session, 1_010).expect("a time");
    assert!(next <= Duration::from_millis(STEP));
    session.apply(Action::Walk(false));
    assert_eq!(at(&mut session, 1_020), None);
}
