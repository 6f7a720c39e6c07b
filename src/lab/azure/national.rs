//! The clouds that the lab's Azure can be one of, as Microsoft's tables of national clouds tell them apart.

use super::tokens::Audience;

/// A cloud of Azure: each has its own directory, its own services, and tokens that no other cloud takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NationalCloud {
    /// Azure, all over the world.
    #[default]
    Public,
    /// Azure Government of the United States.
    UsGovernment,
    /// Azure in China, run by 21Vianet.
    China,
}

/// What differs between clouds, addresses apart: those are the lab's own.
pub(in crate::lab) struct Traits {
    /// As the wizard spells it.
    pub(in crate::lab) name: &'static str,
    /// The host of the cloud, as tenant discovery names it.
    pub(super) instance: &'static str,
    /// Where the data of its tenant lives, as tenant discovery says it.
    pub(super) tenant_region: &'static str,
    /// The initial domain of its tenant.
    pub(super) domain: &'static str,
    /// What error texts call its tenant.
    pub(super) tenant: &'static str,
    /// Of which word the ID of its tenant is made.
    pub(super) tenant_seed: &'static str,
    /// Two regions.
    pub(super) regions: [&'static str; 2],
    /// What Resource Manager's tokens are made for: the one that the SDKs ask for, then the other one that it takes. (The
    /// endpoint of Resource Manager in Azure Government is no documented audience, so it is none.)
    pub(in crate::lab) arm: [&'static str; 2],
    /// What tokens for log queries are made for.
    pub(in crate::lab) query: &'static str,
    /// What tokens for uploads are made for.
    pub(in crate::lab) ingestion: &'static str,
    /// What tokens for Microsoft Graph are made for.
    pub(in crate::lab) graph: &'static str,
    /// The portal.
    pub(in crate::lab) portal: &'static str,
}

const PUBLIC: Traits = Traits {
    name: "AzurePublicCloud",
    instance: "microsoftonline.com",
    tenant_region: "EU",
    domain: "contoso.onmicrosoft.com",
    tenant: "Contoso",
    tenant_seed: "tenant",
    regions: ["westeurope", "northeurope"],
    arm: ["https://management.azure.com", "https://management.core.windows.net"],
    query: "https://api.loganalytics.io",
    ingestion: "https://monitor.azure.com",
    graph: "https://graph.microsoft.com",
    portal: "https://portal.azure.com",
};

const US_GOVERNMENT: Traits = Traits {
    name: "AzureUSGovernmentCloud",
    instance: "microsoftonline.us",
    tenant_region: "USGov",
    domain: "contoso.onmicrosoft.us",
    tenant: "Contoso Government",
    tenant_seed: "tenant/national",
    regions: ["usgovvirginia", "usgovarizona"],
    arm: ["https://management.core.usgovcloudapi.net"; 2],
    query: "https://api.loganalytics.us",
    ingestion: "https://monitor.azure.us",
    graph: "https://graph.microsoft.us",
    portal: "https://portal.azure.us",
};

const CHINA: Traits = Traits {
    name: "AzureChinaCloud",
    instance: "partner.microsoftonline.cn",
    tenant_region: "AS",
    domain: "contoso.partner.onmschina.cn",
    tenant: "Contoso China",
    tenant_seed: "tenant/china",
    regions: ["chinanorth3", "chinaeast2"],
    arm: [
        "https://management.chinacloudapi.cn",
        "https://management.core.chinacloudapi.cn",
    ],
    query: "https://api.loganalytics.azure.cn",
    ingestion: "https://monitor.azure.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    portal: "https://portal.azure.cn",
};

impl NationalCloud {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Public, Self::UsGovernment, Self::China];

    /// The cloud of this name, as the wizard spells it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.traits().name == name)
    }

    /// As the wizard spells it, such as `AzurePublicCloud`.
    pub fn name(self) -> &'static str {
        self.traits().name
    }

    /// What is peculiar to it.
    pub(in crate::lab) fn traits(self) -> &'static Traits {
        match self {
            Self::Public => &PUBLIC,
            Self::UsGovernment => &US_GOVERNMENT,
            Self::China => &CHINA,
        }
    }

    /// The service that a resource URI names in this cloud; slashes at its end do not count.
    pub(super) fn audience(self, resource: &str) -> Option<Audience> {
        let traits = self.traits();
        let resource = resource.trim_end_matches('/').to_ascii_lowercase();
        match resource.as_str() {
            arm if traits.arm.contains(&arm) => Some(Audience::ResourceManager),
            query if query == traits.query => Some(Audience::LogAnalytics),
            ingestion if ingestion == traits.ingestion => Some(Audience::Monitor),
            graph if graph == traits.graph => Some(Audience::Graph),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_resource_manager_and_one_or_two_slashes_name_the_same_service() {
        let audience = |resource| NationalCloud::Public.audience(resource);
        for spelling in [
            "https://management.azure.com",
            "https://management.azure.com/",
            "https://Management.Core.Windows.Net/",
        ] {
            assert_eq!(audience(spelling), Some(Audience::ResourceManager), "{spelling}");
        }
        assert_eq!(audience("https://monitor.azure.com/"), Some(Audience::Monitor));
        assert_eq!(audience("https://management.usgovcloudapi.net"), None);
    }

    #[test]
    fn no_cloud_knows_the_services_of_another() {
        for of in NationalCloud::ALL {
            let traits = of.traits();
            assert_eq!(NationalCloud::named(traits.name), Some(of));
            for cloud in NationalCloud::ALL {
                for resource in [
                    traits.arm[0],
                    traits.arm[1],
                    traits.query,
                    traits.ingestion,
                    traits.graph,
                ] {
                    assert_eq!(cloud.audience(resource).is_some(), cloud == of, "{resource} {cloud:?}");
                }
            }
        }
        assert_eq!(NationalCloud::named("AzureGermanCloud"), None);
    }
}
