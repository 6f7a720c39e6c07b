//! The connection to the site: who signs in, sites that need not be typed, certificates, and the way to the top of a hierarchy.

use crate::flow::testing::{Desk, name, reading, type_site};
use crate::flow::wizard::{
    Distrust, General, KnownSite, Page, Question, SignInChoice, Suggestion, TrustChoice, Wizard,
};
use crate::flow::{Answer, Asker, Query, SecretText, TextField};
use crate::model::site::PresentedCertificate;
use crate::model::{CertificateTrust, Fingerprint, Problem, SignIn, SingleSignOn, SiteConnection};

const PIN: TrustChoice = TrustChoice::Accepted(Fingerprint::new([7; 32]));

/// Answers the question about the site.
fn site_says(desk: &mut Desk, answer: Result<crate::model::site::SiteReading, Problem>) {
    let ticket = desk.ticket(|query| matches!(query, Query::Site(_)));
    desk.answer(ticket, Answer::Site(answer.map_err(Into::into)));
}

fn asked(desk: &Desk) -> &crate::flow::effect::SiteAccess {
    let asked = desk.waiting.iter().find_map(|(_, query)| match query {
        Query::Site(access) => Some(access),
        _ => None,
    });
    asked.expect("the site was not asked")
}

// ---- who signs in ----

#[test]
fn the_usual_sign_in_is_that_of_windows_and_elsewhere_an_account() {
    for (here, usual) in [
        (SingleSignOn::Windows, SignInChoice::CurrentUser),
        (SingleSignOn::Ticket, SignInChoice::Account),
        (SingleSignOn::NotBuilt, SignInChoice::Account),
    ] {
        assert_eq!(General::of_build(here).who, usual, "{here:?}");
    }
}

/// At *General*, with the account that runs the program.
fn as_current_user() -> Desk {
    let mut desk = Desk::new();
    desk.wizard.general = General::of_build(SingleSignOn::Windows);
    desk.wizard.general.provider = TextField::holding("cm01.corp.example");
    desk
}

#[test]
fn the_current_user_needs_no_password_and_none_goes_along() {
    let mut desk = as_current_user();
    desk.wizard.general.account = TextField::holding("CORP\\typed-before");
    desk.wizard.general.password = SecretText::holding("typed before");
    desk.wizard.general.connect(&mut desk.asker);
    desk.gather();
    assert_eq!(asked(&desk).connection.sign_in, SignIn::CurrentUser);
    assert!(asked(&desk).password.is_none());
    desk.serve();
    assert_eq!(desk.next(), Page::AzureServices);
    desk.go_to(Page::Confirm);
    let (setup, secrets) = desk.wizard.setup().unwrap();
    assert_eq!(setup.site.sign_in, SignIn::CurrentUser);
    assert!(secrets.site_password.is_none());
}

#[test]
fn an_edit_of_who_signs_in_takes_the_answer_away_and_revert_brings_it_back() {
    let mut desk = as_current_user();
    desk.wizard.general.connect(&mut desk.asker);
    desk.serve();
    assert_eq!(desk.next(), Page::AzureServices);
    desk.back_to(Page::General);
    desk.wizard.general.who = SignInChoice::Account;
    assert!(desk.wizard.general.access().is_err(), "an account needs a name");
    type_site(&mut desk.wizard, "cm01.corp.example");
    assert!(!desk.wizard.may_go_on() && desk.wizard.is_edited());
    desk.wizard.revert();
    assert_eq!(desk.wizard.general.who, SignInChoice::CurrentUser);
    assert!(desk.wizard.may_go_on() && !desk.wizard.is_edited());
}

// ---- sites that need not be typed ----

fn known(provider: &str, sign_in: SignIn, trust: CertificateTrust) -> KnownSite {
    KnownSite {
        connection: SiteConnection {
            provider: provider.parse().unwrap(),
            sign_in,
            trust,
        },
        identity: None,
    }
}

fn account(account: &str) -> SignIn {
    SignIn::Account(account.to_owned())
}

fn knowing(sites: Vec<KnownSite>) -> Desk {
    Desk::with(Wizard::new(Vec::new(), vec![name("Taken")], sites), Asker::default())
}

