//! Work in the background: which request is served when, by whom, and what becomes of its answer. Jobs are held at gates.

mod ends;
mod models;
mod turns;

use std::sync::{Arc, Mutex};
use std::thread::current;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use latent_explorer::engine::{Answer, Job, JobError, Request, Requests, Urgency, Workers};
use latent_explorer::model::Compute;
use latent_explorer::progress::Cancelled;

use crate::support::wait_for;

type Work = dyn Fn(&Job<String>) -> Result<String, JobError> + Send + Sync;

/// A request for whatever a test has it do.
#[derive(Clone)]
struct Ask {
    id: usize,
    urgency: Urgency,
    /// Whether its reply is of use whatever was asked later.
    lasts: bool,
    work: Arc<Work>,
}

impl PartialEq for Ask {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Request for Ask {
    type Reply = String;
    const NAME: &'static str = "ask";

    fn urgency(&self) -> Urgency {
        self.urgency
    }

    fn answers(&self, asked: &Self) -> bool {
        self.lasts || self == asked
    }

    fn work(&self, job: &Job<String>) -> Result<String, JobError> {
        (self.work)(job)
    }
}

fn ask(
    id: usize,
    urgency: Urgency,
    work: impl Fn(&Job<String>) -> Result<String, JobError> + Send + Sync + 'static,
) -> Ask {
    Ask { id, urgency, lasts: false, work: Arc::new(work) }
}

/// One that is answered with its id at once.
fn quick(id: usize) -> Ask {
    ask(id, Urgency::View, move |_| Ok(id.to_string()))
}

/// The test's side of a place where jobs are held.
struct Gate {
    entered: Receiver<String>,
    open: Sender<()>,
}

/// The jobs' side.
#[derive(Clone)]
struct Hold {
    enter: Sender<String>,
    opened: Receiver<()>,
}

fn gate() -> (Gate, Hold) {
    let ((enter, entered), (open, opened)) = (unbounded(), unbounded());
    (Gate { entered, open }, Hold { enter, opened })
}

impl Gate {
    /// Waits until a job is held; the name of its thread.
    fn entered(&self) -> String {
        self.entered.recv_timeout(Duration::from_secs(180)).expect("a job at the gate")
    }

    fn open(&self) {
        self.open.send(()).unwrap();
    }
}

impl Hold {
    fn wait(&self) {
        // A test that has failed holds no one.
        let _ = self.enter.send(current().name().unwrap_or_default().to_owned());
        let _ = self.opened.recv();
    }
}

/// One that is held, then answered with its id.
fn held(id: usize, urgency: Urgency, hold: &Hold) -> Ask {
    let hold = hold.clone();
    ask(id, urgency, move |_| {
        hold.wait();
        Ok(id.to_string())
    })
}

fn workers() -> Workers {
    Workers::spawn(Compute::cpu(1), || ()).unwrap()
}

/// Waits for the final answer to what was asked last.
fn answered<R: Request>(requests: &mut Requests<usize, R>, key: usize) -> &Answer<R> {
    wait_for(|| {
        requests.poll();
        requests.is_current(key).then_some(())
    });
    requests.answer(key).unwrap()
}

fn failed(requests: &mut Requests<usize, Ask>, key: usize) -> String {
    wait_for(|| {
        requests.poll();
        requests.failure(key).map(str::to_owned)
    })
}

#[test]
fn of_many_requests_of_a_key_the_newest_is_served_besides_the_one_that_runs() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    let served = Arc::new(Mutex::new(Vec::new()));
    requests.ask(0, held(0, Urgency::View, &hold));
    gate.entered();
    for id in 1..=200 {
        let served = served.clone();
        requests.ask(
            0,
            ask(id, Urgency::View, move |_| {
                served.lock().unwrap().push(id);
                Ok(id.to_string())
            }),
        );
    }
    gate.open();
    assert_eq!(answered(&mut requests, 0).reply, "200");
    assert_eq!(*served.lock().unwrap(), [200]);
}

