//! Reads the examples of a rule page: fenced blocks that say what a rule makes of them.
//!
//! ````text
//! ```<language> <verdict> [path=<path>] [edition=<edition>] [encoding=<encoding>]
//! ````
//!
//! The verdict is `bad` (at least one finding of the page's rule), `bad=2` (exactly two), `good` or `tricky` (none;
//! tricky looks like a breach). `fixed` directly behind a bad one is what the rule's fixes make of it. The language `files` holds several files, each below a line `==> path <==`. A block
//! whose info string is a language alone is no example.

use vastlint_engine::Input;
use vastlint_rules::Edition;

/// What a rule makes of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The rule finds something; how often, if the page says so.
    Bad(Option<usize>),
    /// The rule finds nothing.
    Good,
    /// The rule finds nothing, though it looks as if it should.
    Tricky,
}

/// One example of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Example {
    /// The line of the opening fence, from 1.
    pub(crate) line: usize,
    pub(crate) verdict: Verdict,
    pub(crate) edition: Edition,
    pub(crate) files: Vec<File>,
    /// What the rule's fixes make of the files, where the page shows it.
    pub(crate) fixed: Option<Vec<File>>,
}

/// A file of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
}

impl File {
    pub(crate) fn input(&self) -> Input {
        Input::from_bytes(&self.path, self.content.starts_with(b"#!"), self.content.clone())
    }
}

/// The examples of a page. `default_path` is asked for the path of a block in a language that names none.
///
/// # Errors
/// With the line and what is wrong about a block there.
pub(crate) fn read(
    page: &str,
    default_path: impl Fn(&str) -> Option<&'static str>,
) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some((fence, info)) = opening_fence(line) else { continue };
        let mut body = String::new();
        let closed = lines.by_ref().any(|(_, line)| {
            let closes = line.trim_end().len() >= fence && line.trim_end().bytes().all(|byte| byte == b'`');
            if !closes {
                body.push_str(line);
                body.push('\n');
            }
            closes
        });
        if !closed {
            return Err(format!("line {}: the block has no end", index + 1));
        }
        let at = |fault: String| format!("line {}: {fault}", index + 1);
        let block = block(info, &body, &default_path).map_err(at)?;
        match block {
            None => {}
            Some(Block { verdict: Some(verdict), edition, files }) => {
                examples.push(Example { line: index + 1, verdict, edition, files, fixed: None });
            }
            Some(Block { verdict: None, files, .. }) => match examples.last_mut() {
                Some(Example { verdict: Verdict::Bad(_), fixed: fixed @ None, .. }) => *fixed = Some(files),
                _ => return Err(at("`fixed` stands behind a bad example".to_owned())),
            },
        }
    }
    Ok(examples)
}

/// The number of backquotes of an opening fence, and what stands behind them.
fn opening_fence(line: &str) -> Option<(usize, &str)> {
    let info = line.trim_start_matches('`');
    let fence = line.len() - info.len();
    (fence >= 3).then_some((fence, info.trim()))
}

/// A block that says what it is for.
struct Block {
    /// None: it shows what fixes make of the example above.
    verdict: Option<Verdict>,
    edition: Edition,
    files: Vec<File>,
}

fn block(
    info: &str,
    body: &str,
    default_path: impl Fn(&str) -> Option<&'static str>,
) -> Result<Option<Block>, String> {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or_default();
    let Some(verdict) = words.next() else { return Ok(None) };
    let verdict = match verdict.split_once('=') {
        Some(("bad", count)) => {
            Some(Verdict::Bad(Some(count.parse().map_err(|_| format!("`{count}` is no number"))?)))
        }
        None if verdict == "bad" => Some(Verdict::Bad(None)),
        None if verdict == "good" => Some(Verdict::Good),
        None if verdict == "tricky" => Some(Verdict::Tricky),
        None if verdict == "fixed" => None,
        _ => return Err(format!("`{verdict}` is no verdict")),
    };
    let (mut path, mut edition, mut encoding) = (None, Edition::default(), "utf-8");
    for word in words {
        match word.split_once('=') {
            Some(("path", value)) => path = Some(value),
            Some(("edition", value)) => {
                edition = value.parse().map_err(|error| format!("{value}: {error}"))?;
            }
            Some(("encoding", value)) => encoding = value,
            _ => return Err(format!("`{word}` is nothing that an example can say")),
        }
    }
    let files = if language == "files" {
        split_files(body)?
    } else {
        let path = path.or_else(|| default_path(language));
        let path = path.ok_or_else(|| format!("nothing says where a file in `{language}` belongs"))?;
        vec![(path.to_owned(), body.to_owned())]
    };
    let files = files
        .into_iter()
        .map(|(path, text)| Ok(File { path, content: encode(&text, encoding)? }))
        .collect::<Result<_, String>>()?;
    Ok(Some(Block { verdict, edition, files }))
}

