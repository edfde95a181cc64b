//! The stored forms of documents, each frozen and with the forms before it still readable.

pub mod alert;
