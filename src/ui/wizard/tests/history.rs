//! History on every page where it shows, help of an administrator, and a connection that stands already.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;

use super::made::{self, CLIENT_ID, World};
use super::window::Window;
use crate::flow::effect::{IfThere, Saved};
use crate::flow::wizard::Page;
use crate::flow::{Answer, Command, Effect, Event, Query, TextField, Ticket};
use crate::model::history::HistoryPlace;
use crate::model::plan::{Progress, Step};
use crate::model::report::FoundConnection;
use crate::model::{Failure, Problem, ResourceGroupId, Warning, history};

const SIGN_IN: &str = "Sign in as an administrator…";
const COMMANDS: &str = "Commands for an administrator…";

/// A window at *Configuration* in which history is chosen.
fn wanting(world: &World) -> Window {
    let mut window = Window::of(made::at_configuration(world));
    window.click_role(Role::RadioButton, "Computer groups and history");
    world.serve(window.program());
    window.steps();
    window
}

fn found() -> FoundConnection {
    FoundConnection {
        id: crate::model::ConnectionId::new(uuid::Uuid::from_u128(9)),
        name: "Contoso old".to_owned(),
        site: "PS1".parse().unwrap(),
        collections: vec!["PS100017".parse().unwrap()],
        rule: None,
    }
}

#[test]
fn groups_alone_are_chosen_first_and_what_both_need_is_listed() {
    let window = Window::of(made::at_configuration(&World::whole()));
    let screen = window.screen();
    assert!(
        screen.contains("RadioButton Computer groups | Each collection"),
        "{screen}"
    );
    window.must_say("Allowed: Write computer groups");
    window.must_say("Allowed: Make the data collection rule");
    window.must_say("Allowed: Upload rows");
    window.must_not_say(SIGN_IN);
    assert!(window.can("Next"));
}

#[test]
fn what_history_takes_is_said_before_it_is_turned_on() {
    let mut window = Window::of(made::at_configuration(&World::whole()));
    window.must_not_say("A publication that sends everything");
    window.click_role(Role::RadioButton, "Computer groups and history");
    window.wizard().place.chosen = vec![made::collection("PS100016", "Servers", 1_000)];
    window.steps();
    window.must_say("A publication that sends everything: about 1001 rows (184 kB)");
    window.must_say("each of the 8 publications a day: about 240240 rows (44 MB)");
}

#[test]
fn the_rule_can_stand_in_another_resource_group() {
    let mut window = wanting(&World::whole());
    let field = "Resource group of the data collection rule";
    assert_eq!(window.value(Role::TextInput, field), "rg-monitor");
    window.wizard().place.history.group = TextField::holding("rg-rules");
    window.focus(Role::TextInput, field);
    assert!(!window.can("Next"), "nobody has looked there");
    window.program().asker.take();
    window.press(Key::Tab);
    let asked = window.program().asker.take();
    let there =
        |effect: &Effect| matches!(effect, Effect::Query(_, Query::History(_, _, group)) if group.name() == "rg-rules");
    assert!(asked.iter().any(there), "{}", window.screen());
}

#[test]
fn what_is_missing_leads_with_the_simplest_request() {
    let mut window = wanting(&World::without_rule());
    window.must_say("Missing: Make the data collection rule");
    window.must_say("Allowed: Make the table of history");
    window.must_say(&format!(
        "give the app \"ConfigMgr connector\" (client ID {CLIENT_ID}) on the resource group rg-monitor the roles Monitoring \
         Contributor and Monitoring Metrics Publisher, and on the workspace law-contoso the role Contributor."
    ));
    window.must_say(
        "Monitoring Metrics Publisher on the resource group of the rule has it. Who can give that: Owner, User Access Administrator",
    );
    assert!(!window.can("Next"));
    window.must_say("History is chosen, and the app may not do what it needs");
    window.click("Check again");
    World::whole().serve(window.program());
    window.steps();
    window.must_not_say("Missing:");
    assert!(window.can("Next"));
    let mut window = wanting(&World::without_rule());
    window.click_role(Role::RadioButton, "Computer groups");
    World::without_rule().serve(window.program());
    window.steps();
    assert!(window.can("Next"), "groups alone need none of it: {}", window.screen());
    window.must_not_say("The simplest request");
}

