//! *Configuration*.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};

use super::made::{self, CLIENT_ID, World};
use super::window::Window;
use crate::flow::wizard::Listed;
use crate::flow::{Answer, Effect, Event, Query};
use crate::model::rights::Operation;
use crate::model::{MemberScope, Problem, Warning, Workspace};

const CHOICES: [&str; 3] = [
    "Azure subscription",
    "Azure resource group",
    "Log Analytics (OMS) workspace",
];

fn values(window: &Window) -> [String; 3] {
    CHOICES.map(|name| window.value(Role::ComboBox, name))
}

#[test]
fn what_leaves_no_choice_is_prefilled() {
    let window = Window::of(made::at_configuration(&World::whole()));
    assert_eq!(values(&window), ["Contoso production", "rg-monitor", "law-contoso"]);
    window.must_say("Allowed: Write computer groups");
    window.must_say("workspaces/savedSearches/write");
    window.must_say("Allowed: Read the workspace");
    window.must_not_say("Missing:");
    assert!(window.can("Next"), "{}", window.screen());
}

#[test]
fn while_azure_is_asked_it_says_so_and_can_be_cancelled() {
    let mut window = Window::of(made::entering_configuration());
    window.must_say("Asking Azure which workspaces the app can see…");
    window.must_say("Reading the site's device collections…");
    assert!(!window.can("Add…") && !window.can("Next"));
    window.program().asker.take();
    let cancel = window.harness.get_all_by_role_and_label(Role::Button, "Cancel").next();
    cancel.unwrap().click();
    window.steps();
    let abandoned = window.program().asker.take();
    assert!(abandoned.iter().any(|effect| matches!(effect, Effect::Abandon(_))));
    window.must_say("Azure was not asked to the end.");
    window.click("Check again");
    assert!(asks(&mut window, |query| matches!(query, Query::Workspaces(_))));
}

fn asks(window: &mut Window, kind: impl Fn(&Query) -> bool) -> bool {
    let effects = window.program().asker.take();
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Query(_, query) if kind(query)))
}

#[test]
fn several_workspaces_are_a_choice() {
    let mut world = World::whole();
    let seen = world.visible.as_mut().unwrap();
    seen.workspaces
        .push(Workspace::bare(made::workspace_id("rg-monitor", "law-lab")));
    let mut window = Window::of(made::at_configuration(&world));
    assert_eq!(values(&window), ["Contoso production", "rg-monitor", "Choose…"]);
    window.click_role(Role::ComboBox, "Log Analytics (OMS) workspace");
    window.click_role(Role::ListBoxOption, "law-lab");
    assert_eq!(values(&window)[2], "law-lab");
    assert!(asks(&mut window, |query| {
        matches!(query, Query::Rights(_, id) if id.name() == "law-lab")
    }));
}

#[test]
fn subscriptions_of_one_name_are_told_apart() {
    let mut world = World::whole();
    let seen = world.visible.as_mut().unwrap();
    let mut twin = seen.subscriptions[0].clone();
    twin.id = "3c4d5e6f-0000-4000-8000-0000000000ff".parse().unwrap();
    seen.subscriptions.push(twin);
    let window = Window::of(made::at_configuration(&world));
    assert_eq!(
        values(&window)[0],
        "Contoso production (3c4d5e6f-0000-4000-8000-000000000003)"
    );
}

#[test]
fn where_nothing_is_visible_it_says_why_and_who_must_do_what() {
    let mut world = World::whole();
    world.visible.as_mut().unwrap().workspaces.clear();
    world.visible.as_mut().unwrap().subscriptions.clear();
    let mut window = Window::of(made::at_configuration(&world));
    assert_eq!(values(&window), ["", "", ""]);
    window.must_say("The app is right, and Azure lets it in. It sees no subscription and no workspace");
    window.must_say("An Owner or User Access Administrator of the workspace");
    window.must_say("Access control (IAM) > Add > Add role assignment");
    window.must_say(&format!("\"ConfigMgr connector\" (client ID {CLIENT_ID})"));
    let command = format!("az role assignment create --assignee {CLIENT_ID} --role Contributor --scope");
    window.must_say(&command);
    window.harness.get_by_role_and_label(Role::Button, "Copy").click();
    window.harness.step();
    assert!(window.copied().unwrap_or_default().starts_with(&command));
    window.click("Check again");
    World::whole().serve(window.program());
    window.steps();
    assert_eq!(values(&window)[2], "law-contoso");
    window.must_not_say("User Access Administrator");
}

