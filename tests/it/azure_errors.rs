//! The table of what Azure answers and what we say then, in the documentation: printed by feeding the client what Azure sends,
//! so that it cannot lag behind.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use azure_services_wizard::azure::{Azure, Credential, Write, find_tenant, sign_in_person};
use azure_services_wizard::model::history::{COLUMNS, Rule, TABLE};
use azure_services_wizard::model::person::{PersonAccess, PersonWay};
use azure_services_wizard::model::roles::MONITORING_METRICS_PUBLISHER;
use azure_services_wizard::model::{Environment, Failure, HistoryPlace, RuleId, SavedSearch, SecretKey, WorkspaceId};
use azure_services_wizard::text::problem::wording;
use bytes::Bytes;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

const ID: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

const HEAD: &str = "# What Azure answers, and what is said then\n\n\
Printed by the test `azure_errors`, which gives the client each of these answers; run it with `ASW_WRITE_DOCS=1` to write this\n\
file anew. The answers are made up after Microsoft's documentation. A code that stands in no table is told by its `error` or by\n\
its HTTP status. With each failure come the facts for a ticket: codes, Azure's own words, trace, request and correlation IDs.\n";

/// The codes of Entra, with what Microsoft calls them.
const AADSTS: &[(&str, &[(u64, &str)])] = &[
    (
        "invalid_request",
        &[
            (90002, "Tenant 'x' not found."),
            (
                900_023,
                "Specified tenant identifier 'x' is neither a valid DNS name, nor a valid external domain.",
            ),
            (50059, "No tenant-identifying information found."),
            (90019, "No tenant-identifying information found in the request."),
            (
                90038,
                "Tenant 'x' request is being redirected to the National Cloud 'MicrosoftOnline.US'.",
            ),
            (
                50196,
                "The server terminated an operation because it encountered a client request loop.",
            ),
            (90055, "Tenant is throttled."),
        ],
    ),
    (
        "unauthorized_client",
        &[
            (900_382, "Confidential Client is not supported in Cross Cloud request."),
            (900_432, "Confidential Client is not supported in Cross Cloud request."),
            (700_016, "Application was not found in the directory."),
            (700_011, "Application was not found in the directory."),
            (7_000_112, "Application is disabled."),
            (70001, "Application is disabled."),
        ],
    ),
    (
        "invalid_client",
        &[
            (
                7_000_229,
                "The client application is missing service principal in the tenant.",
            ),
            (7_000_215, "Invalid client secret provided."),
            (70002, "The client_secret does not match."),
            (7_000_222, "The provided client secret keys are expired."),
            (
                7_000_218,
                "The request body must contain: 'client_assertion' or 'client_secret'.",
            ),
            (
                700_025,
                "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
            ),
            (1_000_031, "Application cannot be accessed at this time."),
        ],
    ),
    (
        "invalid_resource",
        &[
            (500_011, "The resource principal was not found in the tenant."),
            (50001, "The resource is not found."),
            (650_057, "Invalid resource."),
        ],
    ),
    (
        "invalid_scope",
        &[
            (70011, "The scope is invalid."),
            (28002, "The scope is invalid."),
            (700_022, "The scope asks for more than one resource."),
        ],
    ),
    (
        "access_denied",
        &[
            (53003, "Access has been blocked by Conditional Access policies."),
            (530_032, "Blocked by security policy."),
            (530_035, "Access has been blocked by security defaults."),
        ],
    ),
    (
        "invalid_grant",
        &[
            (
                50105,
                "The signed in user is not assigned to a role for the application.",
            ),
            (501_051, "Application is not assigned to a role for the application."),
        ],
    ),
    (
        "server_error",
        &[
            (50033, "A transient error has occurred."),
            (90006, "Service unavailable."),
            (90012, "The request timed out."),
            (90024, "A transient error has occurred."),
            (90033, "A transient error has occurred."),
            (90090, "A transient error has occurred."),
        ],
    ),
];