#[test]
fn history_that_cannot_be_looked_at_does_not_stop_the_groups() {
    let mut world = World::whole();
    let unreachable = Problem::Unreachable {
        host: "management.azure.com".to_owned(),
        cause: "no route".to_owned(),
    };
    world.history = Err(unreachable.into());
    let window = Window::of(made::at_configuration(&world));
    window.must_say("management.azure.com cannot be reached");
    assert!(window.can("Next"));
    assert!(!wanting(&world).can("Next"));
}

#[test]
fn commands_are_shown_as_either_copied_and_saved() {
    let mut window = wanting(&World::without_rule());
    window.focus(Role::Button, COMMANDS);
    window.press(Key::Enter);
    window.steps();
    assert!(
        window.has(Role::Dialog, "Commands for an administrator"),
        "{}",
        window.screen()
    );
    window.must_say("--role \"Monitoring Metrics Publisher\"");
    assert!(!window.can("Save"));
    window.click("Copy");
    window.click_role(Role::RadioButton, "ARM template");
    window.must_say("deploymentTemplate.json");
    window.must_not_say("az role assignment");
    window.click("Save as…");
    let wished = window.program().asker.take();
    let dialog = crate::flow::Shell::PickFile(crate::flow::effect::FilePurpose::Commands);
    assert!(
        wished
            .iter()
            .any(|effect| matches!(effect, Effect::Shell(wish) if *wish == dialog))
    );
    window.focus(Role::TextInput, "File");
    window.write("/home/me/grant.json");
    window.click("Save");
    let saving = |window: &mut Window, wanted: IfThere| {
        made::open_question(
            window.program(),
            |query| matches!(query, Query::SaveText(path, text, how) if path.ends_with("grant.json") && text.contains("roleAssignments") && *how == wanted),
        )
    };
    let path = std::path::PathBuf::from("/home/me/grant.json");
    let ticket = saving(&mut window, IfThere::Ask);
    answer(&mut window, ticket, Answer::SaveText(Ok(Saved::Kept(path.clone()))));
    window.must_say("The file /home/me/grant.json is there already.");
    window.must_not_say("Saved as");
    // Another name is not in the way of anything.
    window.focus(Role::TextInput, "File");
    window.write("x");
    window.must_not_say("is there already");
    window.press(Key::Backspace);
    window.click("Save");
    let ticket = saving(&mut window, IfThere::Ask);
    answer(&mut window, ticket, Answer::SaveText(Ok(Saved::Kept(path.clone()))));
    window.click("Replace it");
    let ticket = saving(&mut window, IfThere::Replace);
    answer(&mut window, ticket, Answer::SaveText(Ok(Saved::Written(path))));
    window.must_say("Saved as /home/me/grant.json.");
    window.press(Key::Escape);
    window.steps();
    assert!(!window.has(Role::Dialog, "Commands for an administrator"));
    assert!(window.has_focus(Role::Button, COMMANDS), "{}", window.screen());
    assert_eq!(
        window.wizard().question,
        None,
        "Escape closed the dialog and nothing else"
    );
}

fn answer(window: &mut Window, ticket: Ticket, answer: Answer) {
    window.program().on(Event::Answer(ticket, answer));
    window.steps();
}

/// The sign-in has begun, this way.
fn signing_in(way: &str, progress: Progress) -> (Window, Ticket) {
    let mut window = wanting(&World::without_rule());
    window.focus(Role::Button, SIGN_IN);
    window.press(Key::Enter);
    window.steps();
    assert!(
        window.has_focus(Role::TextInput, "Public client ID"),
        "{}",
        window.screen()
    );
    window.click_role(Role::RadioButton, way);
    window.focus(Role::TextInput, "Public client ID");
    window.write("04b07795-0000-4000-8000-000000000046");
    window.press(Key::Enter);
    let ticket = made::open_question(window.program(), |query| matches!(query, Query::Person(_)));
    window.program().on(Event::Asking(ticket, progress));
    window.steps();
    (window, ticket)
}

