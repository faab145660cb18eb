//! A window that is opened on trained runs.

use latent_explorer::config::{Likelihood, TrainConfig};
use latent_explorer::model::Terms;
use latent_explorer::session::KlHalves;
use latent_explorer::train::{History, Opened};

use super::*;

const GAUSSIAN: Likelihood = Likelihood::Gaussian { c: 0.25, learned: false };

/// Settings of a person, which are not those of the runs.
fn own() -> Preferences {
    let settings = Settings { data: "mine".into(), kl: KlHalves::Off, train_at_start: true, ..preferences().settings };
    Preferences { settings, ..preferences() }
}

fn train() -> TrainConfig {
    TrainConfig { batch: 32, learning_rate: 0.01, beta: 4.0.into(), seed: 3 }
}

/// A VAE of 100 steps.
fn trained() -> Opened {
    let mut checkpoint = fixed_checkpoint(DATA);
    checkpoint.model.spec.likelihood = GAUSSIAN;
    checkpoint.progress.train = train();
    let mut history = History::default();
    history.train.push(100, Terms { recon: 90.0, kl: None, quantisation: None });
    Opened { history, ..Opened::from(checkpoint) }
}

fn open(data: Option<&str>) -> (Session, Vec<Effect>) {
    Session::new(own(), Start::Trained { runs: vec![trained()], data: data.map(Into::into) })
}

/// The same after the engine has taken the run in and trained it for some steps.
fn open_for(steps: u64) -> Session {
    let (mut session, _) = open(None);
    begin(&mut session, 1, vec![run(0, Vae, 100)]);
    hear(&mut session, 1, vec![run(0, Vae, 100 + steps)]);
    session
}

/// The session and the runs that are resumed, if any are.
fn resumed(effects: &[Effect]) -> Option<(SessionId, &str, &[Opened])> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send(session, Command::Resume { data, runs, .. }) => {
            Some((*session, data.path.as_str(), runs.as_slice()))
        }
        _ => None,
    })
}

#[test]
fn opened_runs_are_resumed_on_their_data_with_their_weights_and_curves() {
    let (_, effects) = open(None);
    let (session, data, runs) = resumed(&effects).unwrap();
    assert_eq!((session, data, runs.len()), (SessionId(1), DATA, 1));
    assert_eq!((&runs[0].checkpoint, &runs[0].history), (&trained().checkpoint, &trained().history));
}

#[test]
fn opened_runs_do_not_train_by_themselves() {
    let (session, effects) = open(None);
    assert!(!session.is_training());
    assert_sent(&effects[2..], &[(1, Command::Train(false))]);
}

#[test]
fn opened_runs_are_resumed_on_other_data_if_those_are_named() {
    let (_, effects) = open(Some("other"));
    let (session, data, runs) = resumed(&effects).expect("resumed runs");
    assert_eq!((session, data, runs.len()), (SessionId(1), "other", 1));
}

#[test]
fn the_settings_of_opened_runs_stand_in_for_the_persons() {
    let (session, _) = open(None);
    let Settings { data, likelihood, train: now, kl, .. } = session.settings().clone();
    assert_eq!((data.path.as_str(), likelihood, now, kl), (DATA, GAUSSIAN, train(), KlHalves::Both));
}

#[test]
fn the_preferences_keep_the_persons_settings_of_training() {
    assert_eq!(open_for(5).preferences(), own());
}

#[test]
fn the_preferences_keep_what_is_changed_of_the_rest() {
    let mut session = open_for(0);
    set(&mut session, Setting::Beta(9.0.into()));
    set(&mut session, Setting::Budget(64));
    let settings = Settings { budget: 64, ..own().settings };
    assert_eq!(session.preferences().settings, settings);
}

#[test]
fn the_preferences_of_a_window_on_new_runs_are_what_is_set() {
    let mut session = started();
    set(&mut session, Setting::Beta(9.0.into()));
    assert_eq!(session.preferences().settings.train.beta, 9.0);
}

#[test]
fn the_preferences_keep_no_view_of_a_plane() {
    let session = started();
    assert!(!session.screen().views.is_empty());
    assert!(session.preferences().screen.views.is_empty());
}

#[test]
fn steps_of_before_it_was_opened_are_not_lost_by_a_reset() {
    let mut session = open_for(0);
    session.apply(Action::Reset);
    assert!(session.confirmation().is_none());
}

#[test]
fn steps_since_it_was_opened_are_lost_by_a_reset() {
    let mut session = open_for(7);
    session.apply(Action::Reset);
    assert!(session.confirmation().unwrap().text.contains("7 steps of VAE"));
}

#[test]
fn a_reset_goes_back_to_the_opened_runs() {
    let mut session = open_for(0);
    let effects = session.apply(Action::Reset);
    let (session, data, runs) = resumed(&effects).unwrap();
    assert_eq!((session, data), (SessionId(2), DATA));
    assert_eq!(runs[0].checkpoint, trained().checkpoint);
}

#[test]
fn other_data_that_are_chosen_later_start_new_runs() {
    let mut session = open_for(0);
    let effects = set(&mut session, Setting::Data("other".into()));
    let runs = session.settings().runs().unwrap();
    let start = Command::Start { data: "other".into(), runs, probe: IMAGES };
    assert_sent(&effects, &[(2, start), (2, Command::Train(false))]);
}

#[test]
fn a_checkpoint_without_curves_is_an_opened_run_too() {
    let opened = Opened::from(fixed_checkpoint(DATA));
    let (_, effects) = Session::new(own(), Start::Trained { runs: vec![opened], data: None });
    let (_, _, runs) = resumed(&effects).unwrap();
    assert_eq!(runs[0].history, History::default());
}
