//! The schedule: offered on *Confirm*, a step of its own, and no reason for the connection to fail.

use super::*;
use crate::flow::effect::Created;
use crate::flow::testing::schedule_seen;
use crate::model::plan::{Progress, Step};
use crate::model::schedule::{self, Every, Obstacle, ScheduleEnd, ScheduleSeen};

/// What the one creation asks of this machine.
fn wish(desk: &Desk) -> Option<Every> {
    let wishes: Vec<Option<Every>> = desk
        .commands
        .iter()
        .filter_map(|(_, command)| match command {
            Command::Create(_, _, every) | Command::Adopt(_, _, _, every) => Some(*every),
            _ => None,
        })
        .collect();
    *wishes.last().unwrap()
}

fn state(desk: &Desk) -> Option<StepState> {
    let steps = desk.wizard.creation().unwrap().steps();
    let found = steps.iter().find(|(step, _)| *step == Step::Schedule);
    found.map(|(_, state)| state.clone())
}

/// At *Confirm* on a machine of which this is said.
fn at_confirm(seen: crate::model::Result<ScheduleSeen>) -> Desk {
    let mut desk = Desk::at(Page::General);
    desk.fill();
    desk.next();
    let ticket = desk.ticket(|query| matches!(query, Query::Schedule));
    assert!(desk.answer(ticket, Answer::Schedule(seen)));
    desk.go_to(Page::Confirm);
    desk
}

fn made(desk: &mut Desk, schedule: ScheduleEnd) {
    let end = Created {
        schedule,
        ..created(setup("Contoso"))
    };
    assert!(desk.end(Ok(end)));
    assert_eq!(desk.wizard.page(), Page::Completion, "the connection is made");
}

#[test]
fn it_is_the_last_step_where_the_box_stays_ticked() {
    let mut desk = at_confirm(Ok(schedule_seen()));
    desk.next();
    assert_eq!(wish(&desk), Some(Every::default()));
    let steps = desk.wizard.creation().unwrap().steps();
    let last: Vec<&Step> = steps.iter().rev().take(2).map(|(step, _)| step).collect();
    assert_eq!(last, [&Step::Schedule, &Step::Publish]);
}

#[test]
fn it_begins_when_publishing_has_ended_and_not_before() {
    let mut desk = at_confirm(Ok(schedule_seen()));
    desk.next();
    let run = desk.wizard.creation().unwrap().run();
    desk.wizard.hear(run, Progress::Step(Step::Publish));
    desk.wizard.hear(run, Progress::Step(Step::SignIn)); // publishing's own
    assert_eq!(state(&desk), Some(StepState::Pending));
    desk.wizard.hear(run, Progress::Step(Step::Schedule));
    assert_eq!(state(&desk), Some(StepState::Running));
    let steps = desk.wizard.creation().unwrap().steps();
    assert!(
        steps
            .iter()
            .any(|(step, state)| *step == Step::Publish && *state == StepState::Done)
    );
}

#[test]
fn unticked_or_not_possible_nothing_is_asked_of_this_machine() {
    let mut unticked = at_confirm(Ok(schedule_seen()));
    unticked.wizard.schedule.wanted = false;
    let mut lab = schedule_seen();
    lab.obstacle = Some(Obstacle::Lab);
    let mut stands = schedule_seen();
    stands.standing.installed = true;
    for mut desk in [unticked, at_confirm(Ok(lab)), at_confirm(Ok(stands))] {
        desk.next();
        assert_eq!((wish(&desk), state(&desk)), (None, None));
    }
}

#[test]
fn what_could_not_be_found_out_is_asked_again_on_the_way() {
    let mut desk = at_confirm(Err(not_allowed()));
    desk.next();
    assert_eq!(wish(&desk), Some(Every::default()));
}

#[test]
fn a_retry_wishes_what_was_wished_then() {
    let mut desk = at_confirm(Ok(schedule_seen()));
    desk.next();
    assert!(desk.end(Err(unfinished(Standing::Begun))));
    desk.wizard.schedule.wanted = false;
    desk.wizard.retry(&mut desk.asker);
    desk.gather();
    assert_eq!(desk.commands.len(), 2);
    assert_eq!(wish(&desk), Some(Every::default()));
}

#[test]
fn its_failure_does_not_fail_the_connection_and_is_told_at_its_step() {
    let failed = |problem: Problem| ScheduleEnd::Failed(problem.into());
    let refused = Problem::ScheduleFailed { what: "no".into() };
    let cancelled = Problem::Cancelled {
        partly: false,
        left: String::new(),
    };
    for (end, wanted) in [
        (ScheduleEnd::Installed(schedule::Standing::default()), StepState::Done),
        (ScheduleEnd::Stood(schedule::Standing::default()), StepState::Done),
        (ScheduleEnd::NotTried, StepState::Pending),
        (failed(cancelled), StepState::Stopped),
        (failed(refused.clone()), StepState::Failed(refused.into())),
    ] {
        let mut desk = at_confirm(Ok(schedule_seen()));
        desk.next();
        made(&mut desk, end);
        assert_eq!(state(&desk), Some(wanted));
    }
}

#[test]
fn a_machine_that_does_not_answer_keeps_nobody_waiting() {
    let mut desk = Desk::at(Page::General);
    desk.fill();
    desk.next();
    desk.ticket(|query| matches!(query, Query::Schedule)); // nobody answers it
    desk.go_to(Page::Progress);
    assert_eq!(wish(&desk), None);
}

#[test]
fn one_that_is_gone_on_with_was_not_asked() {
    let (desk, _) = resumed();
    assert_eq!(state(&desk), None);
}