#[test]
fn an_administrator_signs_in_with_the_browser_and_history_goes_on() {
    let url = "https://login.microsoftonline.com/x/oauth2/v2.0/authorize?client_id=y".to_owned();
    let (mut window, ticket) = signing_in(
        "In the browser of this computer",
        Progress::Browser { url: url.clone() },
    );
    window.must_say("Where none has opened, open this address yourself:");
    window.must_say(&url);
    window.click("Copy the address");
    let name = "owner@contoso.onmicrosoft.com".to_owned();
    answer(
        &mut window,
        ticket,
        Answer::Person(Ok(crate::model::person::PersonSeen { name })),
    );
    let ticket = made::open_question(window.program(), |query| matches!(query, Query::History(..)));
    let mut seen = World::whole().history.unwrap();
    seen.checks[1].outcome = Ok("with the administrator's sign-in".to_owned());
    answer(&mut window, ticket, Answer::History(Ok(seen)));
    let said =
        "Signed in as owner@contoso.onmicrosoft.com: the rule and the upload role will be made with this sign-in.";
    window.must_say(said);
    window.press(Key::Enter);
    window.steps();
    assert!(!window.has(Role::Dialog, "Sign in as an administrator"));
    window.must_say(said);
    window.must_say("Allowed (with the administrator's sign-in): Make the data collection rule");
    window.must_not_say("The simplest request");
    assert!(window.can("Next"), "{}", window.screen());
    window.click("Next");
    window.must_say("The table ConfigMgrCollectionMember_CL in the workspace");
    window.must_say(
        "A data collection rule dcr-configmgr-… in the resource group rg-monitor, in the workspace's region, with the sign-in of \
         owner@contoso.onmicrosoft.com",
    );
    window.must_say("The role Monitoring Metrics Publisher for the app on that rule");
    window.must_say("The function ConfigMgrComputerGroup");
}

#[test]
fn the_code_for_another_device_is_large_and_can_be_given_up() {
    let told = Progress::DeviceCode {
        url: "https://microsoft.com/devicelogin".to_owned(),
        code: "ABCD-EFGH".to_owned(),
    };
    let (mut window, ticket) = signing_in("With a code, on another device", told);
    window.must_say("Code: ABCD-EFGH");
    assert!(window.has(Role::Link, "https://microsoft.com/devicelogin"));
    window.click("Copy the code");
    window.program().asker.take();
    window.press(Key::Escape);
    window.steps();
    let given_up = window.program().asker.take();
    assert!(
        given_up
            .iter()
            .any(|effect| matches!(effect, Effect::Abandon(each) if *each == ticket))
    );
    assert!(window.has_focus(Role::Button, SIGN_IN), "{}", window.screen());
    window.click(SIGN_IN);
    window.steps();
    let typed = window.value(Role::TextInput, "Public client ID");
    assert_eq!(typed, "04b07795-0000-4000-8000-000000000046", "it is remembered");
}

#[test]
fn a_sign_in_that_fails_says_why_and_can_be_tried_again() {
    let url = "https://login.microsoftonline.com/x".to_owned();
    let (mut window, ticket) = signing_in("In the browser of this computer", Progress::Browser { url });
    let why = "nobody signed in within 5 minutes".to_owned();
    let failure: Failure = Problem::PersonNotSignedIn { why }.into();
    answer(&mut window, ticket, Answer::Person(Err(failure)));
    window.must_say("nobody signed in within 5 minutes");
    assert!(window.can("Sign in") && !window.can("Next"));
}

#[test]
fn a_connection_that_stands_is_offered_and_can_be_taken_over_or_not() {
    let mut world = World::whole();
    let foreign = FoundConnection {
        site: "XY1".parse().unwrap(),
        name: "Another site's".to_owned(),
        ..found()
    };
    world.history.as_mut().unwrap().elsewhere = vec![found(), foreign];
    let mut window = Window::of(made::at_configuration(&world));
    window.must_say(
        "This workspace already carries the connection \"Contoso old\" (site PS1, 1 group), made on another machine or account.",
    );
    window.must_not_say("Another site's");
    window.click("Make a new one");
    window.must_say("A new connection will be made beside \"Contoso old\".");
    window.click("Take it over: Contoso old");
    window.must_say("The connection \"Contoso old\" (site PS1, 1 group) is taken over");
    window.must_say("ListBoxOption Servers | Test, PS100017, 38");
    window.click("Next");
    window.must_say(
        "The connection \"Contoso old\" of the site PS1, with 1 group, under its identity; no second one is made.",
    );
    window.click("Next");
    let adopted = window.program().asker.take().into_iter().any(|effect| match effect {
        Effect::Command(_, Command::Adopt(_, _, id, _)) => id == found().id,
        _ => false,
    });
    assert!(adopted);
    window.must_say("Not begun: Taking over the connection that stands in the workspace");
}