/// What Entra says to a person, or to us in a person's name; without a number where its `error` says enough.
const TO_A_PERSON: [(&str, u64, &str); 7] = [
    ("access_denied", 65004, "User declined to consent to access the app."),
    ("expired_token", 70020, "The device code has expired."),
    ("invalid_grant", 65001, "The user or administrator has not consented."),
    (
        "invalid_client",
        7_000_218,
        "The request body must contain: 'client_assertion' or 'client_secret'.",
    ),
    (
        "invalid_grant",
        700_082,
        "The refresh token has expired due to inactivity.",
    ),
    (
        "interaction_required",
        50076,
        "You must use multi-factor authentication.",
    ),
    (
        "access_denied",
        53003,
        "Access has been blocked by Conditional Access policies.",
    ),
];

/// What Entra says by `error` alone.
const ERRORS: [&str; 8] = [
    "invalid_client",
    "unauthorized_client",
    "invalid_request",
    "invalid_scope",
    "invalid_resource",
    "invalid_grant",
    "interaction_required",
    "temporarily_unavailable",
];

const SIMPLE: &str = "The client 'a' does not have authorization to perform action 'Microsoft.Insights/dataCollectionRules/write' \
    over scope '/subscriptions/s/resourceGroups/rg' or the scope is invalid.";
const LINKED: &str = "The client has permission to perform action 'Microsoft.Insights/dataCollectionRules/write' on scope '/rule'; \
    however, it does not have permission to perform action 'Microsoft.OperationalInsights/workspaces/read' on the linked \
    scope(s) '/subscriptions/s/resourceGroups/rg/workspace'.";
const PROVIDER: &str = "The subscription is not registered to use namespace 'Microsoft.Insights'.";

/// What is being done when Resource Manager, the query service or the ingestion service answers.
#[derive(Clone, Copy)]
enum Doing {
    Rule,
    Table,
    Role,
    Group,
    Query,
    Upload,
}

impl Doing {
    const fn words(self) -> &'static str {
        match self {
            Self::Rule => "making a rule",
            Self::Table => "making a table",
            Self::Role => "giving a role",
            Self::Group => "writing a computer group",
            Self::Query => "running a query",
            Self::Upload => "uploading rows",
        }
    }

    const fn host(self) -> &'static str {
        match self {
            Self::Rule | Self::Table | Self::Role | Self::Group => "management.azure.com",
            Self::Query => "api.loganalytics.azure.com",
            Self::Upload => "dcr-x.ingest.monitor.azure.com",
        }
    }
}

