//! GitHub expressions: what is found, and that nothing breaks the parser.

#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use proptest::prelude::*;
use vastlint_syntax::github_expression::{ExprKind, Operator, check_invariants, find, parse};
use vastlint_text::Span;

fn whole(text: &str) -> Span {
    Span::from_range(0..text.len())
}

fn references(text: &str) -> Vec<String> {
    let parsed = parse(text, whole(text));
    check_invariants(text, &parsed).unwrap();
    let references = parsed.references(text);
    references
        .iter()
        .map(|reference| {
            let names: Vec<_> = reference.segments.iter().map(|segment| segment.name.as_str()).collect();
            names.join(" ")
        })
        .collect()
}

fn errors(text: &str) -> Vec<String> {
    let parsed = parse(text, whole(text));
    check_invariants(text, &parsed).unwrap();
    parsed.errors.iter().map(|error| format!("{}: {}", error.span.text(text), error.message)).collect()
}

#[test]
fn references_are_paths_with_places() {
    assert_eq!(references("needs.preflight.outputs.should-run"), ["needs preflight outputs should-run"]);
    assert_eq!(
        references("matrix['base_image'] == steps.*.outputs"),
        ["matrix base_image", "steps * outputs"]
    );
    assert_eq!(references("a[*].b"), ["a * b"]);
    assert_eq!(references("fromJSON(inputs.list)[matrix.index].name"), ["inputs list", "matrix index"]);
    assert_eq!(references("env[format('A_{0}', matrix.n)].x"), ["env", "matrix n"]);
    assert_eq!(references("always() && !cancelled() && github.ref_name != 'it''s'"), ["github ref_name"]);
    assert_eq!(references("inputs.v2.3-x || 1.5 || -2 || 0xff || true || null"), ["inputs v2 3-x"]);
    assert_eq!(references("a.b c.d"), ["a b", "c d"], "what follows a mistake is read");
    let text = "github . event [ 'pull_request' ] . number";
    let reference = &parse(text, whole(text)).references(text)[0];
    assert_eq!(reference.span.text(text), text);
    let places: Vec<_> = reference.segments.iter().map(|segment| segment.span.text(text)).collect();
    assert_eq!(places, ["github", "event", "pull_request", "number"]);
}

#[test]
fn operators_bind_as_github_says() {
    let text = "a || b && c == d < e";
    let parsed = parse(text, whole(text));
    let mut id = parsed.root.unwrap();
    let mut operators = Vec::new();
    while let ExprKind::Binary { operator, right, .. } = parsed.node(id).kind {
        operators.push(operator);
        id = right.unwrap();
    }
    assert_eq!(operators, [Operator::Or, Operator::And, Operator::Equal, Operator::Less]);
    assert!(parsed.errors.is_empty());
    let text = "!(a == 'it''s')";
    let parsed = parse(text, whole(text));
    assert!(matches!(parsed.node(parsed.root.unwrap()).kind, ExprKind::Not(_)));
    assert!(parsed.nodes().any(|(_, node)| node.kind == ExprKind::String("it's".to_owned())));
}

#[test]
fn mistakes_have_places() {
    assert_eq!(
        errors("a == \"x\""),
        [
            "\": strings stand in single quotes",
            "\": a value is missing before this",
            "x: the expression ends before this: an operator is missing",
            "\": strings stand in single quotes",
            "\": a value is missing before this",
        ]
    );
    assert_eq!(errors("a = b").first().unwrap(), "=: `=` compares nothing: write `==`");
    assert_eq!(errors("a &&"), [": a value is missing at the end"]);
    assert_eq!(errors("f(a"), [": a `)` is missing"]);
    assert_eq!(errors("a['b"), ["'b: the string is not closed by a `'`", ": a `]` is missing"]);
    assert_eq!(errors("a."), [": a property name is expected behind the dot"]);
    assert_eq!(errors(""), Vec::<String>::new());
}

#[test]
fn expressions_are_found_in_any_text() {
    let text = "echo ${{ a }} ${{ '}}' }}$${{b}} ${{ open\nnext ${{ c";
    let found = find(text);
    let places: Vec<_> = found.iter().map(|e| (e.span.text(text), e.inner.text(text), e.closed)).collect();
    assert_eq!(
        places,
        [
            ("${{ a }}", " a ", true),
            ("${{ '}}' }}", " '}}' ", true),
            ("${{b}}", "b", true),
            ("${{ open", " open", false),
            ("${{ c", " c", false),
        ]
    );
    let text = "${{ a ||\n  b }}";
    assert_eq!(find(text)[0].span.text(text), text, "line ends may stand inside");
}

proptest! {
    #[test]
    fn any_text_keeps_the_invariants(text in r"(\$\{\{|\}\}|a|b-c|\.|\*|\[|\]|\(|\)|'|,|!|==|&&|\|\||<|1|0x|-|\x22| |\n|é|\PC){0,60}") {
        prop_assert_eq!(check_invariants(&text, &parse(&text, whole(&text))), Ok(()));
        let mut end = 0;
        for expression in find(&text) {
            prop_assert!(text.get(expression.span.range()).is_some() && expression.span.start >= end);
            prop_assert!(expression.span.contains_span(expression.inner));
            end = expression.span.end;
            prop_assert_eq!(check_invariants(&text, &parse(&text, expression.inner)), Ok(()));
        }
    }
}

#[test]
fn hostile_text_takes_linear_time() {
    for piece in [
        "(", "[", "!", "a.", "a[", "${{ ", "${{", "'", "a(", "||", "a||", "1", "}}", "a,", ")", "a ", "f(a)",
        "\n", "$",
    ] {
        let text = piece.repeat(300_000 / piece.len());
        let start = std::time::Instant::now();
        parse(&text, whole(&text)).references(&text);
        find(&text);
        assert!(start.elapsed().as_secs() < 10, "{piece:?} took {:?}", start.elapsed());
    }
}
