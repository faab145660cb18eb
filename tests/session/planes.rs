//! The plane through a latent space of more than two dimensions: chosen for a run, sent to the engine, undone and kept.

use latent_explorer::config::{Axes, PlaneChoice};

use super::*;

const CHOSEN: PlaneChoice = PlaneChoice { axes: Axes::Dimensions([6, 2]), anchor: Some(4) };

fn of_dimensions(run: LiveRun, latent: usize) -> LiveRun {
    let mut checkpoint = (*run.checkpoint).clone();
    checkpoint.model.spec.latent = latent;
    LiveRun { checkpoint: Arc::new(checkpoint), ..run }
}

/// An AE of two dimensions and a VAE of sixteen.
fn sixteen() -> Session {
    let (mut session, _) = fresh();
    let runs = || vec![run(0, Ae, 0), of_dimensions(run(1, Vae, 0), 16)];
    begin(&mut session, 1, runs());
    hear(&mut session, 1, runs());
    session
}

fn choose(session: &mut Session, run: RunId, plane: PlaneChoice) -> Vec<Effect> {
    session.apply(Action::SetPlane { run, plane })
}

#[test]
fn a_plane_is_kept_with_its_run_and_told_to_the_engine() {
    let mut session = sixteen();
    assert_eq!(session.document().plane(VAE), PlaneChoice::default());
    assert_sent(&choose(&mut session, VAE, CHOSEN), &[(1, Command::SetPlane { run: VAE, plane: CHOSEN })]);
    assert_eq!(session.document().plane(VAE), CHOSEN);
    assert_eq!(session.document().plane(AE), PlaneChoice::default());
}

#[test]
fn a_plane_is_undone_and_done_again_in_the_engine_too() {
    let mut session = sixteen();
    choose(&mut session, VAE, CHOSEN);
    let default = PlaneChoice::default();
    assert_sent(&session.apply(Action::Undo), &[(1, Command::SetPlane { run: VAE, plane: default })]);
    assert_eq!(session.document().plane(VAE), default);
    assert_sent(&session.apply(Action::Redo), &[(1, Command::SetPlane { run: VAE, plane: CHOSEN })]);
    assert_eq!(session.document().plane(VAE), CHOSEN);
}

#[test]
fn what_is_no_plane_of_a_run_is_left() {
    let mut session = sixteen();
    let axes = |axes| PlaneChoice { axes: Axes::Dimensions(axes), anchor: None };
    for plane in [axes([0, 16]), axes([16, 0]), axes([3, 3]), PlaneChoice { anchor: Some(IMAGES), ..CHOSEN }] {
        assert_sent(&choose(&mut session, VAE, plane), &[]);
    }
    assert_sent(&choose(&mut session, AE, axes([1, 0])), &[]);
    assert!(session.document().planes.is_empty());
}

#[test]
fn a_fork_is_looked_at_in_the_plane_of_the_run_it_was_forked_off() {
    let mut session = sixteen();
    choose(&mut session, VAE, CHOSEN);
    session.apply(Action::Fork(pane(&session, 1)));
    let vae = of_dimensions(run(1, Vae, 0), 16);
    let fork = of_dimensions(fork_of(&vae, 0), 16);
    let heard = live(1, vec![run(0, Ae, 0), vae, fork]);
    assert_sent(&session.receive(Some(heard), Vec::new()), &[(1, Command::SetPlane { run: FORK, plane: CHOSEN })]);
    assert_eq!(session.document().plane(FORK), CHOSEN);
}

#[test]
fn the_plane_of_a_run_that_is_gone_is_forgotten() {
    let mut session = sixteen();
    choose(&mut session, VAE, CHOSEN);
    hear(&mut session, 1, vec![run(0, Ae, 0)]);
    assert!(session.document().planes.is_empty());
}

#[test]
fn a_start_that_failed_leaves_the_planes_as_they_were_chosen() {
    let mut session = sixteen();
    session.apply(Action::Reset);
    choose(&mut session, VAE, CHOSEN);
    let failed = Event::StartFailed { session: SessionId(2), reason: "no such data".to_owned() };
    let effects = format!("{:?}", session.receive(None, vec![failed]));
    assert!(effects.contains(&format!("{:?}", Command::SetPlane { run: VAE, plane: CHOSEN })), "{effects}");
}

#[test]
fn a_field_is_only_where_there_are_two_dimensions() {
    let (mut session, _) = fresh();
    let runs = || vec![run(0, Ae, 0), of_dimensions(run(1, Vae, 0), 1)];
    begin(&mut session, 1, runs());
    hear(&mut session, 1, runs());
    let field = Some(latent_explorer::explore::FieldKind::Density);
    session.apply(Action::ShowField { pane: None, field });
    assert_eq!([0, 1].map(|place| session.field(pane(&session, place))), [field, None]);
}

#[test]
fn the_selection_is_written_with_all_dimensions() {
    let (mut session, _) = fresh();
    let codes = Codes { latent: 3, mu: (0..3 * IMAGES).map(|i| i as f32).collect(), logvar: None };
    let runs = || vec![LiveRun { full: Arc::new(codes.clone()), ..of_dimensions(run(0, Ae, 0), 3) }, run(1, Vae, 0)];
    begin(&mut session, 1, runs());
    hear(&mut session, 1, runs());
    session.apply(Action::Select(Some(vec![2])));
    let csv = session.selection_csv().unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    let header = "index,label,AE mu_0,AE mu_1,AE mu_2,VAE mu_0,VAE mu_1,VAE logvar_0,VAE logvar_1";
    assert_eq!(lines, [header, "2,2,6,7,8,0,2,-1,-2"]);
}
