//! Names that people mistype.

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
    fn long_lists_are_cut() {
        assert_eq!(listed([]), "none");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(listed(["a", "b", "c", "d", "e", "f"]), "`a`, `b`, `c`, `d` and 2 more");
    }
}
