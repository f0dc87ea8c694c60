//! Every fix is held to its word by being there: on the examples of the pages, on other forms of them that mean the same,
//! on the broken fixture and on each breach of the clean ones.

use std::collections::{BTreeMap, BTreeSet};

use vastlint_diagnostic::Applicability;
use vastlint_engine::{Change, Input, InputContent, Repository, fix};
use vastlint_rules::{Edition, Rule, catalogue};

use crate::breaches::{Breach, breaches};
use crate::examples::{Example, File, Verdict};
use crate::prove::{Proof, make};
use crate::rewrites::{REWRITES, rewritten_files};
use crate::{NEIGHBOUR, examples_of, expect_no_faults, fixtures, listing, page_path};

pub(crate) fn repository(files: &[File], edition: Edition) -> Repository {
    let neighbour = Input::from_bytes(NEIGHBOUR.0, false, NEIGHBOUR.1.as_bytes().to_vec());
    let configuration = files.iter().find(|file| file.path == "vastlint.toml");
    let configuration = configuration.map(|file| String::from_utf8_lossy(&file.content)).unwrap_or_default();
    let inputs = files.iter().map(File::input).chain([neighbour]).collect();
    Repository::of_inputs(inputs, edition, &configuration).expect("the configuration of the example is sound")
}

pub(crate) fn about(rule: &Rule, example: &Example) -> String {
    format!("{}:{}", page_path(rule), example.line)
}

#[test]
fn fixes_keep_their_word_on_examples() {
    let mut proof = Proof::default();
    for rule in catalogue() {
        for example in examples_of(rule) {
            proof.of(&mut repository(&example.files, example.edition), &about(rule, &example));
        }
    }
    assert!(!proof.proven.is_empty());
    expect_no_faults(&proof.faults);
}

#[test]
fn fixes_keep_their_word_on_rewritten_examples() {
    let mut proof = Proof::default();
    for rule in catalogue().iter().filter(|rule| !rule.fixes.is_empty()) {
        for example in examples_of(rule).iter().filter(|example| matches!(example.verdict, Verdict::Bad(_))) {
            for (name, rewrite) in REWRITES {
                let Some(files) = rewritten_files(&example.files, rewrite) else { continue };
                let about = format!("{}, {name}", about(rule, example));
                proof.of(&mut repository(&files, example.edition), &about);
            }
        }
    }
    assert!(!proof.proven.is_empty());
    expect_no_faults(&proof.faults);
}

/// The page says which fixes there are; its bad examples have them, all of them.
#[test]
fn pages_name_the_fixes_that_their_examples_have() {
    let mut faults = Vec::new();
    for rule in catalogue() {
        let mut seen: BTreeSet<Applicability> = BTreeSet::new();
        for example in examples_of(rule) {
            let report = repository(&example.files, example.edition).analyse();
            let own = report.diagnostics.iter().filter(|finding| finding.rule == rule.id);
            seen.extend(own.filter_map(|finding| Some(finding.fix.as_ref()?.applicability)));
        }
        let named: BTreeSet<Applicability> = rule.fixes.iter().copied().collect();
        if seen != named {
            let names = |set: &BTreeSet<Applicability>| set.iter().map(|one| one.name()).collect::<Vec<_>>();
            faults.push(format!(
                "{}: `fixes` says {:?}, the examples have {:?}",
                page_path(rule),
                names(&named),
                names(&seen)
            ));
        }
        let shows = examples_of(rule).iter().any(|example| example.fixed.is_some());
        if shows == rule.fixes.is_empty() {
            faults.push(format!(
                "{}: a fix is shown by a `fixed` block behind a bad example, and no other",
                page_path(rule)
            ));
        }
    }
    expect_no_faults(&faults);
}

/// What a page shows as fixed is what the rule's fixes make of the bad example above it.
#[test]
fn fixed_examples_are_what_the_fixes_make() {
    let mut faults = Vec::new();
    for rule in catalogue() {
        for example in examples_of(rule) {
            let Some(fixed) = &example.fixed else { continue };
            let mut repository = repository(&example.files, example.edition);
            let changes = if rule.area == "vastlint" {
                mend_one_by_one(rule, &mut repository)
            } else {
                repository.select(&[rule]);
                fix(&mut repository, Applicability::Unsafe).changes
            };
            let mut expected: BTreeMap<&str, (&[u8], bool)> =
                fixed.iter().map(|file| (file.path.as_str(), (&file.content[..], false))).collect();
            for change in &changes {
                match expected.remove(&*change.path) {
                    Some((content, _)) if content == change.after.as_bytes() => {}
                    Some((content, _)) => faults.push(format!(
                        "{}: {} becomes\n{}\nnot\n{}",
                        about(rule, &example),
                        change.path,
                        change.after,
                        String::from_utf8_lossy(content)
                    )),
                    None => faults.push(format!(
                        "{}: {} changes, too:\n{}",
                        about(rule, &example),
                        change.path,
                        change.after
                    )),
                }
            }
            // What is shown and does not change is context.
            for (path, (content, _)) in expected {
                if !example.files.iter().any(|file| file.path == path && file.content == content) {
                    faults.push(format!("{}: {path} does not change", about(rule, &example)));
                }
            }
        }
    }
    expect_no_faults(&faults);
}

