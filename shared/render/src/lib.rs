//! Words and pictures for people: English stands here and nowhere else. What this crate is given is data, and what it
//! returns are bytes or text for a channel, or lines for programs.

pub mod channels;
#[cfg(test)]
mod fixtures;
pub mod message;
pub mod wire;
pub mod words;
