/// Whether `needle` stands in `text`. For asking a whole document before it is looked at closely: several times as fast
/// as `str::contains` where, as mostly, the answer is no.
#[must_use]
pub fn contains(text: &str, needle: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some()
}
