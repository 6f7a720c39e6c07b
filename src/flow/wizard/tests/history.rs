//! History, a person's sign-in, a connection that stands already, and the ways out of a refusal at Verify.

use std::path::PathBuf;

use super::*;
use crate::flow::effect::{FilePurpose, HistorySeen, IfThere, Saved};
use crate::flow::testing::{found, history_check, reading};
use crate::flow::wizard::place::AcceptedHistory;
use crate::flow::{Command, Effect};
use crate::model::person::{PersonSeen, PersonWay};
use crate::model::plan::{Progress, Step};
use crate::model::{Environment, History, ResourceGroupId, Warning};

fn group(name: &str) -> ResourceGroupId {
    ResourceGroupId::new(workspace(1, "rg", "law").subscription(), name).unwrap()
}

/// At *Configuration*, history chosen, everything answered.
fn wanting(world: impl FnOnce(&mut Desk)) -> Desk {
    let mut desk = Desk::new();
    world(&mut desk);
    desk.go_to(Page::Configuration);
    desk.serve();
    want(&mut desk, true);
    desk
}

fn want(desk: &mut Desk, wanted: bool) {
    let (app, _) = accesses(&desk.wizard);
    desk.wizard.place.want_history(wanted, &app, &mut desk.asker);
    desk.serve();
}

fn type_group(desk: &mut Desk, text: &str) {
    let (app, _) = accesses(&desk.wizard);
    desk.wizard.place.history.group = TextField::holding(text);
    desk.wizard.place.ask_history(&app, &mut desk.asker, false);
    desk.serve();
}

fn sign_in(desk: &mut Desk) {
    let (app, _) = accesses(&desk.wizard);
    let administrator = &mut desk.wizard.place.history.administrator;
    administrator.public_client = TextField::holding(CLIENT);
    administrator.sign_in(app.tenant(), &mut desk.asker);
}

#[test]
fn history_and_the_group_of_its_rule_are_part_of_the_set_up() {
    let mut desk = wanting(|_| {});
    assert_eq!(desk.wizard.place.history.group.text, "rg", "the workspace's own group");
    type_group(&mut desk, "rg-rules");
    assert_eq!(desk.next(), Page::Confirm);
    let setup = desk.wizard.setup().unwrap().0;
    assert_eq!(
        (setup.history, setup.rule_group.clone()),
        (History::On, Some(group("rg-rules")))
    );
    desk.back_to(Page::Configuration);
    type_group(&mut desk, " RG ");
    desk.next();
    let setup = desk.wizard.setup().unwrap().0;
    assert_eq!(setup.rule_group, None, "it is the workspace's");
    desk.back_to(Page::Configuration);
    want(&mut desk, false);
    desk.next();
    assert_eq!(desk.wizard.setup().unwrap().0.history, History::Off);
}

#[test]
fn the_group_can_be_in_another_subscription_and_nothing_else_passes() {
    let mut desk = wanting(|_| {});
    let other = workspace(2, "rg-far", "x").group();
    type_group(&mut desk, &other.to_string());
    desk.next();
    assert_eq!(desk.wizard.setup().unwrap().0.rule_group, Some(other));
    desk.back_to(Page::Configuration);
    type_group(&mut desk, "two words");
    assert_eq!(desk.next(), Page::Configuration);
}

#[test]
fn the_group_follows_the_workspace_until_another_one_is_typed() {
    let mut desk = wanting(|desk| desk.world.workspaces = vec![workspace(1, "a", "x"), workspace(1, "b", "y")]);
    let (app, _) = accesses(&desk.wizard);
    let choose = |desk: &mut Desk, group, name| {
        let place = &mut desk.wizard.place;
        place.choose_workspace(workspace(1, group, name), &app, &mut desk.asker);
        place.history.group.text.clone()
    };
    assert_eq!(
        (choose(&mut desk, "a", "x"), choose(&mut desk, "b", "y")),
        ("a".into(), "b".into())
    );
    desk.wizard.place.history.group = TextField::holding("mine");
    assert_eq!(choose(&mut desk, "a", "x"), "mine");
}

