//! What a front end holds to have one kind of request served: of each key it knows what was asked last and the newest
//! answer to it. Nothing here waits.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::jobs::{Handle, Request};
use super::mail::{Mail, Message, Outcome};
use super::queue::Seat;
use super::task::RequestTask;
use super::workers::{Inner, Workers};

/// A reply and what it is a reply to.
#[derive(Debug)]
pub struct Answer<R: Request> {
    pub request: R,
    pub reply: R::Reply,
    /// Whether no better one follows.
    pub is_final: bool,
    /// From the request to the reply.
    pub elapsed: Duration,
}

/// The requests of one kind, one a key.
pub struct Requests<K: Copy + Ord + Debug + Send + 'static, R: Request> {
    inner: Arc<Inner>,
    mail: Arc<Mail<K, R>>,
    entries: BTreeMap<K, Entry<R>>,
    tickets: u64,
}

struct Entry<R: Request> {
    place: Seat,
    asked: Option<R>,
    answer: Option<Answer<R>>,
    /// Whether `answer` is the final one to `asked`.
    is_current: bool,
    failure: Option<String>,
    /// The jobs that may not have ended: one that runs and one that waits.
    jobs: Vec<Sent<R>>,
    /// The ticket of the job that is to answer `asked`, until it has.
    pending: Option<u64>,
    /// What carries a smaller ticket has been cancelled.
    oldest: u64,
}

struct Sent<R> {
    ticket: u64,
    request: R,
    handle: Arc<Handle>,
}

