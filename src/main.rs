//! The `gouji` program: everything is in the library.

fn main() {}
