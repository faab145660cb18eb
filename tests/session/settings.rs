//! Settings: which of them the engine is told of, and for which runs.

use latent_explorer::config::MNIST;
use latent_explorer::config::{Beta, Likelihood};
use latent_explorer::session::{KlHalves, OwnSettings};

use super::*;

fn set_beta(run: RunId, beta: f64) -> (u64, Command) {
    (1, Command::SetBeta { run, beta: beta.into() })
}

fn set_rate(run: RunId, rate: f64) -> (u64, Command) {
    (1, Command::SetLearningRate { run, rate })
}

#[test]
fn beta_is_sent_to_the_followers_and_to_no_fork() {
    let effects = set(&mut forked(0), Setting::Beta(4.0.into()));
    assert_sent(&effects, &[set_beta(AE, 4.0), set_beta(VAE, 4.0)]);
}

#[test]
fn the_kl_switch_sends_zero_and_then_beta_again() {
    let mut session = forked(0);
    assert_sent(&set(&mut session, Setting::Kl(KlHalves::Off)), &[set_beta(AE, 0.0), set_beta(VAE, 0.0)]);
    assert_sent(&set(&mut session, Setting::Kl(KlHalves::Both)), &[set_beta(AE, 1.0), set_beta(VAE, 1.0)]);
}

#[test]
fn beta_waits_while_the_kl_term_is_off() {
    let mut session = started();
    set(&mut session, Setting::Kl(KlHalves::Off));
    assert_sent(&set(&mut session, Setting::Beta(4.0.into())), &[]);
    assert_sent(&set(&mut session, Setting::Kl(KlHalves::Both)), &[set_beta(AE, 4.0), set_beta(VAE, 4.0)]);
}

#[test]
fn the_learning_rate_is_sent_to_the_followers_and_to_no_fork() {
    let effects = set(&mut forked(0), Setting::LearningRate(0.01));
    assert_sent(&effects, &[set_rate(AE, 0.01), set_rate(VAE, 0.01)]);
}

#[test]
fn the_likelihood_is_sent_to_the_followers_and_to_no_fork() {
    let likelihood = Likelihood::Gaussian { c: 0.1, learned: true };
    let effects = set(&mut forked(0), Setting::Likelihood(likelihood));
    let sent = |run| (1, Command::SetLikelihood { run, likelihood });
    assert_sent(&effects, &[sent(AE), sent(VAE)]);
}

#[test]
fn the_budget_is_sent_once_in_bytes() {
    assert_sent(&set(&mut forked(0), Setting::Budget(64)), &[(1, Command::SetBudget(64 << 20))]);
}

#[test]
fn a_value_that_is_set_already_sends_nothing() {
    let mut session = forked(0);
    let now = session.settings().clone();
    let same = [
        Setting::Beta(now.train.beta),
        Setting::Kl(now.kl),
        Setting::LearningRate(now.train.learning_rate),
        Setting::Likelihood(now.likelihood),
        Setting::Budget(now.budget),
        Setting::Data(now.data),
    ];
    for setting in same {
        assert_sent(&set(&mut session, setting), &[]);
    }
}

#[test]
fn what_only_a_reset_puts_in_force_sends_nothing_and_says_that_a_reset_is_due() {
    let waiting = [
        Setting::Conv(true),
        Setting::Hidden("32,8".to_owned()),
        Setting::Batch(64),
        Setting::Seed(7),
        Setting::Probe(IMAGES + 1),
    ];
    for setting in waiting {
        let mut session = started();
        assert!(!session.reset_pending());
        assert_sent(&set(&mut session, setting.clone()), &[]);
        assert!(session.reset_pending(), "{setting:?}");
    }
}

#[test]
fn a_fork_begins_with_what_it_was_forked_with() {
    let settings = OwnSettings { beta: 1.0.into(), learning_rate: 1e-3 };
    assert!(forked(0).document().own.iter().eq([(&FORK, &settings)]));
}