const FAULTS: &[(Doing, u16, &str, &str)] = &[
    (
        Doing::Rule,
        401,
        "InvalidAuthenticationToken",
        "The access token is invalid.",
    ),
    (
        Doing::Rule,
        401,
        "ExpiredAuthenticationToken",
        "The access token expired.",
    ),
    (
        Doing::Rule,
        401,
        "InvalidAuthenticationTokenTenant",
        "The access token is from the wrong issuer.",
    ),
    (
        Doing::Rule,
        401,
        "InvalidAuthenticationTokenAudience",
        "The access token has been obtained for the wrong audience.",
    ),
    (Doing::Rule, 403, "AuthorizationFailed", SIMPLE),
    (Doing::Rule, 403, "LinkedAuthorizationFailed", LINKED),
    (Doing::Rule, 403, "DenyAssignmentAuthorizationFailed", SIMPLE),
    (
        Doing::Rule,
        403,
        "RequestDisallowedByPolicy",
        "Resource was disallowed by policy 'tags'.",
    ),
    (
        Doing::Rule,
        404,
        "SubscriptionNotFound",
        "The subscription could not be found.",
    ),
    (
        Doing::Rule,
        404,
        "ResourceGroupNotFound",
        "Resource group 'rg' could not be found.",
    ),
    (Doing::Rule, 404, "ResourceNotFound", "The resource was not found."),
    (
        Doing::Rule,
        404,
        "ParentResourceNotFound",
        "The parent resource was not found.",
    ),
    (Doing::Rule, 409, "MissingSubscriptionRegistration", PROVIDER),
    (Doing::Rule, 400, "NoRegisteredProviderFound", PROVIDER),
    (
        Doing::Rule,
        409,
        "ScopeLocked",
        "The scope cannot perform write operation because following scope(s) are locked.",
    ),
    (
        Doing::Rule,
        400,
        "InvalidOutputTable",
        "Table for output stream is not available.",
    ),
    (Doing::Table, 409, "Conflict", "The table is being updated."),
    (
        Doing::Role,
        400,
        "PrincipalNotFound",
        "Principal does not exist in the directory.",
    ),
    (
        Doing::Role,
        400,
        "RoleAssignmentUpdateNotPermitted",
        "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
    ),
    (Doing::Group, 409, "Conflict", "The saved search exists already."),
    (Doing::Group, 400, "BadRequest", "The query is too long."),
    (
        Doing::Query,
        400,
        "BadArgumentError",
        "The request had some invalid properties.",
    ),
    (
        Doing::Query,
        403,
        "InsufficientAccessError",
        "The provided credentials have insufficient access.",
    ),
    (
        Doing::Query,
        403,
        "UnauthorizedClient",
        "The client is not consented to.",
    ),
    (Doing::Query, 403, "Forbidden", "Forbidden."),
    (Doing::Query, 403, "AccessDenied", "Access denied."),
    (
        Doing::Query,
        404,
        "PathNotFoundError",
        "The requested path does not exist.",
    ),
    (Doing::Query, 504, "GatewayTimeout", "The query timed out."),
    (Doing::Upload, 400, "InvalidStream", "The stream is not declared."),
    (Doing::Upload, 401, "InvalidToken", "The token is not for this service."),
    (
        Doing::Upload,
        403,
        "OperationFailed",
        "AccessGranted: False, IsRbacPresent: False.",
    ),
    (
        Doing::Upload,
        404,
        "NotFound",
        "Data collection rule with immutable Id 'dcr-x' not found.",
    ),
    (
        Doing::Upload,
        413,
        "ContentLengthLimitExceeded",
        "Maximum allowed content length exceeded.",
    ),
    (Doing::Upload, 429, "TooManyRequests", "Too many requests."),
    (Doing::Upload, 503, "ServiceUnavailable", "Busy."),
];

/// A server that answers every request but those for tokens, where it `lets_in`, in one way.
async fn server(lets_in: bool, status: u16, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let token = json!({"access_token": "token", "expires_in": 3599}).to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let target = read_request(&mut stream).await;
            let (status, body) = if lets_in && target.ends_with("/token") {
                (200, &token)
            } else {
                (status, &body)
            };
            // What passes is tried again at once; what asks for more patience than there is ends at once.
            let wait = if matches!(status, 400 | 409 | 429) { 3600 } else { 0 };
            let answer = format!(
                "HTTP/1.1 {status} X\r\nConnection: close\r\nRetry-After: {wait}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    url
}

/// Reads a request to its end and returns its target.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse::<usize>().ok())?
            });
            if bytes.len() >= head.len() + 4 + length.unwrap_or_default() {
                return head.split(' ').nth(1).unwrap_or_default().to_owned();
            }
        }
        if stream.read_buf(&mut bytes).await.unwrap_or_default() == 0 {
            return String::new();
        }
    }
}

fn environment(url: &str) -> Environment {
    let mut environment = Environment::built_in("AzureCloud").unwrap();
    for service in [
        &mut environment.authority,
        &mut environment.arm,
        &mut environment.query,
        &mut environment.graph,
    ] {
        *service = url.parse().unwrap();
    }
    environment
}

fn client(url: &str) -> Azure {
    let credential = Credential {
        tenant_id: ID.parse().unwrap(),
        client_id: ID.parse().unwrap(),
        secret: SecretKey::parse("abc8Q~secret").unwrap(),
    };
    Azure::new(&environment(url), credential).unwrap()
}

fn workspace() -> WorkspaceId {
    format!("/subscriptions/{ID}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law")
        .parse()
        .unwrap()
}

fn rule_id() -> RuleId {
    format!("/subscriptions/{ID}/resourceGroups/rg/providers/Microsoft.Insights/dataCollectionRules/dcr-x")
        .parse()
        .unwrap()
}

