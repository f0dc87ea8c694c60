use vastlint_syntax::yaml::{Kind, NodeId, Yaml, parse};

use crate::snippets;

/// A tree in one line: `{key: value}`, `[item]`.
fn outline(yaml: &Yaml) -> String {
    fn write(yaml: &Yaml, id: NodeId, into: &mut String) {
        match &yaml.node(id).kind {
            Kind::Scalar { .. } => *into += yaml.text(id).unwrap(),
            Kind::Alias { .. } => *into += "*",
            Kind::Sequence { items } => {
                *into += "[";
                for (index, &item) in items.iter().enumerate() {
                    *into += if index > 0 { ", " } else { "" };
                    write(yaml, item, into);
                }
                *into += "]";
            }
            Kind::Mapping { entries } => {
                *into += "{";
                for (index, entry) in entries.iter().enumerate() {
                    *into += if index > 0 { ", " } else { "" };
                    write(yaml, entry.key, into);
                    *into += ": ";
                    write(yaml, entry.value, into);
                }
                *into += "}";
            }
        }
    }
    let mut outline = String::new();
    for (index, &root) in yaml.documents.iter().enumerate() {
        outline += if index > 0 { " --- " } else { "" };
        write(yaml, root, &mut outline);
    }
    outline
}

#[test]
fn what_stands_around_a_mistake_survives() {
    let snippets = snippets("broken.snippets");
    let mut actual = String::new();
    for (name, text) in &snippets {
        let yaml = parse(text);
        actual += &format!("{name}\n  {}\n", outline(&yaml).replace('\n', "\\n"));
        for error in &yaml.errors {
            let line = text[..error.span.start as usize].matches('\n').count() + 1;
            actual += &format!("  {line}: {:?} {}\n", error.span.text(text), error.message);
        }
    }
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/syntax/yaml/broken.outlines");
    if std::env::var_os("VASTLINT_BLESS").is_some() {
        std::fs::write(&path, &actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(actual, expected, "VASTLINT_BLESS=1 writes the new outlines");
}