#[test]
fn a_running_request_that_is_still_of_use_goes_on() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    let at_gate = hold.clone();
    let first = ask(1, Urgency::View, move |job| {
        at_gate.wait();
        job.progress(0.5)?;
        Ok("first".to_owned())
    });
    requests.ask(0, Ask { lasts: true, ..first });
    gate.entered();
    requests.ask(0, held(2, Urgency::View, &hold));
    gate.open();
    gate.entered();
    assert_eq!(requests.poll(), [0]);
    let answer = requests.answer(0).unwrap();
    assert!(answer.reply == "first" && answer.is_final && !requests.is_current(0));
    gate.open();
    assert_eq!(answered(&mut requests, 0).reply, "2");
}

#[test]
fn a_running_request_that_is_of_no_use_any_more_is_cancelled_at_its_next_progress() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    let (tell, told) = bounded(1);
    requests.ask(
        0,
        ask(1, Urgency::Study, move |job| {
            job.progress(0.1)?;
            hold.wait();
            tell.send(job.progress(0.2)).unwrap();
            Ok("first".to_owned())
        }),
    );
    gate.entered();
    requests.ask(0, quick(2));
    gate.open();
    assert_eq!(told.recv(), Ok(Err(Cancelled)));
    assert_eq!(answered(&mut requests, 0).request.id, 2);
}

#[test]
fn the_same_request_is_served_once() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    for _ in 0..3 {
        requests.ask(0, held(1, Urgency::View, &hold));
    }
    gate.entered();
    requests.ask(0, held(1, Urgency::View, &hold));
    gate.open();
    answered(&mut requests, 0);
    requests.ask(0, held(1, Urgency::View, &hold));
    requests.ask(1, quick(2));
    answered(&mut requests, 1);
    assert!(gate.entered.is_empty() && requests.is_current(0));
}

#[test]
fn a_request_that_has_its_answer_is_not_served_again_after_another_came_between() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    requests.ask(0, quick(1));
    answered(&mut requests, 0);
    requests.ask(0, Ask { lasts: true, ..held(2, Urgency::View, &hold) });
    gate.entered();
    requests.ask(0, quick(1));
    assert!(requests.is_current(0) && requests.is_idle());
    gate.open();
    requests.ask(1, quick(3));
    answered(&mut requests, 1);
    assert_eq!(requests.answer(0).unwrap().reply, "1");
}

#[test]
fn a_forgotten_key_gets_no_answer() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    requests.ask(0, held(1, Urgency::View, &hold));
    requests.ask(1, quick(2));
    gate.entered();
    requests.retain(|&key| key == 1);
    // Asked anew, it waits for an answer of its own.
    let (own, hold_own) = self::gate();
    requests.ask(0, held(1, Urgency::Study, &hold_own));
    gate.open();
    answered(&mut requests, 1);
    own.entered();
    requests.poll();
    assert!(requests.answer(0).is_none());
    requests.clear();
    own.open();
    requests.ask(1, quick(3));
    answered(&mut requests, 1);
    assert!(requests.answer(0).is_none() && requests.asked(0).is_none());
}

#[test]
fn a_preview_comes_before_the_final_reply() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    requests.ask(
        0,
        ask(1, Urgency::Map, move |job| {
            job.preview("coarse".to_owned());
            hold.wait();
            Ok("fine".to_owned())
        }),
    );
    gate.entered();
    assert_eq!(requests.poll(), [0]);
    let answer = requests.answer(0).unwrap();
    assert!(answer.reply == "coarse" && !answer.is_final && !requests.is_current(0) && !requests.is_idle());
    gate.open();
    let answer = answered(&mut requests, 0);
    assert!(answer.reply == "fine" && answer.is_final);
}

#[test]
fn the_front_end_is_woken_by_an_answer() {
    let (wake, woken) = unbounded();
    let workers = Workers::spawn(Compute::cpu(1), move || wake.send(()).unwrap()).unwrap();
    let mut requests = Requests::new(&workers);
    requests.ask(0, quick(1));
    woken.recv_timeout(Duration::from_secs(180)).unwrap();
    assert_eq!(requests.poll(), [0]);
}
