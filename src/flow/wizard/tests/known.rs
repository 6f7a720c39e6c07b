//! The apps that the site knows.

use super::*;
use crate::flow::testing::known_app;
use crate::flow::wizard::Offer;
use crate::model::KnownApp;

fn is_known_apps(query: &Query) -> bool {
    matches!(query, Query::KnownApps(_))
}

fn offer(desk: &Desk) -> Option<Offer<'_>> {
    desk.wizard.known_apps().map(|(site, offer)| {
        assert_eq!(site.as_str(), "PS1");
        offer
    })
}

/// A wizard at Import Apps with everything typed, and these apps known.
fn typed() -> Desk {
    let mut desk = Desk::at(Page::ImportApps);
    type_app(&mut desk.wizard, SECRET);
    desk
}

fn fill(desk: &mut Desk, app: &KnownApp) {
    desk.wizard.app.fill_from(app, &mut desk.asker);
}

fn texts(desk: &Desk) -> [String; 5] {
    let app = &desk.wizard.app;
    [
        &app.tenant_name,
        &app.tenant_id,
        &app.application_name,
        &app.client_id,
        &app.app_id_uri,
    ]
    .map(|field| field.text.clone())
}

#[test]
fn the_accepted_site_is_asked_once_from_the_page_app_on() {
    let mut desk = Desk::new();
    desk.go_to(Page::AzureServices);
    assert!(offer(&desk).is_none());
    desk.fill();
    desk.next();
    let ticket = desk.ticket(|query| matches!(query, Query::KnownApps(access) if access.connection.provider.to_string() == "cm01.corp.example"));
    assert_eq!(offer(&desk), Some(Offer::Asking));
    desk.next();
    desk.gather();
    assert!(
        !desk.waiting.iter().any(|(_, query)| is_known_apps(query)),
        "asked twice"
    );
    let apps = vec![known_app(1)];
    assert!(desk.answer(ticket, Answer::KnownApps(Ok(apps.clone()))));
    assert_eq!(offer(&desk), Some(Offer::Apps(&apps)));
    desk.back_to(Page::App);
    assert!(desk.waiting.is_empty(), "it is known");
}

#[test]
fn no_apps_and_no_answer_are_no_hindrance() {
    for (answer, said) in [(Ok(Vec::new()), Offer::Nothing), (Err(not_allowed()), Offer::Untold)] {
        let failed = answer.is_err();
        let mut desk = Desk::new();
        desk.go_to(Page::App);
        let ticket = desk.ticket(is_known_apps);
        desk.answer(ticket, Answer::KnownApps(answer));
        assert_eq!(offer(&desk), Some(said));
        assert_eq!(desk.next(), Page::ImportApps);
        let again = desk.waiting.iter().any(|(_, query)| is_known_apps(query));
        assert_eq!(
            again, failed,
            "what has failed is tried again with the next page, and nothing else"
        );
        desk.fill();
        assert_eq!(desk.next(), Page::Configuration);
    }
}

#[test]
fn unanswered_it_does_not_hold_anything_up() {
    let mut desk = Desk::new();
    desk.go_to(Page::App);
    let ticket = desk.ticket(is_known_apps);
    desk.go_to(Page::Confirm);
    assert!(desk.wizard.setup().is_some());
    assert!(desk.answer(ticket, Answer::KnownApps(Ok(Vec::new()))));
    assert!(desk.wizard.setup().is_some());
}

#[test]
fn leaving_waits_for_it_no_longer() {
    let mut desk = Desk::new();
    desk.go_to(Page::App);
    assert!(desk.waiting.iter().any(|(_, query)| is_known_apps(query)));
    desk.cancel();
    desk.confirm();
    assert!(desk.wizard.is_over() && desk.waiting.is_empty());
}

#[test]
fn another_site_is_asked_anew() {
    let mut desk = Desk::at(Page::App);
    desk.back_to(Page::General);
    type_site(&mut desk.wizard, "cm02.corp.example");
    desk.wizard.general.connect(&mut desk.asker);
    desk.serve();
    desk.next();
    assert_eq!(desk.next(), Page::App);
    desk.ticket(|query| matches!(query, Query::KnownApps(access) if access.connection.provider.to_string() == "cm02.corp.example"));
    assert_eq!(
        offer(&desk),
        Some(Offer::Asking),
        "nothing of the other site's is offered"
    );
}