#[test]
fn a_chosen_site_fills_the_page_and_the_password_is_asked_for_again() {
    let pinned = CertificateTrust::Sha256(Fingerprint::new([7; 32]));
    let first = known("cm01.corp.example", account("CORP\\one"), pinned);
    let last = known("cm02.corp.example", SignIn::None, CertificateTrust::System);
    let mut desk = knowing(vec![first.clone(), last]);
    assert_eq!(
        (desk.wizard.general.provider.text.as_str(), desk.wizard.general.who),
        ("cm02.corp.example", SignInChoice::Nobody),
        "the last one is filled in"
    );
    desk.wizard.general.password = SecretText::holding("of another");
    desk.wizard.general.choose(Suggestion::Known(first));
    let general = &desk.wizard.general;
    assert_eq!(general.provider.text, "cm01.corp.example");
    assert_eq!(
        (general.who, general.account.text.as_str()),
        (SignInChoice::Account, "CORP\\one")
    );
    assert_eq!(general.trust, PIN);
    assert!(general.password.is_blank() && general.access().is_err());
    desk.cancel();
    assert!(desk.wizard.is_over(), "nothing of it was typed");
}

#[test]
fn each_provider_and_account_is_offered_once_and_nothing_where_there_is_no_choice() {
    let site = |trust| known("cm01.corp.example", account("CORP\\one"), trust);
    let alone = knowing(vec![
        site(CertificateTrust::System),
        site(CertificateTrust::Pem("root.cer".into())),
    ]);
    assert_eq!(alone.wizard.general.trust, TrustChoice::RootFile);
    assert!(alone.wizard.general.suggestions().is_empty(), "it is filled in already");
    let other = known("cm01.corp.example", account("CORP\\two"), CertificateTrust::System);
    let two = knowing(vec![site(CertificateTrust::System), other]);
    let offered = two.wizard.general.suggestions();
    let typed: Vec<bool> = offered.iter().map(|each| two.wizard.general.is_typed(each)).collect();
    assert_eq!(typed, [false, true]);
    assert!(Desk::new().wizard.general.suggestions().is_empty());
}

#[test]
fn a_known_site_of_the_current_user_asks_for_an_account_where_the_build_cannot() {
    let site = known("cm01.corp.example", SignIn::CurrentUser, CertificateTrust::System);
    for (here, who) in [
        (SingleSignOn::NotBuilt, SignInChoice::Account),
        (SingleSignOn::Ticket, SignInChoice::CurrentUser),
    ] {
        let mut desk = Desk::new();
        desk.wizard.general = General::of_build(here);
        desk.wizard.general.remember([site.clone()]);
        assert_eq!(desk.wizard.general.who, who, "{here:?}");
        desk.cancel();
        assert!(desk.wizard.is_over(), "{here:?}");
    }
}

#[test]
fn other_providers_of_the_site_that_answered_are_offered_while_one_of_them_is_typed() {
    let mut desk = Desk::new();
    type_site(&mut desk.wizard, "cm01.corp.example");
    desk.wizard.general.trust = PIN;
    desk.wizard.general.connect(&mut desk.asker);
    assert!(desk.wizard.general.suggestions().is_empty());
    let mut site = reading();
    site.identity.providers = vec!["CM01.corp.example".into(), "cm02.corp.example".into(), "no name".into()];
    site_says(&mut desk, Ok(site));
    let offered = desk.wizard.general.suggestions();
    let provider = |text: &str| Suggestion::OfSite("PS1".parse().unwrap(), text.parse().unwrap());
    assert_eq!(offered, [provider("cm01.corp.example"), provider("cm02.corp.example")]);
    desk.wizard.general.choose(provider("cm02.corp.example"));
    let general = &desk.wizard.general;
    assert_eq!(general.provider.text, "cm02.corp.example");
    assert_eq!(general.account.text, "CORP\\svc-asw");
    assert_eq!(
        general.trust,
        TrustChoice::System,
        "the accepted certificate is that of cm01"
    );
    assert!(general.password.is_blank());
    assert_eq!(general.suggestions().len(), 2, "and back again");
    desk.wizard.general.provider.text = "elsewhere.corp.example".into();
    assert!(desk.wizard.general.suggestions().is_empty());
}