#[test]
fn missing_rights_stop_history_alone_and_a_person_makes_up_for_them() {
    let mut desk = wanting(|desk| desk.world.history = Err(not_allowed()));
    assert!(!desk.wizard.may_go_on() && desk.wizard.lacks_history_only());
    want(&mut desk, false);
    assert!(desk.wizard.may_go_on(), "groups alone need none of it");
    want(&mut desk, true);
    sign_in(&mut desk);
    assert!(!desk.wizard.may_go_on(), "nobody has signed in yet");
    desk.serve();
    assert_eq!(desk.next(), Page::Confirm);
    let kept = desk.wizard.plan().unwrap().place.history.clone();
    let by = Some(PersonSeen {
        name: "owner@contoso.example".into(),
    });
    let rule_group = group("rg");
    assert_eq!(kept, Some(AcceptedHistory { rule_group, by }));
}

#[test]
fn a_person_who_may_not_do_it_either_makes_up_for_nothing() {
    let mut desk = wanting(|desk| desk.world.history = Err(not_allowed()));
    sign_in(&mut desk);
    let ticket = desk.ticket(|query| matches!(query, Query::Person(_)));
    desk.answer(ticket, Answer::Person(Ok(PersonSeen { name: "x".into() })));
    let ticket = desk.ticket(|query| matches!(query, Query::History(..)));
    let refused = HistorySeen {
        checks: vec![history_check(Err(not_allowed()))],
        elsewhere: Vec::new(),
        principal: None,
    };
    desk.answer(ticket, Answer::History(Ok(refused)));
    assert!(!desk.wizard.may_go_on());
    let (app, _) = accesses(&desk.wizard);
    assert!(desk.wizard.place.history.administrator.person(app.tenant()).is_some());
    let mut elsewhere = app.duplicate();
    elsewhere.app.tenant_id = CLIENT.parse().unwrap();
    assert!(
        desk.wizard
            .place
            .history
            .administrator
            .person(elsewhere.tenant())
            .is_none(),
        "another tenant"
    );
}

#[test]
fn what_is_missing_is_asked_for_and_all_of_it_where_nothing_is() {
    let mut desk = wanting(|desk| desk.world.history = Err(not_allowed()));
    let (app, _) = accesses(&desk.wizard);
    let roles = |desk: &Desk| {
        let grant = desk.wizard.place.grant(&app).unwrap();
        grant.roles.iter().map(|(_, role)| role.name).collect::<Vec<_>>()
    };
    assert_eq!(roles(&desk), ["Monitoring Contributor"]);
    want(&mut desk, false);
    assert_eq!(roles(&desk), ["Contributor"]);
    desk.world.history = Ok("allowed".into());
    want(&mut desk, true);
    desk.wizard.place.check_again(&app, &mut desk.asker);
    desk.serve();
    let all = ["Contributor", "Monitoring Contributor", "Monitoring Metrics Publisher"];
    assert_eq!(roles(&desk), all);
}

#[test]
fn a_sign_in_is_asked_once_its_client_is_named_and_given_up_with_its_dialog() {
    let mut desk = wanting(|desk| desk.world.history = Err(not_allowed()));
    let (app, _) = accesses(&desk.wizard);
    desk.wizard
        .place
        .history
        .administrator
        .sign_in(app.tenant(), &mut desk.asker);
    desk.gather();
    assert!(desk.waiting.is_empty() && desk.wizard.place.history.administrator.public_client.settled);
    desk.wizard.place.history.administrator.way = PersonWay::Code;
    desk.wizard.place.help = Some(Help::SignIn);
    sign_in(&mut desk);
    let is_by_code = |query: &Query| matches!(query, Query::Person(access) if access.way == PersonWay::Code);
    let ticket = desk.ticket(is_by_code);
    let told = Progress::DeviceCode {
        url: "https://microsoft.com/devicelogin".into(),
        code: "ABCD".into(),
    };
    desk.wizard.hear_query(ticket, &told);
    assert_eq!(desk.wizard.place.history.administrator.progress(), Some(&told));
    desk.wizard.place.close_help(&mut desk.asker);
    assert!(matches!(desk.asker.take().as_slice(), [Effect::Abandon(each)] if *each == ticket));
    let late = Answer::Person(Ok(PersonSeen { name: "x".into() }));
    assert!(!desk.answer(ticket, late));
    assert!(desk.wizard.place.history.administrator.person(app.tenant()).is_none());
}

