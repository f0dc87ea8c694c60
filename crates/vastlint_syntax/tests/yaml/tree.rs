use vastlint_syntax::yaml::{Kind, ScalarStyle, check_invariants, parse, scalar_text};
use vastlint_text::Span;

#[test]
fn navigation_follows_keys_aliases_and_merges() {
    let text = "base: &base\n  image: x\n  env: {A: 1}\njob:\n  <<: *base\n  name: y\nlist: [1, on, ~]\nlast: *base\n";
    let yaml = parse(text);
    let root = yaml.root().unwrap();
    let job = yaml.get(root, "job").unwrap();
    assert_eq!(yaml.get(job, "image").and_then(|id| yaml.as_str(id)), Some("x"));
    assert_eq!(yaml.path(root, &["job", "env", "A"]).and_then(|id| yaml.as_i64(id)), Some(1));
    assert_eq!(yaml.path(root, &["last", "image"]).and_then(|id| yaml.text(id)), Some("x"));
    assert_eq!(yaml.entries(job).len(), 2);
    let list = yaml.items(yaml.get(root, "list").unwrap());
    assert_eq!(yaml.as_str(list[1]), Some("on"));
    assert!(yaml.is_null(list[2]));
    assert_eq!(yaml.key_span(root, "list").unwrap().text(text), "list");
    assert_eq!(yaml.value_span(root, "list").unwrap().text(text), "[1, on, ~]");
    assert_eq!(yaml.value_span(job, "env").unwrap().text(text), "{A: 1}");
    assert_eq!(yaml.span(job).text(text), "<<: *base\n  name: y");
    assert_eq!(yaml.get(root, "nothing"), None);
}

#[test]
fn a_merge_that_merges_itself_ends() {
    let yaml = parse("a: &a\n  <<: *a\n  b: 1\n");
    let a = yaml.get(yaml.root().unwrap(), "a").unwrap();
    assert_eq!(yaml.get(a, "nothing"), None);
    assert!(yaml.get(a, "b").is_some());
}

#[test]
fn a_value_that_is_left_out_stands_behind_its_indicator() {
    let text = "a:   # note\nb:\nc: {d: , e}\nf:\n  -\n  - !!str\n";
    let yaml = parse(text);
    let root = yaml.root().unwrap();
    let at = |key| yaml.value_span(root, key).unwrap();
    assert_eq!(at("a"), Span::empty(2));
    assert_eq!(at("b"), Span::empty(14));
    let d = yaml.path(root, &["c", "d"]).unwrap();
    assert_eq!(yaml.span(d), Span::empty(21));
    let items = yaml.items(yaml.get(root, "f").unwrap());
    assert_eq!(&text[..yaml.span(items[0]).start as usize], "a:   # note\nb:\nc: {d: , e}\nf:\n  -");
    assert!(text[..yaml.span(items[1]).start as usize].ends_with("!!str"));
    assert!(yaml.is_null(items[0]));
    assert_eq!(yaml.as_str(items[1]), Some(""));
}

#[test]
fn spans_of_collections_start_at_their_first_byte() {
    let text = "a:\n- b\n- - c\n  - d\ne:\n  - f\n# end\n";
    let yaml = parse(text);
    let root = yaml.root().unwrap();
    let a = yaml.get(root, "a").unwrap();
    assert_eq!(yaml.span(a).text(text), "- b\n- - c\n  - d");
    assert_eq!(yaml.span(yaml.items(a)[1]).text(text), "- c\n  - d");
    assert_eq!(yaml.span(root).text(text), text.strip_suffix("\n# end\n").unwrap());
    assert_eq!(yaml.comments[0].text(text), "# end");
}

#[test]
fn tags_and_anchors_have_spans() {
    let text = "a: !!str &x |\n  text\nb: &y {c: 1}\nd: &z\n  e: 1\n";
    let yaml = parse(text);
    let root = yaml.root().unwrap();
    let a = yaml.node(yaml.get(root, "a").unwrap());
    assert_eq!(a.tag.unwrap().text(text), "!!str");
    assert_eq!(a.anchor.unwrap().text(text), "&x");
    assert_eq!(a.span.text(text), "|\n  text");
    assert!(matches!(a.kind, Kind::Scalar { style: ScalarStyle::Literal, .. }));
    assert_eq!(yaml.node(yaml.get(root, "b").unwrap()).anchor.unwrap().text(text), "&y");
    assert_eq!(yaml.node(yaml.get(root, "d").unwrap()).anchor.unwrap().text(text), "&z");
}

