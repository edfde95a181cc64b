//! The one test binary over the whole workspace; each module is one concern.

mod bed;
mod channels;
mod conventions;
mod emulator;
mod flow_kill;
mod formats;
mod function;
mod golden;
mod notify;
mod reference;
mod rollup;
mod stack;
mod store_dynamodb;
mod store_kill;