#[test]
fn a_connection_of_this_site_can_be_taken_over_with_its_collections() {
    let mut desk = Desk::new();
    desk.world.elsewhere = vec![found(21, "PS1"), found(22, "XY1")];
    desk.go_to(Page::Configuration);
    desk.serve();
    let ((app, way), here) = (accesses(&desk.wizard), desk.wizard.site_here().unwrap());
    let (place, asker) = (&mut desk.wizard.place, &mut desk.asker);
    let offered: Vec<_> = place.offered(&app, &here).iter().map(|each| each.id).collect();
    assert_eq!(offered, [found(21, "PS1").id]);
    place.take_over(found(22, "XY1").id, &app, (&here, &way), asker);
    assert!(place.taken_over(&app, &here).is_none(), "it is of another site");
    place.take_over(found(21, "PS1").id, &app, (&here, &way), asker);
    assert_eq!(ids(&desk), [collection(1).id.to_string()]);
    desk.next();
    desk.back_to(Page::General);
    while desk.next() != Page::Progress {}
    let taken = |command: &Command| matches!(command, Command::Adopt(_, _, id, _) if *id == found(21, "PS1").id);
    assert!(desk.commands.iter().all(|(_, command)| taken(command)) && desk.commands.len() == 1);
    desk.end(Err(unfinished(Standing::Begun)));
    desk.wizard.retry(&mut desk.asker);
    desk.gather();
    assert!(desk.commands.iter().all(|(_, command)| taken(command)) && desk.commands.len() == 2);
}

#[test]
fn what_is_taken_over_belongs_to_its_workspace_and_has_to_stand_there() {
    let mut desk = Desk::new();
    desk.world.elsewhere = vec![found(21, "PS1")];
    desk.go_to(Page::Configuration);
    desk.serve();
    let ((app, way), here) = (accesses(&desk.wizard), desk.wizard.site_here().unwrap());
    let take = |desk: &mut Desk| {
        let (id, asker) = (found(21, "PS1").id, &mut desk.asker);
        desk.wizard.place.take_over(id, &app, (&here, &way), asker);
    };
    take(&mut desk);
    assert_eq!(desk.next(), Page::Confirm);
    desk.back_to(Page::Configuration);
    desk.world.elsewhere.clear();
    desk.wizard.place.check_again(&app, &mut desk.asker);
    assert!(!desk.wizard.may_go_on(), "whether it stands is not known");
    desk.serve();
    assert!(desk.wizard.place.taken_over(&app, &here).is_none());
    assert_eq!(
        desk.wizard.changed_page(),
        Some(Page::Configuration),
        "that was accepted"
    );
    desk.world.elsewhere = vec![found(21, "PS1")];
    desk.wizard.place.check_again(&app, &mut desk.asker);
    desk.serve();
    take(&mut desk);
    let place = &mut desk.wizard.place;
    place.choose_workspace(workspace(1, "rg", "other"), &app, &mut desk.asker);
    place.choose_workspace(workspace(1, "rg", "law"), &app, &mut desk.asker);
    assert!(place.taken_over(&app, &here).is_none());
}

