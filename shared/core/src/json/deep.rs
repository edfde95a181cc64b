//! Reads the members of an object at any depth, for whoever knows the way to them.

use super::{Broken, Cursor, Form, Str, Value};

/// Takes members on the way down an object.
pub trait Walk<'a> {
    /// What is known of the object that is being read.
    type Level;

    /// Takes one member of the object at `level`.
    fn member(&mut self, level: &Self::Level, key: &Str<'a>, value: Value<'a>);

    /// Returns what is known of the object under `key`, or `None` where nothing in it is wanted. Whoever never says
    /// `None` must bound the depth: an object in an object is one call in the other.
    fn enters(&self, level: &Self::Level, key: &Str<'a>) -> Option<Self::Level>;
}

impl<'a> Str<'a> {
    /// Reads the text as a JSON object, in place, handing `walk` the members of every object that it enters.
    ///
    /// # Errors
    /// Where the text is no object; `walk` may have taken members by then.
    pub fn walk_object<W: Walk<'a>>(&self, top: &W::Level, walk: &mut W) -> Result<(), Broken> {
        match self.form {
            Form::Bare => Cursor::<false>::new(self.raw).walk_document(top, walk),
            Form::Escaped => Cursor::<true>::new(self.raw).walk_document(top, walk),
            Form::Nested => Err(Broken { at: 0 }),
        }
    }
}

impl<'a, const NESTED: bool> Cursor<'a, NESTED> {
    fn walk_document<W: Walk<'a>>(mut self, top: &W::Level, walk: &mut W) -> Result<(), Broken> {
        self.open_object()?;
        self.walk_members(top, walk)?;
        if self.ends() { Ok(()) } else { self.broken() }
    }

    fn walk_members<W: Walk<'a>>(&mut self, level: &W::Level, walk: &mut W) -> Result<(), Broken> {
        let mut first = true;
        while let Some(key) = self.next_key(&mut first)? {
            self.space();
            match self.byte() {
                Some(b'"' | b'\\') => {
                    let value = Value::Str(self.string()?);
                    walk.member(level, &key, value);
                }
                Some(b'{') => match walk.enters(level, &key) {
                    Some(below) => {
                        self.at += 1;
                        self.walk_members(&below, walk)?;
                    }
                    None => self.skip()?,
                },
                Some(b'[') => self.skip()?,
                _ => {
                    let value = self.literal()?;
                    walk.member(level, &key, value);
                }
            }
        }
        Ok(())
    }
}
