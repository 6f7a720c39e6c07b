//! What the custom device collections are called, where they stand, and how large they are.

/// How many members a collection has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Empty,
    One,
    /// Twelve to ninety.
    Dozens,
    /// A hundred to nine hundred.
    Hundreds,
    /// A part of all it may hold, in thousandths.
    Share(usize),
    /// Every record whose computer has another record.
    DoubleRecords,
    /// A dozen computers and the three records that are none.
    Imaging,
}

/// Which collection limits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    AllSystems,
    Clients,
}

/// The plan of one custom device collection.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) folder: &'static str,
    pub(super) size: Size,
    pub(super) limit: Limit,
}

type Row = (&'static str, &'static str, Size, Limit);

/// The first ones: every trap that a name or a size can be, so that even a small lab has most of them.
const FIRST: [Row; 22] = [
    ("Servers – Production", "/Servers", Size::Share(120), Limit::Clients),
    (
        "Arbeitsplätze Köln",
        "/Standorte/Köln",
        Size::Hundreds,
        Limit::AllSystems,
    ),
    (
        "Doppelte Datensätze",
        "/Standorte",
        Size::DoubleRecords,
        Limit::AllSystems,
    ),
    ("Retired – empty", "/", Size::Empty, Limit::AllSystems),
    ("O'Brien's test device", "/Test", Size::One, Limit::AllSystems),
    ("東京オフィス端末", "/拠点/東京", Size::Hundreds, Limit::AllSystems),
    ("Pilot", "/Servers", Size::Dozens, Limit::Clients),
    ("Pilot", "/Workstations", Size::Dozens, Limit::Clients),
    ("OSD bare metal", "/OSD", Size::Imaging, Limit::AllSystems),
    ("Windows 11 wave 1", "/Workstations", Size::Share(400), Limit::Clients),
    ("أجهزة المكتب الرئيسي", "/المواقع", Size::Dozens, Limit::AllSystems),
    ("Рабочие станции Москва", "/Площадки", Size::Hundreds, Limit::AllSystems),
    (
        "Marketing \"Blue\" laptops",
        "/Workstations",
        Size::Dozens,
        Limit::Clients,
    ),
    (
        "Share \\\\fs01\\deploy clients",
        "/Servers",
        Size::Dozens,
        Limit::Clients,
    ),
    (
        "Windows 11 wave 2",
        "/Workstations",
        Size::Share(750),
        Limit::AllSystems,
    ),
    (
        "100% patched & <ready>; a=b|c",
        "/Test",
        Size::Dozens,
        Limit::AllSystems,
    ),
    ("Ελλάδα - φορητοί", "/Standorte", Size::Hundreds, Limit::AllSystems),
    ("परीक्षण सर्वर", "/Servers", Size::Dozens, Limit::Clients),
    ("🚀 Fast ring", "/Workstations", Size::Hundreds, Limit::Clients),
    ("0042", "/", Size::Dozens, Limit::AllSystems),
    ("arbeitsplätze köln", "/Standorte", Size::Dozens, Limit::AllSystems),
    (LONG, "/Test", Size::Dozens, Limit::AllSystems),
];

/// As long as a collection name may be: 255 characters.
const LONG: &str = "Devices that report a hardware inventory older than thirty days, are not in maintenance, have a \
     client that is active, belong to no pilot group, stand in one of the branch offices of the northern, eastern, southern \
     or western region, and still wait for the update 2026";

/// The plan of the custom device collection at this position.
pub(super) fn plan(position: usize) -> Plan {
    if let Some((name, folder, size, limit)) = FIRST.get(position) {
        return Plan {
            name: name.chars().take(255).collect(),
            folder,
            size: *size,
            limit: *limit,
        };
    }
    let name = match position % 5 {
        0 => format!("Softwareverteilung Gruppe {position:02}"),
        1 => format!("更新グループ {position:02}"),
        2 => format!("مجموعة التحديث {position:02}"),
        3 => format!("Группа обновлений {position:02}"),
        _ => format!("Patch ring {position:02}"),
    };
    let size = match position % 11 {
        0 => Size::Share(450),
        3 | 7 => Size::Share(80),
        5 => Size::One,
        1 | 4 | 8 => Size::Hundreds,
        _ => Size::Dozens,
    };
    Plan {
        name,
        folder: "/Software updates",
        size,
        limit: if position.is_multiple_of(2) {
            Limit::AllSystems
        } else {
            Limit::Clients
        },
    }
}

/// The plan of a collection that holds every computer.
pub(super) fn everyone(position: usize) -> Plan {
    Plan {
        name: format!("Every computer {position:02}"),
        folder: "/",
        size: Size::Share(1000),
        limit: Limit::AllSystems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_the_traps() {
        let plans: Vec<Plan> = (0..60).map(plan).collect();
        for trap in ['\'', '"', '\\', 'ä', '東', 'ع', 'Р'] {
            assert!(plans.iter().any(|p| p.name.contains(trap)), "{trap}");
        }
        let pilots: Vec<_> = plans.iter().filter(|p| p.name == "Pilot").collect();
        assert_eq!(pilots.len(), 2);
        assert_ne!(pilots[0].folder, pilots[1].folder);
        assert!(
            plans
                .iter()
                .all(|p| !p.name.is_empty() && p.name.chars().count() <= 255)
        );
        assert!(plans.iter().any(|p| p.name.chars().count() > 200));
    }
}
