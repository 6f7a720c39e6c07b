//! The table of problems in the documentation is printed from the catalogue, so that it cannot lag behind.

use std::path::Path;

use azure_services_wizard::cli::answer::Exit;
use azure_services_wizard::model::Problem;
use azure_services_wizard::text::problem::wording;

const HEAD: &str = "# What can go wrong\n\n\
Every problem that `asw` can end with, with made-up contents. Printed from the catalogue by the test `problems_table`; run it with\n\
`ASW_WRITE_DOCS=1` to write this file anew.\n\n\
| code | exit | what is said | next step |\n| --- | --- | --- | --- |\n";

fn table() -> String {
    let mut text = HEAD.to_owned();
    for problem in Problem::one_of_each() {
        let words = wording(&problem);
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        text.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            problem.code(),
            Exit::from(problem.class()) as u8,
            cell(&words.sentence),
            cell(&words.next_step)
        ));
    }
    text
}

#[test]
fn the_documentation_shows_every_problem() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/problems.md");
    let table = table();
    if std::env::var_os("ASW_WRITE_DOCS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == table,
        "docs/problems.md is not what the catalogue says; run this test with ASW_WRITE_DOCS=1"
    );
}
