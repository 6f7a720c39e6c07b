//! A job again and again, on a rhythm, until it is stopped.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::RngExt;
use tokio_util::sync::CancellationToken;

use crate::model::schedule::Every;

/// A watch adds up to this to each wait, so that machines do not publish all at once.
const JITTER: Duration = Duration::from_secs(10 * 60);

/// How often a watch looks at the clock: a machine that has slept past its time catches up when it wakes.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What a watch takes the time from.
pub(super) trait Clock: Sync {
    /// The present moment.
    fn now(&self) -> DateTime<Utc>;

    /// Waits so long.
    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send;

    /// How much is added to one wait.
    fn jitter(&self) -> Duration;
}

/// The machine's own.
pub(super) struct Here;

impl Clock for Here {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(span)
    }

    fn jitter(&self) -> Duration {
        rand::rng().random_range(Duration::ZERO..JITTER)
    }
}

/// What is done again and again.
pub(super) trait Job: Send {
    /// What a round ends with.
    type Answer: Send;

    /// One round. Asked to stop, it comes to its next safe point.
    fn round(&mut self) -> impl Future<Output = Self::Answer> + Send;

    /// Tells how a round has ended.
    fn tell(&mut self, answer: Self::Answer);
}

/// Where a watch was stopped.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stopped<A> {
    /// Within a round, which went to its next safe point: its answer.
    Working(A),
    /// Between two rounds.
    Waiting,
}

/// Does a round at once, and then every so often, counted from the beginning of the one before; tells each answer. When it is stopped
/// within a round it waits for that one's end.
pub(super) async fn watch<J: Job>(
    clock: &impl Clock,
    every: Every,
    stop: &CancellationToken,
    job: &mut J,
) -> Stopped<J::Answer> {
    loop {
        let due = clock.now() + every.span() + clock.jitter();
        let answer = job.round().await;
        if stop.is_cancelled() {
            return Stopped::Working(answer);
        }
        job.tell(answer);
        tokio::select! {
            biased;
            () = stop.cancelled() => return Stopped::Waiting,
            () = until(clock, due) => {}
        }
    }
}

