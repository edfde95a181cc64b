//! The one test binary over the whole house; each module is one concern.

mod bed;
mod emulator;
mod flow_kill;
mod formats;
mod function;
mod golden;
mod house;
mod notify;
mod stack;
mod store_dynamodb;
mod store_kill;
mod twin;
