use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use vastlint_model::{Document, Kind, classify, is_foreign_shebang, parse_file};
use vastlint_text::contains;

/// The largest file that is read, in bytes. Templates are thousands of times smaller; what is larger is data.
pub(crate) const MAX_FILE_SIZE: u64 = 16 << 20;

/// A file of the repository. Cheap to clone: what was read is shared.
#[derive(Debug, Clone)]
pub struct Input {
    /// Relative to the repository root, `/`-separated; bytes that are no UTF-8 are replaced.
    pub path: Arc<str>,
    /// Whether its owner may execute it.
    pub executable: bool,
    /// What is known of its content.
    pub content: InputContent,
}

/// What is known of a file's content.
#[derive(Debug, Clone)]
pub enum InputContent {
    /// It is of no kind that vastlint reads; only its place counts.
    Listed,
    /// Its text, and the documents in it: the file itself first.
    Parsed {
        /// The whole text.
        text: Arc<str>,
        /// In the order of [`parse_file`].
        documents: Vec<Document>,
    },
    /// It should have been read and could not be; the reason is a sentence for people.
    Unreadable(String),
}

impl Input {
    /// A file whose bytes are at hand.
    #[must_use]
    pub fn from_bytes(path: &str, executable: bool, bytes: Vec<u8>) -> Self {
        let path: Arc<str> = path.into();
        let mut by_first_line = false;
        let kind = classify(&path, || {
            by_first_line = true;
            first_line(&bytes)
        });
        let content = kind.map_or(InputContent::Listed, |kind| parse(&path, kind, bytes, by_first_line));
        Self { path, executable, content }
    }

    /// A file on disk. Reads it only if it is of a kind that vastlint knows.
    pub(crate) fn from_disk(path: Arc<str>, executable: bool, disk: &Path) -> Self {
        let mut opened = None;
        let mut failure = None;
        let kind = classify(&path, || {
            let mut head = Vec::with_capacity(256);
            match File::open(disk).and_then(|file| {
                (&file).take(256).read_to_end(&mut head)?;
                Ok(file)
            }) {
                Ok(file) => opened = Some((file, head.clone())),
                Err(error) => failure = Some(error),
            }
            first_line(&head)
        });
        // Whether a file without a telling name is a script cannot be known when it cannot be read: no word about it.
        let Some(kind) = kind else { return Self { path, executable, content: InputContent::Listed } };
        let by_first_line = opened.is_some();
        let content = match read(opened, disk) {
            Ok(bytes) => parse(&path, kind, bytes, by_first_line),
            // It was there when the folder was listed: somebody took it away, and nothing is wrong.
            Err(error) if error.kind() == io::ErrorKind::NotFound => InputContent::Listed,
            Err(error) => InputContent::Unreadable(format!("it cannot be read: {error}")),
        };
        Self { path, executable, content }
    }
}

fn read(opened: Option<(File, Vec<u8>)>, disk: &Path) -> io::Result<Vec<u8>> {
    let (file, mut bytes) = match opened {
        Some(opened) => opened,
        None => (File::open(disk)?, Vec::new()),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    if metadata.len() > MAX_FILE_SIZE {
        return Err(io::Error::other(format!("{} bytes are more than vastlint reads", metadata.len())));
    }
    bytes.reserve((metadata.len() as usize).saturating_sub(bytes.len()));
    // The size may change while it is read.
    (&file).take(MAX_FILE_SIZE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_SIZE {
        return Err(io::Error::other("it grows while it is read"));
    }
    Ok(bytes)
}

fn parse(path: &Arc<str>, kind: Kind, bytes: Vec<u8>, by_first_line: bool) -> InputContent {
    if bytes.len() as u64 > MAX_FILE_SIZE {
        return InputContent::Unreadable(format!("{} bytes are more than vastlint reads", bytes.len()));
    }
    let is_shell = matches!(kind, Kind::Shell(_));
    if is_shell && first_line(&bytes).is_some_and(|line| is_foreign_shebang(&line)) {
        return InputContent::Listed;
    }
    match String::from_utf8(bytes) {
        Ok(text) if !contains(&text, "\0") => {
            let text: Arc<str> = text.into();
            let documents = parse_file(path, kind, Arc::clone(&text));
            InputContent::Parsed { text, documents }
        }
        // A program behind a shell header, a self-extracting archive say; or a text that is nobody's to judge.
        _ if by_first_line || kind == Kind::Markdown => InputContent::Listed,
        Ok(text) => {
            let at = text.find('\0').unwrap_or_default();
            InputContent::Unreadable(format!("it is no text: byte {at} is zero"))
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            InputContent::Unreadable(format!("it is not UTF-8: byte {at} fits no character"))
        }
    }
}

fn first_line(bytes: &[u8]) -> Option<String> {
    bytes.starts_with(b"#!").then(|| {
        let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
        String::from_utf8_lossy(line).into_owned()
    })
}