async fn does(doing: Doing, url: &str) -> Failure {
    let azure = client(url);
    match doing {
        Doing::Rule => azure.put_rule(&rule()).await.unwrap_err(),
        Doing::Table => azure.put_table(&workspace(), TABLE, &COLUMNS).await.unwrap_err(),
        Doing::Role => {
            let (scope, principal) = (rule_id().to_string(), ID.parse().unwrap());
            let role = MONITORING_METRICS_PUBLISHER;
            azure
                .assign_role(&scope, Uuid::nil(), role, principal)
                .await
                .unwrap_err()
        }
        Doing::Group => azure
            .put_saved_search(&workspace(), &search(), Write::New)
            .await
            .unwrap_err(),
        Doing::Query => azure.query(ID.parse().unwrap(), "T", None).await.unwrap_err(),
        Doing::Upload => azure.upload(&place(url), Bytes::from_static(b"[]")).await.unwrap_err(),
    }
}

fn rule() -> Rule {
    Rule {
        id: rule_id(),
        location: "westeurope".to_owned(),
        is_direct: true,
        endpoint: None,
        tags: Vec::new(),
        columns: Vec::new(),
        workspace: Some(workspace()),
        immutable_id: None,
        logs_ingestion: None,
    }
}

fn search() -> SavedSearch {
    SavedSearch {
        id: "asw-1f0e2d3c-PS100016".to_owned(),
        category: "c".to_owned(),
        display_name: "d".to_owned(),
        query: "T".repeat(9000),
        alias: None,
        tags: Vec::new(),
        etag: None,
    }
}

fn place(url: &str) -> HistoryPlace {
    HistoryPlace {
        rule: rule_id(),
        immutable_id: "dcr-0123456789abcdef0123456789abcdef".to_owned(),
        ingestion: url.parse().unwrap(),
        endpoint: None,
        proven: false,
    }
}

/// A line of a table: what came, and what is said. The address of the server is another one at every run.
fn row(what: &[&str], failure: &Failure, url: &str, host: &str) -> String {
    let words = wording(failure.problem());
    let here = url.trim_start_matches("http://");
    let cell = |text: &str| text.replace(here, host).replace('|', "\\|").replace('\n', " ");
    let what: String = what.iter().map(|text| format!("{} | ", cell(text))).collect();
    format!(
        "| {what}`{}` | {} | {} |\n",
        failure.problem().code(),
        cell(&words.sentence),
        cell(&words.next_step)
    )
}

async fn entra() -> String {
    let mut text = "\n## Entra, by code\n\n| AADSTS | what Entra says | problem | what is said | next step |\n\
                    | --- | --- | --- | --- | --- |\n"
        .to_owned();
    let mut codes: Vec<(u64, &str, &str)> = AADSTS
        .iter()
        .flat_map(|(error, codes)| codes.iter().map(move |(code, says)| (*code, *error, *says)))
        .collect();
    codes.sort_unstable();
    for (code, error, says) in codes {
        let said = format!("AADSTS{code}: {says}\r\nTrace ID: t");
        let body = json!({"error": error, "error_codes": [code], "error_description": said}).to_string();
        let url = server(false, 400, body).await;
        let failure = if [90002, 900_023, 50059, 90019, 90038].contains(&code) {
            find_tenant(&environment(&url), "x").await.unwrap_err()
        } else {
            client(&url).sign_in().await.unwrap_err()
        };
        text.push_str(&row(
            &[&code.to_string(), says],
            &failure,
            &url,
            "login.microsoftonline.com",
        ));
    }
    text.push_str("\n## Entra, by `error` where the code is unknown\n\n| error | problem | what is said | next step |\n| --- | --- | --- | --- |\n");
    for error in ERRORS {
        let body = json!({"error": error, "error_description": "AADSTS999999: Something new."}).to_string();
        let url = server(false, 401, body).await;
        let failure = client(&url).sign_in().await.unwrap_err();
        text.push_str(&row(
            &[&format!("`{error}`")],
            &failure,
            &url,
            "login.microsoftonline.com",
        ));
    }
    text.push_str("\n## Entra, to a person who signs in\n\n| AADSTS | what Entra says | problem | what is said | next step |\n| --- | --- | --- | --- | --- |\n");
    for (error, code, says) in TO_A_PERSON {
        let said = format!("AADSTS{code}: {says}");
        let body = json!({"error": error, "error_codes": [code], "error_description": said}).to_string();
        let url = server(false, 400, body).await;
        let access = PersonAccess {
            environment: environment(&url),
            tenant_id: ID.parse().unwrap(),
            public_client: ID.parse().unwrap(),
            way: PersonWay::Code,
        };
        let failure = sign_in_person(&access, &|_| false, Arc::new(|_| {})).await.unwrap_err();
        text.push_str(&row(
            &[&code.to_string(), says],
            &failure,
            &url,
            "login.microsoftonline.com",
        ));
    }
    text
}