/// A program whose history is being made.
fn making() -> (Window, crate::flow::RunId, crate::model::Setup) {
    let mut window = wanting(&World::whole());
    window.click("Next");
    window.click("Next");
    assert_eq!(window.wizard().page(), Page::Progress);
    let effects = window.program().asker.take();
    let (run, setup) = effects.into_iter().find_map(made::created_by).unwrap();
    (window, run, setup)
}

#[test]
fn while_the_role_does_not_count_it_says_so_calmly() {
    let (mut window, run, _) = making();
    for step in [Step::WriteRule, Step::FirstUpload] {
        made::tell(window.program(), run, Progress::Step(step));
    }
    let pending = Progress::RolePending {
        waited: 185,
        patience: 1800,
    };
    made::tell(window.program(), run, pending);
    window.steps();
    window.must_say("Done: Making the data collection rule");
    window.must_say("Under way: Uploading the first row");
    window.must_say("which is usual: 3 of up to 30 minutes so far.");
    window.must_say("Or press Cancel and come back later: what is made stays");
}

#[test]
fn completion_says_what_was_set_up_and_what_happens_next() {
    for (warnings, says, says_not) in [
        (
            Vec::new(),
            "History is set up, and the first row was taken.",
            "Comes later:",
        ),
        (
            vec![Warning::UploadPending],
            "There is nothing to do: the next publication uploads the rows.",
            "the first row was taken",
        ),
    ] {
        let (mut window, run, setup) = making();
        let group: ResourceGroupId = setup.rule_group();
        let mut connection = made::connection(setup);
        let place = HistoryPlace {
            rule: history::rule_id(&group, connection.id).unwrap(),
            immutable_id: "dcr-0".to_owned(),
            ingestion: "https://x.ingest.monitor.azure.com".parse().unwrap(),
            endpoint: None,
            proven: warnings.is_empty(),
        };
        connection.history = Some(place.clone());
        let created = crate::flow::effect::Created {
            connection,
            warnings,
            publication: None,
            schedule: crate::model::schedule::ScheduleEnd::NotWished,
        };
        let end = crate::flow::Outcome::Created(Ok(Box::new(created)));
        window.program().on(Event::Ended(run, end));
        window.steps();
        window.must_say(says);
        window.must_not_say(says_not);
        window.must_say(&place.rule.to_string());
        window.must_say("ConfigMgrComputerGroup | summarize");
    }
}

#[test]
fn nothing_is_cut_off_in_a_small_window_with_enlarged_text() {
    let small = |window: &mut Window| {
        window.harness.set_size(egui::vec2(1024.0 / 1.25, 1400.0));
        window.steps();
        window.harness.ctx.content_rect()
    };
    let fits = |window: &Window, screen: egui::Rect, role, name: &str| {
        let rect = window.harness.get_by_role_and_label(role, name).rect();
        let inside = rect.min.x >= screen.min.x && rect.max.x <= screen.max.x;
        assert!(inside, "{name}: {rect:?} in {screen:?}");
    };
    let url = format!("https://login.microsoftonline.com/{}", "x".repeat(600));
    let (mut window, _) = signing_in(
        "In the browser of this computer",
        Progress::Browser { url: url.clone() },
    );
    let screen = small(&mut window);
    fits(&window, screen, Role::Label, &url);
    fits(&window, screen, Role::Button, "Copy the address");
    window.press(Key::Escape);
    for button in [COMMANDS, SIGN_IN] {
        fits(&window, screen, Role::Button, button);
    }
    window.click(COMMANDS);
    window.steps();
    for button in ["Copy", "Save", "Save as…", "Close"] {
        fits(&window, screen, Role::Button, button);
    }
}

#[test]
fn tab_goes_through_the_page_as_it_is_read() {
    let mut window = wanting(&World::without_rule());
    window.focus(Role::RadioButton, "Computer groups");
    for (role, name) in [
        (Role::RadioButton, "Computer groups and history"),
        (Role::TextInput, "Resource group of the data collection rule"),
        (Role::Button, "Check again"),
        (Role::Button, COMMANDS),
        (Role::Button, SIGN_IN),
        (Role::TextInput, "Workspace resource ID"),
    ] {
        window.press(Key::Tab);
        assert!(
            window.has_focus(role, name),
            "{name} does not follow\n{}",
            window.screen()
        );
    }
}