/// Makes the fixes of a rule that needs the findings of the others.
fn mend_one_by_one(rule: &Rule, repository: &mut Repository) -> Vec<Change> {
    let originals = repository.inputs().to_vec();
    loop {
        let report = repository.analyse();
        let mut own = report.diagnostics.iter().filter(|finding| finding.rule == rule.id);
        let Some(fix) = own.find_map(|finding| finding.fix.as_ref()) else { break };
        make(repository, &report, fix);
    }
    let text = |input: &Input| match &input.content {
        InputContent::Parsed { text, .. } => text.clone(),
        _ => "".into(),
    };
    let changes = originals.iter().zip(repository.inputs()).map(|(before, after)| Change {
        path: before.path.clone(),
        before: text(before),
        after: text(after),
        made_executable: false,
    });
    changes.filter(|change| change.before != change.after).collect()
}

pub(crate) fn fixture(name: &str, edition: Edition, breach: Option<&Breach>) -> Result<Repository, String> {
    let mut files = fixtures::with_modes(name);
    breach.map_or(Ok(()), |breach| breach.apply(&mut files))?;
    let input =
        |(file, executable): &(File, bool)| Input::from_bytes(&file.path, *executable, file.content.clone());
    let configuration = breach.map_or("", |breach| &breach.configuration);
    let repository = Repository::of_inputs(files.iter().map(input).collect(), edition, configuration);
    Ok(repository.expect("the configuration has no fault"))
}

#[test]
fn fixes_keep_their_word_on_the_broken_repository() {
    let mut proof = Proof::default();
    for edition in Edition::ALL {
        let mut repository = fixture("broken", edition, None).expect("it has no breach");
        proof.of(&mut repository, &format!("broken, {edition}"));
    }
    assert!(!proof.proven.is_empty());
    expect_no_faults(&proof.faults);
}

/// Where fixes mend all of a breach, the repository is the clean one again, byte for byte; a breach that is mended in
/// another way says why.
#[test]
fn breaches_come_back_to_the_clean_repository() {
    let mut proof = Proof::default();
    let mut back = BTreeSet::new();
    for (name, edition) in fixtures::CLEAN {
        let clean = fixture(name, edition, None).expect("it has no breach");
        for (page, breach) in breaches().iter().filter(|(_, breach)| breach.applies_to(edition)) {
            let about = format!("{page}, {name}: {}", breach.about);
            let mut repository = match fixture(name, edition, Some(breach)) {
                Ok(repository) => repository,
                Err(fault) => panic!("{about}: {fault}"),
            };
            proof.of(&mut repository, &about);
            let fixed = fix(&mut repository, Applicability::Unsafe);
            if fixed.changes.is_empty() || !fixed.report.diagnostics.is_empty() {
                if breach.mended_otherwise.is_some() {
                    proof.faults.push(format!(
                        "{about}: is not mended at all:\n{}",
                        listing(&fixed.report, &fixed.report.diagnostics)
                    ));
                }
                continue;
            }
            let is_original = repository.inputs().iter().all(|input| {
                let original = clean.input(&input.path);
                original.is_some_and(|original| same(input, original))
            });
            match (is_original, &breach.mended_otherwise) {
                (true, None) => back.extend(breach.expect.iter().cloned()),
                (true, Some(_)) => proof.faults.push(format!("{about}: is mended as it was, after all")),
                (false, Some(why)) => assert!(!why.is_empty(), "{about}"),
                (false, None) => {
                    let shown = |change: &Change| format!("{}:\n{}", change.path, change.after);
                    let changes: Vec<String> = fixed.changes.iter().map(shown).collect();
                    let changes = changes.concat();
                    proof.faults.push(format!("{about}: is mended in another way than it was:\n{changes}"));
                }
            }
        }
    }
    // Every rule with a safe fix has a breach that its fix takes back whole.
    let in_breaches = |rule: &&Rule| rule.area != "vastlint" && rule.fixes.contains(&Applicability::Safe);
    for rule in catalogue().iter().filter(in_breaches).filter(|rule| !back.contains(rule.id.name)) {
        proof.faults.push(format!("no breach of {} comes back to the clean repository", rule.id.name));
    }
    expect_no_faults(&proof.faults);
}

fn same(a: &Input, b: &Input) -> bool {
    let text = |input: &Input| match &input.content {
        InputContent::Parsed { text, .. } => Some(text.clone()),
        _ => None,
    };
    a.executable == b.executable && text(a) == text(b)
}
