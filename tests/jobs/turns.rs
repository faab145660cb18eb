//! Which job comes next, and on which thread.

use std::sync::{Arc, Mutex};
use std::thread::current;
use std::time::{Duration, Instant};

use crossbeam_channel::{bounded, select, unbounded};
use latent_explorer::config::ModelKind;
use latent_explorer::engine::{Command, Engine, JobName, Requests, SessionId, Urgency, Workers};
use latent_explorer::model::Compute;

use super::{answered, ask, gate, held, quick, workers};
use crate::engine::niceness;
use crate::support::{dataset_folder, run_settings};

#[test]
fn a_drag_is_answered_while_a_study_is_under_way() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    requests.ask(0, held(1, Urgency::Study, &hold));
    assert_eq!(gate.entered(), "worker-2");
    requests.ask(1, ask(2, Urgency::Drag, |_| Ok(current().name().unwrap().to_owned())));
    assert_eq!(answered(&mut requests, 1).reply, "worker-1");
    assert!(requests.answer(0).is_none() && requests.progress(0) == Some(0.0));
    gate.open();
    answered(&mut requests, 0);
}

#[test]
fn what_is_more_urgent_is_served_in_the_middle_of_a_study() {
    let (first, hold_first) = gate();
    let before = Box::new(move |_: &JobName| {
        if current().name() == Some("worker-1") {
            hold_first.wait();
        }
    });
    let workers = Workers::spawn_with(Compute::cpu(1), || (), before).unwrap();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    requests.ask(
        0,
        ask(0, Urgency::Study, move |job| {
            hold.wait();
            job.progress(0.5)?;
            hold.wait();
            Ok("study".to_owned())
        }),
    );
    gate.entered();
    let drag = |id| ask(id, Urgency::Drag, |_| Ok(current().name().unwrap().to_owned()));
    requests.ask(1, drag(1));
    first.entered();
    requests.ask(2, drag(2));
    requests.ask(3, quick(3));
    requests.ask(5, ask(5, Urgency::File, |_| Ok("file".to_owned())));
    requests.ask(4, ask(4, Urgency::Study, |_| Ok(String::new())));
    gate.open();
    gate.entered();
    // The study is at its second gate, worker 1 is still held.
    requests.poll();
    assert_eq!(requests.answer(2).map(|answer| &*answer.reply), Some("worker-2"));
    assert_eq!(requests.answer(3).map(|answer| &*answer.reply), Some("3"));
    assert_eq!(requests.answer(5).map(|answer| &*answer.reply), Some("file"));
    assert!(requests.answer(1).is_none() && requests.answer(4).is_none());
    assert_eq!(requests.progress(0), Some(0.5));
    gate.open();
    first.open();
    assert_eq!(answered(&mut requests, 1).reply, "worker-1");
    assert_eq!(answered(&mut requests, 0).reply, "study");
}

#[test]
fn keys_take_turns() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let (gate, hold) = gate();
    let order = Arc::new(Mutex::new(Vec::new()));
    let noted = |id| {
        let (hold, order) = (hold.clone(), order.clone());
        ask(id, Urgency::View, move |_| {
            order.lock().unwrap().push(id);
            hold.wait();
            Ok(String::new())
        })
    };
    requests.ask(0, noted(1));
    gate.entered();
    requests.ask(1, noted(2));
    requests.ask(2, noted(3));
    // Asked again, a key that waits keeps its turn; one that runs gets a new one.
    requests.ask(1, noted(4));
    requests.ask(0, noted(5));
    for _ in 0..4 {
        gate.open();
    }
    answered(&mut requests, 0);
    assert_eq!(*order.lock().unwrap(), [1, 4, 3, 5]);
}

#[test]
fn an_export_is_served_though_pictures_keep_coming() {
    let workers = workers();
    let (mut pictures, mut exports) = (Requests::new(&workers), Requests::new(&workers));
    let (enter, entered) = unbounded();
    let (open, opened) = unbounded::<()>();
    let picture = |key: usize, id: usize| {
        let (enter, opened) = (enter.clone(), opened.clone());
        ask(id, Urgency::View, move |_| {
            let _ = enter.send(key);
            let _ = opened.recv();
            Ok(String::new())
        })
    };
    let (done, is_done) = bounded(1);
    pictures.ask(0, picture(0, 0));
    pictures.ask(1, picture(1, 1));
    exports.ask(
        0,
        ask(0, Urgency::File, move |job| {
            (0..20).try_for_each(|i| job.progress(f64::from(i) / 20.0))?;
            done.send(()).unwrap();
            Ok(String::new())
        }),
    );
    // Whenever a picture ends, another waits.
    let start = Instant::now();
    for id in 2.. {
        assert!(start.elapsed() < Duration::from_secs(180), "the export is starved");
        select! {
            recv(entered) -> key => {
                let key = key.unwrap();
                pictures.ask(key, picture(key, id));
                open.send(()).unwrap();
            }
            recv(is_done) -> _ => break,
            default(Duration::from_secs(180)) => panic!("nothing goes on"),
        }
    }
    drop(open);
    answered(&mut exports, 0);
}

#[test]
#[cfg(target_os = "linux")]
fn workers_come_behind_what_draws_and_before_the_trainer() {
    let own = || niceness("/proc/thread-self/stat".as_ref());
    let (tell, of_trainer) = unbounded();
    let mut engine = Engine::spawn(Compute::cpu(1), move || tell.send(own()).unwrap()).unwrap();
    let folder = dataset_folder();
    let (data, runs) = (folder.path().display().to_string(), vec![run_settings(ModelKind::Vae)]);
    engine.send(SessionId(1), Command::Start { data: data.into(), runs, probe: 5 });
    let trainer = of_trainer.recv_timeout(Duration::from_secs(180)).unwrap();
    if trainer <= own() {
        return eprintln!("skipped: the system does not let a thread step back");
    }
    let workers = workers();
    let mut requests = Requests::new(&workers);
    for urgency in [Urgency::Drag, Urgency::Study] {
        requests.ask(0, ask(urgency as usize, urgency, move |_| Ok(own().to_string())));
        let worker: i32 = answered(&mut requests, 0).reply.parse().unwrap();
        assert!(own() < worker && worker < trainer, "{} {worker} {trainer}", own());
    }
}
