//! Colours by hue and step: the only place where colours are made. Uses give them their meaning, see [`super::Tokens`].

use egui::Color32;

#[expect(clippy::disallowed_methods, reason = "the one place where colours are made")]
const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

pub(super) const WHITE: Color32 = rgb(0xFF_FF_FF);
pub(super) const GREY_10: Color32 = rgb(0xF7_F8_FA);
pub(super) const GREY_20: Color32 = rgb(0xEC_EE_F2);
pub(super) const GREY_30: Color32 = rgb(0xD9_DD_E4);
pub(super) const GREY_40: Color32 = rgb(0xA9_B0_BD);
pub(super) const GREY_50: Color32 = rgb(0x7A_82_90);
pub(super) const GREY_60: Color32 = rgb(0x57_5F_6D);
pub(super) const GREY_70: Color32 = rgb(0x3E_45_51);
pub(super) const GREY_80: Color32 = rgb(0x2C_31_3A);
pub(super) const GREY_85: Color32 = rgb(0x24_28_30);
pub(super) const GREY_90: Color32 = rgb(0x1B_1E_24);
pub(super) const GREY_95: Color32 = rgb(0x13_15_1A);
pub(super) const BLUE_10: Color32 = rgb(0xE3_EE_FB);
pub(super) const BLUE_30: Color32 = rgb(0x7F_B8_F5);
pub(super) const BLUE_50: Color32 = rgb(0x0B_63_C4);
pub(super) const BLUE_60: Color32 = rgb(0x09_52_A3);
pub(super) const BLUE_70: Color32 = rgb(0x07_41_82);
pub(super) const BLUE_90: Color32 = rgb(0x12_2B_47);
pub(super) const GREEN_10: Color32 = rgb(0xE4_F4_E8);
pub(super) const GREEN_30: Color32 = rgb(0x7D_D4_95);
pub(super) const GREEN_60: Color32 = rgb(0x15_6B_30);
pub(super) const GREEN_90: Color32 = rgb(0x14_30_1D);
pub(super) const AMBER_10: Color32 = rgb(0xFD_F1_D9);
pub(super) const AMBER_30: Color32 = rgb(0xF2_BE_5C);
pub(super) const AMBER_60: Color32 = rgb(0x85_51_00);
pub(super) const AMBER_90: Color32 = rgb(0x38_28_0C);
pub(super) const RED_10: Color32 = rgb(0xFC_E8_E8);
pub(super) const RED_30: Color32 = rgb(0xFF_A0_9B);
pub(super) const RED_50: Color32 = rgb(0xB4_1F_1F);
pub(super) const RED_60: Color32 = rgb(0x96_17_17);
pub(super) const RED_90: Color32 = rgb(0x42_18_18);
