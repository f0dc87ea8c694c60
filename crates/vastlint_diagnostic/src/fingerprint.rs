use xxhash_rust::xxh3::Xxh3;

/// The fingerprint of a finding: stable while the text at its place, its rule and its path stay, whatever happens to
/// the lines around it.
///
/// 32 hexadecimal digits of XXH3-128 (seed 0) over `1`, rule code, path, normalised text of the place, and ordinal,
/// each followed by a zero byte. `path` is relative to the repository root with `/`; `place` comes from
/// [`normalise_place`], and is empty for a finding about the file as such; `ordinal` counts from 0 the findings of the run that agree in everything before it, in report
/// order.
#[must_use]
pub fn fingerprint(code: &str, path: &str, place: &str, ordinal: u32) -> String {
    hash(["1", code, path, place, &ordinal.to_string()])
}

/// The fingerprint of a finding by the content of its file instead of its path: stays when the file is moved as it is.
///
/// Made as [`fingerprint`] is, over `content-1`, rule code, text of the file, normalised text of the place, and ordinal.
#[must_use]
pub fn content_fingerprint(code: &str, text: &str, place: &str, ordinal: u32) -> String {
    hash(["content-1", code, text, place, &ordinal.to_string()])
}

fn hash(parts: [&str; 5]) -> String {
    let mut hasher = Xxh3::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    format!("{:032x}", hasher.digest128())
}

/// The text of a finding's lines with runs of white space folded to one blank and the ends trimmed, so that
/// reindenting or rewrapping blanks does not change the fingerprint.
#[must_use]
pub fn normalise_place(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_pinned() {
        // A change of this value breaks every baseline in the world.
        assert_eq!(fingerprint("VL101", "Dockerfile", "FROM x", 0), "00101caf1db019e6eb9fe11d51c7bd17");
        assert_eq!(content_fingerprint("VL101", "FROM x\n", "FROM x", 0), "d55e365adc1dc52b679daec040883036");
    }

    #[test]
    fn indentation_does_not_matter_and_order_of_parts_does() {
        assert_eq!(normalise_place("\t a   b\r\n c "), "a b c");
        assert_ne!(fingerprint("a", "b", "c", 0), fingerprint("b", "a", "c", 0));
        assert_ne!(fingerprint("a", "b", "c", 0), fingerprint("a", "b", "c", 1));
    }
}
