//! The models of a session: which of them follow the settings, and what a reset starts again.

use latent_explorer::config::{Beta, Likelihood, ModelSpec};
use latent_explorer::session::{Draft, Member, OwnSettings, Preset, Recipe};
use latent_explorer::train::RunSettings;

use super::*;

const NEW: RunId = RunId(2);

/// A mixture, with weights and a rate that are not those of the settings.
fn own() -> RunSettings {
    let mut draft = Draft::new(Preset::Mixture, &preferences().settings);
    (draft.train.beta, draft.train.learning_rate, draft.model.latent) = (3.0.into(), 0.01, 5);
    draft.run().unwrap()
}

fn start_own(session: &mut Session) -> Vec<Effect> {
    session.apply(Action::Start(Box::new(own())))
}

/// The run that those settings start.
fn new_run() -> LiveRun {
    let mut new = run(NEW.0, Vae, 0);
    let checkpoint = Arc::make_mut(&mut new.checkpoint);
    (checkpoint.model.spec, checkpoint.progress.train) = (own().model, own().train);
    new
}

/// A session with an AE, a VAE and that run.
fn three() -> Session {
    let mut session = started();
    start_own(&mut session);
    let mut runs = pair(0);
    runs.push(new_run());
    hear(&mut session, 1, runs);
    session
}

/// What a reset would start.
fn started_by_reset(session: &mut Session) -> Vec<RunSettings> {
    let mut effects = session.apply(Action::Reset);
    effects.extend(session.apply(Action::Confirm(true)));
    let start = effects.into_iter().find_map(|effect| match effect {
        Effect::Send(_, Command::Start { runs, .. }) => Some(runs),
        _ => None,
    });
    start.expect("a start")
}

fn as_set(session: &Session) -> [RunSettings; 2] {
    [Ae, Vae].map(|kind| session.settings().run(kind).unwrap())
}

#[test]
fn a_described_run_is_added_as_it_was_described() {
    assert_sent(&start_own(&mut started()), &[(1, Command::Add(own()))]);
}

#[test]
fn a_reset_starts_all_models_each_with_its_own() {
    let mut session = three();
    let [ae, vae] = as_set(&session);
    assert_eq!(started_by_reset(&mut session), [ae, vae, own()]);
}

#[test]
fn a_reset_starts_a_run_that_was_asked_for_and_has_not_come_in() {
    let mut session = started();
    start_own(&mut session);
    assert_eq!(started_by_reset(&mut session).len(), 3);
}

#[test]
fn after_a_reset_each_run_is_again_the_model_that_it_was() {
    let mut session = three();
    session.apply(Action::Reset);
    let mut new = new_run();
    new.id = RunId(5);
    begin(&mut session, 2, vec![run(3, Ae, 0), run(4, Vae, 0), new]);
    let settings = OwnSettings { beta: 3.0.into(), learning_rate: 0.01 };
    assert!(session.document().own.iter().eq([(&RunId(5), &settings)]));
    session.apply(Action::Close(pane(&session, 0)));
    let [_, vae] = as_set(&session);
    assert_eq!(started_by_reset(&mut session), [vae, own()]);
}

#[test]
fn a_described_run_keeps_its_beta_rate_and_likelihood_when_those_are_set() {
    let mut session = three();
    for setting in [Setting::Beta(9.0.into()), Setting::LearningRate(0.02), Setting::Likelihood(Likelihood::LEARNED)] {
        let sent = format!("{:?}", set(&mut session, setting));
        assert!(sent.contains("RunId(1)") && !sent.contains("RunId(2)"), "{sent}");
    }
    assert_eq!(started_by_reset(&mut session)[2], own());
}

#[test]
fn a_run_that_is_started_as_set_follows_the_settings() {
    let mut session = started();
    session.apply(Action::NewRun(Vae));
    let mut runs = pair(0);
    runs.push(run(NEW.0, Vae, 0));
    hear(&mut session, 1, runs);
    let sent = format!("{:?}", set(&mut session, Setting::Beta(9.0.into())));
    assert!(sent.contains("RunId(2)"), "{sent}");
    let [ae, vae] = as_set(&session);
    assert_eq!(started_by_reset(&mut session), [ae, vae.clone(), vae]);
}

#[test]
fn a_beta_of_its_own_is_sent_to_it_alone_and_a_reset_starts_with_it() {
    let mut session = three();
    let beta = Beta { mean: 0.5, variance: 2.0 };
    assert_sent(&session.apply(Action::SetBeta { run: NEW, beta }), &[(1, Command::SetBeta { run: NEW, beta })]);
    assert_eq!(started_by_reset(&mut session)[2].train.beta, beta);
}

#[test]
fn the_batch_size_is_that_of_all() {
    let mut session = three();
    set(&mut session, Setting::Batch(64));
    assert!(started_by_reset(&mut session).iter().all(|run| run.train.batch == 64));
}

#[test]
fn a_run_that_ends_with_its_pane_is_taken_out() {
    let mut session = three();
    session.apply(Action::Close(pane(&session, 1)));
    let [ae, _] = as_set(&session);
    assert_eq!(started_by_reset(&mut session), [ae, own()]);
}

#[test]
fn a_run_that_another_pane_shows_stays_in() {
    let mut session = started();
    session.apply(Action::Duplicate(pane(&session, 0)));
    session.apply(Action::Close(pane(&session, 0)));
    assert_eq!(started_by_reset(&mut session), as_set(&session));
}

#[test]
fn a_fork_is_not_in_the_list() {
    let mut session = forked(0);
    assert_eq!(session.settings().roster.len(), 2);
    session.apply(Action::Close(pane(&session, 2)));
    assert_eq!(started_by_reset(&mut session), as_set(&session));
}

