//! The embedded files as they were read when the program was built: what a text in TOML holds, without the text, which costs
//! a process far less to read than the text.
//!
//! A value is where it began and ended in the text, a byte that says what it is, and what it holds; texts stand apart, one behind
//! the other, so that they are borrowed as they are. `build.rs` writes them so.

use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, Deserialize, DeserializeSeed, IntoDeserializer as _, Visitor};
use serde::forward_to_deserialize_any;

/// What a file holds, packed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pack {
    /// The values.
    pub(super) values: &'static [u8],
    /// The texts among them, in their order.
    pub(super) texts: &'static str,
}

impl Pack {
    /// What it holds; `None` where that is not what is wanted, which the text then says better.
    pub(super) fn read<T: Deserialize<'static>>(mut self) -> Option<T> {
        T::deserialize(&mut Packed { rest: &mut self }).ok()
    }
}

/// A value at the head of what is left.
struct Packed<'a> {
    rest: &'a mut Pack,
}

/// That it is not what is wanted.
#[derive(Debug)]
struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not what is wanted")
    }
}

impl std::error::Error for Unfit {}

impl de::Error for Unfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl Packed<'_> {
    fn take(&mut self, count: usize) -> Result<&'static [u8], Unfit> {
        let (taken, rest) = self.rest.values.split_at_checked(count).ok_or(Unfit)?;
        self.rest.values = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, Unfit> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes(bytes.try_into().map_err(|_| Unfit)?))
    }

    fn text(&mut self) -> Result<&'static str, Unfit> {
        let length = self.number()? as usize;
        let (text, rest) = self.rest.texts.split_at_checked(length).ok_or(Unfit)?;
        self.rest.texts = rest;
        Ok(text)
    }

    /// Where the value stood in the text.
    fn span(&mut self) -> Result<[u32; 2], Unfit> {
        Ok([self.number()?, self.number()?])
    }

    /// What the value is, behind its span.
    fn held<V: Visitor<'static>>(&mut self, visitor: V) -> Result<V::Value, Unfit> {
        match self.take(1)?[0] {
            b's' => visitor.visit_borrowed_str(self.text()?),
            b'i' => {
                let bytes = self.take(8)?;
                visitor.visit_i64(i64::from_le_bytes(bytes.try_into().map_err(|_| Unfit)?))
            }
            b'b' => {
                let truth = self.take(1)?[0] != 0;
                visitor.visit_bool(truth)
            }
            b'a' => {
                let left = self.number()?;
                visitor.visit_seq(Several { rest: self.rest, left })
            }
            b't' => {
                let left = self.number()?;
                visitor.visit_map(Several { rest: self.rest, left })
            }
            _ => Err(Unfit),
        }
    }
}

impl de::Deserializer<'static> for &mut Packed<'_> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.span()?;
        self.held(visitor)
    }

    fn deserialize_option<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'static>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        match fields {
            // `toml::Spanned` is a struct of where a value begins, where it ends, and the value.
            [start, end, value] if name.starts_with('$') => {
                let span = self.span()?;
                let at = [(*start, span[0]), (*end, span[1])];
                visitor.visit_map(Spanned { at, next: 0, value, rest: self.rest })
            }
            _ => self.deserialize_any(visitor),
        }
    }

    /// The names of variants without anything in them: no more is needed.
    fn deserialize_enum<V: Visitor<'static>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.span()?;
        if self.take(1)? != b"s" {
            return Err(Unfit);
        }
        let name: StrDeserializer<'_, Unfit> = self.text()?.into_deserializer();
        visitor.visit_enum(name)
    }

    forward_to_deserialize_any! {
        <V: Visitor<'static>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// The values of an array, or the keys and values of a table.
struct Several<'a> {
    rest: &'a mut Pack,
    left: u32,
}

impl de::SeqAccess<'static> for Several<'_> {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'static>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unfit> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut Packed { rest: self.rest }).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left as usize)
    }
}

impl de::MapAccess<'static> for Several<'_> {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'static>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unfit> {
        de::SeqAccess::next_element_seed(self, seed)
    }

    fn next_value_seed<V: DeserializeSeed<'static>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        seed.deserialize(&mut Packed { rest: self.rest })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left as usize)
    }
}

/// A value with its span, whose bytes are read already.
struct Spanned<'a> {
    at: [(&'static str, u32); 2],
    next: usize,
    value: &'static str,
    rest: &'a mut Pack,
}

impl de::MapAccess<'static> for Spanned<'_> {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'static>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unfit> {
        let name = match self.next {
            at @ (0 | 1) => self.at[at].0,
            2 => self.value,
            _ => return Ok(None),
        };
        self.next += 1;
        seed.deserialize(BorrowedStrDeserializer::<Unfit>::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'static>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        match self.next {
            at @ (1 | 2) => {
                let at: de::value::U32Deserializer<Unfit> = self.at[at - 1].1.into_deserializer();
                seed.deserialize(at)
            }
            _ => seed.deserialize(Held { rest: self.rest }),
        }
    }
}

/// A value behind its span.
struct Held<'a> {
    rest: &'a mut Pack,
}

impl de::Deserializer<'static> for Held<'_> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Unfit> {
        Packed { rest: self.rest }.held(visitor)
    }

    fn deserialize_option<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'static>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        <V: Visitor<'static>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::super::{EMBEDDED, Rulebook, Source, read};
    use super::Pack;

    #[test]
    fn what_is_packed_is_what_the_texts_say() {
        let book = |sources: &[Source]| format!("{:?}", read::rulebook(sources.iter()).unwrap());
        let texts: Vec<Source> = EMBEDDED
            .iter()
            .map(|(name, text, _)| Source::embedded(name, text, Pack::default()))
            .collect();
        // No text can be read.
        let packed: Vec<Source> =
            EMBEDDED.iter().map(|(name, _, pack)| Source::embedded(name, "=", *pack)).collect();
        assert_eq!(book(&texts), book(&packed));
        assert_eq!(book(&texts), format!("{:?}", Rulebook { own: vec![], ..Rulebook::default() }));
    }
}
