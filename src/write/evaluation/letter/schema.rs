//! The order of elements that the schema of word processing (ECMA-376) asks for.
//!
//! docx-rs writes the properties of runs, cells and styles in an order of its own, and has no word for a row that is
//! repeated on each page. Word forgives the first, a validator does not. What it wrote is read as a tree and written
//! again with each element's children in their order; nothing else is changed.

use crate::office::markup::{Tag, TagKind, markup_end};

/// Elements whose children the schema orders (ECMA-376 part 1, 17), and that order as far as a letter needs it.
const ORDERS: [(&str, &[&str]); 6] = [
    ("rPr", &["rStyle", "rFonts", "b", "bCs", "i", "iCs", "color", "sz", "szCs", "u"]),
    ("pPr", &["pStyle", "keepNext", "spacing", "ind", "jc", "rPr", "sectPr"]),
    (
        "tcPr",
        &["tcW", "gridSpan", "vMerge", "tcBorders", "shd", "tcMar", "textDirection", "vAlign"],
    ),
    ("style", &["name", "basedOn", "next", "link", "qFormat", "pPr", "rPr", "tblPr"]),
    ("sectPr", &["headerReference", "footerReference", "type", "pgSz", "pgMar", "cols", "docGrid"]),
    ("settings", &["zoom", "defaultTabStop", "compat"]),
];

/// An element with what stands in it, or a text.
struct Node<'a> {
    /// Its local name; of a text nothing.
    name: &'a [u8],
    open: &'a [u8],
    inner: Vec<Node<'a>>,
    close: &'a [u8],
}

/// A part of a document as the schema wants it, the first row of each table repeated on each page.
pub(super) fn ordered(part: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(part.len() + 64);
    let mut rest = part;
    for node in nodes(&mut rest) {
        node.write(&mut out);
    }
    out
}

/// The nodes up to the end tag of the element they stand in, which is left.
fn nodes<'a>(rest: &mut &'a [u8]) -> Vec<Node<'a>> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let tag = rest.starts_with(b"<").then(|| markup_end(rest)).flatten();
        let Some(end) = tag else {
            let end = memchr::memchr(b'<', &rest[1..]).map_or(rest.len(), |at| at + 1);
            found.push(Node { name: b"", open: take(rest, end), inner: Vec::new(), close: b"" });
            continue;
        };
        let tag = Tag::new(&rest[..end]);
        match tag.kind {
            TagKind::End => break,
            TagKind::Start => {
                let open = take(rest, end);
                let inner = nodes(rest);
                let end = markup_end(rest).unwrap_or(rest.len());
                found.push(Node { name: tag.local(), open, inner, close: take(rest, end) });
            }
            TagKind::Empty | TagKind::Other => {
                let name = if tag.kind == TagKind::Empty { tag.local() } else { b"" };
                found.push(Node { name, open: take(rest, end), inner: Vec::new(), close: b"" });
            }
        }
    }
    found
}

fn take<'a>(rest: &mut &'a [u8], end: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(end);
    *rest = left;
    taken
}

impl Node<'_> {
    fn write(mut self, out: &mut Vec<u8>) {
        if let Some((_, order)) = ORDERS.iter().find(|(name, _)| name.as_bytes() == self.name) {
            let rank = |node: &Node<'_>| order.iter().position(|name| name.as_bytes() == node.name);
            self.inner.sort_by_key(|node| rank(node).unwrap_or(order.len()));
        }
        if self.name == b"tbl"
            && let Some(row) = self.inner.iter_mut().find(|node| node.name == b"tr")
            && let Some(properties) = row.inner.iter_mut().find(|node| node.name == b"trPr")
        {
            let open = b"<w:tblHeader />";
            properties.inner.push(Node { name: b"tblHeader", open, inner: Vec::new(), close: b"" });
        }
        // Properties of runs that say nothing: where a style has none, the schema knows no such element.
        if self.name == b"rPr" && self.inner.is_empty() {
            return;
        }
        match self.name {
            // docx-rs gives columns of the grid a type, which only widths of cells have.
            b"gridCol" => out.extend(
                memchr::memmem::find(self.open, b" w:type")
                    .map_or(self.open.to_vec(), |at| [&self.open[..at], b" />"].concat()),
            ),
            _ => out.extend_from_slice(self.open),
        }
        for node in self.inner {
            node.write(out);
        }
        out.extend_from_slice(self.close);
    }
}

#[cfg(test)]
mod tests {
    use super::ordered;

    #[test]
    fn children_come_in_their_order_and_texts_stay() {
        let part = "<?xml version=\"1.0\"?><w:r><w:rPr><w:sz w:val=\"2\" /><w:b /><w:rFonts /></w:rPr>\
                    <w:t>a &lt; b</w:t></w:r><w:p><w:pPr><w:rPr /><w:jc /></w:pPr></w:p>";
        let whole = "<?xml version=\"1.0\"?><w:r><w:rPr><w:rFonts /><w:b /><w:sz w:val=\"2\" /></w:rPr>\
                     <w:t>a &lt; b</w:t></w:r><w:p><w:pPr><w:jc /></w:pPr></w:p>";
        assert_eq!(String::from_utf8_lossy(&ordered(part.as_bytes())), whole);
    }

    #[test]
    fn the_first_row_is_repeated() {
        let part = "<w:tbl><w:tblGrid><w:gridCol w:w=\"9\" w:type=\"dxa\" /></w:tblGrid>\
                    <w:tr><w:trPr><w:cantSplit /></w:trPr></w:tr><w:tr><w:trPr><w:cantSplit /></w:trPr></w:tr></w:tbl>";
        let whole = "<w:tbl><w:tblGrid><w:gridCol w:w=\"9\" /></w:tblGrid>\
                     <w:tr><w:trPr><w:cantSplit /><w:tblHeader /></w:trPr></w:tr>\
                     <w:tr><w:trPr><w:cantSplit /></w:trPr></w:tr></w:tbl>";
        assert_eq!(String::from_utf8_lossy(&ordered(part.as_bytes())), whole);
    }
}
