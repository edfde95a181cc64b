//! Rows of real lines, a room for each kind of server.
