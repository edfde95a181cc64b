//! Words and pictures for people: English stands here and nowhere else. What this crate is given is data, and what it
//! returns are bytes or text for a channel, or lines for programs.
//!
//! A [`message::Message`] is made of an alert and of what was gathered beside it; [`channels`] has the body, the limits
//! and the answers of each channel; [`words`] makes English of findings, causes and titles; [`wire`] has the lines that
//! the command prints.

pub mod channels;
#[cfg(test)]
mod fixtures;
pub mod message;
pub mod wire;
pub mod words;
