use vastlint_text::Span;

use super::{Kind, NodeId, ScalarStyle, Yaml, scalar_text};

/// Whether every span of the tree lies where the documentation of the types says it does.
#[doc(hidden)]
pub fn check_invariants(source: &str, yaml: &Yaml) -> Result<(), String> {
    let inside = |what: &str, span: Span| match source.get(span.range()) {
        Some(_) => Ok(()),
        None => Err(format!("{what} {span:?} is not inside the text on character boundaries")),
    };
    for error in &yaml.errors {
        inside("error", error.span)?;
    }
    ordered("comment", &mut yaml.comments.iter().copied())?;
    for &comment in &yaml.comments {
        if !comment.text(source).starts_with('#') {
            return Err(format!("comment {comment:?} is {:?}", comment.text(source)));
        }
    }
    for duplicate in &yaml.duplicate_keys {
        inside("key", duplicate.first)?;
        ordered("duplicate keys", &mut [duplicate.first, duplicate.second].into_iter())?;
    }
    ordered("document", &mut yaml.documents.iter().map(|&root| yaml.span(root)))?;
    for (id, node) in yaml.nodes() {
        inside("node", node.span)?;
        for (what, property) in [('!', node.tag), ('&', node.anchor)] {
            if property.is_some_and(|property| !property.text(source).starts_with(what)) {
                return Err(format!("{what} of {:?} is {property:?}", node.span));
            }
        }
        let children: Vec<NodeId> = match &node.kind {
            Kind::Mapping { entries } => entries.iter().flat_map(|entry| [entry.key, entry.value]).collect(),
            Kind::Sequence { items } => items.clone(),
            Kind::Alias { target } => {
                if target.is_some_and(|target| target >= id) || !node.span.text(source).starts_with('*') {
                    return Err(format!("alias {:?} to {target:?}", node.span));
                }
                Vec::new()
            }
            Kind::Scalar { style, .. } => {
                check_scalar(source, yaml, id, *style)?;
                Vec::new()
            }
        };
        ordered("child", &mut children.iter().map(|&child| yaml.span(child)))?;
        for child in children {
            if child <= id || !node.span.contains_span(yaml.span(child)) {
                return Err(format!("{:?} is outside its parent {:?}", yaml.span(child), node.span));
            }
        }
    }
    Ok(())
}

fn ordered(what: &str, spans: &mut dyn Iterator<Item = Span>) -> Result<(), String> {
    let mut end = 0;
    for span in spans {
        if span.start < end {
            return Err(format!("{what} {span:?} is out of order"));
        }
        end = span.end;
    }
    Ok(())
}

fn check_scalar(source: &str, yaml: &Yaml, id: NodeId, style: ScalarStyle) -> Result<(), String> {
    let written = yaml.span(id).text(source);
    let fits = match style {
        ScalarStyle::Plain => true,
        ScalarStyle::SingleQuoted => {
            written.len() >= 2 && written.starts_with('\'') && written.ends_with('\'')
        }
        ScalarStyle::DoubleQuoted => written.len() >= 2 && written.starts_with('"') && written.ends_with('"'),
        ScalarStyle::Literal => written.starts_with('|'),
        ScalarStyle::Folded => written.starts_with('>'),
    };
    if !fits {
        return Err(format!("{style:?} scalar at {:?} is {written:?}", yaml.span(id)));
    }
    let mapped = scalar_text(source, yaml, id);
    let value = yaml.text(id).unwrap_or_default();
    if mapped.text() != value {
        return Err(format!("{style:?} scalar {written:?}: value {value:?}, text {:?}", mapped.text()));
    }
    let (text, map) = mapped.into_parts();
    let mut end = yaml.span(id).start;
    for (at, character) in text.char_indices() {
        let place = map.to_host(Span::from_range(at..at + character.len_utf8()));
        let Some(written) = source.get(place.range()) else {
            return Err(format!("{character:?} of {:?} maps to {place:?}", yaml.span(id)));
        };
        let is_break = matches!(character, '\n' | ' ') && written.starts_with(['\n', '\r', ' ', '\t']);
        let is_escape = written.starts_with('\\') || written == "''";
        if place.start < end || !(written.chars().eq([character]) || is_break || is_escape) {
            return Err(format!("{character:?} of {:?} maps to {written:?} at {place:?}", yaml.span(id)));
        }
        end = place.end;
    }
    Ok(())
}
