//! What variables stand for.

use vastlint_syntax::dockerfile::parse;

/// Expands `text` as the instruction behind `source` would see it.
#[track_caller]
fn check(source: &str, text: &str, expected: Option<&str>) {
    let source = format!("{source}\nRUN here\n");
    let file = parse(&source);
    let mut scopes = file.scopes(&source);
    let scope = scopes.at(file.instructions.len() - 1);
    assert_eq!(scope.expand(text).as_deref(), expected, "{text} behind {source}");
}

#[test]
fn arguments_have_to_be_declared_again() {
    check("ARG V=1\nFROM a\nARG V", "$V", Some("1"));
    check("ARG V=1\nFROM a", "$V", None);
    check("ARG V=1\nFROM scratch", "[$V]", Some("[]"));
    check("ARG V=1\nFROM a\nARG V=2", "$V", Some("2"));
    check("ARG V\nFROM a\nARG V", "$V", None);
    check("FROM a\nARG V", "$V", None);
    check("FROM a\nARG V=1\nFROM b", "$V", None);
    check("ARG V=1\nARG W=${V}.2\nFROM a\nARG W", "$W", Some("1.2"));
}

#[test]
fn env_beats_arg_and_the_last_one_counts() {
    check("FROM a\nARG V=1\nENV V=2", "$V", Some("2"));
    check("FROM a\nENV V=2\nARG V", "$V", Some("2"));
    check("FROM a\nENV V=1\nENV V=2 W=$V", "$V$W", Some("21"));
    check("FROM a\nARG V\nENV W=${V}", "$W", None);
}

#[test]
fn stages_inherit_from_stages() {
    check("FROM a AS one\nENV V=1\nFROM ONE", "$V", Some("1"));
    check("ARG B=one\nFROM a AS one\nENV V=1\nFROM ${B}", "$V", Some("1"));
    check("FROM a AS one\nENV V=1\nFROM one AS two\nENV V=2\nFROM one", "$V", Some("1"));
    check("FROM scratch AS one\nFROM one", "$V", Some(""));
    check("FROM scratch", "$PATH", None);
    check("FROM ${UNKNOWN} AS one", "$V", None);
}

#[test]
fn modifiers() {
    let source = "FROM scratch\nENV V=12.4.1 E=";
    for (text, expected) in [
        ("${V:-d}", Some("12.4.1")),
        ("${E:-d}", Some("d")),
        ("${E-d}", Some("")),
        ("${U-d}", Some("d")),
        ("${U:-${V}}", Some("12.4.1")),
        ("${V:+a}", Some("a")),
        ("${E:+a}", Some("")),
        ("${E+a}", Some("a")),
        ("${U+a}", Some("")),
        ("${V:?no}", Some("12.4.1")),
        ("${U:?no}", None),
        ("${V%.*}", Some("12.4")),
        ("${V%%.*}", Some("12")),
        ("${V#*.}", Some("4.1")),
        ("${V##*.}", Some("1")),
        ("${V/./-}", Some("12-4.1")),
        ("${V//./}", Some("1241")),
        ("cu${V%%.*}-$V", Some("cu12-12.4.1")),
        ("'$V' \"$V\" \\$V", Some("$V 12.4.1 $V")),
        ("${V", None),
        ("${V@Q}", None),
        ("$", Some("$")),
        ("a$.b", Some("a$.b")),
    ] {
        check(source, text, expected);
    }
}

#[test]
fn what_the_base_may_bring_is_not_known() {
    check("FROM a", "${U:-d}", None);
    check("FROM a", "${U:+d}", None);
    check("FROM a\nENV P=/x:$PATH", "$P", None);
    check("FROM a", "plain", Some("plain"));
    check("FROM a\nENV V=1", "${V:-$U}", Some("1"));
    check("FROM a\nARG TARGETARCH", "$TARGETARCH", None);
}

#[test]
fn from_sees_the_global_arguments_only() {
    let source = "ARG T=24.04\nARG OPEN\nFROM ubuntu:${T} AS a\nENV T=no\nFROM x:${T}-${OPEN:-latest}\nFROM ${OPEN}\nFROM --platform=$TARGETPLATFORM y${NOWHERE}\n";
    let file = parse(source);
    let mut scopes = file.scopes(source);
    let images: Vec<_> = file.stages.iter().map(|stage| scopes.image(stage)).collect();
    let images: Vec<_> = images.iter().map(Option::as_deref).collect();
    assert_eq!(images, [Some("ubuntu:24.04"), Some("x:24.04-latest"), None, Some("y")]);
    let platform = file.instructions.last().unwrap().flags[0].value.as_ref().unwrap();
    assert_eq!(scopes.at(file.instructions.len() - 1).expand_word(source, platform), None);
}

#[test]
fn bases_are_earlier_stages() {
    let source = "ARG B=One\nFROM a AS one\nFROM $B AS two\nFROM three\nFROM two AS three\nFROM a\n";
    let file = parse(source);
    let mut scopes = file.scopes(source);
    let bases: Vec<_> = file.stages.iter().map(|stage| scopes.base(stage).map(|base| base.index)).collect();
    assert_eq!(bases, [None, Some(0), None, Some(1), None]);
    // Asked in any order, the answers are the same.
    let again: Vec<_> =
        file.stages.iter().rev().map(|stage| scopes.base(stage).map(|base| base.index)).collect();
    assert_eq!(again, [None, Some(1), None, Some(0), None]);
}

#[test]
fn values_cannot_grow_without_end() {
    let mut source = String::from("FROM scratch\nENV A=0123456789abcdef\n");
    for _ in 0..200 {
        source.push_str("ENV A=$A$A\n");
    }
    check(&source, "$A", None);
}