#[test]
fn a_known_app_fills_all_but_secret_key_and_expiry() {
    let mut desk = typed();
    desk.wizard.app.verify(&mut desk.asker);
    desk.serve();
    assert!(desk.wizard.app.is_verified());
    let app = known_app(1);
    fill(&mut desk, &app);
    let (tenant, client) = (app.tenant_id.to_string(), app.client_id.to_string());
    assert_eq!(texts(&desk), ["Tenant 1", &tenant, "App 1", &client, "https://app1"]);
    assert_eq!(desk.wizard.app.secret.expose(), SECRET);
    assert_eq!(desk.wizard.app.expiry.text, "2027-05-22");
    assert_eq!(desk.wizard.app.filled_from(), Some(&app));
    assert!(!desk.wizard.app.is_verified(), "Azure was asked about another app");
}

#[test]
fn choosing_none_brings_back_what_was_typed() {
    let mut desk = typed();
    let before = texts(&desk);
    // From one to the other and to the first again: what was typed is not forgotten on the way.
    for number in [1, 2, 1] {
        fill(&mut desk, &known_app(number));
    }
    desk.wizard.app.unfill();
    assert_eq!(texts(&desk), before);
    assert_eq!((desk.wizard.app.environment, desk.wizard.app.filled_from()), (0, None));
    desk.wizard.app.tenant_name.text.push('x');
    let edited = texts(&desk);
    desk.wizard.app.unfill();
    assert_eq!(texts(&desk), edited, "there is nothing to bring back any more");
}

#[test]
fn what_was_typed_over_since_stays() {
    let mut desk = typed();
    let [tenant_name, _, _, client_id, _] = texts(&desk);
    fill(&mut desk, &known_app(1));
    desk.wizard.app.application_name = TextField::holding("mine");
    assert!(desk.wizard.app.filled_from().is_some(), "it is still that app");
    desk.wizard.app.unfill();
    assert_eq!(texts(&desk)[0], tenant_name);
    assert_eq!(texts(&desk)[2], "mine");
    assert_eq!(texts(&desk)[3], client_id);
}

#[test]
fn with_another_id_it_is_not_that_app_any_more() {
    let mut desk = typed();
    let app = known_app(1);
    fill(&mut desk, &app);
    let right = desk.wizard.app.client_id.clone();
    desk.wizard.app.client_id = TextField::holding(CLIENT);
    assert_eq!(desk.wizard.app.filled_from(), None);
    desk.wizard.app.client_id = right;
    assert_eq!(desk.wizard.app.filled_from(), Some(&app));
}

#[test]
fn its_cloud_is_chosen_where_it_is_offered_and_what_it_does_not_tell_stays() {
    let mut desk = typed();
    desk.wizard.app.app_id_uri = TextField::holding("https://typed");
    fill(&mut desk, &known_app(2));
    assert_eq!(
        desk.wizard.app.chosen_environment().unwrap().name,
        "AzureUSGovernmentCloud"
    );
    assert_eq!(desk.wizard.app.app_id_uri.text, "https://typed");
    desk.wizard.app.unfill();
    assert_eq!(desk.wizard.app.chosen_environment().unwrap().name, "AzurePublicCloud");
    let custom = KnownApp {
        environment: Some("AzureLab".into()),
        ..known_app(2)
    };
    fill(&mut desk, &custom);
    assert_eq!(desk.wizard.app.environment, 0, "no such cloud is offered");
}

#[test]
fn what_was_said_of_a_document_goes() {
    let mut desk = typed();
    let document = format!(r#"{{ "appId": "{CLIENT}", "password": "abc8Q~pasted", "tenant": "{TENANT}" }}"#);
    desk.wizard.app.paste(&document, &mut desk.asker);
    assert!(desk.wizard.app.document.value().is_some());
    fill(&mut desk, &known_app(1));
    assert!(desk.wizard.app.document.is_idle());
    assert_eq!(desk.wizard.app.secret.expose(), "abc8Q~pasted");
}
