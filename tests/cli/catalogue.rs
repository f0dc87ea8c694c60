//! `explain` and `rules`.

use serde_json::Value;

use crate::repository::Repository;

#[test]
fn every_rule_is_explained_by_code_and_by_name() {
    let nowhere = Repository::new();
    for rule in vastlint_rules::catalogue() {
        let page = nowhere.run(&["explain", rule.id.code]);
        assert_eq!((page.exit, page.err.as_str()), (0, ""));
        for text in [rule.id.code, rule.id.name, rule.summary] {
            assert!(page.out.contains(text), "{text}:\n{}", page.out);
        }
        assert!(page.out.lines().next().unwrap().contains(rule.id.name));
        assert!(!page.out.contains('\x1b'));
        assert_eq!(nowhere.run(&["explain", rule.id.name]).out, page.out);
        assert_eq!(nowhere.run(&["explain", &rule.id.code.to_lowercase()]).out, page.out);
    }
}

#[test]
fn the_list_names_every_rule_with_its_severity_in_the_edition() {
    let nowhere = Repository::new();
    for edition in vastlint_rules::Edition::ALL {
        let list = nowhere.run(&["rules", "--edition", edition.name()]);
        assert_eq!((list.exit, list.err.as_str()), (0, ""));
        for rule in vastlint_rules::catalogue() {
            let line = list.out.lines().find(|line| line.contains(rule.id.code)).unwrap();
            for word in [rule.id.name, rule.level(edition).name(), rule.summary] {
                assert!(line.contains(word), "{word}: {line}");
            }
        }
    }
}

#[test]
fn the_list_as_json_has_every_field() {
    let run = Repository::new().run(&["rules", "--format", "json"]);
    let rules: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(rules.as_array().unwrap().len(), vastlint_rules::catalogue().len());
    for (json, rule) in rules.as_array().unwrap().iter().zip(vastlint_rules::catalogue()) {
        assert_eq!(json["code"], rule.id.code);
        assert_eq!(json["rule"], rule.id.name);
        assert_eq!(json["area"], rule.area);
        assert_eq!(json["summary"], rule.summary);
        assert_eq!(json["severity"]["2026-02"], rule.levels[0].name());
        assert_eq!(json["variants"].as_array().unwrap().len(), rule.variants.len());
        assert_eq!(json["conventions"].as_array().unwrap().len(), rule.conventions.len());
        assert_eq!(json["source"].as_array().unwrap().len(), rule.source.len());
        assert_eq!(json["body"], rule.body);
        assert_eq!(json["fixable"], !rule.fixes.is_empty());
    }
}
