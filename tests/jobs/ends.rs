//! How jobs end otherwise than with an answer: failures, panics, cancellation, closing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::{Sender, bounded};
use latent_explorer::engine::{JobError, Requests, Urgency};

use super::{Ask, answered, ask, failed, gate, held, quick, workers};
use crate::support::wait_for;

#[test]
fn a_panic_becomes_a_failure_and_the_next_request_is_served() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    for urgency in [Urgency::Drag, Urgency::View, Urgency::File] {
        requests.ask(0, ask(1, urgency, |_| panic!("no such place")));
        assert_eq!(failed(&mut requests, 0), "ask failed: no such place");
        assert!(requests.progress(0).is_none());
        requests.ask(0, quick(2));
        assert_eq!(requests.failure(0), None);
        answered(&mut requests, 0);
    }
}

#[test]
fn an_error_becomes_a_failure_and_the_next_request_is_served() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    requests.ask(0, ask(1, Urgency::View, |_| Err("the disk is full".to_owned().into())));
    assert_eq!(failed(&mut requests, 0), "the disk is full");
    requests.ask(0, quick(2));
    answered(&mut requests, 0);
}

#[test]
fn the_failure_of_a_request_that_is_not_asked_any_more_is_no_news() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    requests.ask(
        0,
        ask(1, Urgency::View, move |_| {
            hold.wait();
            Err("too late".to_owned().into())
        }),
    );
    gate.entered();
    requests.ask(0, quick(2));
    gate.open();
    answered(&mut requests, 0);
    assert_eq!(requests.failure(0), None);
}

#[test]
fn a_failed_request_is_asked_again_only_when_that_is_wanted() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let request = ask(1, Urgency::View, move |_| {
        Err(format!("failed {} times", counted.fetch_add(1, Ordering::Relaxed) + 1).into())
    });
    requests.ask(0, request.clone());
    failed(&mut requests, 0);
    for _ in 0..3 {
        requests.ask(0, request.clone());
    }
    requests.ask(1, quick(2));
    answered(&mut requests, 1);
    assert_eq!(count.load(Ordering::Relaxed), 1);
    requests.cancel(0);
    requests.ask(0, request);
    assert_eq!(failed(&mut requests, 0), "failed 2 times");
}

#[test]
fn a_panic_in_the_middle_of_a_study_does_not_concern_the_study() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    requests.ask(
        0,
        ask(1, Urgency::Study, move |job| {
            hold.wait();
            job.progress(0.5)?;
            Ok("study".to_owned())
        }),
    );
    gate.entered();
    requests.ask(1, ask(2, Urgency::View, |_| panic!("no such view")));
    gate.open();
    assert_eq!(answered(&mut requests, 0).reply, "study");
    assert!(failed(&mut requests, 1).contains("no such view"));
}

/// One that goes on until it is told to stop, and then says so.
fn endless(stopped: Sender<()>) -> Ask {
    ask(1, Urgency::Study, move |job| {
        while job.progress(0.5).is_ok() {
            std::thread::yield_now();
        }
        stopped.send(()).unwrap();
        Err(JobError::Cancelled)
    })
}

#[test]
fn a_cancelled_job_ends_at_its_next_progress_and_its_key_has_neither_answer_nor_failure() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (tell, stopped) = bounded(1);
    requests.ask(0, endless(tell));
    wait_for(|| (requests.progress(0) == Some(0.5)).then_some(()));
    requests.cancel(0);
    stopped.recv().unwrap();
    requests.ask(1, quick(2));
    answered(&mut requests, 1);
    assert!(requests.answer(0).is_none() && requests.failure(0).is_none() && requests.is_idle());
}

#[test]
fn a_front_end_that_goes_takes_its_jobs_with_it() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (tell, stopped) = bounded(1);
    requests.ask(0, endless(tell));
    wait_for(|| (requests.progress(0) == Some(0.5)).then_some(()));
    drop(requests);
    stopped.recv().unwrap();
}

#[test]
fn closing_ends_what_runs_and_discards_what_waits() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (tell, stopped) = bounded(1);
    requests.ask(0, endless(tell));
    wait_for(|| (requests.progress(0) == Some(0.5)).then_some(()));
    let (gate, hold) = gate();
    requests.ask(1, held(2, Urgency::Study, &hold));
    drop(workers);
    stopped.try_recv().unwrap();
    assert!(gate.entered.is_empty());
    // What outlives the workers is told nothing more.
    requests.ask(2, quick(3));
    assert!(requests.poll().is_empty() && requests.is_idle());
}
