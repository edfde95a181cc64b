//! The one test binary over the whole house; each module is one concern.

mod bed;
mod house;