async fn services() -> String {
    let mut text = "\n## Resource Manager, queries, uploads\n\n| while | HTTP | code | what Azure says | problem | what is said | next step |\n\
                    | --- | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for &(doing, status, code, says) in FAULTS {
        let url = server(
            true,
            status,
            json!({"error": {"code": code, "message": says}}).to_string(),
        )
        .await;
        let failure = does(doing, &url).await;
        let what = [doing.words(), &status.to_string(), &format!("`{code}`"), says];
        text.push_str(&row(&what, &failure, &url, doing.host()));
    }
    for (status, says) in [
        (403, "nothing"),
        (404, "nothing"),
        (429, "nothing"),
        (500, "nothing"),
        (403, "the page of a proxy"),
    ] {
        let body = if says == "nothing" { "" } else { "<html>blocked</html>" };
        let url = server(true, status, body.to_owned()).await;
        let failure = does(Doing::Rule, &url).await;
        let what = [Doing::Rule.words(), &status.to_string(), "", says];
        text.push_str(&row(&what, &failure, &url, Doing::Rule.host()));
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_shows_what_is_said_of_each_answer() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/azure-errors.md");
    let table = format!("{HEAD}{}{}", entra().await, services().await);
    if std::env::var_os("ASW_WRITE_DOCS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == table,
        "docs/azure-errors.md is not what the client makes of Azure's answers; run this test with ASW_WRITE_DOCS=1"
    );
}

/// The part of a source text between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap();
    rest.split_once(to).unwrap().0
}

#[test]
fn every_code_that_the_client_knows_is_in_the_table() {
    let source = include_str!("../../src/azure/entra_error.rs");
    let arms = between(source, "fn by_code(", "fn by_error(");
    let source = include_str!("../../src/azure/entra_answer.rs");
    let passing = between(source, "const PASSING: [u64; 6] = [", "]");
    let known: BTreeSet<u64> = [arms, passing]
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_ascii_digit() && c != '_'))
        .filter_map(|word| word.replace('_', "").parse().ok())
        .filter(|code| *code > 10_000)
        .collect();
    let shown: BTreeSet<u64> = AADSTS
        .iter()
        .flat_map(|(_, codes)| codes.iter().map(|(code, _)| *code))
        .chain(TO_A_PERSON.iter().map(|(_, code, _)| *code))
        .collect();
    assert!(known.is_subset(&shown), "{:?}", known.difference(&shown));

    let source = include_str!("../../src/azure/error.rs");
    let arms = between(source, "fn by_code(", "fn by_status_alone(");
    let refused = between(source, "TOKEN_REFUSED: [&str; 3] = [", "]");
    let shown: BTreeSet<&str> = FAULTS.iter().map(|(_, _, code, _)| *code).collect();
    for code in [arms, refused]
        .iter()
        .flat_map(|text| text.split('"').skip(1).step_by(2))
    {
        let is_code = code.starts_with(char::is_uppercase) && code.chars().all(|c| c.is_ascii_alphabetic());
        assert!(!is_code || shown.contains(code), "{code} is not in the table");
    }
}