// ---- certificates ----

fn certificate(digit: u8) -> PresentedCertificate {
    PresentedCertificate {
        fingerprint: Fingerprint::new([digit; 32]),
        subject: "CN=cm01".into(),
        names: vec!["cm01.corp.example".into()],
        issuer: "CN=cm01".into(),
        not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2027-01-01T00:00:00Z".parse().unwrap(),
    }
}

fn unknown() -> Problem {
    Problem::CertificateUnknown {
        provider: "cm01.corp.example".into(),
        presented: Fingerprint::new([1; 32]),
        cause: "unknown root".into(),
    }
}

/// A site is typed and asked, and its certificate, which is not trusted, is shown.
fn looking(problem: Problem) -> Desk {
    let mut desk = Desk::new();
    type_site(&mut desk.wizard, "cm01.corp.example");
    desk.wizard.general.connect(&mut desk.asker);
    site_says(&mut desk, Err(problem));
    assert!(desk.wizard.general.awaits_certificate());
    let ticket = desk.ticket(|query| matches!(query, Query::Certificate(_)));
    desk.answer(ticket, Answer::Certificate(Ok(certificate(1))));
    assert!(desk.wizard.general.certificate_looked_at().is_some());
    desk
}

#[test]
fn an_unknown_certificate_is_offered_for_its_own_provider_and_trusted_alone() {
    let mut desk = looking(unknown());
    type_site(&mut desk.wizard, "cm02.corp.example");
    assert!(desk.wizard.general.offered_certificate().is_none());
    desk.wizard.general.accept_certificate(&mut desk.asker);
    assert_eq!(desk.wizard.general.trust, TrustChoice::System, "nothing was offered");
    type_site(&mut desk.wizard, "cm01.corp.example");
    desk.wizard.general.accept_certificate(&mut desk.asker);
    let accepted = TrustChoice::Accepted(Fingerprint::new([1; 32]));
    assert_eq!(desk.wizard.general.trust, accepted);
    desk.serve();
    assert!(desk.wizard.general.site().is_some());
}

#[test]
fn a_declined_certificate_is_not_accepted_and_can_be_looked_at_again() {
    let mut desk = looking(unknown());
    desk.wizard.general.decline_certificate();
    assert!(
        desk.wizard.general.refused_certificate().is_some(),
        "the page still says what was seen"
    );
    desk.wizard.general.accept_certificate(&mut desk.asker);
    desk.gather();
    assert_eq!(desk.wizard.general.trust, TrustChoice::System);
    assert!(desk.waiting.is_empty(), "nothing is asked");
    desk.wizard.general.look_at_certificate(&mut desk.asker);
    assert!(desk.wizard.general.certificate_looked_at().is_some());
}

#[test]
fn a_certificate_that_could_not_be_fetched_is_fetched_again() {
    let mut desk = looking(unknown());
    desk.wizard.general.connect(&mut desk.asker);
    site_says(&mut desk, Err(unknown()));
    assert!(
        desk.wizard.general.offered_certificate().is_none(),
        "the older one is not offered while it is looked at again"
    );
    let ticket = desk.ticket(|query| matches!(query, Query::Certificate(_)));
    let gone = Problem::SiteUnreachable {
        provider: "cm01.corp.example".into(),
        cause: "refused".into(),
    };
    desk.answer(ticket, Answer::Certificate(Err(gone.into())));
    assert!(desk.wizard.general.certificate_looked_at().is_none());
    desk.wizard.general.look_at_certificate(&mut desk.asker);
    let ticket = desk.ticket(|query| matches!(query, Query::Certificate(_)));
    desk.answer(ticket, Answer::Certificate(Ok(certificate(2))));
    assert!(desk.wizard.general.certificate_looked_at().is_some());
}

