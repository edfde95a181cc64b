//! Words and pictures for people: English stands here and nowhere else. What this crate is given is data, and what it
//! returns are bytes or text for a channel.

pub mod channels;
pub mod message;