impl<K: Copy + Ord + Debug + Send + 'static, R: Request> Requests<K, R> {
    /// None yet; `workers` will serve them.
    pub fn new(workers: &Workers) -> Self {
        Self { inner: workers.inner(), mail: Arc::default(), entries: BTreeMap::new(), tickets: 0 }
    }

    /// Asks for something, unless it is what was asked last. The newest request of a key wins: one that waits is replaced,
    /// one that runs is cancelled unless its reply will be of use, and the new one is served after it. What has failed is
    /// asked again only after `retry` or `cancel`.
    pub fn ask(&mut self, key: K, request: R) {
        let inner = &self.inner;
        let entry = self.entries.entry(key).or_insert_with(|| Entry::new(inner.new_place(), self.tickets));
        if entry.asked.as_ref() == Some(&request) {
            return;
        }
        entry.failure = None;
        entry.is_current = entry.answer.as_ref().is_some_and(|answer| answer.is_final && answer.request == request);
        entry.jobs.retain(|job| !job.handle.has_ended());
        for job in entry.jobs.iter().filter(|job| entry.is_current || !job.request.answers(&request)) {
            job.handle.cancel();
        }
        let same = entry.jobs.iter().find(|job| job.handle.is_running() && job.request == request);
        let same = same.map(|job| job.ticket);
        entry.asked = Some(request);
        if entry.is_current || same.is_some() {
            entry.pending = same;
            self.inner.withdraw(entry.place);
        } else {
            self.send(key);
        }
    }

    /// Stops what is under way for a key and forgets what was asked and that it failed; the answer stays.
    pub fn cancel(&mut self, key: K) {
        let oldest = self.tickets + 1;
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.stop(&self.inner);
            (entry.asked, entry.failure, entry.is_current, entry.oldest) = (None, None, false, oldest);
        }
    }

    /// Forgets all keys but those that `keep` says, and stops what is under way for them.
    pub fn retain(&mut self, mut keep: impl FnMut(&K) -> bool) {
        let inner = &self.inner;
        self.entries.retain(|key, entry| {
            let keep = keep(key);
            if !keep {
                entry.stop(inner);
            }
            keep
        });
    }

    /// Forgets all keys.
    pub fn clear(&mut self) {
        self.retain(|_| false);
    }

    /// Takes in what has arrived; the keys with news, each once.
    pub fn poll(&mut self) -> Vec<K> {
        let mut news = Vec::new();
        for Message { key, ticket, request, outcome, elapsed } in self.mail.take() {
            let Some(entry) = self.entries.get_mut(&key).filter(|entry| ticket >= entry.oldest) else { continue };
            let is_news = match outcome {
                Outcome::Reply { reply, is_final } => entry.receive(Answer { request, reply, is_final, elapsed }),
                Outcome::Failure(why) => {
                    let failed = entry.pending == Some(ticket);
                    if failed {
                        entry.failure = Some(why);
                    }
                    failed
                }
            };
            if entry.pending == Some(ticket) && (entry.is_current || entry.failure.is_some()) {
                entry.pending = None;
            }
            if is_news && !news.contains(&key) {
                news.push(key);
            }
        }
        news
    }

    /// What was asked last.
    pub fn asked(&self, key: K) -> Option<&R> {
        self.entries.get(&key)?.asked.as_ref()
    }

    /// The newest answer, perhaps to an older request than the last, but none that is no longer of use.
    pub fn answer(&self, key: K) -> Option<&Answer<R>> {
        self.entries.get(&key)?.useful()
    }

    /// The newest answer of each key that has one.
    pub fn answers(&self) -> impl Iterator<Item = (K, &Answer<R>)> {
        self.entries.iter().filter_map(|(key, entry)| Some((*key, entry.useful()?)))
    }

    /// The share that is done (from 0 to 1), while an answer is under way.
    pub fn progress(&self, key: K) -> Option<f64> {
        let entry = self.entries.get(&key)?;
        let pending = entry.pending.filter(|_| !self.inner.is_closing())?;
        entry.jobs.iter().find(|job| job.ticket == pending).map(|job| job.handle.share())
    }

    /// Why what was asked last could not be had.
    pub fn failure(&self, key: K) -> Option<&str> {
        self.entries.get(&key)?.failure.as_deref()
    }

    /// Whether the answer is the final one to what was asked last.
    pub fn is_current(&self, key: K) -> bool {
        self.entries.get(&key).is_some_and(|entry| entry.is_current)
    }

    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.entries.keys().all(|key| self.progress(*key).is_none())
    }

    /// Has what was asked last wait for a worker.
    fn send(&mut self, key: K) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        let Some(request) = entry.asked.clone() else { return };
        self.tickets += 1;
        let (ticket, urgency, handle) = (self.tickets, request.urgency(), Arc::new(Handle::default()));
        entry.pending = Some(ticket);
        entry.jobs.push(Sent { ticket, request: request.clone(), handle: handle.clone() });
        let (asked_at, mail) = (Instant::now(), self.mail.clone());
        let task = RequestTask { key, ticket, request, urgency, asked_at, handle, mail };
        self.inner.put(entry.place, urgency, Box::new(task));
    }
}

impl<K: Copy + Ord + Debug + Send + 'static, R: Request> Drop for Requests<K, R> {
    fn drop(&mut self) {
        self.clear();
    }
}

impl<R: Request> Entry<R> {
    fn new(place: Seat, tickets: u64) -> Self {
        Self {
            place,
            asked: None,
            answer: None,
            is_current: false,
            failure: None,
            jobs: Vec::new(),
            pending: None,
            oldest: tickets + 1,
        }
    }

    /// The answer, if it is to what was asked last or as good as that.
    fn useful(&self) -> Option<&Answer<R>> {
        let answer = self.answer.as_ref()?;
        self.asked.as_ref().is_none_or(|asked| answer.request.answers(asked)).then_some(answer)
    }

    fn stop(&mut self, inner: &Inner) {
        inner.withdraw(self.place);
        self.jobs.iter().for_each(|job| job.handle.cancel());
        self.pending = None;
    }

    /// Takes an answer if it is of use; whether it was.
    fn receive(&mut self, answer: Answer<R>) -> bool {
        let Some(asked) = self.asked.as_ref().filter(|_| !self.is_current) else { return false };
        let is_exact = answer.request == *asked;
        if !is_exact && !answer.request.answers(asked) {
            return false;
        }
        self.is_current = is_exact && answer.is_final;
        self.answer = Some(answer);
        true
    }
}
