//! Whether this machine is to keep the connection up to date: offered on *Confirm*, done after the first publication.

use crate::flow::{Asker, Query, Remote, Ticket};
use crate::model::schedule::{Every, Obstacle, ScheduleSeen, Standing};
use crate::model::{Failure, Result};

/// What *Confirm* can offer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScheduleOffer<'a> {
    /// It is not known yet what this machine can do.
    Unknown,
    /// A schedule can be installed.
    Possible(&'a ScheduleSeen),
    /// There is one; it will publish this connection, too.
    Stands(&'a Standing),
    /// None can be installed.
    Impossible(&'a Obstacle),
    /// It could not be found out.
    Failed(&'a Failure),
}

/// The wish for a schedule, and what is known of the machine.
pub struct ScheduleWish {
    seen: Remote<ScheduleSeen>,
    /// The box is ticked; edited in place. Counts only where a schedule is possible.
    pub wanted: bool,
}

impl Default for ScheduleWish {
    fn default() -> Self {
        Self {
            seen: Remote::default(),
            wanted: true,
        }
    }
}

impl ScheduleWish {
    /// Looks at the machine, unless that is known or under way.
    pub(super) fn ask(&mut self, asker: &mut Asker) {
        if self.seen.is_idle() || self.seen.failure().is_some() {
            self.seen.ask(asker.query(Query::Schedule));
        }
    }

    pub(super) fn take(&mut self, ticket: Ticket, answer: Result<ScheduleSeen>) -> bool {
        self.seen.answer(ticket, answer)
    }

    pub(super) fn stop(&mut self, asker: &mut Asker) {
        asker.abandon(self.seen.stop());
    }

    /// How often it would publish.
    pub fn every(&self) -> Every {
        Every::default()
    }

    /// What can be offered.
    pub fn offer(&self) -> ScheduleOffer<'_> {
        if let Some(failure) = self.seen.failure() {
            return ScheduleOffer::Failed(failure);
        }
        let Some(seen) = self.seen.value() else {
            return ScheduleOffer::Unknown;
        };
        match &seen.obstacle {
            _ if seen.standing.installed => ScheduleOffer::Stands(&seen.standing),
            Some(obstacle) => ScheduleOffer::Impossible(obstacle),
            None => ScheduleOffer::Possible(seen),
        }
    }

    /// What is to be installed.
    pub(super) fn wish(&self) -> Option<Every> {
        let possible = matches!(self.offer(), ScheduleOffer::Possible(_));
        (possible && self.wanted).then(|| self.every())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::{not_allowed, schedule_seen};

    fn answered(seen: Result<ScheduleSeen>) -> ScheduleWish {
        let (mut wish, mut asker) = (ScheduleWish::default(), Asker::default());
        wish.ask(&mut asker);
        let ticket = wish.seen.pending().unwrap();
        assert!(wish.take(ticket, seen));
        wish
    }

    #[test]
    fn nothing_is_wished_before_it_is_known_what_is_possible() {
        let (mut wish, mut asker) = (ScheduleWish::default(), Asker::default());
        assert_eq!((wish.offer(), wish.wish()), (ScheduleOffer::Unknown, None));
        wish.ask(&mut asker);
        wish.ask(&mut asker);
        assert_eq!(asker.take().len(), 1, "asked once");
        assert_eq!((wish.offer(), wish.wish()), (ScheduleOffer::Unknown, None));
    }

    #[test]
    fn where_it_is_possible_it_is_wished_until_a_person_unticks_it() {
        let mut wish = answered(Ok(schedule_seen()));
        assert!(matches!(wish.offer(), ScheduleOffer::Possible(_)));
        assert_eq!(wish.wish(), Some(Every::default()));
        wish.wanted = false;
        assert_eq!(wish.wish(), None);
    }

    #[test]
    fn what_stands_or_cannot_be_is_never_wished() {
        let mut stands = schedule_seen();
        stands.standing.installed = true;
        let mut lab = schedule_seen();
        lab.obstacle = Some(Obstacle::Lab);
        for seen in [Ok(stands.clone()), Ok(lab), Err(not_allowed())] {
            assert_eq!(answered(seen).wish(), None);
        }
        // One that stands is told, whatever keeps another from being installed.
        stands.obstacle = Some(Obstacle::Refused(not_allowed()));
        assert!(matches!(answered(Ok(stands)).offer(), ScheduleOffer::Stands(_)));
    }

    #[test]
    fn what_could_not_be_found_out_is_asked_again() {
        let (mut wish, mut asker) = (answered(Err(not_allowed())), Asker::default());
        assert!(matches!(wish.offer(), ScheduleOffer::Failed(_)));
        wish.ask(&mut asker);
        assert_eq!(asker.take().len(), 1);
        let mut known = answered(Ok(schedule_seen()));
        known.ask(&mut asker);
        assert!(asker.take().is_empty());
    }
}