#[test]
fn a_failure_stands_in_place_with_details() {
    let mut world = World::whole();
    let unreachable = Problem::Unreachable {
        host: "management.azure.com".to_owned(),
        cause: "no route".to_owned(),
    };
    world.visible = Err(unreachable.into());
    let mut window = Window::of(made::at_configuration(&world));
    assert!(
        window.says("Alert ") && window.says("management.azure.com"),
        "{}",
        window.screen()
    );
    window.click("Details");
    window.must_say("Code: unreachable");
    assert!(window.can("Check again") && !window.can("Next"));
}

#[test]
fn lists_that_are_not_whole_are_named() {
    let mut world = World::whole();
    let throttled = Problem::Throttled {
        host: "management.azure.com".to_owned(),
        retry_after: None,
    };
    world.visible.as_mut().unwrap().incomplete.push(throttled.into());
    let window = Window::of(made::at_configuration(&world));
    window.must_say("Not everything could be listed.");
    window.must_say("management.azure.com");
}

#[test]
fn a_workspace_can_be_typed() {
    let mut window = Window::of(made::at_configuration(&World::whole()));
    window.focus(Role::TextInput, "Workspace resource ID");
    window.write("/subscriptions/none");
    window.click("Use");
    assert!(window.says("does not have the parts of one"), "{}", window.screen());
    window.wizard().place.resource_id.text = made::workspace_id("rg-other", "law-hidden").to_string();
    window.click("Use");
    assert_eq!(values(&window), ["Contoso production", "rg-other", "law-hidden"]);
    assert!(asks(&mut window, |query| {
        matches!(query, Query::Rights(_, id) if id.name() == "law-hidden")
    }));
}

#[test]
fn a_missing_right_is_named_with_who_can_give_it() {
    let mut world = World::whole();
    let seen = world.rights.as_mut().unwrap();
    seen.checks[2] = made::check(Operation::WRITE_GROUP, false);
    let mut window = Window::of(made::at_configuration(&world));
    window.must_say("Missing: Write computer groups");
    window.must_say("Allowed: Read computer groups");
    window.must_say("The app lacks rights that computer groups need.");
    window.must_say("User Access Administrator");
    window.must_not_say("az role assignment");
    assert!(!window.can("Next"));
    window.click("Commands for an administrator…");
    let id = made::workspace_id("rg-monitor", "law-contoso");
    window.must_say(&format!("--role \"Contributor\" --scope \"{id}\""));
    window.click("Close");
    window.click("Check again");
    World::whole().serve(window.program());
    window.steps();
    window.must_say("Allowed: Write computer groups");
    assert!(window.can("Next"));
}

#[test]
fn what_is_wrong_with_the_workspace_is_said() {
    let mut world = World::whole();
    world.rights.as_mut().unwrap().checks[0].warnings = vec![Warning::WorkspaceIngestion {
        status: "OverQuota".to_owned(),
    }];
    let window = Window::of(made::at_configuration(&world));
    window.must_say("The workspace takes in no data at the moment (OverQuota).");
    assert!(window.can("Next"));
}

#[test]
fn health_and_region_are_said_from_the_list_before_the_workspace_is_read() {
    let mut world = World::whole();
    let listed = &mut world.visible.as_mut().unwrap().workspaces[0];
    listed.location = Some("westeurope".to_owned());
    listed.ingestion_status = Some("SubscriptionSuspended".to_owned());
    listed.public_ingestion = Some(false);
    let mut program = made::entering_configuration();
    let ticket = made::open_question(&mut program, |query| matches!(query, Query::Workspaces(_)));
    program.on(Event::Answer(ticket, Answer::Workspaces(world.visible)));
    let window = Window::of(program);
    window.must_say("Asking Azure what the app may do on the workspace…");
    window.must_say("Region: westeurope.");
    window.must_say("Its subscription is suspended");
    window.must_say("The workspace takes rows through a private link only");
}

#[test]
fn the_older_lists_stay_while_they_are_read_anew() {
    let mut world = World::whole();
    let seen = world.visible.as_mut().unwrap();
    let other = made::workspace_id("rg-monitor", "law-lab");
    seen.workspaces.push(Workspace::bare(other));
    let mut window = Window::of(made::at_configuration(&world));
    window.click("Check again");
    window.must_say("Asking Azure which workspaces the app can see…");
    window.click_role(Role::ComboBox, "Log Analytics (OMS) workspace");
    assert!(window.has(Role::ListBoxOption, "law-lab"), "{}", window.screen());
}

