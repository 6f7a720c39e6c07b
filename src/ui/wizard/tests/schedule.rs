//! The schedule on *Confirm* and *Completion*.

use egui::accesskit::{Role, Toggled};
use egui_kittest::kittest::{NodeT, Queryable};

use super::made::{self, schedule_seen};
use super::window::Window;
use crate::flow::{Command, Effect};
use crate::model::Problem;
use crate::model::report::Outcome;
use crate::model::schedule::{Every, Obstacle, ScheduleEnd, Standing, System};

const BOX: &str = "Keep it up to date every 3 hours on this machine, as svc-asw";

/// What Next asks of this machine.
fn wish(window: &mut Window) -> Option<Every> {
    window.click("Next");
    let effects = window.program().asker.take();
    let found = effects.into_iter().find_map(|effect| match effect {
        Effect::Command(_, Command::Create(_, _, every)) => Some(every),
        _ => None,
    });
    found.expect("nothing is made")
}

fn standing() -> Standing {
    Standing {
        installed: true,
        every: "6h".parse().ok(),
        next: "2026-11-25T12:03:00Z".parse().ok(),
        unattended: Some(false),
    }
}

fn completed(schedule: ScheduleEnd) -> Window {
    let report = made::report(vec![made::reported(
        "PS100016",
        "One",
        Outcome::Published,
        Some(5),
        None,
    )]);
    Window::of(made::at_completion_with(1, Some(Ok(report)), schedule))
}

#[test]
fn the_box_names_the_account_and_says_what_happens_when_nobody_is_signed_in() {
    let mut window = Window::of(made::at_confirm(2));
    let node = window.harness.get_by_role_and_label(Role::CheckBox, BOX);
    assert_eq!(node.accesskit_node().toggled(), Some(Toggled::True));
    assert!(
        node.accesskit_node()
            .description()
            .unwrap()
            .contains("While nobody is signed in")
    );
    window.must_say("the schedule is taken away again");
    assert_eq!(wish(&mut window), Some(Every::default()));
    window.must_say("Not begun: Setting up the schedule");
}

#[test]
fn unticked_nothing_is_set_up() {
    let mut window = Window::of(made::at_confirm(2));
    window.click_role(Role::CheckBox, BOX);
    assert_eq!(wish(&mut window), None);
    window.must_not_say("Setting up the schedule");
}

#[test]
fn where_it_is_not_possible_the_box_is_off_and_the_reason_stands_beside_it() {
    let refused = |problem: Problem| Some(Obstacle::Refused(problem.into()));
    let what = "no systemd user instance answers".to_owned();
    for (obstacle, reason) in [
        (Some(Obstacle::Lab), "Not possible on the lab"),
        (refused(Problem::NoScheduler { what: what.clone() }), what.as_str()),
        (
            refused(Problem::ScheduleFailed {
                what: "no asw beside it".to_owned(),
            }),
            "Not possible here: no asw beside it.",
        ),
    ] {
        let mut seen = schedule_seen();
        seen.obstacle = obstacle;
        let mut window = Window::of(made::at_confirm_with(Ok(seen)));
        let label = "Keep it up to date every 3 hours on this machine";
        let node = window.harness.get_by_role_and_label(Role::CheckBox, label);
        assert!(node.accesskit_node().is_disabled());
        assert_eq!(node.accesskit_node().toggled(), Some(Toggled::False));
        window.must_say(reason);
        assert_eq!(wish(&mut window), None);
    }
}

#[test]
fn each_system_says_what_it_can_do() {
    for (system, words) in [
        (System::Systemd, "where this machine allows lingering"),
        (System::TaskScheduler, "asw schedule install --stored-password"),
        (
            System::Launchd,
            "an agent of launchd, which runs only while this account is signed in",
        ),
    ] {
        let mut seen = schedule_seen();
        seen.system = system;
        Window::of(made::at_confirm_with(Ok(seen))).must_say(words);
    }
}

#[test]
fn one_that_stands_is_told_instead_of_offered() {
    let mut seen = schedule_seen();
    seen.standing = standing();
    let mut window = Window::of(made::at_confirm_with(Ok(seen)));
    window.must_say("Already set up: every 6 hours");
    window.must_say("2026-11-25 12:03 UTC");
    assert!(window.harness.query_by_role(Role::CheckBox).is_none());
    assert_eq!(wish(&mut window), None);
}

#[test]
fn completion_says_what_was_set_up_when_it_runs_and_what_happens_when_nobody_is_signed_in() {
    let window = completed(ScheduleEnd::Installed(standing()));
    window.must_say("This machine publishes it every 6 hours from now on.");
    window.must_say("2026-11-25 12:03 UTC");
    window.must_say("it runs only while this account is signed in");
    window.must_say("Done: Setting up the schedule");
    window.must_not_say("asw schedule install");
    // What a system does not say, is not made up.
    let silent = Standing {
        next: None,
        unattended: None,
        ..standing()
    };
    let window = completed(ScheduleEnd::Installed(silent));
    window.must_say("within the time that it is set to, every 6 hours");
    window.must_say("this system does not say whether it runs");
}

#[test]
fn completion_says_why_it_was_not_set_up_and_the_command_that_does_it() {
    let failed = |problem: Problem| ScheduleEnd::Failed(problem.into());
    let what = "its first run did not publish: the keyring is locked".to_owned();
    let window = completed(failed(Problem::ScheduleFailed { what }));
    window.must_say("The connection \"Contoso production\" is made, and its device collection is published.");
    window.must_say("the keyring is locked");
    window.must_say("asw schedule install");
    window.must_say("Failed: Setting up the schedule");

    let what = "no systemd user instance answers".to_owned();
    completed(failed(Problem::NoScheduler { what })).must_say("asw sync --all --watch");
    completed(ScheduleEnd::NotTried).must_say("since nothing was published");
    let window = completed(ScheduleEnd::NotWished);
    window.must_say("Nothing publishes this connection by itself.");
    window.must_say("asw schedule install");
    completed(ScheduleEnd::Stood(standing())).must_say("Already set up: every 6 hours.");
}
