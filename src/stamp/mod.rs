//! What a role's stamp looks like and where it goes — Decree 30/2020/NĐ-CP, Appendix I.
//!
//! Everything here is a pure function: text lines, picture bytes and a time come in as arguments, a content stream with
//! its resources comes out ([`appearance::Appearance`]), which `sign` embeds as a form XObject. Lengths are millimetres
//! from the top left of the page as displayed unless a name ends in `_pt`.
//!
//! | module | decides |
//! |---|---|
//! | [`layout`] | how each role's stamp looks |
//! | [`anchor`] | where it goes, and which text it would touch |
//! | [`blanks`] | where number and date are left open |
//! | [`classified`] | whether page 1 bears a mark of secrecy |
//! | [`metadata`] | what the document says about itself |
//! | [`font`], [`image`], [`appearance`] | what is embedded |

pub mod anchor;
pub mod appearance;
pub mod blanks;
pub mod classified;
pub mod font;
pub mod image;
pub mod layout;
pub mod metadata;
