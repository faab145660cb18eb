//! The decoder thread: pictures for the screen from frozen models. For each place on the screen the newest wish wins.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use crate::config::Code;
use crate::explore::{Picture, decode_grid, decode_strip};
use crate::model::{Autoencoder, Checkpoint, ModelError, Team};

/// What a pane can want decoded. The order is that of urgency.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// The image at the cursor.
    Cursor(Code),
    /// The images along the path.
    Strip(Vec<Code>),
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
    pub picture: Result<Picture, ModelError>,
}

/// (urgency, pane): a place on the screen.
type Place = (u8, usize);

struct Wish {
    ticket: u64,
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
    pub fn spawn(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let desk = shared.clone();
        let thread = Builder::new().name("decoder".to_owned()).spawn(move || desk.work(&wake))?;
        Ok(Self { shared, tickets: 0, thread: Some(thread) })
    }

    /// Wishes for a picture; a wish for the same place that is still waiting is dropped. The ticket of the wish.
    pub fn ask(&mut self, pane: usize, checkpoint: Arc<Checkpoint>, ask: Ask) -> u64 {
        self.tickets += 1;
        let place = (ask.urgency(), pane);
        self.shared.lock().wishes.insert(place, Wish { ticket: self.tickets, checkpoint, ask });
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

    fn work(&self, wake: &dyn Fn()) {
        let mut models = Models { held: BTreeMap::new(), team: Arc::new(Team::new(1)) };
        loop {
            let mut desk = self.lock();
            let ((urgency, pane), Wish { ticket, checkpoint, ask }) = loop {
                if desk.closed {
                    return;
                }
                match desk.wishes.pop_first() {
                    Some(wish) => break wish,
                    None => desk = self.arrival.wait(desk).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(desk);
            let picture = models.get(pane, &checkpoint).and_then(|model| ask.decode(model));
            self.lock().replies.insert((urgency, pane), Reply { pane, ticket, ask, picture });
            wake();
        }
    }
}

impl Ask {
    fn urgency(&self) -> u8 {
        match self {
            Self::Cursor(_) => 0,
            Self::Strip(_) => 1,
            Self::Manifold { .. } => 2,
        }
    }

    fn decode(&self, model: &Autoencoder) -> Result<Picture, ModelError> {
        match self {
            Self::Cursor(code) => decode_strip(model, &[*code]),
            Self::Strip(codes) => decode_strip(model, codes),
            &Self::Manifold { min, max, across, down } => decode_grid(model, min, max, across, down),
        }
    }
}

/// The last model of each pane, so that a drag over one checkpoint restores it once.
struct Models {
    held: BTreeMap<usize, (Arc<Checkpoint>, Autoencoder)>,
    /// Of one: the other cores train.
    team: Arc<Team>,
}

impl Models {
    fn get(&mut self, pane: usize, checkpoint: &Arc<Checkpoint>) -> Result<&Autoencoder, ModelError> {
        let entry = match self.held.entry(pane) {
            Entry::Occupied(mut held) => {
                if !Arc::ptr_eq(&held.get().0, checkpoint) {
                    held.insert((checkpoint.clone(), checkpoint.restore(self.team.clone())?));
                }
                held.into_mut()
            }
            Entry::Vacant(free) => free.insert((checkpoint.clone(), checkpoint.restore(self.team.clone())?)),
        };
        Ok(&entry.1)
    }
}
