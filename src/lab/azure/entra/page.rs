//! What the authority shows in a browser: plain pages without scripts.

use super::{Asked, Fault};
use crate::lab::http::Response;

/// A page of the lab's sign-in.
fn page(status: u16, title: &str, body: &str) -> Response {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n",
        title = escaped(title),
    );
    Response::with_body(status, "text/html; charset=utf-8", html.into_bytes())
}

/// A page that asks for name and password, and for a code too where a device waits; it posts to its own address.
pub(super) fn sign_in(client: &str, name: &str, wants_code: bool, remark: Option<&str>) -> Response {
    let remark = remark.map(|text| format!("<p role=\"alert\">{}</p>\n", escaped(text)));
    let code = "<p><label>Code <input name=\"user_code\" autocomplete=\"off\" required></label></p>\n";
    let body = format!(
        "{remark}<p>{client} wants to act for you in the lab's tenant.</p>\n<form method=\"post\">\n{code}\
         <p><label>Sign-in name <input name=\"name\" value=\"{name}\"></label></p>\n\
         <p><label>Password <input name=\"password\" type=\"password\"></label></p>\n\
         <p><button name=\"answer\" value=\"accept\">Sign in and accept</button>\n\
         <button name=\"answer\" value=\"decline\" formnovalidate>Decline</button></p>\n</form>",
        remark = remark.unwrap_or_default(),
        client = escaped(client),
        code = if wants_code { code } else { "" },
        name = escaped(name),
    );
    page(200, "Sign in to your account", &body)
}

/// A page that ends the way here.
pub(super) fn done(text: &str) -> Response {
    page(200, "Sign in to your account", &format!("<p>{}</p>", escaped(text)))
}

/// A refusal that there is no address to send back to.
pub(super) fn refusal(asked: &Asked, fault: &Fault) -> Response {
    let lines = escaped(&asked.describe(fault)).replace("\r\n", "<br>\n");
    page(
        400,
        "Sorry, but we're having trouble signing you in.",
        &format!("<p>{lines}</p>"),
    )
}

/// Text that HTML shows as it is.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
