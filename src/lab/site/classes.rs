//! What a class of the SMS Provider is: its properties, keys and ancestry, and the EDMX document that `$metadata` answers.
//! Which classes there are stands in [`super::schema`].

use std::fmt::Write as _;

use super::schema::CLASSES;

/// The entity type of a property, as the AdminService maps WMI types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A WMI `SInt32`.
    Int32,
    /// A WMI `UInt32`, which becomes a 64-bit number.
    Int64,
    Bool,
    Date,
    /// A WMI `UInt8` array.
    Binary,
    Texts,
    /// An array of embedded objects.
    Objects,
}

impl Kind {
    fn edm(self) -> &'static str {
        match self {
            Self::Text => "Edm.String",
            Self::Int32 => "Edm.Int32",
            Self::Int64 => "Edm.Int64",
            Self::Bool => "Edm.Boolean",
            Self::Date => "Edm.DateTimeOffset",
            Self::Binary => "Edm.Binary",
            Self::Texts => "Collection(Edm.String)",
            Self::Objects => "Collection(Edm.ComplexType)",
        }
    }
}

/// Whether a property is lazy in the sense of the SMS Provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Laziness {
    Eager,
    /// Present but empty in a list; filled by a keyed read only. Not selectable in a list.
    Lazy,
    /// Declared lazy, so not selectable in a list, but filled in a list without `$select`: the `Props` of the site
    /// control items.
    FilledAnyway,
    /// Present but empty in a list, and yet selectable and filled in one whose filter says `SiteCode eq '…'`: the `Props` of
    /// a site definition, as a published log shows them.
    FilledForOneSite,
}

impl Laziness {
    /// Whether the property is empty in a list that chooses no properties.
    pub(super) fn is_empty_in_lists(self) -> bool {
        matches!(self, Self::Lazy | Self::FilledForOneSite)
    }
}

/// One property of a class.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) laziness: Laziness,
}

impl Property {
    pub(super) fn is_lazy(&self) -> bool {
        self.laziness != Laziness::Eager
    }
}

/// Which class; decides which rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClassId {
    AzureApp,
    AzureEnvironment,
    AzureService,
    Identification,
    Site,
    SiteDefinition,
    SiteRole,
    Collection,
    Membership,
    System,
    CombinedDevice,
    Tenant,
}

/// One class of the provider.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) id: ClassId,
    pub(super) name: &'static str,
    /// From the direct parent up to the root.
    pub(super) ancestry: &'static [&'static str],
    pub(super) keys: &'static [&'static str],
    /// In the order of the letters, without regard to case: the order of every answer.
    pub(super) properties: &'static [Property],
}

impl Class {
    /// A property by its name, without regard to case.
    pub(super) fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties.iter().find(|p| p.name.eq_ignore_ascii_case(name))
    }
}

/// A class by its name, without regard to case.
pub(super) fn class(name: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.name.eq_ignore_ascii_case(name))
}

/// The EDMX document of all classes: enough of it to look a property up. The entity types stand alone; the real
/// document also has base types, actions and hundreds of other classes.
pub(super) fn metadata() -> String {
    let mut types = String::new();
    let mut sets = String::new();
    for class in CLASSES {
        let keys: String = class
            .keys
            .iter()
            .map(|key| format!("<PropertyRef Name=\"{key}\"/>"))
            .collect();
        let properties: String = class
            .properties
            .iter()
            .map(|p| format!("<Property Name=\"{}\" Type=\"{}\"/>", p.name, p.kind.edm()))
            .collect();
        let name = class.name;
        // Writing to a text cannot fail.
        let _ = write!(
            types,
            "<EntityType Name=\"{name}\"><Key>{keys}</Key>{properties}</EntityType>"
        );
        let _ = write!(sets, "<EntitySet Name=\"{name}\" EntityType=\"AdminService.{name}\"/>");
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><edmx:Edmx Version=\"4.0\" \
         xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>\
         <Schema Namespace=\"AdminService\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">{types}\
         <EntityContainer Name=\"Container\">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_stand_in_the_order_of_the_letters() {
        for class in CLASSES {
            let names: Vec<String> = class.properties.iter().map(|p| p.name.to_lowercase()).collect();
            let mut sorted = names.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!(names, sorted, "{}", class.name);
        }
    }

    #[test]
    fn keys_are_eager_properties_in_the_spelling_of_the_schema() {
        for class in CLASSES {
            for key in class.keys {
                let property = class.property(key).unwrap();
                assert_eq!(property.name, *key);
                assert!(!property.is_lazy());
            }
        }
    }

    #[test]
    fn names_match_without_case_and_answer_the_schema_spelling() {
        assert_eq!(
            class("sms_r_SYSTEM").unwrap().property("RESOURCEID").unwrap().name,
            "ResourceId"
        );
        assert!(class("SMS_R_User").is_none());
    }

    #[test]
    fn metadata_maps_unsigned_numbers_to_64_bits() {
        let document = metadata();
        assert!(document.contains("<Property Name=\"ResourceId\" Type=\"Edm.Int64\"/>"));
        assert!(document.contains("<Property Name=\"MemberCount\" Type=\"Edm.Int32\"/>"));
        assert!(document.contains("<EntitySet Name=\"SMS_FullCollectionMembership\""));
    }
}
