//! `asw`: the command line.

fn main() -> std::process::ExitCode {
    azure_services_wizard::cli::main()
}