fn split_files(body: &str) -> Result<Vec<(String, String)>, String> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in body.lines() {
        if let Some(path) = line.strip_prefix("==> ").and_then(|rest| rest.strip_suffix(" <==")) {
            files.push((path.to_owned(), String::new()));
        } else {
            let (_, text) = files.last_mut().ok_or("a text stands above the first `==> path <==`")?;
            text.push_str(line);
            text.push('\n');
        }
    }
    // A blank line before the next file belongs to the page, not to the file.
    for (_, text) in &mut files {
        let end = text.trim_end_matches('\n').len();
        text.truncate(end + 1);
    }
    if files.is_empty() { Err("there is no file".to_owned()) } else { Ok(files) }
}

fn encode(text: &str, encoding: &str) -> Result<Vec<u8>, String> {
    match encoding {
        "utf-8" => Ok(text.as_bytes().to_vec()),
        "crlf" => Ok(text.replace('\n', "\r\n").into_bytes()),
        "open-end" => Ok(text.trim_end_matches('\n').as_bytes().to_vec()),
        "latin-1" => text
            .chars()
            .map(|character| u8::try_from(character).map_err(|_| format!("`{character}` is not in Latin-1")))
            .collect(),
        "utf-16" => {
            Ok(std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect())
        }
        _ => Err(format!("the encoding `{encoding}` is not known")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(page: &str) -> Result<Vec<Example>, String> {
        read(page, |language| (language == "dockerfile").then_some("x/Dockerfile"))
    }

    #[test]
    fn a_block_says_its_verdict_path_and_edition() {
        let page = "text\n\n```dockerfile bad=2 edition=2026-08\nFROM a\n\nRUN b\n```\n\n```bash tricky path=a/b.sh\n:\n```\n";
        let [first, second] = &one(page).expect("the page is sound")[..] else { panic!("two examples") };
        assert_eq!((first.line, first.verdict, first.edition), (3, Verdict::Bad(Some(2)), Edition::E2026_08));
        assert_eq!(
            first.files[0],
            File { path: "x/Dockerfile".to_owned(), content: b"FROM a\n\nRUN b\n".to_vec() }
        );
        assert_eq!((second.line, second.verdict, second.edition), (9, Verdict::Tricky, Edition::E2026_02));
        assert_eq!(second.files[0].path, "a/b.sh");
    }

    #[test]
    fn a_longer_fence_holds_a_shorter_one_and_a_language_alone_is_no_example() {
        let page = "````dockerfile good\nRUN <<EOF\n```\nEOF\n````\n```toml\n[rules]\n```\n";
        let [example] = &one(page).expect("the page is sound")[..] else { panic!("one example") };
        assert_eq!(example.files[0].content, b"RUN <<EOF\n```\nEOF\n");
    }

    #[test]
    fn several_files_stand_in_one_block() {
        let page = "```files bad\n==> a/b <==\none\n\n==> c <==\n==> d <==\ntwo\n\n\n```\n";
        let [example] = &one(page).expect("the page is sound")[..] else { panic!("one example") };
        let files: Vec<(&str, &[u8])> =
            example.files.iter().map(|file| (file.path.as_str(), &file.content[..])).collect();
        assert_eq!(files, [("a/b", &b"one\n"[..]), ("c", b""), ("d", b"two\n")]);
    }

    #[test]
    fn encodings_are_applied() {
        assert_eq!(encode("\u{e9}\n", "latin-1"), Ok(vec![0xe9, b'\n']));
        assert_eq!(encode("a", "utf-16"), Ok(vec![0xff, 0xfe, b'a', 0]));
        assert_eq!(encode("a\nb\n", "crlf"), Ok(b"a\r\nb\r\n".to_vec()));
        assert_eq!(encode("a\nb\n", "open-end"), Ok(b"a\nb".to_vec()));
        assert!(encode("\u{2192}", "latin-1").is_err() && encode("a", "ebcdic").is_err());
    }

    #[test]
    fn faults_name_their_line() {
        for (page, fault) in [
            ("\n```dockerfile wrong\n```\n", "line 2: `wrong` is no verdict"),
            ("```dockerfile bad=x\n```\n", "line 1: `x` is no number"),
            ("```dockerfile bad page=x\n```\n", "line 1: `page=x` is nothing that an example can say"),
            ("```dockerfile bad edition=1999\n```\n", "line 1: 1999: expected one of `2026-02`, `2026-08`"),
            ("```bash bad\n```\n", "line 1: nothing says where a file in `bash` belongs"),
            ("```files bad\nx\n```\n", "line 1: a text stands above the first `==> path <==`"),
            ("```files bad\n```\n", "line 1: there is no file"),
            ("```dockerfile bad\nFROM a\n", "line 1: the block has no end"),
        ] {
            assert_eq!(one(page), Err(fault.to_owned()));
        }
    }
}