#[test]
fn places_in_a_block_scalar_lead_to_its_lines() {
    let text = "é:\r\n  run: |\r\n    set -e\r\n\r\n      echo ü\r\n  x: 1\r\n";
    let yaml = parse(text);
    let run = yaml.path(yaml.root().unwrap(), &["é", "run"]).unwrap();
    let (value, map) = scalar_text(text, &yaml, run).into_parts();
    assert_eq!(value, "set -e\n\n  echo ü\n");
    let at = value.find("echo ü").unwrap();
    assert_eq!(map.to_host(Span::from_range(at..at + 7)).text(text), "echo ü");
    assert!(map.is_verbatim(Span::from_range(at..at + 7)));
    assert_eq!(map.to_host(Span::new(0, value.len() as u32)).text(text), "set -e\r\n\r\n      echo ü\r\n");
}

#[test]
fn duplicate_keys_are_no_error() {
    let text = "a: 1\nb: {c: 1, \"c\": 2}\n'a': 3\n";
    let yaml = parse(text);
    assert!(yaml.errors.is_empty());
    let found: Vec<_> =
        yaml.duplicate_keys.iter().map(|d| (d.first.text(text), d.second.text(text))).collect();
    assert_eq!(found, [("c", "\"c\""), ("a", "'a'")]);
    assert_eq!(yaml.as_i64(yaml.get(yaml.root().unwrap(), "a").unwrap()), Some(3), "the last one wins");
}

#[test]
fn a_document_marker_before_a_nul_ends_an_unindented_block_scalar() {
    for marker in ["...", "---"] {
        let text = format!("--- |\na\n{marker}\0b");
        let yaml = parse(&text);
        assert_eq!(yaml.text(yaml.root().unwrap()), Some("a\n"));
        assert_eq!(check_invariants(&text, &yaml), Ok(()));
    }
}

#[test]
fn a_value_left_out_before_a_comma_stands_before_it() {
    let text = "{~,:x}";
    let yaml = parse(text);
    assert_eq!(check_invariants(text, &yaml), Ok(()));
    let entries = yaml.entries(yaml.root().unwrap());
    assert_eq!(entries.iter().map(|entry| yaml.span(entry.key).text(text)).collect::<Vec<_>>(), ["~", ":x"]);
    assert_eq!(yaml.span(entries[0].value), Span::empty(2));
}

#[test]
fn an_anchor_before_the_line_that_goes_on_after_a_mistake_is_skipped() {
    let text = ":\n&:\n? >";
    let yaml = parse(text);
    assert_eq!(check_invariants(text, &yaml), Ok(()));
    let entries = yaml.entries(yaml.root().unwrap());
    assert_eq!(yaml.span(entries[1].key).text(text), ">");
    assert!(yaml.nodes().all(|(_, node)| node.anchor.is_none()));
}

#[test]
fn an_indicator_behind_a_block_scalar_belongs_to_the_collection_of_its_column() {
    let text = ": ? ? >\n: :";
    let yaml = parse(text);
    assert_eq!(check_invariants(text, &yaml), Ok(()));
    let entries = yaml.entries(yaml.root().unwrap());
    assert_eq!(yaml.span(entries[1].key), Span::empty(8));
    assert_eq!(yaml.span(entries[1].value).text(text), ":");
}

#[test]
fn a_byte_order_mark_before_a_later_document_takes_no_column() {
    for text in ["a\n...\n\u{feff}? x\n? >\n", "--- >\n...\n\u{feff}? >\n: >\n? >\n"] {
        let yaml = parse(text);
        assert_eq!(check_invariants(text, &yaml), Ok(()));
        let entries = yaml.entries(yaml.documents[1]);
        assert_eq!(entries.len(), 2);
        assert_eq!(yaml.span(entries[1].key).text(text), ">");
    }
}
