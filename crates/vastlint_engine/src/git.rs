//! What git knows of a repository: which files were touched, and what the index holds.
//!
//! The `git` command is asked, as a child process with fixed arguments: it alone knows every form of a repository.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use crate::Error;
use crate::input::MAX_FILE_SIZE;

/// A folder of a git work tree; paths are relative to it, `/`-separated, and only what is below it counts.
pub(crate) struct Git {
    folder: PathBuf,
}

/// A file as the index holds it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IndexFile {
    pub(crate) path: String,
    pub(crate) mode: Mode,
    object: String,
}

/// What the index of a repository holds.
pub(crate) struct Staged {
    pub(crate) git: Git,
    pub(crate) index: Vec<IndexFile>,
}

impl Staged {
    pub(crate) fn new(folder: &Path) -> Result<Self, Error> {
        let git = Git::new(folder)?;
        let index = git.index()?;
        Ok(Self { git, index })
    }

    pub(crate) fn file(&self, path: &str) -> Option<&IndexFile> {
        self.index.iter().find(|file| file.path == path && file.mode != Mode::Submodule)
    }

    /// The content of a file; `None` if it is too large. The error is a sentence for people.
    pub(crate) fn read(&self, file: &IndexFile) -> Result<Option<Vec<u8>>, String> {
        let mut content = None;
        let take = |blob| {
            if let Blob::Content(bytes) = blob {
                content = Some(bytes);
            }
        };
        self.git.contents(&[file], take).map_err(|error| error.to_string())?;
        Ok(content)
    }
}

impl IndexFile {
    pub(crate) fn is_link(&self) -> bool {
        self.mode == Mode::Link
    }
}

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    File { executable: bool },
    Link,
    Submodule,
}

/// The content of a file of the index.
#[derive(Debug)]
pub(crate) enum Blob {
    Content(Vec<u8>),
    /// Larger than what is read; its size.
    TooLarge(u64),
}

impl Git {
    pub(crate) fn new(folder: &Path) -> Result<Self, Error> {
        let git = Self { folder: folder.to_owned() };
        git.ask("find the repository", &["rev-parse", "--show-toplevel"])?;
        Ok(git)
    }

    /// Files that differ from where `revision` branched off, in the work tree or in the index, and untracked ones.
    pub(crate) fn changed(&self, revision: &str) -> Result<Vec<String>, Error> {
        let base = self.base(revision)?;
        let diff = |extra: &[&str]| {
            let arguments = ["diff", "--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z"];
            self.list("compare files", &[&arguments, extra, &[base.as_str(), "--"]].concat())
        };
        let mut paths = diff(&[])?;
        paths.extend(diff(&["--cached"])?);
        let untracked = ["ls-files", "--others", "--exclude-standard", "-z"];
        paths.extend(self.list("list untracked files", &untracked)?);
        Ok(paths)
    }

    /// Files that differ between the last commit and the index.
    pub(crate) fn staged(&self) -> Result<Vec<String>, Error> {
        let base = self.head()?;
        let arguments = [
            "diff",
            "--cached",
            "--name-only",
            "--no-renames",
            "--no-ext-diff",
            "--relative",
            "-z",
            &base,
            "--",
        ];
        self.list("compare the index", &arguments)
    }

    /// All files of the index.
    pub(crate) fn index(&self) -> Result<Vec<IndexFile>, Error> {
        let lines = self.list("read the index", &["ls-files", "--stage", "-z"])?;
        lines.iter().map(|line| index_file(line)).collect()
    }

    /// The content of files of the index, in their order, each handed to `take`.
    pub(crate) fn contents(&self, files: &[&IndexFile], mut take: impl FnMut(Blob)) -> Result<(), Error> {
        let failed = |error: &io::Error| failure(&format!("read the index: {error}"));
        let mut command = self.command(&["cat-file", "--batch"]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| not_started(&error))?;
        let read = thread::scope(|scope| {
            let asking = child.stdin.take();
            // Both pipes are bounded: who writes all first and reads then may wait for ever.
            scope.spawn(move || asking.map(|pipe| ask_for(files, pipe)));
            read_all(&mut child, files.len(), &mut take)
        });
        if read.is_err() {
            // It may be half way through an answer that nobody reads.
            let _ = child.kill();
        }
        child.wait().and(read).map_err(|error| failed(&error))
    }

