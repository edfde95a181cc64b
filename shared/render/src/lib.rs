//! Text for people: all English text is made in this crate. Its inputs are data, and its outputs
//! are bytes or text for a channel, or lines for programs.
//!
//! A [`message::Message`] is made of an alert and the evidence that was gathered for it;
//! [`channels`] has the body, the limits and the answers of each channel; [`words`] puts findings,
//! causes and titles into English; [`wire`] has the lines that the command prints.

pub mod channels;
#[cfg(test)]
mod fixtures;
pub mod message;
pub mod wire;
pub mod words;