#[test]
fn where_all_models_have_been_closed_an_ae_and_a_vae_are_started() {
    let mut session = forked(0);
    for _ in 0..2 {
        session.apply(Action::Close(pane(&session, 0)));
        session.apply(Action::Confirm(true));
    }
    assert!(session.settings().roster.is_empty());
    assert_eq!(session.settings().runs().unwrap(), as_set(&session));
}

#[test]
fn a_run_that_is_undone_is_taken_out_and_is_not_brought_back() {
    let mut session = three();
    assert_sent(&session.apply(Action::Undo), &[(1, Command::Drop { run: NEW })]);
    assert_eq!(session.settings().roster.len(), 2);
    hear(&mut session, 1, pair(0));
    session.apply(Action::Redo);
    assert_eq!(started_by_reset(&mut session), as_set(&session));
}

#[test]
fn an_undone_close_brings_back_no_model() {
    let mut session = three();
    session.apply(Action::Close(pane(&session, 1)));
    session.apply(Action::Undo);
    let [ae, _] = as_set(&session);
    assert_eq!(started_by_reset(&mut session), [ae, own()]);
}

#[test]
fn its_own_beta_is_undone() {
    let mut session = three();
    session.apply(Action::SetBeta { run: NEW, beta: 20.0.into() });
    let effects = session.apply(Action::Undo);
    assert_sent(&effects, &[(1, Command::SetBeta { run: NEW, beta: 3.0.into() })]);
}

#[test]
fn a_run_that_could_not_be_added_is_not_in_the_list() {
    let mut session = started();
    start_own(&mut session);
    let event = Event::CommandFailed { session: SessionId(1), reason: "out of memory".to_owned() };
    session.receive(None, vec![event]);
    assert_eq!(started_by_reset(&mut session), as_set(&session));
}

#[test]
fn a_start_that_failed_leaves_the_models_that_are_there() {
    let mut session = three();
    set(&mut session, Setting::Data("other".into()));
    start_own(&mut session);
    session.receive(None, vec![Event::StartFailed { session: SessionId(2), reason: "no such data".to_owned() }]);
    let [ae, vae] = as_set(&session);
    assert_eq!(started_by_reset(&mut session), [ae, vae, own()]);
}

#[test]
fn the_models_are_kept_for_the_next_time_with_what_they_are_trained_with() {
    let mut session = three();
    session.apply(Action::SetBeta { run: NEW, beta: 20.0.into() });
    let saved = serde_json::to_string(&session.preferences()).unwrap();
    let (session, effects) = Session::new(serde_json::from_str(&saved).unwrap(), Start::Fresh { data: None });
    let mut last = own();
    last.train.beta = 20.0.into();
    let [ae, vae] = as_set(&session);
    let start = Command::Start { data: DATA.into(), runs: vec![ae, vae, last], probe: IMAGES };
    assert_sent(&effects[1..2], &[(1, start)]);
}

#[test]
fn the_defaults_leave_the_models_as_they_are() {
    let mut session = three();
    session.apply(Action::RestoreDefaults);
    assert_eq!(session.settings().roster.len(), 3);
}

#[test]
fn models_that_cannot_be_started_are_not_read_from_a_file() {
    let mut unsound = own();
    unsound.model.latent = 0;
    let mut wild = own();
    wild.train.beta = Beta::both(f64::NAN);
    let members = |recipes: Vec<Recipe>| recipes.into_iter().map(Member::from).collect::<Vec<_>>();
    let roster = members(vec![Recipe::Own(unsound), Recipe::Own(own()), Recipe::Own(wild)]);
    let settings = Settings { roster, ..Settings::default() }.sanitised();
    assert_eq!(settings.roster, members(vec![Recipe::Own(own())]));
    let many = members(vec![Recipe::AsSet(Vae); 1_000]);
    assert!(Settings { roster: many, ..Settings::default() }.sanitised().roster.len() < 20);
    let none = Settings { roster: Vec::new(), ..Settings::default() }.sanitised();
    assert_eq!(none, Settings::default());
}

#[test]
fn a_run_beside_opened_ones_has_its_own_and_a_reset_goes_back_to_what_was_opened() {
    let start = Start::Trained { runs: vec![fixed_checkpoint(DATA).into()], data: None };
    let (mut session, _) = Session::new(preferences(), start);
    begin(&mut session, 1, vec![run(0, Vae, 100)]);
    start_own(&mut session);
    hear(&mut session, 1, vec![run(0, Vae, 100), new_run()]);
    assert!(session.document().own.contains_key(&NEW) && !session.document().own.contains_key(&RunId(0)));
    assert_eq!(session.preferences().settings.roster, preferences().settings.roster);
    let effects = session.apply(Action::Reset);
    assert!(matches!(&effects[0], Effect::Send(_, Command::Resume { runs, .. }) if runs.len() == 1));
}

#[test]
fn a_linear_model_that_was_opened_is_sent_no_likelihood_that_it_cannot_have() {
    let (mut session, _) = fresh();
    let mut pca = run(0, Vae, 0);
    Arc::make_mut(&mut pca.checkpoint).model.spec = ModelSpec::new(ModelKind::Pca);
    begin(&mut session, 1, vec![pca]);
    let gaussian = Likelihood::Gaussian { c: 0.1, learned: false };
    let sent = set(&mut session, Setting::Likelihood(gaussian));
    assert_sent(&sent, &[(1, Command::SetLikelihood { run: RunId(0), likelihood: gaussian })]);
    assert_sent(&set(&mut session, Setting::Likelihood(Likelihood::Bernoulli)), &[]);
}
