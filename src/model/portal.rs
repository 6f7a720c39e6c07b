//! Links into the Azure portal. They are no documented interface: they have the form that the portal's own *Share link* produces.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Environment, TenantId, WorkspaceId};

/// Longer addresses are not handed to a browser: Windows passes on about so many characters.
const LONGEST: usize = 2_000;

/// A link, and whether the query is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalLink {
    /// The address.
    pub url: String,
    /// Whether the page opens with the query. Where it does not, the query is too long for an address: copy it.
    pub carries_query: bool,
}

/// The page *Logs* of a workspace with this query. `timespan` is an ISO 8601 duration; the portal knows no other.
pub fn logs(
    environment: &Environment,
    tenant: TenantId,
    workspace: &WorkspaceId,
    query: &str,
    timespan: Option<&str>,
) -> PortalLink {
    let portal = environment.portal.trim_end_matches('/');
    let resource = workspace.to_string();
    if let Some(packed) = packed(query) {
        let (resource, packed) = (encoded(&resource), encoded(&packed));
        let span = timespan.filter(|span| span.starts_with('P') && !span.contains('/'));
        let span = span
            .map(|span| format!("/timespan/{}", encoded(span)))
            .unwrap_or_default();
        let url = format!(
            "{portal}/#@{tenant}/blade/Microsoft_OperationsManagementSuite_Workspace/Logs.ReactView/resourceId/{resource}\
             /source/LogsBlade.AnalyticsShareLinkToQuery/q/{packed}{span}"
        );
        if url.len() <= LONGEST {
            return PortalLink {
                url,
                carries_query: true,
            };
        }
    }
    PortalLink {
        url: format!("{portal}/#@{tenant}/resource{resource}/logs"),
        carries_query: false,
    }
}

/// A query as such a link carries it: compressed, then in letters.
fn packed(query: &str) -> Option<String> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(query.as_bytes()).ok()?;
    Some(STANDARD.encode(packer.finish().ok()?))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use percent_encoding::percent_decode_str;

    use super::*;

    const WORKSPACE: &str = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg/providers/\
                             Microsoft.OperationalInsights/workspaces/law";

    fn link(query: &str, timespan: Option<&str>) -> PortalLink {
        let environment = Environment::built_in("AzureUSGovernmentCloud").unwrap();
        let tenant = "1f0e2d3c-0000-4000-8000-000000000001".parse().unwrap();
        logs(&environment, tenant, &WORKSPACE.parse().unwrap(), query, timespan)
    }

    #[test]
    fn the_query_reads_back_from_the_link() {
        let query = "Heartbeat | where Computer == \"東京\" // a+b/c=";
        let link = link(query, Some("P1D"));
        assert!(link.carries_query);
        let rest = link.url.split_once("/q/").unwrap().1;
        let (packed, span) = rest.split_once("/timespan/").unwrap();
        assert_eq!(span, "P1D");
        let packed = percent_decode_str(packed).decode_utf8().unwrap();
        let mut read = String::new();
        let bytes = STANDARD.decode(packed.as_bytes()).unwrap();
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut read).unwrap();
        assert_eq!(read, query);
        let start = "https://portal.azure.us/#@1f0e2d3c-0000-4000-8000-000000000001/blade/\
                     Microsoft_OperationsManagementSuite_Workspace/Logs.ReactView/resourceId/%2Fsubscriptions%2F";
        assert!(link.url.starts_with(start), "{}", link.url);
    }

    #[test]
    fn only_a_duration_goes_into_the_link() {
        for span in [None, Some("2026-11-25/2026-11-26"), Some("P1D/2026-11-26")] {
            assert!(!link("T", span).url.contains("timespan"), "{span:?}");
        }
    }

    #[test]
    fn a_query_too_long_for_an_address_stays_out_of_it() {
        let query: String = (0..2_000)
            .map(|n: u32| format!("{:x} ", n.wrapping_mul(2_654_435_761)))
            .collect();
        let link = link(&query, Some("P1D"));
        assert!(!link.carries_query);
        assert_eq!(
            link.url,
            format!("https://portal.azure.us/#@1f0e2d3c-0000-4000-8000-000000000001/resource{WORKSPACE}/logs")
        );
    }
}
