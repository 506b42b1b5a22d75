//! What a role's stamp looks like and where it goes — Decree 30/2020/NĐ-CP, Appendix I.
//!
//! Everything here is a pure function: text lines, picture bytes and a time come in as arguments, a content stream with
//! its resources comes out ([`appearance::Appearance`]), which `sign` embeds as a form XObject. Lengths are millimetres
//! from the top left of the page as displayed unless a name ends in `_pt`.

pub mod appearance;
pub mod font;
pub mod image;
pub mod layout;