/// Waits for a moment of the clock. A sleep alone would not count the time in which the machine is suspended.
async fn until(clock: &impl Clock, moment: DateTime<Utc>) {
    while let Ok(left) = (moment - clock.now()).to_std() {
        if left.is_zero() {
            return;
        }
        clock.sleep(left.min(LOOK_EVERY)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const HOUR: u64 = 3_600;

    /// A clock that is moved by who sleeps on it. Seconds since its beginning.
    #[derive(Default)]
    struct Moved {
        now: Mutex<u64>,
        /// The machine is suspended for so long within the first sleep that reaches this moment.
        suspended: Mutex<Option<(u64, u64)>>,
        jitter: u64,
        longest_sleep: Mutex<Duration>,
    }

    impl Moved {
        fn seconds(&self) -> u64 {
            *self.now.lock().unwrap()
        }

        fn pass(&self, seconds: u64) {
            *self.now.lock().unwrap() += seconds;
        }
    }

    impl Clock for Moved {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH + Duration::from_secs(self.seconds())
        }

        async fn sleep(&self, span: Duration) {
            {
                let mut longest = self.longest_sleep.lock().unwrap();
                *longest = longest.max(span);
            }
            self.pass(span.as_secs());
            let due = |(from, _): &mut (u64, u64)| *from <= self.seconds();
            let suspended = self.suspended.lock().unwrap().take_if(due);
            if let Some((_, seconds)) = suspended {
                self.pass(seconds);
            }
            tokio::task::yield_now().await;
        }

        fn jitter(&self) -> Duration {
            Duration::from_secs(self.jitter)
        }
    }

    /// Rounds that take so many seconds each. Stopped within the last of so many.
    struct Rounds {
        clock: Arc<Moved>,
        stop: CancellationToken,
        takes: u64,
        count: usize,
        begun: Vec<u64>,
        ended: usize,
        told: Vec<usize>,
    }

    impl Rounds {
        fn on(clock: &Arc<Moved>, takes: u64, count: usize) -> Self {
            Self {
                clock: Arc::clone(clock),
                stop: CancellationToken::new(),
                takes,
                count,
                begun: Vec::new(),
                ended: 0,
                told: Vec::new(),
            }
        }
    }

    impl Job for Rounds {
        type Answer = usize;

        async fn round(&mut self) -> usize {
            self.begun.push(self.clock.seconds());
            if self.begun.len() == self.count {
                self.stop.cancel();
            }
            // On the way to the next safe point.
            tokio::task::yield_now().await;
            self.clock.pass(self.takes);
            self.ended += 1;
            self.ended
        }

        fn tell(&mut self, answer: usize) {
            self.told.push(answer);
        }
    }

    /// When each of so many rounds begins.
    async fn begun(clock: Moved, every: &str, takes: u64, count: usize) -> Vec<u64> {
        let clock = Arc::new(clock);
        let mut rounds = Rounds::on(&clock, takes, count);
        let stop = rounds.stop.clone();
        let end = watch(&*clock, every.parse().unwrap(), &stop, &mut rounds).await;
        assert_eq!(end, Stopped::Working(count));
        assert!(*clock.longest_sleep.lock().unwrap() <= LOOK_EVERY);
        rounds.begun
    }

    #[tokio::test]
    async fn it_runs_again_each_time_the_interval_has_passed() {
        let clock = Moved::default;
        assert_eq!(begun(clock(), "3h", 0, 4).await, [0, 3 * HOUR, 6 * HOUR, 9 * HOUR]);
        assert_eq!(begun(clock(), "1h", 0, 3).await, [0, HOUR, 2 * HOUR]);
        let late = Moved { jitter: 90, ..clock() };
        assert_eq!(begun(late, "1h", 0, 3).await, [0, HOUR + 90, 2 * HOUR + 180]);
    }

    #[tokio::test]
    async fn the_interval_counts_from_the_beginning_of_a_round() {
        let clock = Moved::default;
        assert_eq!(begun(clock(), "1h", 50 * 60, 3).await, [0, HOUR, 2 * HOUR]);
        // One that takes longer than the interval is followed by the next at once, not by two.
        assert_eq!(begun(clock(), "1h", 2 * HOUR, 3).await, [0, 2 * HOUR, 4 * HOUR]);
    }

    #[tokio::test]
    async fn a_machine_that_slept_past_its_time_catches_up_once_when_it_wakes() {
        let clock = Moved {
            suspended: Mutex::new(Some((HOUR, 10 * HOUR))),
            ..Moved::default()
        };
        assert_eq!(begun(clock, "3h", 0, 3).await, [0, 11 * HOUR, 14 * HOUR]);
    }

    #[test]
    fn machines_do_not_run_all_at_once() {
        let waits: Vec<Duration> = (0..100).map(|_| Here.jitter()).collect();
        assert!(waits.iter().all(|wait| *wait < JITTER));
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }

    #[tokio::test]
    async fn stopped_within_a_round_it_waits_for_its_end_and_begins_no_other() {
        let clock = Arc::new(Moved::default());
        let mut rounds = Rounds::on(&clock, 0, 2);
        let stop = rounds.stop.clone();
        let end = watch(&*clock, Every::default(), &stop, &mut rounds).await;
        assert_eq!(end, Stopped::Working(2), "the answer of the round, which has ended");
        assert_eq!((rounds.begun.len(), rounds.told), (2, vec![1]));
    }

    #[tokio::test]
    async fn stopped_while_it_waits_it_ends_at_once() {
        /// Nobody wakes who sleeps on this one; and whoever begins to sleep is stopped.
        struct Still(CancellationToken);
        impl Clock for Still {
            fn now(&self) -> DateTime<Utc> {
                DateTime::UNIX_EPOCH
            }
            async fn sleep(&self, _: Duration) {
                self.0.cancel();
                std::future::pending().await
            }
            fn jitter(&self) -> Duration {
                Duration::ZERO
            }
        }
        let stop = CancellationToken::new();
        let mut rounds = Rounds::on(&Arc::default(), 0, 99);
        let end = watch(&Still(stop.clone()), Every::default(), &stop, &mut rounds).await;
        assert_eq!((end, rounds.ended, rounds.told), (Stopped::Waiting, 1, vec![1]));
    }
}
