//! Names that people mistype.

use vastlint_diagnostic::Applicability;

/// How many known names a wrong one is compared with: enough for every real file, and few enough for any other.
const MAX_CANDIDATES: usize = 100;

/// The known name that a wrong one was most likely meant to be, ASCII case ignored. `None` where none is near.
#[must_use]
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let name = name.to_ascii_lowercase();
    known
        .into_iter()
        .take(MAX_CANDIDATES)
        .map(|candidate| (strsim::jaro_winkler(&candidate.to_ascii_lowercase(), &name), candidate))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// A known name that a wrong one is a slip of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slip<'n> {
    /// The name that was meant.
    pub(crate) meant: &'n str,
    /// Whether nothing but `-`, `_` and letter case differs.
    pub(crate) is_spelling: bool,
}

/// The one known name that differs from a wrong one in `-`, `_` and letter case alone, else the one that differs in a
/// letter or two. `None` where several could be meant.
pub(crate) fn slip<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<Slip<'n>> {
    let bare = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    let wanted = bare(name);
    let letters = if name.len() < 6 { 1 } else { 2 };
    let (mut same, mut near): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for candidate in known.into_iter().take(MAX_CANDIDATES) {
        if bare(candidate) == wanted {
            same.push(candidate);
        } else if strsim::osa_distance(&bare(candidate), &wanted) <= letters {
            near.push(candidate);
        }
    }
    let only = |names: &mut Vec<&'n str>| {
        names.sort_unstable();
        names.dedup();
        (names.len() == 1).then(|| names[0])
    };
    match only(&mut same) {
        Some(meant) => Some(Slip { meant, is_spelling: true }),
        None if same.is_empty() => only(&mut near).map(|meant| Slip { meant, is_spelling: false }),
        None => None,
    }
}

impl Slip<'_> {
    /// Whether the right name may be written unseen.
    pub(crate) const fn applicability(&self) -> Applicability {
        if self.is_spelling { Applicability::Safe } else { Applicability::Unsafe }
    }
}

/// Names as a sentence lists them, with at most five of them: `` `a`, `b` and `c` ``.
pub(crate) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names = names.into_iter();
    let shown: Vec<String> = names.by_ref().take(5).map(|name| format!("`{name}`")).collect();
    let rest = names.take(MAX_COUNTED).count();
    match &shown[..] {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [first @ .., last] if rest == 0 => format!("{} and {last}", first.join(", ")),
        [first @ .., _] => format!("{} and {} more", first.join(", "), rest + 1),
    }
}

/// How many names are counted that are not shown.
const MAX_COUNTED: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["resolved-ref", "new-release", "published-at"];
        assert_eq!(nearest("resolved_ref", known), Some("resolved-ref"));
        assert_eq!(nearest("NEW-RELEASES", known), Some("new-release"));
        assert_eq!(nearest("zzz", known), None);
    }

    #[test]
    fn a_slip_has_one_meaning() {
        let known = ["should-run", "app-ref", "app-rev", "decide"];
        assert_eq!(slip("should_run", known), Some(Slip { meant: "should-run", is_spelling: true }));
        assert_eq!(slip("decied", known), Some(Slip { meant: "decide", is_spelling: false }));
        assert_eq!(slip("app-re", known), None);
        assert_eq!(slip("version", known), None);
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(listed([]), "none");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(listed(["a", "b", "c", "d", "e", "f"]), "`a`, `b`, `c`, `d` and 2 more");
    }
}
