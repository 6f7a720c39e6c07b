//! The window, driven by role and label as a screen reader sees it, over a real backend and a real lab on loopback.

mod harness;
mod home;
mod smoke;
