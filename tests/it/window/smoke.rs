//! The window opens, the wizard opens, and is left without a question while nothing was typed.

use super::harness::{Role, Window};
use crate::harness::{Bench, small};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opens_and_leaves_the_wizard() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.click("Configure Azure Services…");
    assert!(window.has(Role::Heading, "General"), "{}", window.screen());
    window.click("Cancel");
    assert!(window.has(Role::Button, "Configure Azure Services…"));
}
