//! Events out, and the waker.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::flow::Event;
use crate::model::plan::{Progress, Tell};

/// Wakes the window.
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Between two counts of one job at least this long passes: nobody reads faster, and a flood would keep the window drawing.
const PAUSE: Duration = Duration::from_millis(50);

/// Where events go.
#[derive(Clone)]
pub(super) struct Outbox {
    events: Sender<Event>,
    wake: Arc<Mutex<Option<Wake>>>,
}

impl Outbox {
    pub(super) fn new(events: Sender<Event>) -> Self {
        Self {
            events,
            wake: Arc::default(),
        }
    }

    pub(super) fn wake_with(&self, wake: Wake) {
        *self.wake.lock().unwrap_or_else(PoisonError::into_inner) = Some(wake);
    }

    /// Sends an event, then wakes the window. Where nobody is there any more, nobody misses it.
    pub(super) fn send(&self, event: Event) {
        if self.events.send(event).is_err() {
            return;
        }
        let wake = self.wake.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(wake) = wake {
            wake();
        }
    }

    /// What a job tells of itself becomes events.
    pub(super) fn teller(&self, event: impl Fn(Progress) -> Event + Send + Sync + 'static) -> Tell {
        let (outbox, pace) = (self.clone(), Mutex::new(Pace::default()));
        Arc::new(move |progress| {
            let passes = pace
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .passes(&progress, Instant::now());
            if passes {
                outbox.send(event(progress));
            }
        })
    }
}

/// How fast one job may tell counts.
#[derive(Default)]
struct Pace {
    last: Option<Instant>,
}

impl Pace {
    fn passes(&mut self, progress: &Progress, now: Instant) -> bool {
        if !is_count(progress) {
            return true;
        }
        let early = self.last.is_some_and(|last| now.duration_since(last) < PAUSE);
        if !early {
            self.last = Some(now);
        }
        !early
    }
}

/// Whether it is one of many that look alike; the last collection of a run is not.
fn is_count(progress: &Progress) -> bool {
    match progress {
        Progress::Step(_)
        | Progress::Refused { .. }
        | Progress::Waiting { .. }
        | Progress::RolePending { .. }
        | Progress::KeyPending { .. }
        | Progress::Provisioning { .. }
        | Progress::Browser { .. }
        | Progress::DeviceCode { .. } => false,
        Progress::Collection { done, total, .. } => done < total,
        Progress::ReadingNames { .. } | Progress::Reading { .. } | Progress::Writing { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Problem;
    use crate::model::plan::Step;

    #[test]
    fn a_flood_of_counts_is_thinned_and_nothing_else_is() {
        let begun = Instant::now();
        let mut pace = Pace::default();
        let mut passed = 0;
        for millisecond in 0..1000 {
            let now = begun + Duration::from_millis(millisecond);
            passed += usize::from(pace.passes(&Progress::ReadingNames { devices: 1 }, now));
            assert!(pace.passes(&Progress::Step(Step::SignIn), now));
            let failure = Problem::SecretExpired.into();
            let step = Step::SignIn;
            assert!(pace.passes(&Progress::Refused { step, failure }, now));
        }
        assert_eq!(passed, 20);
        let last = |done| Progress::Collection {
            collection: "PS100016".parse().unwrap(),
            done,
            total: 9,
        };
        let now = begun + Duration::from_secs(1);
        assert!(pace.passes(&last(1), now));
        assert!(!pace.passes(&last(2), now));
        assert!(pace.passes(&last(9), now));
    }

    #[test]
    fn every_event_wakes() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let outbox = Outbox::new(sender);
        let woken = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counter = Arc::clone(&woken);
        outbox.send(Event::FilePicked(crate::flow::effect::FilePurpose::App, None));
        outbox.wake_with(Arc::new(move || {
            counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }));
        for _ in 0..3 {
            outbox.send(Event::FilePicked(crate::flow::effect::FilePurpose::App, None));
        }
        assert_eq!(woken.load(std::sync::atomic::Ordering::SeqCst), 3);
        assert_eq!(receiver.try_iter().count(), 4);
    }
}
