//! *General*: who signs in, sites that need not be typed, the certificate, and what was found at the site.

use azure_services_wizard::flow::wizard::{General, KnownSite, Wizard};
use azure_services_wizard::flow::{Answer, Asker, Query, Ticket};
use azure_services_wizard::model::site::{ConnectionPoint, PresentedCertificate, SignedIn, SiteReading};
use azure_services_wizard::model::{
    CertificateTrust, Fingerprint, Problem, SignIn, SingleSignOn, SiteConnection, Warning,
};
use azure_services_wizard::ui::wizard::general;
use chrono::{DateTime, TimeZone, Utc};
use egui::{Key, Ui};

use super::{Page, Role, failure, site, type_site};

const CHECK: &str = "Check the site";
const CURRENT: &str = "The account I am signed in with";
const TRUST: &str = "Trust this certificate";
const LOOK: &str = "Look at the certificate…";

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 6, 1, 0, 0, 0).unwrap()
}

/// The page with its dialog, as the wizard's frame draws them.
fn with_dialog(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    general::show(ui, wizard, asker);
    general::certificate::dialog(&ui.ctx().clone(), &mut wizard.general, asker, now());
}

/// The page, with a site typed and asked for.
fn asking() -> (Page, Ticket) {
    let mut page = Page::of(with_dialog);
    type_site(page.wizard());
    page.click(Role::Button, CHECK);
    let (ticket, _) = page.query();
    (page, ticket)
}

fn answered(reading: SiteReading) -> Page {
    let (mut page, ticket) = asking();
    page.answer(ticket, Answer::Site(Ok(reading)));
    page
}

// ---- who signs in ----

fn in_build(here: SingleSignOn) -> Page {
    let mut page = Page::of(general::show);
    page.with(|wizard, _| wizard.general = General::of_build(here));
    page
}

#[test]
fn a_build_that_cannot_sign_in_as_the_current_user_says_so() {
    let page = in_build(SingleSignOn::NotBuilt);
    assert!(page.is_disabled(Role::RadioButton, CURRENT));
    assert!(
        page.description(Role::RadioButton, CURRENT)
            .contains("not possible with this build")
    );
    assert!(page.is_on(Role::RadioButton, "This account"));
}

#[test]
fn with_the_current_user_no_account_is_asked_for() {
    let mut page = in_build(SingleSignOn::Ticket);
    page.fill(Role::TextInput, "SMS Provider", "cm01.corp.example");
    page.click(Role::RadioButton, CURRENT);
    assert!(page.is_on(Role::RadioButton, CURRENT));
    assert!(!page.has(Role::TextInput, "Account") && !page.has(Role::PasswordInput, "Password"));
    page.click(Role::Button, CHECK);
    let (_, Query::Site(access)) = page.query() else {
        panic!("another query")
    };
    assert_eq!(access.connection.sign_in, SignIn::CurrentUser);
    assert!(access.password.is_none());
    page.click(Role::Button, "Cancel");
    page.click(Role::RadioButton, "This account");
    assert!(page.has(Role::TextInput, "Account") && page.has(Role::PasswordInput, "Password"));
}

#[test]
fn on_windows_it_is_chosen_from_the_start() {
    let page = in_build(SingleSignOn::Windows);
    assert!(page.is_on(Role::RadioButton, CURRENT) && !page.has(Role::TextInput, "Account"));
}

// ---- the provider ----

#[test]
fn a_name_that_kerberos_cannot_use_is_answered_at_the_field_and_does_not_hinder() {
    let hint = |typed: &str| {
        let mut page = Page::of(general::show);
        page.fill(Role::TextInput, "SMS Provider", typed);
        assert!(!page.says("Kerberos needs it"), "not while it is typed");
        page.press(Key::Tab);
        page.description(Role::TextInput, "SMS Provider")
            .contains("Kerberos needs it")
    };
    for short in ["cm01", "10.0.0.7"] {
        assert!(hint(short), "{short}");
    }
    for full in ["cm01.corp.example", "localhost:40005", "127.0.0.1", ""] {
        assert!(!hint(full), "{full}");
    }
    let mut page = Page::of(general::show);
    page.with(|wizard, _| {
        type_site(wizard);
        wizard.general.provider.text = "cm01".to_owned();
    });
    page.click(Role::Button, CHECK);
    page.query();
}