#[test]
fn thousands_of_workspaces_cost_no_more_than_those_in_view() {
    let mut world = World::whole();
    let many = (0..5000).map(|at| Workspace::bare(made::workspace_id("rg-monitor", &format!("law-{at:04}"))));
    world.visible.as_mut().unwrap().workspaces = many.collect();
    let mut window = Window::of(made::at_configuration(&world));
    window.click_role(Role::ComboBox, "Log Analytics (OMS) workspace");
    let drawn = window.harness.query_all_by_role(Role::ListBoxOption).count();
    assert!((5..20).contains(&drawn), "{drawn} rows are drawn");
    window.press(Key::End);
    window.press(Key::Enter);
    assert_eq!(values(&window)[2], "law-4999");
}

#[test]
fn all_computers_are_members_or_clients_only() {
    let mut window = Window::of(made::at_configuration(&World::whole()));
    assert_eq!(window.wizard().place.members, MemberScope::AllComputers);
    window.click_role(Role::RadioButton, "Only computers with the client");
    assert_eq!(window.wizard().place.members, MemberScope::ClientsOnly);
    window.click_role(Role::RadioButton, "All computers");
    assert_eq!(window.wizard().place.members, MemberScope::AllComputers);
}

#[test]
fn collections_are_added_and_removed() {
    let mut window = Window::of(made::at_configuration(&World::whole()));
    window.must_say("Zero is allowed: nothing is published until you add some.");
    assert!(!window.can("Remove"));
    window.click("Add…");
    window.click("Select all shown (3)");
    window.click("Add 3 collections");
    window.must_say("ListBoxOption Servers | Test, PS100017, 38");
    window.must_not_say("Zero is allowed");
    window.click_role(Role::ListBoxOption, "Servers | Test, PS100017, 38");
    window.click("Remove");
    window.must_not_say("PS100017");
    window.focus(Role::ListBox, "Device collections");
    window.press(Key::Home);
    window.press(Key::Delete);
    window.must_not_say("PS100016");
    window.must_say("PS100018");
}

#[test]
fn removed_collections_can_be_added_again_and_no_collection_twice() {
    let mut window = Window::of(made::at_configuration(&World::whole()));
    window.click("Add…");
    window.click("Select all shown (3)");
    window.click("Add 3 collections");
    window.click("Add…");
    window.must_say("All device collections of the site are chosen already.");
    window.press(Key::Escape);
    window.click("Remove");
    window.click("Add…");
    window.must_say("0 selected; 1 of 1 shown");
}

#[test]
fn a_collection_that_is_too_large_is_pointed_out() {
    let mut program = made::at_configuration(&World::whole());
    let wizard = program.wizard.as_mut().unwrap();
    wizard.place.chosen = vec![made::collection("PS100020", "Everything", 250_000)];
    let window = Window::of(program);
    window.must_say("PS100020 has 250000 members, which is probably too many");
}

#[test]
fn a_site_that_does_not_list_its_collections_can_be_asked_again() {
    let mut world = World::whole();
    let provider = "cm01.corp.contoso.com".to_owned();
    world.collections = Err(Problem::NotAProvider { provider }.into());
    let mut window = Window::of(made::at_configuration(&world));
    let add = window.harness.get_by_role_and_label(Role::Button, "Add…");
    let why = add.accesskit_node().description().unwrap_or_default();
    assert!(why.contains("could not be read"), "{why}");
    window.click("Try again");
    let ticket = made::open_question(window.program(), |query| matches!(query, Query::Collections(_)));
    let answer = Answer::Collections(World::whole().collections.map(Listed::new));
    window.program().on(Event::Answer(ticket, answer));
    window.steps();
    assert!(window.can("Add…"));
}

#[test]
fn an_answer_that_comes_meanwhile_does_not_take_the_focus_from_a_field() {
    let mut window = Window::of(made::entering_configuration());
    window.focus(Role::TextInput, "Workspace resource ID");
    window.write("/subscr");
    World::whole().serve(window.program());
    window.steps();
    window.must_say("Allowed: Write computer groups");
    window.write("iptions");
    assert_eq!(window.wizard().place.resource_id.text, "/subscriptions");
}