#[test]
fn what_is_of_another_site_is_taken_over_no_more() {
    let mut desk = Desk::new();
    desk.world.elsewhere = vec![found(21, "PS1")];
    desk.go_to(Page::Configuration);
    desk.serve();
    let ((app, way), here) = (accesses(&desk.wizard), desk.wizard.site_here().unwrap());
    let id = found(21, "PS1").id;
    desk.wizard.place.take_over(id, &app, (&here, &way), &mut desk.asker);
    desk.back_to(Page::General);
    type_site(&mut desk.wizard, "other.corp.example");
    desk.wizard.general.connect(&mut desk.asker);
    let ticket = desk.ticket(|query| matches!(query, Query::Site(_)));
    let mut other = reading();
    other.identity.code = "XY1".parse().unwrap();
    desk.answer(ticket, Answer::Site(Ok(other)));
    while desk.next() != Page::Confirm {
        desk.serve();
    }
    assert!(desk.wizard.plan().unwrap().place.adopted.is_none());
    assert_eq!(desk.next(), Page::Progress);
    assert!(matches!(desk.commands.as_slice(), [(_, Command::Create(..))]));
}

#[test]
fn one_that_keeps_history_goes_on_keeping_it_where_its_rule_stands() {
    let mut desk = Desk::new();
    let rule = crate::model::history::rule_id(&group("rg-rules"), found(21, "PS1").id).unwrap();
    desk.world.elsewhere = vec![found(21, "PS1")];
    desk.world.elsewhere[0].rule = Some(rule);
    desk.go_to(Page::Configuration);
    desk.serve();
    let ((app, way), here) = (accesses(&desk.wizard), desk.wizard.site_here().unwrap());
    let id = found(21, "PS1").id;
    desk.wizard.place.take_over(id, &app, (&here, &way), &mut desk.asker);
    desk.serve();
    assert_eq!(desk.next(), Page::Confirm);
    let setup = desk.wizard.setup().unwrap().0;
    assert_eq!(
        (setup.history, setup.rule_group),
        (History::On, Some(group("rg-rules")))
    );
}

#[test]
fn revert_brings_history_back() {
    let mut desk = wanting(|_| {});
    type_group(&mut desk, "rg-rules");
    desk.next();
    desk.back_to(Page::Configuration);
    want(&mut desk, false);
    type_group(&mut desk, "other");
    assert!(desk.wizard.is_edited());
    desk.wizard.revert();
    assert!(!desk.wizard.is_edited());
    assert_eq!(desk.wizard.place.history.group.text, "rg-rules");
    desk.serve();
    assert_eq!(desk.next(), Page::Confirm);
}

#[test]
fn steps_of_history_are_shown_and_an_upload_that_waits_comes_later() {
    let mut desk = wanting(|_| {});
    desk.go_to(Page::Progress);
    let run = desk.wizard.creation().unwrap().run();
    for step in [Step::WriteTable, Step::WriteEndpoint, Step::WriteRule] {
        desk.wizard.hear(run, Progress::Step(step));
    }
    let steps = |desk: &Desk| desk.wizard.creation().unwrap().steps().to_vec();
    let shown: Vec<Step> = steps(&desk).into_iter().map(|(step, _)| step).collect();
    let from = shown.iter().position(|step| *step == Step::WriteTable).unwrap();
    assert_eq!(
        shown[from..],
        [
            Step::WriteTable,
            Step::WriteEndpoint,
            Step::WriteRule,
            Step::GrantUpload,
            Step::WriteFunction,
            Step::FirstUpload,
            Step::Publish,
            Step::Schedule
        ]
    );
    let setup = desk.creations()[0].1.clone();
    let mut end = created(setup);
    end.warnings.push(Warning::UploadPending);
    desk.end(Ok(end));
    assert!(steps(&desk).contains(&(Step::FirstUpload, StepState::Later)));
    assert!(steps(&desk).contains(&(Step::GrantUpload, StepState::Done)));
}

