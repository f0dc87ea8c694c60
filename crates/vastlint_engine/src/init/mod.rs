//! What makes a repository ready for vastlint: its configuration, a pre-commit hook, a workflow.

mod pre_commit;
mod texts;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use ignore::gitignore::Gitignore;
use vastlint_rules::{Edition, evident_edition};

use crate::config::CONFIG_FILE;
use crate::replace::{create, replace};
use crate::run::{Options, Progress, analyse_inputs, scope};
use crate::walk::walk;
use crate::{ConfigError, Error};

/// The file that says which hooks run before a commit.
const PRE_COMMIT_FILE: &str = ".pre-commit-config.yaml";
/// The workflow that checks every pull request.
const WORKFLOW_FILE: &str = ".github/workflows/vastlint.yml";
/// No file with hooks is larger, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// What to set up.
#[derive(Debug, Default, Clone)]
pub struct InitOptions {
    /// A folder of the repository; none: the current one.
    pub path: Option<PathBuf>,
    /// The edition to choose; none: the one that the repository follows.
    pub edition: Option<Edition>,
    /// Write files anew that are there already.
    pub force: bool,
    /// Add the hook.
    pub pre_commit: bool,
    /// Add the workflow.
    pub workflow: bool,
}

/// What was set up.
#[derive(Debug)]
pub struct Initialised {
    /// The root of the repository.
    pub root: PathBuf,
    /// The edition that was written down.
    pub edition: Edition,
    /// Whether the repository itself told the edition: it was not asked for, and not only the default.
    pub is_evident: bool,
    /// What became of each file, in order.
    pub files: Vec<(&'static str, Outcome)>,
}

/// What became of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was written.
    Written,
    /// It is as it was, for this reason.
    Kept(&'static str),
    /// It is as it was, as changing it might do harm; these lines belong into it.
    ByHand(String),
}

/// Sets up a repository. Looks at everything first, so that either all is written or, on an error, mostly nothing.
///
/// # Errors
/// If the path cannot be looked at, if there is a configuration and nothing else was asked for, and if a file cannot be
/// written.
pub fn init(options: &InitOptions) -> Result<Initialised, Error> {
    let paths = options.path.iter().cloned().collect();
    let (root, _) = scope(&Options { paths, ..Options::default() })?;
    let has_config = root.join(CONFIG_FILE).symlink_metadata().is_ok();
    if has_config && !options.force && !options.pre_commit && !options.workflow {
        return Err(Error::Config(Box::new(ConfigError {
            path: root.join(CONFIG_FILE),
            text: String::new(),
            span: None,
            message: format!("there is a `{CONFIG_FILE}` already"),
            help: Some("`--force` writes it anew; `vastlint config show` tells what it comes to".to_owned()),
        })));
    }
    let evident = match options.edition {
        Some(_) => None,
        None => evident(&root)?,
    };
    let edition = options.edition.or(evident).unwrap_or_default();
    let is_evident = evident.is_some();
    let mut files = vec![(
        CONFIG_FILE,
        write(&root, CONFIG_FILE, &texts::configuration(edition, is_evident), options.force)?,
    )];
    if options.pre_commit {
        files.push((PRE_COMMIT_FILE, hook(&root)?));
    }
    if options.workflow {
        files.push((WORKFLOW_FILE, write(&root, WORKFLOW_FILE, &texts::workflow(), options.force)?));
    }
    Ok(Initialised { root, edition, is_evident, files })
}

fn evident(root: &Path) -> Result<Option<Edition>, Error> {
    let inputs = walk(root, &Gitignore::empty(), &Progress::default());
    Ok(evident_edition(&analyse_inputs(inputs, Edition::default(), "")?.project))
}

/// Writes a file; one that is there only by force.
fn write(root: &Path, name: &'static str, text: &str, force: bool) -> Result<Outcome, Error> {
    let path = root.join(name);
    let failed = |source| Error::Write { path: path.clone(), source };
    if let Ok(there) = path.symlink_metadata() {
        if !force {
            return Ok(Outcome::Kept("it is there already; `--force` writes it anew"));
        }
        if !there.is_file() {
            return Err(failed(io::Error::other("it is no regular file")));
        }
        replace(&path, text.as_bytes()).map_err(failed)?;
        return Ok(Outcome::Written);
    }
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder).map_err(failed)?;
    // A link among the folders may lead anywhere.
    if !folder.canonicalize().map_err(failed)?.starts_with(root) {
        return Err(failed(io::Error::other("a symbolic link leads out of the repository")));
    }
    match create(&path, text.as_bytes()) {
        Ok(()) => Ok(Outcome::Written),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Ok(Outcome::Kept("somebody else has just written it"))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Adds the hook to those that are there.
fn hook(root: &Path) -> Result<Outcome, Error> {
    let path = root.join(PRE_COMMIT_FILE);
    let by_hand = || Ok(Outcome::ByHand(texts::hook("  ", "\n")));
    match path.symlink_metadata() {
        Err(_) => {
            return write(root, PRE_COMMIT_FILE, &format!("repos:\n{}", texts::hook("  ", "\n")), false);
        }
        Ok(there) if !there.is_file() || there.len() > MAX_SIZE => return by_hand(),
        Ok(_) => {}
    }
    let Ok(old) = fs::read_to_string(&path) else { return by_hand() };
    if pre_commit::has_hook(&old) {
        return Ok(Outcome::Kept("it has the hook already"));
    }
    let Some(new) = pre_commit::with_hook(&old) else { return by_hand() };
    replace(&path, new.as_bytes()).map_err(|source| Error::Write { path, source })?;
    Ok(Outcome::Written)
}