#[test]
fn a_changed_certificate_takes_the_place_of_the_accepted_one_only_when_a_person_says_so() {
    let accepted = Fingerprint::new([7; 32]);
    let mut desk = Desk::new();
    type_site(&mut desk.wizard, "cm01.corp.example");
    desk.wizard.general.trust = PIN;
    desk.wizard.general.connect(&mut desk.asker);
    let changed = Problem::CertificateChanged {
        provider: "cm01.corp.example".into(),
        accepted,
        presented: Fingerprint::new([1; 32]),
    };
    site_says(&mut desk, Err(changed));
    let ticket = desk.ticket(|query| matches!(query, Query::Certificate(_)));
    desk.answer(ticket, Answer::Certificate(Ok(certificate(1))));
    let offered = desk.wizard.general.certificate_looked_at().unwrap();
    assert_eq!(offered.distrust, Distrust::Changed { accepted });
    assert_eq!(desk.wizard.general.trust, PIN);
    desk.wizard.general.accept_certificate(&mut desk.asker);
    desk.gather();
    let shown = CertificateTrust::Sha256(Fingerprint::new([1; 32]));
    assert_eq!(asked(&desk).connection.trust, shown);
}

#[test]
fn an_accepted_certificate_counts_at_its_own_server_alone() {
    let mut desk = looking(unknown());
    desk.wizard.general.accept_certificate(&mut desk.asker);
    desk.serve();
    let accepted = desk.wizard.general.trust;
    desk.wizard.general.connect(&mut desk.asker);
    desk.serve();
    assert_eq!(desk.wizard.general.trust, accepted, "the same server");
    desk.wizard.general.provider.text = "cm02.corp.example".into();
    desk.wizard.general.connect(&mut desk.asker);
    desk.gather();
    assert_eq!(asked(&desk).connection.trust, CertificateTrust::System);
}

#[test]
fn who_leaves_while_a_certificate_is_fetched_waits_for_it_no_longer() {
    let mut desk = Desk::new();
    type_site(&mut desk.wizard, "cm01.corp.example");
    desk.wizard.general.connect(&mut desk.asker);
    site_says(&mut desk, Err(unknown()));
    desk.cancel();
    assert_eq!(desk.wizard.question, Some(Question::Leave));
    desk.confirm();
    assert!(desk.waiting.is_empty());
}

// ---- the top of the hierarchy ----

fn child(server: Option<&str>) -> Problem {
    Problem::ChildPrimary {
        site: "PS2".parse().unwrap(),
        parent: "CAS".into(),
        server: server.map(ToOwned::to_owned),
    }
}

fn child_with(trust: TrustChoice, server: Option<&str>) -> Desk {
    let mut desk = Desk::new();
    type_site(&mut desk.wizard, "cm02.corp.example");
    desk.wizard.general.trust = trust;
    desk.wizard.general.root_file = TextField::holding("root.cer");
    desk.wizard.general.connect(&mut desk.asker);
    site_says(&mut desk, Err(child(server)));
    desk
}

#[test]
fn from_a_child_site_one_step_leads_to_the_top() {
    for (trust, then) in [
        (TrustChoice::System, CertificateTrust::System),
        (TrustChoice::RootFile, CertificateTrust::Pem("root.cer".into())),
        (PIN, CertificateTrust::System),
    ] {
        let mut desk = child_with(trust, Some("cas01.corp.example"));
        desk.wizard.general.go_to_top(&mut desk.asker);
        desk.gather();
        let asked = asked(&desk);
        assert_eq!(asked.connection.provider.to_string(), "cas01.corp.example");
        assert_eq!(asked.connection.sign_in, account("CORP\\svc-asw"));
        assert_eq!(asked.connection.trust, then);
    }
}

#[test]
fn without_a_server_that_can_be_named_there_is_no_such_step() {
    for server in [None, Some("no name")] {
        let mut desk = child_with(TrustChoice::System, server);
        assert!(desk.wizard.general.top_server().is_none(), "{server:?}");
        desk.wizard.general.go_to_top(&mut desk.asker);
        desk.gather();
        assert!(desk.waiting.is_empty());
    }
    let mut desk = child_with(TrustChoice::System, Some("cas01.corp.example"));
    desk.wizard.general.provider.text = "cm03.corp.example".into();
    assert!(
        desk.wizard.general.top_server().is_none(),
        "that was said of another server"
    );
}
