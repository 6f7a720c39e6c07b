//! The program's picture: a cloud on a blue tile, and what goes up into it. Drawn here, so that no picture has to be read.

use egui::IconData;

/// Width and height.
const SIDE: u16 = 64;
/// Points looked at in each direction of a pixel, for smooth edges.
const FINE: u16 = 4;

const TILE: [f32; 3] = [11.0, 99.0, 196.0];
const CLOUD: [f32; 3] = [255.0, 255.0, 255.0];

/// The picture for title bar and task bar.
pub fn icon() -> IconData {
    let pixels = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    IconData {
        rgba: pixels.flat_map(|(x, y)| pixel(x, y)).collect(),
        width: SIDE.into(),
        height: SIDE.into(),
    }
}

/// The mean of the points in a pixel.
fn pixel(x: u16, y: u16) -> [u8; 4] {
    let (mut tile, mut white) = (0.0, 0.0);
    for (dx, dy) in (0..FINE).flat_map(|dy| (0..FINE).map(move |dx| (dx, dy))) {
        let at =
            |whole: u16, part: u16| (f32::from(whole) + (f32::from(part) + 0.5) / f32::from(FINE)) / f32::from(SIDE);
        let (px, py) = (at(x, dx), at(y, dy));
        if in_tile(px, py) {
            tile += 1.0;
            white += f32::from(in_cloud(px, py) && !in_arrow(px, py));
        }
    }
    let share: f32 = if tile > 0.0 { white / tile } else { 0.0 };
    let [red, green, blue] = [0, 1, 2].map(|at| (TILE[at] + (CLOUD[at] - TILE[at]) * share).round() as u8);
    let alpha = (255.0 * tile / f32::from(FINE * FINE)).round() as u8;
    [red, green, blue, alpha]
}

fn in_circle(x: f32, y: f32, centre: (f32, f32), radius: f32) -> bool {
    (x - centre.0).hypot(y - centre.1) <= radius
}

/// A square with round corners.
fn in_tile(x: f32, y: f32) -> bool {
    let inner = |value: f32| value.clamp(0.2, 0.8);
    in_circle(x, y, (inner(x), inner(y)), 0.2)
}

/// Three puffs on a flat base.
fn in_cloud(x: f32, y: f32) -> bool {
    let base = (0.26..=0.76).contains(&x) && (0.5..=0.74).contains(&y);
    let puffs = [((0.27, 0.6), 0.14), ((0.46, 0.44), 0.2), ((0.72, 0.58), 0.16)];
    base || puffs
        .into_iter()
        .any(|(centre, radius)| in_circle(x, y, centre, radius))
}

/// An arrow that points up.
fn in_arrow(x: f32, y: f32) -> bool {
    let from_middle = (x - 0.48).abs();
    let head = (0.4..=0.54).contains(&y) && from_middle <= y - 0.4;
    let shaft = (0.5..=0.68).contains(&y) && from_middle <= 0.045;
    head || shaft
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_tile_with_something_on_it() {
        let IconData { rgba, width, height } = icon();
        assert_eq!(rgba.len(), (width * height * 4) as usize);
        let at = |x: u32, y: u32| <[u8; 4]>::try_from(&rgba[(y * width + x) as usize * 4..][..4]).unwrap();
        assert_eq!(at(0, 0)[3], 0, "the corner is clear");
        assert_eq!(at(6, 6), [11, 99, 196, 255]);
        assert_eq!(at(18, 38), [255; 4]);
    }
}
