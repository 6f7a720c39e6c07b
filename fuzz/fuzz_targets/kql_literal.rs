#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| azure_services_wizard::fuzzing::kql_literal(data));