#[test]
fn a_known_site_is_chosen_by_keyboard() {
    let known = |provider: &str, account: &str| KnownSite {
        connection: SiteConnection {
            provider: provider.parse().unwrap(),
            sign_in: SignIn::Account(account.to_owned()),
            trust: CertificateTrust::System,
        },
        identity: Some(site(Vec::new()).identity),
    };
    let sites = [
        known("cm01.corp.example", "CONTOSO\\one"),
        known("cm02.corp.example", "CONTOSO\\two"),
    ];
    let mut page = Page::of(general::show);
    assert!(!page.has(Role::ComboBox, "Known sites"), "there is none to choose");
    page.with(|wizard, _| *wizard = Wizard::new(Vec::new(), Vec::new(), sites));
    let two = "PS1 – Contoso Headquarters: cm02.corp.example, CONTOSO\\two";
    assert_eq!(page.value(Role::ComboBox, "Known sites"), two);
    page.focus(Role::TextInput, "SMS Provider");
    page.press(Key::Tab);
    assert!(page.is_focused(Role::ComboBox, "Known sites"));
    for key in [Key::Enter, Key::ArrowUp, Key::Enter] {
        page.press(key);
    }
    assert_eq!(page.value(Role::TextInput, "SMS Provider"), "cm01.corp.example");
    assert_eq!(page.value(Role::TextInput, "Account"), "CONTOSO\\one");
    assert!(page.value(Role::PasswordInput, "Password").is_empty());
    page.fill(Role::TextInput, "SMS Provider", "cm03.corp.example");
    assert_eq!(page.value(Role::ComboBox, "Known sites"), "Choose instead of typing");
}

#[test]
fn another_provider_of_the_same_site_can_be_chosen() {
    let mut reading = site(Vec::new());
    reading.identity.providers = vec!["cm01.corp.example".to_owned(), "cm02.corp.example".to_owned()];
    let mut page = answered(reading);
    page.click(Role::ComboBox, "Known sites");
    page.click(Role::ListBoxOption, "PS1: cm02.corp.example");
    assert_eq!(page.value(Role::TextInput, "SMS Provider"), "cm02.corp.example");
    assert!(page.value(Role::PasswordInput, "Password").is_empty());
}

// ---- the certificate ----

fn certificate(digit: u8) -> PresentedCertificate {
    PresentedCertificate {
        fingerprint: Fingerprint::new([digit; 32]),
        subject: "CN=cm01".to_owned(),
        names: vec!["cm01.corp.example".to_owned()],
        issuer: "CN=Contoso Issuing".to_owned(),
        not_before: Utc.with_ymd_and_hms(2026, 1, 2, 0, 0, 0).unwrap(),
        not_after: Utc.with_ymd_and_hms(2027, 3, 4, 0, 0, 0).unwrap(),
    }
}

/// The page with the dialog open, after this refusal.
fn looking(problem: Problem, certificate: PresentedCertificate) -> Page {
    let (mut page, ticket) = asking();
    page.answer(ticket, Answer::Site(Err(failure(problem))));
    assert!(!page.has(Role::Button, TRUST), "not before it can be seen");
    let (ticket, Query::Certificate(_)) = page.query() else {
        panic!("another query")
    };
    page.answer(ticket, Answer::Certificate(Ok(certificate)));
    page
}

fn unknown() -> Problem {
    Problem::CertificateUnknown {
        provider: "cm01.corp.example".to_owned(),
        presented: Fingerprint::new([0xa7; 32]),
        cause: "unknown issuer".to_owned(),
    }
}

#[test]
fn an_unknown_certificate_is_shown_with_all_that_is_needed_to_compare_it() {
    let page = looking(unknown(), certificate(0xa7));
    assert!(
        page.has(Role::Dialog, "Is this the server's certificate?"),
        "{}",
        page.screen()
    );
    for words in [
        "does not trust (unknown issuer). Nothing has been sent",
        "CN=cm01",
        "cm01.corp.example",
        "CN=Contoso Issuing",
        "2026-01-02 to 2027-03-04",
        "A7A7 A7A7 A7A7 A7A7 A7A7 A7A7 A7A7 A7A7\nA7A7",
        "publishing stops when it changes",
        "GetCertHashString('SHA256')",
    ] {
        assert!(page.says(words), "{words}\n{}", page.screen());
    }
    assert!(!page.says("for other servers") && !page.says("expired"));
}

#[test]
fn what_is_odd_about_it_is_said() {
    let mut odd = certificate(0xa7);
    odd.names = vec!["other.corp.example".to_owned()];
    odd.not_after = Utc.with_ymd_and_hms(2026, 5, 31, 0, 0, 0).unwrap();
    let page = looking(unknown(), odd);
    for words in ["It is not for cm01.corp.example", "It expired on 2026-05-31."] {
        assert!(page.says(words), "{words}\n{}", page.screen());
    }
}