    /// Marks those of the files that are tracked as executable in the index; the others are not touched.
    pub(crate) fn mark_executable(&self, paths: &[&str]) -> Result<(), Error> {
        let tracked = self.list("read the index", &[&["ls-files", "-z", "--"], paths].concat())?;
        if tracked.is_empty() {
            return Ok(());
        }
        let tracked: Vec<&str> = tracked.iter().map(String::as_str).collect();
        let marked = self.run(&[&["update-index", "--chmod=+x", "--"], &tracked[..]].concat())?;
        if marked.status.success() { Ok(()) } else { Err(failure("mark files as executable")) }
    }

    /// The commit to compare with; for `HEAD` of a repository without commits the empty tree.
    fn base(&self, revision: &str) -> Result<String, Error> {
        if revision == "HEAD" {
            return self.head();
        }
        let unknown = || Error::Git {
            message: format!("git knows no revision `{revision}`"),
            help: "name a commit, a tag or a branch that is in this clone; `git fetch` brings others"
                .to_owned(),
        };
        if revision.is_empty() || revision.starts_with('-') {
            return Err(unknown());
        }
        let commit = format!("{revision}^{{commit}}");
        let commit = self.word(&["rev-parse", "--verify", "--quiet", &commit])?.ok_or_else(unknown)?;
        self.word(&["merge-base", &commit, "HEAD"])?.ok_or_else(|| Error::Git {
            message: format!("this branch and `{revision}` have no commit in common"),
            help: "if the clone is shallow, as in many CI jobs, fetch all of it: `git fetch --unshallow`"
                .to_owned(),
        })
    }

    fn head(&self) -> Result<String, Error> {
        if let Some(head) = self.word(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])? {
            return Ok(head);
        }
        let empty_tree = self.word(&["hash-object", "-t", "tree", "--stdin"])?;
        empty_tree.ok_or_else(|| failure("name the empty tree"))
    }

    /// The one word that git answers; none if it has no answer.
    fn word(&self, arguments: &[&str]) -> Result<Option<String>, Error> {
        let output = self.run(arguments)?;
        let word = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok((output.status.success() && !word.is_empty()).then_some(word))
    }

    /// The parts of an answer that end with zero bytes.
    fn list(&self, purpose: &str, arguments: &[&str]) -> Result<Vec<String>, Error> {
        let answer = self.ask(purpose, arguments)?;
        let parts = answer.split(|byte| *byte == 0).filter(|part| !part.is_empty());
        Ok(parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect())
    }

    fn ask(&self, purpose: &str, arguments: &[&str]) -> Result<Vec<u8>, Error> {
        let output = self.run(arguments)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("no word why");
        let line = line.trim_start_matches("fatal: ").trim_start_matches("error: ");
        Err(failure(&format!("{purpose}: {line}")))
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, Error> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).output().map_err(|error| not_started(&error))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        // A monitor would be a program that the repository's configuration names, and would stay behind.
        command.args(["-c", "core.fsmonitor=false"]).args(arguments);
        command.current_dir(&self.folder).env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
        // Hooks are told where the repository is, relative to where they run, which is not where git runs here.
        if self.folder.ancestors().any(|folder| folder.join(".git").exists()) {
            command.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_PREFIX");
        }
        if let Some(index) = std::env::var_os("GIT_INDEX_FILE")
            && let Ok(index) = std::path::absolute(index)
        {
            command.env("GIT_INDEX_FILE", index);
        }
        command
    }
}

fn ask_for(files: &[&IndexFile], pipe: impl Write) -> io::Result<()> {
    let mut pipe = BufWriter::new(pipe);
    for file in files {
        writeln!(pipe, "{}", file.object)?;
    }
    pipe.flush()
}

