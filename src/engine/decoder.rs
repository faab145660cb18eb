//! The decoder thread: pictures for the screen from frozen models. For each place on the screen the newest wish wins.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crate::config::Code;
use crate::explore::{Picture, grid, tile};
use crate::model::{Autoencoder, Checkpoint, Compute, ModelError};

/// What a pane can want decoded. The order is that of urgency.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// The image at the cursor.
    Cursor(Code),
    /// The images along the path.
    Strip(Vec<Code>),
    /// Some images, so many to a row.
    Samples { codes: Vec<Code>, across: usize },
    /// A grid of images over the rectangle from `min` to `max`.
    Manifold { min: Code, max: Code, across: usize, down: usize },
}

/// A picture that was asked for.
#[derive(Debug)]
pub struct Reply {
    pub pane: usize,
    /// The number that `Decoder::ask` gave for the wish; it grows with every wish.
    pub ticket: u64,
    pub ask: Ask,
    /// From the wish to the picture.
    pub elapsed: Duration,
    pub picture: Result<Picture, ModelError>,
}

/// Codes that are decoded before looking for more urgent wishes: a millisecond or two of work.
const SOME: usize = 128;

/// Models kept for the next wish: one for each pane that there may be.
const MODELS: usize = 4;

/// (urgency, pane): a place on the screen.
type Place = (u8, usize);

struct Wish {
    ticket: u64,
    made: Instant,
    checkpoint: Arc<Checkpoint>,
    ask: Ask,
}

#[derive(Default)]
struct Desk {
    wishes: BTreeMap<Place, Wish>,
    replies: BTreeMap<Place, Reply>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    arrival: Condvar,
}

/// The decoder thread, seen from outside. Dropping it ends the thread.
pub struct Decoder {
    shared: Arc<Shared>,
    tickets: u64,
    thread: Option<JoinHandle<()>>,
}

impl Decoder {
    /// Starts the thread; it calls `wake` when a picture is ready.
    pub fn spawn(compute: Compute, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let desk = shared.clone();
        let thread =
            Builder::new().name("decoder".to_owned()).spawn(move || desk.work(compute.with_threads(1), &wake))?;
        Ok(Self { shared, tickets: 0, thread: Some(thread) })
    }

    /// Wishes for a picture; a wish for the same place that is still waiting is dropped. The ticket of the wish.
    pub fn ask(&mut self, pane: usize, checkpoint: Arc<Checkpoint>, ask: Ask) -> u64 {
        self.tickets += 1;
        let place = (ask.urgency(), pane);
        self.shared.lock().wishes.insert(place, Wish { ticket: self.tickets, made: Instant::now(), checkpoint, ask });
        self.shared.arrival.notify_one();
        self.tickets
    }

    /// The pictures that have become ready.
    pub fn replies(&self) -> Vec<Reply> {
        std::mem::take(&mut self.shared.lock().replies).into_values().collect()
    }

    /// The ticket of the newest wish.
    pub fn newest_ticket(&self) -> u64 {
        self.tickets
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.arrival.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to clean up.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, compute: Compute, wake: &dyn Fn()) {
        let mut models = Models { held: VecDeque::new(), compute };
        loop {
            let mut desk = self.lock();
            let (place, wish) = loop {
                if desk.closed {
                    return;
                }
                match desk.wishes.pop_first() {
                    Some(wish) => break wish,
                    None => desk = self.arrival.wait(desk).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(desk);
            self.fulfil(place, wish, &mut models, wake);
        }
    }

    fn fulfil(&self, place: Place, wish: Wish, models: &mut Models, wake: &dyn Fn()) {
        let Wish { ticket, made, checkpoint, ask } = wish;
        let picture = self.decode(place, &checkpoint, &ask, models, wake);
        let reply = Reply { pane: place.1, ticket, ask, elapsed: made.elapsed(), picture };
        self.lock().replies.insert(place, reply);
        wake();
    }

    /// Some codes at a time; what is more urgent comes in between.
    fn decode(
        &self,
        (urgency, _): Place,
        checkpoint: &Arc<Checkpoint>,
        ask: &Ask,
        models: &mut Models,
        wake: &dyn Fn(),
    ) -> Result<Picture, ModelError> {
        let model = models.get(checkpoint)?;
        let (codes, across) = ask.codes();
        let mut images = Vec::with_capacity(codes.len() * model.config().pixels());
        for some in codes.chunks(SOME) {
            images.extend(model.decode_codes(some)?);
            while let Some((place, wish)) = self.more_urgent_than(urgency) {
                self.fulfil(place, wish, models, wake);
            }
        }
        Ok(tile(&images, model.config().rows, model.config().cols, across))
    }

    fn more_urgent_than(&self, urgency: u8) -> Option<(Place, Wish)> {
        let mut desk = self.lock();
        let first = desk.wishes.first_entry().filter(|entry| entry.key().0 < urgency);
        first.map(|entry| entry.remove_entry())
    }
}

impl Ask {
    fn urgency(&self) -> u8 {
        match self {
            Self::Cursor(_) => 0,
            Self::Strip(_) | Self::Samples { .. } => 1,
            Self::Manifold { .. } => 2,
        }
    }

    /// What is to be decoded, and how many images go to a row.
    fn codes(&self) -> (Vec<Code>, usize) {
        match self {
            Self::Cursor(code) => (vec![*code], 1),
            Self::Strip(codes) => (codes.clone(), codes.len()),
            Self::Samples { codes, across } => (codes.clone(), *across),
            &Self::Manifold { min, max, across, down } => (grid(min, max, across, down), across),
        }
    }
}

/// The models used last, so that a drag over one checkpoint restores it once.
struct Models {
    held: VecDeque<(Arc<Checkpoint>, Rc<Autoencoder>)>,
    /// Of one: the other cores train.
    compute: Compute,
}

impl Models {
    fn get(&mut self, checkpoint: &Arc<Checkpoint>) -> Result<Rc<Autoencoder>, ModelError> {
        if let Some((_, model)) = self.held.iter().find(|(held, _)| Arc::ptr_eq(held, checkpoint)) {
            return Ok(model.clone());
        }
        let model = Rc::new(checkpoint.restore(self.compute.clone())?);
        self.held.truncate(MODELS - 1);
        self.held.push_front((checkpoint.clone(), model.clone()));
        Ok(model)
    }
}
