//! `azure-services-wizard`: the window. It is not built yet; until then this program says where to go.

fn main() -> std::process::ExitCode {
    eprintln!("The window is not part of this version yet. Everything that works is in the command line: asw --help");
    std::process::ExitCode::from(1)
}