fn read_all(child: &mut Child, count: usize, take: &mut impl FnMut(Blob)) -> io::Result<()> {
    let pipe = child.stdout.take().ok_or_else(|| io::Error::other("git has no output"))?;
    let mut pipe = BufReader::with_capacity(1 << 16, pipe);
    for _ in 0..count {
        take(read_blob(&mut pipe)?);
    }
    Ok(())
}

/// Reads `<object> blob <size>`, a line feed, the content and another line feed.
fn read_blob(pipe: &mut impl BufRead) -> io::Result<Blob> {
    let mut header = String::new();
    pipe.read_line(&mut header)?;
    let size = header.trim_end().rsplit_once(" blob ");
    let size: u64 = size
        .and_then(|(_, size)| size.parse().ok())
        .ok_or_else(|| io::Error::other(format!("git answered `{}`", header.trim_end())))?;
    let blob = if size > MAX_FILE_SIZE {
        io::copy(&mut pipe.by_ref().take(size), &mut io::sink())?;
        Blob::TooLarge(size)
    } else {
        let mut content = vec![0; size as usize];
        pipe.read_exact(&mut content)?;
        Blob::Content(content)
    };
    pipe.read_exact(&mut [0])?;
    Ok(blob)
}

/// Reads `<mode> <object> <stage>`, a tabulator and the path.
fn index_file(line: &str) -> Result<IndexFile, Error> {
    let odd = || failure(&format!("read the index: `{line}` is no entry"));
    let (head, path) = line.split_once('\t').ok_or_else(odd)?;
    let mut words = head.split(' ');
    let (Some(mode), Some(object), Some(stage)) = (words.next(), words.next(), words.next()) else {
        return Err(odd());
    };
    if stage != "0" {
        return Err(Error::Git {
            message: format!("the index holds both sides of a conflict in `{path}`"),
            help: "resolve it and `git add` the file, then check what is staged".to_owned(),
        });
    }
    let mode = match mode {
        "100755" => Mode::File { executable: true },
        "120000" => Mode::Link,
        "160000" => Mode::Submodule,
        _ => Mode::File { executable: false },
    };
    Ok(IndexFile { path: path.to_owned(), mode, object: object.to_owned() })
}

fn failure(what: &str) -> Error {
    let help = "`--changed` and `--staged` need a git work tree; leave them out, or name paths instead";
    Error::Git { message: format!("git cannot {what}"), help: help.to_owned() }
}

fn not_started(error: &io::Error) -> Error {
    let message = if error.kind() == io::ErrorKind::NotFound {
        "there is no `git` command".to_owned()
    } else {
        format!("cannot run `git`: {error}")
    };
    let help = "`--changed` and `--staged` ask it what was touched: install git, or name paths instead";
    Error::Git { message, help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_the_index_are_read() {
        let entry = |line| index_file(line).map(|file| (file.path, file.mode, file.object));
        let (path, mode, object) = entry("100755 abc 0\ta\tb c").unwrap();
        assert_eq!(
            (path.as_str(), mode, object.as_str()),
            ("a\tb c", Mode::File { executable: true }, "abc")
        );
        assert_eq!(entry("120000 abc 0\ta").unwrap().1, Mode::Link);
        assert_eq!(entry("160000 abc 0\ta").unwrap().1, Mode::Submodule);
        assert!(entry("100644 abc 2\ta").unwrap_err().to_string().contains("conflict in `a`"));
        for odd in ["", "100644 abc 0 a", "100644\ta"] {
            assert!(entry(odd).is_err());
        }
    }

    #[test]
    fn answers_of_git_are_read_to_their_end() {
        let mut answer = &b"abc blob 3\na\nb\ndef blob 0\n\nghi missing\n"[..];
        assert!(matches!(read_blob(&mut answer).unwrap(), Blob::Content(content) if content == b"a\nb"));
        assert!(matches!(read_blob(&mut answer).unwrap(), Blob::Content(content) if content.is_empty()));
        assert!(read_blob(&mut answer).unwrap_err().to_string().contains("ghi missing"));
        assert!(read_blob(&mut answer).is_err(), "the end is no answer");
        let mut cut = &b"abc blob 9\nab"[..];
        assert!(read_blob(&mut cut).is_err());
    }
}
