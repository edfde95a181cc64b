//! What is handed on while an object is read.

use super::Str;

/// Takes the members of an object as they are read.
pub trait Visit<'a> {
    /// What the visitor knows of an object by the keys that lead to it.
    type Scope: Copy;

    /// Forgets all members taken so far, because a text begins, and returns the scope of its object.
    fn begin(&mut self) -> Self::Scope;

    /// Takes one member; of a list that was entered, each value under the list's key.
    fn member(&mut self, scope: Self::Scope, key: &Str<'a>, value: Value<'a>);

    /// Returns the scope of the object under this key, or of the objects in the list under it, where its members are
    /// wanted too.
    fn enters(&mut self, scope: Self::Scope, key: &Str<'a>, held: Held) -> Option<Self::Scope>;

    /// Takes note that the text was an object to its end.
    fn end(&mut self);
}

/// What holds further values under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// An object.
    Members,
    /// A list.
    Elements,
}

/// A value that is not an object or an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A string.
    Str(Str<'a>),
    /// A number, as written.
    Number(&'a [u8]),
    /// `true`, `false` or `null`.
    Word(&'a [u8]),
}