#[test]
fn enter_and_escape_do_not_accept_it_and_it_can_be_looked_at_again() {
    for key in [Key::Enter, Key::Escape] {
        let mut page = looking(unknown(), certificate(0xa7));
        page.steps();
        assert!(page.is_focused(Role::Button, "Cancel"), "{}", page.screen());
        page.press(key);
        assert!(!page.has(Role::Button, TRUST), "{key:?} closes it");
        assert!(page.effects().is_empty(), "{key:?} asks nothing");
        assert!(page.says("The certificate of cm01.corp.example is not trusted"));
        assert!(page.is_on(Role::RadioButton, "As this computer trusts"));
        page.click(Role::Button, LOOK);
        assert!(page.has(Role::Button, TRUST));
    }
}

#[test]
fn trusting_it_asks_the_site_with_exactly_this_certificate() {
    let mut page = looking(unknown(), certificate(0xa7));
    page.click(Role::Button, TRUST);
    let (ticket, Query::Site(access)) = page.query() else {
        panic!("another query")
    };
    let fingerprint = Fingerprint::new([0xa7; 32]);
    assert_eq!(access.connection.trust, CertificateTrust::Sha256(fingerprint));
    page.answer(ticket, Answer::Site(Ok(site(Vec::new()))));
    assert!(!page.has(Role::Button, TRUST) && !page.has(Role::Button, LOOK));
    assert!(page.is_on(Role::RadioButton, "Exactly the accepted certificate, SHA-256 A7A7A7A7…"));
}

#[test]
fn a_changed_certificate_is_compared_with_the_accepted_one() {
    let changed = Problem::CertificateChanged {
        provider: "cm01.corp.example".to_owned(),
        accepted: Fingerprint::new([1; 32]),
        presented: Fingerprint::new([0xa7; 32]),
    };
    let mut page = looking(changed, certificate(0xa7));
    assert!(
        page.has(Role::Dialog, "The certificate has changed"),
        "{}",
        page.screen()
    );
    for words in [
        "SHA-256 accepted",
        "0101 0101 0101 0101\n0101",
        "SHA-256 shown now",
        "A7A7 A7A7 A7A7 A7A7\nA7A7",
        "it takes the place of the accepted one",
    ] {
        assert!(page.says(words), "{words}\n{}", page.screen());
    }
    page.click(Role::Button, "Cancel");
    assert!(page.says("has changed") && page.effects().is_empty());
    page.click(Role::Button, LOOK);
    page.click(Role::Button, TRUST);
    let (_, Query::Site(access)) = page.query() else {
        panic!("another query")
    };
    let shown = CertificateTrust::Sha256(Fingerprint::new([0xa7; 32]));
    assert_eq!(access.connection.trust, shown);
}

// ---- what was found ----

#[test]
fn what_was_found_stands_line_by_line() {
    let mut reading = site(vec![Warning::NtlmOnly, Warning::LimitedScope]);
    reading.identity.providers = vec!["cm01.corp.example".to_owned()];
    reading.facts.signed_in = SignedIn::Ntlm;
    reading.facts.sees_all_systems = Some(false);
    let server = "scp.corp.example".to_owned();
    reading.facts.connection_point = ConnectionPoint::Offline { server };
    let page = answered(reading);
    for words in [
        "Good: Certificate: Trusted by this computer",
        "Attention: Signed in: CONTOSO\\svc-asw, with NTLM",
        "Good: Version: 2503 (build 9135)",
        "Good: Site: Standalone primary site: the top of its hierarchy",
        "For information: Service connection point: Installed on scp.corp.example, offline",
        "For information: SMS Providers: cm01.corp.example",
        "Attention: Device collections: The account does not see all of them",
        "Read-only Analyst",
    ] {
        assert!(page.says(words), "{words}\n{}", page.screen());
    }
    let said = page.screen().matches("Label The sign-in used NTLM, which").count();
    assert_eq!(said, 1, "{}", page.screen());
}

// ---- the top of the hierarchy ----

#[test]
fn from_a_child_primary_a_button_leads_to_the_top() {
    let (mut page, ticket) = asking();
    let child = Problem::ChildPrimary {
        site: "PS2".parse().unwrap(),
        parent: "CAS".parse().unwrap(),
        server: Some("cas01.corp.example".to_owned()),
    };
    page.answer(ticket, Answer::Site(Err(failure(child))));
    assert!(page.says("The site PS2 is a child primary site"), "{}", page.screen());
    page.click(Role::Button, "Use cas01.corp.example");
    let (_, Query::Site(access)) = page.query() else {
        panic!("another query")
    };
    assert_eq!(access.connection.provider.host(), "cas01.corp.example");
    assert_eq!(page.value(Role::TextInput, "SMS Provider"), "cas01.corp.example");
    assert!(!page.is_on(Role::CheckBox, "The site is the top of its hierarchy"));
}