#[test]
fn commands_are_saved_where_a_person_says_and_hold_what_is_chosen() {
    let mut desk = wanting(|_| {});
    type_group(&mut desk, "rg-rules");
    desk.wizard.place.help = Some(Help::Commands(Commands::default()));
    let path = PathBuf::from("/tmp/grant.sh");
    desk.wizard
        .file_picked(FilePurpose::Commands, path.clone(), &mut desk.asker);
    let is_whole = |query: &Query| matches!(query, Query::SaveText(to, text, IfThere::Replace) if *to == path && text.contains(CLIENT) && text.contains("rg-rules"));
    let ticket = desk.ticket(is_whole);
    assert!(desk.answer(ticket, Answer::SaveText(Ok(Saved::Written(path.clone())))));
    let Some(Help::Commands(commands)) = &desk.wizard.place.help else {
        panic!("it is open")
    };
    assert_eq!(commands.saved(), Some(&path));
}

#[test]
fn an_answer_about_history_waits_for_its_own_question() {
    let mut desk = wanting(|_| {});
    let (app, _) = accesses(&desk.wizard);
    desk.wizard.place.check_again(&app, &mut desk.asker);
    let ticket = desk.ticket(|query| matches!(query, Query::History(..)));
    desk.wizard.place.history.group = TextField::holding("rg-rules");
    let seen = HistorySeen {
        checks: Vec::new(),
        elsewhere: Vec::new(),
        principal: None,
    };
    desk.answer(ticket, Answer::History(Ok(seen)));
    assert!(!desk.wizard.may_go_on(), "nobody has looked at rg-rules");
}

// ---- Verify ----

fn refused(failure: Failure) -> Desk {
    let mut desk = Desk::at(Page::ImportApps);
    type_app(&mut desk.wizard, SECRET);
    desk.wizard.app.verify(&mut desk.asker);
    let ticket = desk.ticket(|query| matches!(query, Query::Verify(_)));
    desk.answer(ticket, Answer::Verify(Err(failure)));
    desk
}

#[test]
fn an_app_of_another_cloud_is_verified_there_with_one_click() {
    for (cloud, name) in [
        ("MicrosoftOnline.US", "AzureUSGovernmentCloud"),
        ("partner.microsoftonline.cn", "AzureChinaCloud"),
    ] {
        let mut desk = refused(
            Problem::TenantElsewhere {
                tenant: TENANT.into(),
                environment: "AzurePublicCloud".into(),
                cloud: cloud.into(),
            }
            .into(),
        );
        let right = desk.wizard.app.right_environment().unwrap();
        assert_eq!(right.name, name);
        desk.wizard.app.use_environment(right, &mut desk.asker);
        let chosen = desk.wizard.app.chosen_environment().unwrap().clone();
        assert_eq!(chosen, Environment::built_in(name).unwrap());
        desk.ticket(|query| matches!(query, Query::Verify(access) if access.environment == chosen));
        let known = desk.wizard.app.environments();
        assert_eq!(known.iter().filter(|each| each.name == name).count(), 1);
    }
    let unknown = Problem::TenantElsewhere {
        tenant: TENANT.into(),
        environment: "AzurePublicCloud".into(),
        cloud: "another national cloud".into(),
    };
    assert!(refused(unknown.into()).wizard.app.right_environment().is_none());
}

#[test]
fn the_expiry_that_entra_has_is_taken_and_verified() {
    let mut desk = Desk::at(Page::ImportApps);
    type_app(&mut desk.wizard, SECRET);
    let actual: crate::model::SecretExpiry = "2026-12-01".parse().unwrap();
    desk.wizard.app.use_expiry(actual, &mut desk.asker);
    assert_eq!(desk.wizard.app.expiry.text, "2026-12-01");
    desk.ticket(|query| matches!(query, Query::Verify(access) if access.app.secret_expiry == actual));
}

#[test]
fn a_refusal_tells_how_far_azure_came() {
    assert_eq!(Layer::stopped_at(&Problem::SecretExpired), Some(Layer::Secret));
    assert_eq!(Layer::stopped_at(&Problem::PolicyBlocksSignIn), Some(Layer::Policy));
    let unreachable = Problem::Unreachable {
        host: "x".into(),
        cause: "y".into(),
    };
    assert_eq!(Layer::stopped_at(&unreachable), None);
}