#[test]
fn a_forks_own_beta_is_kept_and_sent_to_it_alone() {
    let mut session = forked(0);
    assert_sent(&session.apply(Action::SetBeta { run: FORK, beta: 20.0.into() }), &[set_beta(FORK, 20.0)]);
    assert_eq!(session.document().own[&FORK].beta, 20.0);
    assert_eq!(session.settings().train.beta, 1.0);
}

#[test]
fn a_forks_own_learning_rate_is_kept_and_sent_to_it_alone() {
    let mut session = forked(0);
    assert_sent(&session.apply(Action::SetLearningRate { run: FORK, rate: 0.01 }), &[set_rate(FORK, 0.01)]);
    assert_eq!(session.document().own[&FORK].learning_rate, 0.01);
}

#[test]
fn a_forks_value_that_is_set_already_sends_nothing() {
    let mut session = forked(0);
    assert_sent(&session.apply(Action::SetBeta { run: FORK, beta: 1.0.into() }), &[]);
    assert_sent(&session.apply(Action::SetLearningRate { run: FORK, rate: 1e-3 }), &[]);
}

#[test]
fn what_was_typed_for_a_fork_is_not_read_back_from_the_engine() {
    let mut session = forked(0);
    session.apply(Action::SetBeta { run: FORK, beta: 20.0.into() });
    let fork = fork_of(&run(1, Vae, 5), 5);
    assert_eq!(fork.checkpoint.progress.train.beta, 1.0);
    hear(&mut session, 1, vec![run(0, Ae, 5), run(1, Vae, 5), fork]);
    assert_eq!(session.document().own[&FORK].beta, 20.0);
}

#[test]
fn a_run_that_follows_the_settings_has_no_beta_of_its_own() {
    let mut session = forked(0);
    assert_sent(&session.apply(Action::SetBeta { run: VAE, beta: 20.0.into() }), &[]);
    assert!(!session.document().own.contains_key(&VAE));
}

#[test]
fn the_defaults_send_what_they_change_and_ask_nothing_where_the_data_stay() {
    let (mut session, _) = Session::new(preferences(), Start::Fresh { data: Some(MNIST.into()) });
    begin(&mut session, 1, pair(0));
    hear(&mut session, 1, pair(5));
    set(&mut session, Setting::Beta(4.0.into()));
    let effects = session.apply(Action::RestoreDefaults);
    assert_sent(&effects, &[set_beta(AE, 1.0), set_beta(VAE, 1.0)]);
    assert!(session.confirmation().is_none());
}

#[test]
fn the_defaults_leave_the_planes_where_they_look() {
    let (mut session, _) = Session::new(preferences(), Start::Fresh { data: Some(MNIST.into()) });
    begin(&mut session, 1, pair(0));
    let before = session.screen().views.clone();
    assert_eq!(before.len(), 2);
    session.apply(Action::RestoreDefaults);
    assert_eq!(session.screen().views, before);
}

#[test]
fn what_the_engine_says_of_training_is_taken_over() {
    let mut session = started();
    session.receive(Some(Live { training: true, ..live(1, pair(1)) }), Vec::new());
    assert!(session.is_training());
}

#[test]
fn each_half_of_the_kl_is_sent_its_weight() {
    let mut session = started();
    set(&mut session, Setting::Chain(false));
    let beta = Beta { mean: 2.0, variance: 0.5 };
    let sent = |beta| [(1, Command::SetBeta { run: AE, beta }), (1, Command::SetBeta { run: VAE, beta })];
    assert_sent(&set(&mut session, Setting::Beta(beta)), &sent(beta));
    let only = Beta { variance: 0.0, ..beta };
    assert_sent(&set(&mut session, Setting::Kl(KlHalves::Mean)), &sent(only));
}

#[test]
fn chaining_the_halves_again_gives_both_the_weight_of_the_means() {
    let mut session = started();
    set(&mut session, Setting::Chain(false));
    set(&mut session, Setting::Beta(Beta { mean: 2.0, variance: 0.5 }));
    let effects = set(&mut session, Setting::Chain(true));
    let beta = Beta::both(2.0);
    assert_sent(&effects, &[(1, Command::SetBeta { run: AE, beta }), (1, Command::SetBeta { run: VAE, beta })]);
}
